"""Forms to cancel an event, or to let one day of a series be at another time."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.calendar import MAX_NOTICE
from ...grammar.local_times import EXAMPLE, parse_local_time
from ..keys import MEANT
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, DeskSheet, KeysLine

LETS_BE = Hint("Esc", "cancels", "back")
NOTE = "Whoever comes is told, with what you say here."


class EventChangeForm(DeskSheet[e.EventShown]):
    """A form about one event, or one day of it; answers with the event as it is then.

    If another organiser was quicker it says so, and the next Enter is about what they made of it.
    """

    BINDINGS = [Binding("enter", "send", show=False, priority=True), *ARROWS]
    does = "does it"

    def __init__(self, shown: e.EventShown, day: str | None) -> None:
        super().__init__()
        self.event = shown.shown
        self.day = day
        self._armed = False

    def on_mount(self) -> None:
        """Accept Enter only after a moment, so that the user sees the question first."""
        self.offer(Hint("↑↓", "field"), Hint("Enter", self.does, "send"), LETS_BE)
        self.set_timer(MEANT, self._arm)

    def _arm(self) -> None:
        self._armed = True

    @property
    def armed(self) -> bool:
        """Whether Enter is an answer by now."""
        return self._armed

    def change(self) -> c.CancelEvent | c.MoveOccurrence:
        """Return the command with what was filled in. Raises CommandRefused."""
        raise NotImplementedError

    @property
    def notice(self) -> str:
        """What is told to those who come."""
        return self.query_one("#notice", Input).value.strip()

    def action_send(self) -> None:
        """Send the change."""
        if self._armed:
            self.inquire(self._send_change)

    async def _send_change(self) -> None:
        try:
            (shown,) = await self.ask_server(self.change())
        except CommandRefused as refused:
            if refused.code == "changed_meanwhile":
                await self._look_again()
            raise
        assert isinstance(shown, e.EventShown)
        self.dismiss(shown)

    async def _look_again(self) -> None:
        (shown,) = await self.ask_server(c.ShowEvent(event=self.event.id))
        assert isinstance(shown, e.EventShown)
        self.event = shown.shown


class CancelForm(EventChangeForm):
    """Cancels an event, or one day of it."""

    does = "cancels it"

    def __init__(self, shown: e.EventShown, day: str | None) -> None:
        super().__init__(shown, day)
        self.title_text = f"Cancel {self.event.title}" + (f" on {day}" if day else "") + "?"

    def body(self) -> ComposeResult:
        """Yield the field for a notice."""
        yield Static(Content("Why? Optional."), classes="question -first")
        yield Input(id="notice", max_length=MAX_NOTICE, compact=True)
        which = "" if self.day or self.event.recurrence is None else "All days that are to come. "
        yield Static(Content.styled(f"{which}{NOTE}", QUIET), classes="note")
        yield KeysLine()

    def change(self) -> c.CancelEvent:
        """Return the command to cancel it."""
        event = self.event
        return c.CancelEvent(
            event=event.id, version=event.version, day=self.day, notice=self.notice
        )


class MoveForm(EventChangeForm):
    """Lets one day of a series be at another time."""

    does = "moves it"

    def __init__(self, shown: e.EventShown, day: str) -> None:
        super().__init__(shown, day)
        self._moved_day = day
        self.title_text = f"Move {self.event.title} on {day}"

    def body(self) -> ComposeResult:
        """Yield the fields for the time and a notice."""
        hour = self.event.start.partition("T")[2]
        for id, label, value, length in (
            ("start", "To", f"{self._moved_day} {hour}", len(EXAMPLE)),
            ("notice", "Why", "", MAX_NOTICE),
        ):
            with Horizontal(classes="setting"):
                yield Static(Content.styled(label, QUIET), classes="label")
                yield Input(value, id=id, max_length=length, compact=True)
        zone = f"The time is that of {self.event.zone}. "
        yield Static(Content.styled(f"{zone}{NOTE}", QUIET), classes="note")
        yield KeysLine()

    def change(self) -> c.MoveOccurrence:
        """Return the command to move it. Raises CommandRefused for what is no time."""
        start = parse_local_time(self.query_one("#start", Input).value)
        if start is None:
            raise CommandRefused("bad_text", f"a time is like {EXAMPLE}")
        event = self.event
        return c.MoveOccurrence(
            event=event.id,
            version=event.version,
            day=self._moved_day,
            start=start,
            notice=self.notice,
        )

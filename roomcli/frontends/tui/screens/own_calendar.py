"""The page of one's own calendar: when one is reminded, and the same for other programs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.durations import in_full
from ..room_client import ClientApp
from ..widgets.face import QUIET, lines, styled
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, Choices, DeskSheet, KeysLine
from .event import write_calendar

TIMES = {0: "never", 5: "5 min", 15: "15 min", 30: "30 min", 60: "1 hour", 24 * 60: "1 day"}
NOTE = (
    "A phone or another program can show your calendar by an address of its own. Whoever has the"
    " address can read it: it holds no names of who comes. It is told once; a new one ends the one"
    " before."
)


class OwnCalendarScreen(DeskSheet[None]):
    """Reminders, the address of one's calendar, and all of it in a file."""

    BINDINGS = [
        *ARROWS,
        Binding("q", "back", show=False),
        Binding("enter", "remind", show=False),
        Binding("a", "make_feed", show=False),
        Binding("c", "copy", show=False),
        Binding("r", "revoke_feed", show=False),
        Binding("s", "export", show=False),
    ]
    title_text = "Reminders and calendar file"
    classes_of_sheet = "sheet page wide"

    def __init__(self) -> None:
        super().__init__()
        self._address = ""
        self._asked = ""
        self._minutes = tuple(TIMES)
        self._chosen: e.CalendarShown | None = None

    def body(self) -> ComposeResult:
        """Yield the choice of a time, and what is said of the address."""
        yield Static(Content("Remind me before what I come to"), classes="question -first")
        yield Choices(tuple(TIMES.values()))
        yield Static(id="set", classes="note")
        yield Static(Content.styled(NOTE, QUIET), classes="note")
        yield Static(id="address")
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask what is set."""
        self.offer(*self._own_hints())
        self.query_one("#address").display = False
        self.query_one(Choices).display = False
        self.set_title(self.title_text, "asking …")
        self.inquire(self._load_choices)

    async def _load_choices(self) -> None:
        await self._show_answer(c.ShowCalendar())

    async def _show_answer(self, command: c.CalendarCommand) -> None:
        (chosen,) = await self.ask_server(command)
        if not isinstance(chosen, e.CalendarShown) or not self.is_mounted:
            return
        choices, self._chosen = self.query_one(Choices), chosen
        # Another client may have set any number of minutes.
        self._minutes = tuple(sorted({*TIMES, chosen.remind}))
        choices.offer(
            [TIMES.get(each) or in_full(each * 60) for each in self._minutes],
            self._minutes.index(chosen.remind),
        )
        choices.display = True
        choices.focus()
        self._show_set()
        self.set_title(self.title_text)

    def _own_hints(self) -> Iterator[Hint]:
        yield Hint("←→", "reminder", "remind_next")
        yield Hint("Enter", "set it", "remind")
        yield Hint("a", "new address" if self._has_feed else "an address", "make_feed")
        if self._address:
            yield Hint("c", "copy the address", "copy")
        if self._has_feed:
            yield Hint("r", "end the address", "revoke_feed")
        yield Hint("s", "save as .ics", "export")
        yield Hint("Esc", "close", "back")

    @property
    def _has_feed(self) -> bool:
        return self._chosen is not None and self._chosen.has_feed

    def _show_set(self) -> None:
        """Say what is set, which is not always what is chosen on the page, and offer the rest."""
        if self._chosen is None:
            return
        minutes = self._chosen.remind
        before = TIMES.get(minutes) or in_full(minutes * 60)
        told = f"You are reminded {before} before" if minutes else "You are not reminded"
        feed = "has an address" if self._has_feed else "has no address"
        said = f"{told}. Your calendar {feed} for other programs."
        self.query_one("#set", Static).update(Content(said))
        self.offer(*self._own_hints())

    def action_remind_next(self) -> None:
        """Choose the next time, from the last the first."""
        choices = self.query_one(Choices)
        choices.action_choose((choices.chosen + 1) % len(self._minutes))

    def action_remind(self) -> None:
        """Be reminded so long before from now on."""
        if self._chosen is not None:
            minutes = self._minutes[self.query_one(Choices).chosen]
            self.inquire(partial(self._show_answer, c.SetReminder(minutes=minutes)))

    def action_make_feed(self) -> None:
        """Ask for an address; if there is one, at the second press, since that one ends."""
        if not self._has_feed or self._is_sure("a", "the address before ends: press a once more"):
            self.inquire(self._make_feed)

    async def _make_feed(self) -> None:
        (made,) = await self.ask_server(c.MakeFeed())
        assert isinstance(made, e.FeedMade)
        self._address = cast("ClientApp", self.app).web_address(made.path)
        self._note_feed(True)
        told = self.query_one("#address", Static)
        told.display = True
        told.update(lines(Content(), styled("Your calendar is at", QUIET), styled(self._address)))
        self.set_title(self.title_text)

    def _note_feed(self, has_feed: bool) -> None:
        if self._chosen is not None:
            self._chosen = replace(self._chosen, has_feed=has_feed)
            self._show_set()

    def action_copy(self) -> None:
        """Copy the address through the terminal (OSC 52), which works over SSH, too."""
        if self._address:
            self.app.copy_to_clipboard(self._address)
            self.set_title(self.title_text, "sent to the terminal's clipboard")

    def action_revoke_feed(self) -> None:
        """Let the address end, at the second press."""
        if self._has_feed and self._is_sure(
            "r", "other programs lose your calendar: press r once more"
        ):
            self.inquire(self._revoke_feed)

    async def _revoke_feed(self) -> None:
        await self.ask_server(c.RevokeFeed())
        self._address = ""
        self._note_feed(False)
        self.query_one("#address").display = False
        self.set_title(self.title_text, "your calendar has no address now")

    def _is_sure(self, key: str, question: str) -> bool:
        if self._asked == key:
            self._asked = ""
            return True
        self._asked = key
        self.set_title(self.title_text, question)
        return False

    def action_export(self) -> None:
        """Write all that is yours to a new file in the current folder."""
        self.inquire(self._save_all)

    async def _save_all(self) -> None:
        parts = await self.ask_server(c.ExportEvents())
        write_calendar(self, Path(f"roomcli-{time.strftime('%Y-%m-%d-%H%M%S')}.ics"), parts)

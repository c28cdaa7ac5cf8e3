"""The page of one event: all that one may know of it, one's answer, and the way into its room."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.calendar import ListedOccurrence, Reply
from ...words.calendar_words import answers_lines, coming_words, own_words, when_words
from ...words.event_facts import NOT_ANSWERED, event_facts, is_on
from ..widgets.face import QUIET, lines, styled
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import ARROWS, DeskSheet, KeysLine
from .entering import EnteringSheet

LABEL = 11
"""Cells of a line for the name of a fact."""
EVERY_TIME = ""
"""What is picked in the list of days to answer the whole series."""
MOST_PAGES = 20
"""Pages of answers after which reading stops, in case they have no end."""


class EventScreen(EnteringSheet):
    """One event. In the list of the days of a series one picks which an answer is about."""

    BINDINGS = [
        *ARROWS,
        Binding("q", "back", show=False),
        Binding("enter", "go_in", show=False, priority=True),
        Binding("y", "answer('yes')", show=False),
        Binding("m", "answer('maybe')", show=False),
        Binding("n", "answer('no')", show=False),
        Binding("o", "open_room", show=False),
        Binding("e", "change", show=False),
        Binding("v", "move", show=False),
        Binding("x", "cancel", show=False),
        Binding("w", "who", show=False),
        Binding("f", "export", show=False),
    ]
    title_text = "Event"
    classes_of_sheet = "sheet page wide"

    def __init__(self, id: str, day: str = EVERY_TIME) -> None:
        super().__init__()
        self._wanted = id
        self._day = day
        self._shown: e.EventShown | None = None
        self._community = ""

    def body(self) -> ComposeResult:
        """Yield the facts, the days of a series, and who comes; the server's answer fills them."""
        yield Static(id="event")
        yield SelectableList(markup=False, compact=True, classes="few")
        yield Static(id="people", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask what the event is."""
        self.query_one(SelectableList).display = False
        self.query_one("#people").display = False
        self.offer(Hint("Esc", "close", "back"))
        self.set_title(self.title_text, "asking …")
        self.inquire(self._load_event)

    def hear(self, news: e.DeskMessage) -> None:
        """Ask again when something happened to this event."""
        if isinstance(news, e.EventNews) and news.occurrence.event == self._wanted:
            self.inquire(self._load_event)

    async def _load_event(self) -> None:
        await self._show_answer(c.ShowEvent(event=self._wanted))

    async def _show_answer(self, command: c.CalendarCommand) -> None:
        """Give a command that is answered by the event as it is then."""
        (shown,) = await self.ask_server(command)
        assert isinstance(shown, e.EventShown)
        if shown.shown.community and not self._community:
            self._community = await self._name_of(shown.shown.community)
        if self.is_mounted:
            self._show_it(shown)

    async def _name_of(self, community: str) -> str:
        try:
            (shown,) = await self.ask_server(c.ShowCommunity(community=community))
        except CommandRefused:
            return ""
        return shown.community.name if isinstance(shown, e.CommunityShown) else ""

    def _show_it(self, shown: e.EventShown) -> None:
        self._shown, event = shown, shown.shown
        self.title_text = event.title + (" (cancelled)" if event.cancelled else "")
        self.set_title(self.title_text)
        facts = event_facts(shown, self._community, time.time())
        self.query_one("#event", Static).update(
            lines(
                *(
                    Content.assemble((f"{label:<{LABEL}}", QUIET), _fact(label, text))
                    for label, text in facts
                )
            )
        )
        self._fill_days(shown)
        self.offer(*self._hints())

    def _fill_days(self, shown: e.EventShown) -> None:
        rows = self.query_one(SelectableList)
        rows.display = shown.shown.recurrence is not None and bool(shown.upcoming)
        rows.clear_options()
        if not rows.display:
            return
        whole = styled("Every time", "bold")
        answered = own_words(_answer_to_all(shown)) or NOT_ANSWERED
        rows.add_option(Option(Content.assemble(whole, (f"  {answered}", QUIET)), EVERY_TIME))
        rows.add_options(Option(_day_line(one), one.day) for one in shown.upcoming)
        days = [EVERY_TIME, *(one.day for one in shown.upcoming)]
        rows.highlighted = days.index(self._day) if self._day in days else 0
        rows.focus(scroll_visible=False)

    def _hints(self) -> Iterator[Hint]:
        assert self._shown is not None
        event, next_one = self._shown.shown, self._picked
        if next_one is not None and not next_one.cancelled:
            yield Hint("y", "come", "answer('yes')")
            yield Hint("m", "perhaps", "answer('maybe')")
            yield Hint("n", "do not come", "answer('no')")
            if event.room and is_on(next_one, time.time()):
                yield Hint("Enter", "go in", "go_in")
                if event.may_change:
                    yield Hint("o", "open its room", "open_room")
        if event.may_change and not event.cancelled:
            yield Hint("e", "change", "change")
            if event.recurrence is not None:
                yield Hint("v", "move this day", "move")
            yield Hint("x", "cancel", "cancel")
            yield Hint("w", "who comes", "who")
        yield Hint("f", "save as .ics", "export")
        yield Hint("Esc", "close", "back")

    @property
    def _days(self) -> SelectableList:
        return self.query_one(SelectableList)

    @property
    def _picked_day(self) -> str | None:
        """The day of a series that is picked; None for the whole, or for what takes place once."""
        if not self._days.display or self._days.highlighted is None:
            return None
        return self._days.get_option_at_index(self._days.highlighted).id or None

    @property
    def _picked(self) -> ListedOccurrence | None:
        """The time that is picked; of the whole it is the next one."""
        upcoming = self._shown.upcoming if self._shown is not None else ()
        return next((one for one in upcoming if self._picked_day in (None, one.day)), None)

    def on_option_list_option_highlighted(self) -> None:
        """Offer what can be done with the picked day."""
        if self._shown is not None:
            self._day = self._picked_day or EVERY_TIME
            self.offer(*self._hints())

    def action_step(self, step: int) -> None:
        """Pick another day of a series; scroll when there is none."""
        if self._days.display and self._days.has_focus:
            (self._days.action_cursor_down if step > 0 else self._days.action_cursor_up)()
        else:
            super().action_step(step)

    def action_answer(self, answer: Reply) -> None:
        """Say whether one comes, to the picked day or to all of it."""
        if self._shown is not None:
            command = c.AnswerEvent(event=self._wanted, answer=answer, day=self._picked_day)
            self.inquire(partial(self._show_answer, command))

    def action_go_in(self) -> None:
        """Enter its room; ask once whoever would leave a stage for it."""
        self._enter_its_room(opens=False)

    def action_open_room(self) -> None:
        """Open its room, as organisers may from a quarter of an hour before."""
        if self._shown is not None and self._shown.shown.may_change:
            self._enter_its_room(opens=True)

    def _enter_its_room(self, *, opens: bool) -> None:
        one = self._picked
        if one is not None and one.room and is_on(one, time.time()):
            self.enter_room(one.room, opens=opens)

    def action_change(self) -> None:
        """Open the form to change it."""
        from .event_form import EventForm

        if self._may_change and self._shown is not None:
            self.app.push_screen(EventForm(self._shown), self._show_change)

    def action_move(self) -> None:
        """Open the form to move the picked day of a series."""
        from .event_changes import MoveForm

        if self._may_change and self._shown is not None and self._picked_day is not None:
            self.app.push_screen(MoveForm(self._shown, self._picked_day), self._show_change)
        elif self._may_change:
            self.set_title(self.title_text, "pick a day of the series first")

    def action_cancel(self) -> None:
        """Open the form to cancel it, or the picked day of a series."""
        from .event_changes import CancelForm

        if self._may_change and self._shown is not None:
            self.app.push_screen(CancelForm(self._shown, self._picked_day), self._show_change)

    @property
    def _may_change(self) -> bool:
        return self._shown is not None and self._shown.shown.may_change

    def _show_change(self, shown: e.EventShown | None) -> None:
        if shown is not None:
            self._show_it(shown)

    def action_who(self) -> None:
        """Show who comes, and who waits."""
        if self._may_change:
            self.inquire(self._list_answers)

    async def _list_answers(self) -> None:
        told, answers = [""], 0
        for _ in range(MOST_PAGES):
            asked = c.ListAnswers(event=self._wanted, day=self._picked_day, offset=answers)
            (page,) = await self.ask_server(asked)
            assert isinstance(page, e.AnswersListed)
            head, *rest = answers_lines(page)
            told += [head, *rest] if not answers else rest
            answers += len(page.answers)
            if not page.answers or answers >= page.total:
                break
        if self.is_mounted:
            people = self.query_one("#people", Static)
            people.display = True
            people.update("\n".join(told))
            people.scroll_visible(animate=False)

    def action_export(self) -> None:
        """Write it to a new file in the current folder, for another calendar."""
        if self._shown is not None:
            self.inquire(self._save_file)

    async def _save_file(self) -> None:
        parts = await self.ask_server(c.ExportEvents(event=self._wanted))
        write_calendar(self, Path(f"event-{self._wanted}.ics"), parts)


def write_calendar(page: DeskSheet[None], path: Path, parts: list[e.DeskEvent]) -> None:
    """Write an exported calendar to a file, and say so."""
    data = b"".join(b64decode(part.data) for part in parts if isinstance(part, e.EventsExported))
    try:
        path.write_bytes(data)
    except OSError as error:
        page.set_title(page.title_text, f"cannot write {path.absolute()}: {error.strerror}")
    else:
        page.notify(f"Written to {path.absolute()}", markup=False)


def _fact(label: str, text: str) -> tuple[str, str]:
    return text, "$warning" if label == "News" else ""


def _day_line(one: ListedOccurrence) -> Content:
    words = [coming_words(one)] if not one.cancelled else ["cancelled"]
    words += ["moved"] if one.moved and not one.cancelled else []
    words += [own_words(one)] if not one.cancelled else []
    told = " · ".join(word for word in words if word)
    return Content.assemble(when_words(one.starts_at), (f"  {told}", QUIET))


def _answer_to_all(shown: e.EventShown) -> ListedOccurrence:
    """Return the answer to the whole series, as if it were one time."""
    event = shown.shown
    return ListedOccurrence(
        event=event.id,
        title=event.title,
        starts_at=0.0,
        ends_at=0.0,
        zone=event.zone,
        answer=event.answer,
    )

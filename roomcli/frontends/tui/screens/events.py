"""The page of events: what one has to do with, what is on this week, and what communities plan."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.calendar import ListedOccurrence
from ..keys import binding
from ..widgets.key_hints import Hint
from ..widgets.occurrences import day_options
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import Choices, DeskSheet, KeysLine

TABS = ("Yours", "This week", "Your communities'")
NOTHING = (
    "nothing yet: say that you come to something, or plan it",
    "nothing is planned for the next seven days",
    "your communities have planned nothing",
)
MOST_PAGES = 20
"""Pages after which reading a list stops, in case it has no end."""
KEYS = (
    Hint("Tab", "the next list", "turn(1)"),
    Hint("Enter", "open", "open_one"),
    Hint("n", "plan one", "plan"),
    Hint("f", "reminders and calendar file", "calendar"),
    Hint("Esc", "close", "back"),
)


def plan_event(app: App[Any]) -> None:
    """Open the form to plan an event, and its page when it is planned."""
    from .event import EventScreen
    from .event_form import EventForm

    def show(planned: e.EventShown | None) -> None:
        if planned is not None:
            app.push_screen(EventScreen(planned.shown.id))

    app.push_screen(EventForm(), show)


class EventsScreen(DeskSheet[None]):
    """Three lists of events, by day; Enter opens one."""

    BINDINGS = [
        Binding("q", "back", show=False),
        Binding("tab,right", "turn(1)", show=False, priority=True),
        Binding("shift+tab,left", "turn(-1)", show=False, priority=True),
        Binding("n", "plan", show=False),
        Binding("f", "calendar", show=False),
        binding("events", "back"),
    ]
    title_text = "Events"

    def __init__(self) -> None:
        super().__init__()
        self._listed: list[ListedOccurrence] | None = None
        self._shown_tab = 0

    def compose(self) -> ComposeResult:
        """Yield the choice of a list, and the list, which scrolls by itself."""
        with Vertical(classes="sheet tall wide") as sheet:
            sheet.border_title = self.title_text
            tabs = Choices(TABS)
            tabs.can_focus = False
            yield tabs
            yield SelectableList(markup=False, compact=True)
            yield KeysLine()

    def on_mount(self) -> None:
        """Ask for the list."""
        self.offer(*KEYS)
        self.query_one(SelectableList).focus()
        self.set_title(self.title_text, "asking …")
        self.inquire(self._load_days)

    def on_screen_resume(self) -> None:
        """Ask again when a page above is closed: one may have answered there."""
        if self._listed is not None:
            self.inquire(self._load_days)

    def hear(self, news: e.DeskMessage) -> None:
        """Ask again when something happened to an event."""
        if isinstance(news, e.EventNews):
            self.inquire(self._load_days)

    def action_turn(self, step: int) -> None:
        """Show the next list."""
        tabs = self.query_one(Choices)
        tabs.action_choose((tabs.chosen + step) % len(TABS))

    def on_choices_changed(self) -> None:
        """Ask for the list that was chosen."""
        self.set_title(self.title_text, "asking …")
        self.inquire(self._load_days)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the event that was chosen."""
        if event.option.id:
            self._open(event.option.id)

    def action_open_one(self) -> None:
        """Open the picked event."""
        rows = self.query_one(SelectableList)
        if rows.highlighted is not None and (id := rows.get_option_at_index(rows.highlighted).id):
            self._open(id)

    def _open(self, id: str) -> None:
        from .event import EventScreen

        event, _, day = id.partition(" ")
        self.app.push_screen(EventScreen(event, day))

    def action_plan(self) -> None:
        """Plan an event, and open its page."""
        plan_event(self.app)

    def action_calendar(self) -> None:
        """Open the page of reminders and files for other calendars."""
        from .own_calendar import OwnCalendarScreen

        self.app.push_screen(OwnCalendarScreen())

    async def _load_days(self) -> None:
        tab = self.query_one(Choices).chosen
        found = [one async for one in self._asked_for(tab)]
        if self.is_mounted and tab == self.query_one(Choices).chosen:
            self._listed, self._shown_tab = sorted(found, key=lambda one: one.starts_at), tab
            self._fill_days()
            self.set_title(self.title_text)

    async def _asked_for(self, tab: int) -> AsyncIterator[ListedOccurrence]:
        if tab < 2:
            async for one in self._pages(c.ListEvents(of="week" if tab else "mine")):
                yield one
            return
        for community in await self._own_communities():
            async for one in self._pages(c.ListEvents(of="community", community=community)):
                yield one

    async def _pages(self, asked: c.ListEvents) -> AsyncIterator[ListedOccurrence]:
        after = ""
        for _ in range(MOST_PAGES):
            command = c.ListEvents(of=asked.of, community=asked.community, after=after)
            (page,) = await self.ask_server(command)
            assert isinstance(page, e.EventsListed)
            for one in page.occurrences:
                yield one
            after = page.more
            if not after:
                return

    async def _own_communities(self) -> list[str]:
        (page,) = await self.ask_server(c.ListCommunities(of="mine"))
        assert isinstance(page, e.CommunitiesListed)
        return [each.id for each in page.communities]

    def on_resize(self) -> None:
        """Show the lines again for the new width."""
        if self._listed is not None:
            self.call_after_refresh(self._fill_days)

    def _fill_days(self) -> None:
        rows = self.query_one(SelectableList)
        options = list(day_options(self._listed or (), rows.content_size.width, time.time()))
        ids = [option.id for option in options]
        picked = None
        if rows.highlighted is not None:
            picked = rows.get_option_at_index(rows.highlighted).id
        rows.clear_options()
        nothing = Option(Content(NOTHING[self._shown_tab]), disabled=True)
        rows.add_options(options or [nothing])
        first = 1 if options else None
        rows.highlighted = ids.index(picked) if picked in ids and picked else first

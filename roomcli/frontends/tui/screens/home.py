"""Home: what goes on at a server, live: rooms, what is planned, communities, people.

While a room goes on, its bar is here too, and one key leads back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static

from ....errors import CommandRefused, ConnectionFailed
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.finding import MAX_SEARCH
from ...model.home_sections import (
    CommunityRow,
    HomeFacts,
    HomeRow,
    LiveRoomRow,
    PersonRow,
    PlannedRow,
    ServerRow,
)
from ...model.open_rooms import FollowRooms, HomeServer, RoomsNews
from ...words.first_steps import FIRST_STEPS, MORE
from ...words.settings_words import NOT_LISTED
from ..keys import binding
from ..room_client import ClientApp, OpenPage, RoomClient, stake
from ..widgets.banners import Banner, Confirmation
from ..widgets.face import QUIET, lines, styled
from ..widgets.home_line import SEARCH_WAIT, Find, HomeLine
from ..widgets.home_lists import HomeLists
from ..widgets.home_rows import RowFacts
from ..widgets.key_hints import Hint, HintFacts, KeyHints
from ..widgets.status import OwnBar

PLACEHOLDER = "type to find a room, an event, a community, somebody"
STEP_WIDTH = 22


class Leaving(NamedTuple):
    """A question whether to leave a room for another one."""

    other: str
    question: Confirmation


class HomeAct(NamedTuple):
    """Something that can be done at home: its words, more about it, and the action."""

    words: str
    help: str
    action: str


class HomeScreen(Screen[None]):
    """What goes on at one server, or the first steps if no server is known."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-middle")]
    BINDINGS = [
        Binding("escape", "back", show=False, priority=True),
        binding("leave", priority=True),
        binding("home", "show_room", priority=True),
        binding("help", priority=True),
        binding("events", priority=True),
        binding("profile", priority=True),
        Binding("f1", "help", show=False),
        Binding("tab", "move('next')", show=False, priority=True),
        Binding("shift+tab", "move('previous')", show=False, priority=True),
        Binding("up", "move('up')", show=False, priority=True),
        Binding("down", "move('down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
    ]

    def __init__(
        self,
        server: HomeServer | None,
        follow: FollowRooms,
        servers: tuple[HomeServer, ...] = (),
    ) -> None:
        super().__init__()
        self._server = server
        self._servers = servers
        self._follow_rooms = follow
        self._is_told = False
        """Whether the server has said anything yet."""
        self._known = HomeFacts()
        self._leaving: Leaving | None = None
        self._line = HomeLine()
        self._goes_on = Banner(id="banner-room")
        self._question = Banner(id="banner-question")
        self._middle = Vertical(id="rooms")
        self._find = Find(placeholder=PLACEHOLDER, max_length=MAX_SEARCH, compact=True, id="find")
        self._trouble = Static(id="trouble")
        self._lists = HomeLists()
        self._empty = Static(id="empty")
        self._facts = RowFacts()
        self._own_bar = OwnBar()
        self._hints = KeyHints()

    @property
    def _app(self) -> ClientApp:
        return cast("ClientApp", self.app)

    @property
    def visit(self) -> RoomClient | None:
        """The visit to a room that goes on, if there is one."""
        return self._app.client

    @property
    def has_server(self) -> bool:
        """Whether a server is known, so that there is somebody to be on it."""
        return self._server is not None

    def compose(self) -> ComposeResult:
        """Yield the search field, the lists, more about the picked row, and the keys."""
        yield self._line
        yield self._goes_on
        yield self._question
        with self._middle:
            yield self._find
            yield self._trouble
            yield self._empty
            yield self._lists
            yield self._facts
        yield self._own_bar
        yield self._hints

    def on_mount(self) -> None:
        """Show what is known before the server answers."""
        self._find.focus()
        self.sync()
        if self._server is None:
            self._line.show(("", "no server", False))
            self._find.display = self._lists.display = self._facts.display = False
            self._empty.update(_first_steps())
        else:
            self._show_status("asking …")

    def on_screen_resume(self) -> None:
        """Follow the rooms while somebody looks at them."""
        if self.is_mounted:
            self.sync()
        if self._server is not None:
            self._follow()

    def on_screen_suspend(self) -> None:
        """Stop following the rooms."""
        self.workers.cancel_group(self, "rooms")

    @work(exclusive=True, group="rooms")
    async def _follow(self) -> None:
        async with aclosing(self._follow_rooms()) as rooms:
            async for news in rooms:
                self._take_news(news)

    def _take_news(self, news: RoomsNews) -> None:
        if isinstance(news, ConnectionFailed | CommandRefused):
            again = isinstance(news, ConnectionFailed)
            self._show_status("not reached, trying again" if again else "refused", wrong=True)
            self._complain(str(news))
            return
        self._known = self._known.after(news)
        self._is_told = True
        self._complain("")
        self._fill()

    def _show_status(self, words: str, *, wrong: bool = False) -> None:
        if self._server is not None:
            self._line.show((self._server.name, words, wrong))

    def _complain(self, words: str) -> None:
        self._trouble.display = bool(words)
        self._trouble.update(Content.styled(words[:1].upper() + words[1:], "$warning"))

    def sync(self) -> None:
        """Update what is shown of the room that goes on, and the keys."""
        visit = self.visit
        keymap = self._app.keymap
        leads = [
            *keymap.keys("leave"),
            *keymap.keys("help"),
            *keymap.keys("profile"),
            *keymap.keys("events"),
        ]
        self._own_bar.display = visit is not None
        if visit is None:
            self._goes_on.show_text("")
        else:
            leads += keymap.keys("home")
            back = f"{keymap.shown('home')} or Esc: back to it"
            self._goes_on.show_text(f"You are in {visit.room_name}, which goes on", back, "Esc")
            self._own_bar.sync(visit.model, keymap, at_home=True)
        if visit is None or (self._leaving and stake(visit) is None):
            self._leaving = None
        question = self._leaving.question if self._leaving else None
        self._question.show_text(
            *(question.text, question.keys, question.short_keys) if question else ("",)
        )
        self._find.leads = frozenset(leads)
        self._hints.show(self._hint_facts())

    def sync_levels(self) -> None:
        """Update only the meter of the own microphone."""
        if (visit := self.visit) is not None:
            self._own_bar.sync(visit.model, self._app.keymap, at_home=True)

    def _hint_facts(self) -> HintFacts:
        keymap, visit = self._app.keymap, self.visit
        offered = []
        if visit is not None:
            offered.append(Hint(keymap.shown("home"), f"Back to {visit.room_name}", "show_room"))
        if self._server is not None:
            offered.append(Hint("↑↓", "Pick", "move('down')"))
            offered.append(Hint("Tab", "Next", "move('next')"))
            offered.append(Hint("Enter", "Open", "go_in"))
        if self._server is not None:
            offered.append(Hint(keymap.shown("events"), "Events", "events"))
            offered.append(Hint(keymap.shown("profile"), "Profile", "profile"))
        always = (
            Hint(keymap.shown("command_palette"), "All", "app.command_palette"),
            Hint(keymap.shown("help"), "Help", "help"),
            Hint(keymap.shown("leave"), "Quit" if visit is None else "Leave", "app.leave"),
        )
        return HintFacts(tuple(offered), always)

    def _fill(self) -> None:
        """Show what fits the search; the picked row stays picked."""
        if not self._is_told:
            return
        here = self.visit.room_name if self.visit is not None else ""
        # While a room goes on home shows its server, over the one connection that there is.
        name = self._server.name if self._server is not None else ""
        others = tuple(each for each in self._servers if each.name != name and not here)
        self._known = replace(self._known, servers=others)
        sections = self._known.sections(time.time())
        # A hidden list has no width; then it has the one of what holds it.
        width = (self._lists.content_size or self._middle.content_size).width
        self._lists.fill(sections, here, width)
        self._lists.display = bool(sections)
        count = len(self._known.rooms)
        self._show_status(f"{count} open room{'' if count == 1 else 's'}")
        self._empty.display = all(isinstance(each.rows[0], ServerRow) for each in sections)
        self._empty.update(_nothing(self._find.value.strip()))
        self._show_facts()

    def _show_facts(self) -> None:
        self._facts.show((self._lists.picked, time.time() // 60 * 60))

    @property
    def acts(self) -> Iterator[HomeAct]:
        """All that can be done at home now, besides opening a row."""
        visit = self.visit
        if visit is not None:
            yield HomeAct(f"Back to {visit.room_name}", "It goes on", "show_room")
            yield HomeAct("Open or close your microphone", "On stage", "toggle_microphone")
        if self.has_server:
            yield HomeAct("Your profile", "On this server", "profile")
            yield HomeAct("What is proven of you", "On this server", "claims")
            yield HomeAct("Events", "What is planned on this server", "events")
            yield HomeAct("Plan an event", "Once, or as a series", "plan")
            yield HomeAct("Reminders and calendar file", "For your phone too", "calendar")
            yield HomeAct("Communities", "Of this server", "communities")
            yield HomeAct("Found a community", "And own it", "found")
        yield HomeAct("Change the theme", "Colours", "change_theme")
        yield HomeAct("Keys and help", "What every key does", "help")
        words = "Quit roomcli" if visit is None else f"Leave {visit.room_name}"
        yield HomeAct(words, "", "leave")

    def call_for(self, act: HomeAct) -> Callable[[], object]:
        """Return what does it, whatever is typed: an action of the screen, or of the app."""
        name = f"action_{act.action}"
        return cast("Callable[[], object]", getattr(self, name, None) or getattr(self.app, name))

    @property
    def rows(self) -> tuple[HomeRow, ...]:
        """What fits what was typed."""
        return self._lists.rows

    def on_resize(self) -> None:
        """Show everything again for the new width."""
        self.call_after_refresh(self._fill)

    def on_input_changed(self) -> None:
        """Show what fits the changed search, here at once, and then what the server finds."""
        self._show_question(None)
        typed = self._find.value.strip()
        self._lists.keep_pick(not typed)
        self._known = replace(self._known, typed=typed, found=None)
        self._fill()
        self.workers.cancel_group(self, "search")
        if typed and self._is_told:
            self._search(typed)

    @work(exclusive=True, group="search")
    async def _search(self, typed: str) -> None:
        await asyncio.sleep(SEARCH_WAIT)
        try:
            answers = await self._app.ask_server(c.Search(text=typed))
        except (CommandRefused, ConnectionFailed):
            return  # what is known here is shown
        found = [each for each in answers if isinstance(each, e.SearchResults)]
        if found and typed == self._known.typed:
            self._known = replace(self._known, found=found[0])
            self._fill()

    def on_input_submitted(self) -> None:
        """Open the picked row."""
        self.action_go_in()

    def action_go_in(self) -> None:
        """Enter the picked room, or open what else is picked."""
        if (row := self._lists.picked) is not None:
            self.open_row(row)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the row that was clicked."""
        if (row := self._lists.row(event.option.id or "")) is not None:
            self.open_row(row)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show more about the picked row."""
        self._lists.point(event.option_list)
        self._show_facts()

    def open_row(self, row: HomeRow) -> None:
        """Enter a room, or open the page of an event, a community, somebody; or another server."""
        match row:
            case LiveRoomRow(room):
                self.go_in(room.name)
            case PlannedRow(one):
                from .event import EventScreen

                self.app.push_screen(EventScreen(one.event, one.day))
            case CommunityRow(card):
                from .communities import CommunityScreen

                self.app.push_screen(CommunityScreen(card.id))
            case PersonRow(person, room):
                from .person import PersonScreen

                self.app.push_screen(PersonScreen(person, room))
            case ServerRow(server):
                self._show_server(server)

    def _show_server(self, server: HomeServer) -> None:
        """Show another server instead of this one."""
        self._find.value = ""
        self._server, self._is_told = server, False
        self._known = HomeFacts()
        self._lists.fill((), "", 0)
        self._show_status("asking …")
        self._app.choose_server(server)
        self._follow()

    def go_in(self, room: str) -> None:
        """Enter a room; ask once whoever would leave a stage for it."""
        visit = self.visit
        if visit is not None and visit.room_name == room:
            self._app.show_room()
            return
        asked = self._leaving is not None and self._leaving.other == room
        if visit is not None and not asked and (held := stake(visit)):
            self._show_question(Leaving(room, Confirmation(f"You are {held}: leave it?", "Enter")))
            return
        self._show_question(None)
        self._app.enter_room(room)

    def _show_question(self, leaving: Leaving | None) -> None:
        if leaving != self._leaving:
            self._leaving = leaving
            self.sync()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action is possible: letters that are keys are so only if nothing is typed."""
        if not self.is_mounted:
            return False
        match action:
            case "show_room" if self.visit is None:
                return False
            case "profile" | "events" if not self.has_server:
                return False
            case "show_room" | "help" | "leave" | "profile" | "events":
                return not self._find.value
        return True

    def action_show_room(self) -> None:
        """Go back to the room that goes on."""
        self._app.show_room()

    async def action_leave(self) -> None:
        """Leave the room that goes on, or the program."""
        await self.run_action("app.leave")

    def action_profile(self) -> None:
        """Open the user's own profile."""
        self.post_message(OpenPage("profile"))

    def action_claims(self) -> None:
        """Open what is proven of the user."""
        self.post_message(OpenPage("claims"))

    def action_events(self) -> None:
        """Open the events of the server."""
        self.post_message(OpenPage("events"))

    def action_communities(self) -> None:
        """Open the communities of the server."""
        self.post_message(OpenPage("communities"))

    def action_plan(self) -> None:
        """Plan an event, and open its page."""
        from .events import plan_event

        plan_event(self.app)

    def action_found(self) -> None:
        """Found a community, and open its page."""
        from .communities import found_community

        found_community(self.app)

    def action_calendar(self) -> None:
        """Open the page of reminders and files for other calendars."""
        from .own_calendar import OwnCalendarScreen

        self.app.push_screen(OwnCalendarScreen())

    def action_help(self) -> None:
        """Open the list of all keys."""
        self.post_message(OpenPage("help"))

    def action_move(self, way: str) -> None:
        """Pick another row; the typed text stays."""
        self._show_question(None)
        self._lists.walk(way)

    async def action_back(self) -> None:
        """Take one step back: from a question, a search, to the room, or out."""
        if self._leaving is not None:
            self._show_question(None)
        elif self._find.value:
            self._find.value = ""
        elif self.visit is not None:
            self._app.show_room()
        else:
            await self.action_leave()


def _nothing(words: str) -> Content:
    if words:
        return Content.styled(f"Nothing fits “{words}” · Esc shows all", QUIET)
    return Content.assemble(
        ("No room is open here yet.\n\n", "bold"),
        ("roomcli host NAME", "bold $accent"),
        (f" opens one. {NOT_LISTED[0].upper()}{NOT_LISTED[1:]}.", QUIET),
    )


def _first_steps() -> Content:
    steps = [
        Content.assemble((f"{command:<{STEP_WIDTH}}", "bold $accent"), (does, QUIET))
        for command, does in FIRST_STEPS
    ]
    known = styled("No server is configured, and none runs on this machine.", "bold")
    return lines(known, Content(), *steps, Content(), styled(MORE, QUIET))

"""Home: what goes on at servers, live: rooms, what is planned, communities, people.

While a room goes on, its bar is here too, and one key leads back.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from functools import partial
from typing import NamedTuple, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import OptionList
from textual.worker import Worker

from ....errors import CommandRefused, ConnectionFailed, RoomcliError
from ....protocol import commands as c
from ....protocol import events as e
from ...model.home_sections import (
    CommunityRow,
    HomeRow,
    LiveRoomRow,
    PersonRow,
    PlannedRow,
    ServerRow,
)
from ...model.open_rooms import FollowRooms, HomeServer, RoomsNews, server_name
from ...model.shown_servers import ShownServers
from ..answering_screen import AnsweringScreen
from ..keys import binding
from ..room_client import ClientApp, OpenPage, RoomClient, stake
from ..widgets.banners import Banner, Confirmation
from ..widgets.home_body import HomeBody
from ..widgets.home_line import SEARCH_WAIT, HomeLine
from ..widgets.key_hints import Hint, HintFacts, KeyHints
from ..widgets.status import OwnBar

TYPED = ("/add_server URL", "/forget_server URL")


class Leaving(NamedTuple):
    """A question whether to leave a room for another one."""

    other: str
    question: Confirmation


class HomeScreen(AnsweringScreen[None]):
    """What goes on at the servers that are shown, or the first steps if no server is known."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-middle")]
    BINDINGS = [
        Binding("escape", "back", show=False, priority=True),
        binding("leave", priority=True),
        binding("home", "show_room", priority=True),
        binding("help", priority=True),
        binding("events", priority=True),
        binding("profile", priority=True),
        binding("sound_at_home", "sound", priority=True),
        binding("devices", priority=True),
        binding("next_server", "move('server')", priority=True),
        binding("add_server", priority=True),
        binding("forget_server", priority=True),
        Binding("f1", "help", show=False),
        Binding("tab", "move('next')", show=False, priority=True),
        Binding("shift+tab", "move('previous')", show=False, priority=True),
        Binding("up", "move('up')", show=False, priority=True),
        Binding("down", "move('down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
    ]

    def __init__(self, servers: ShownServers, follow: FollowRooms) -> None:
        super().__init__()
        self._shown = servers
        self._follow_rooms = follow
        self._following: dict[str, Worker[None]] = {}
        self._leaving: Leaving | None = None
        self._line = HomeLine()
        self._goes_on = Banner(id="banner-room")
        self._question = Banner(id="banner-question")
        self._body = HomeBody()
        self._find, self._lists = self._body.find, self._body.lists
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
        return len(self._shown) > 0

    @property
    def servers(self) -> tuple[HomeServer, ...]:
        """The servers that are shown."""
        return self._shown.all

    def compose(self) -> ComposeResult:
        """Yield the search field, the lists, more about the picked row, and the keys."""
        yield self._line
        yield self._goes_on
        yield self._question
        yield self._body
        yield self._own_bar
        yield self._hints

    def on_mount(self) -> None:
        """Show what is known before a server answers."""
        self._find.focus()
        self.sync()
        self._show_lists()
        self.set_interval(1.0, self._count_down)

    def _show_lists(self) -> None:
        """Show the lists, or without a server how to begin."""
        self._body.show_parts(known=self.has_server)
        self._line.show_servers(self._shown.facts)
        self._fill()

    def on_screen_resume(self) -> None:
        """Follow the rooms while somebody looks at them."""
        if self.is_mounted:
            self.sync()
        for server in self.servers:
            self._follow(server)

    def on_screen_suspend(self) -> None:
        """Stop following the rooms."""
        self.workers.cancel_group(self, "rooms")
        self._following.clear()

    def _follow(self, server: HomeServer) -> None:
        if (worker := self._following.get(server.name)) is not None:
            worker.cancel()
        self._following[server.name] = self.run_worker(
            partial(self._take_all, server), group="rooms"
        )

    async def _take_all(self, server: HomeServer) -> None:
        async with aclosing(self._follow_rooms(server)) as rooms:
            async for news in rooms:
                if server.name in self._shown:
                    self._take_news(server.name, news)

    def _take_news(self, name: str, news: RoomsNews) -> None:
        self._shown.hear_news(name, news, time.monotonic())
        self._fill()

    def _count_down(self) -> None:
        """Say anew when servers are tried again that are not reached."""
        if self._shown.is_trying:
            self._fill()

    def sync(self) -> None:
        """Update what is shown of the room that goes on, and the keys."""
        visit = self.visit
        keymap = self._app.keymap
        leads = [
            *keymap.keys("leave"),
            *keymap.keys("help"),
            *keymap.keys("profile"),
            *keymap.keys("events"),
            *keymap.keys("sound_at_home"),
            *keymap.keys("devices"),
            *keymap.keys("next_server"),
            *keymap.keys("add_server"),
        ]
        if isinstance(self._lists.picked, ServerRow):
            leads += keymap.keys("forget_server")
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
        if self.has_server:
            offered.append(Hint("↑↓", "Pick", "move('down')"))
            offered.append(Hint("Tab", "Next", "move('next')"))
            offered.append(Hint("Enter", "Open", "go_in"))
        if len(self._shown) > 1:
            offered.append(Hint(keymap.shown("next_server"), "Server", "move('server')"))
        if self.has_server:
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
        if not self.has_server:
            return
        known, visit = self._shown.facts_at(time.monotonic()), self.visit
        here = f"room {visit.room_name} {visit.server}" if visit is not None else ""
        self._body.show_servers(known, here)
        self._line.show_servers(known)
        self._show_facts()

    def _show_facts(self) -> None:
        picked = self._body.show_facts()
        if picked is not None:
            self._mean(picked)
        forgets = frozenset(self._app.keymap.keys("forget_server"))
        on_server = isinstance(picked, ServerRow)
        self._find.leads = self._find.leads | forgets if on_server else self._find.leads - forgets

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
        typed = self._body.typed
        self._lists.keep_pick(not typed)
        self._shown.look_for(typed)
        self._fill()
        self.workers.cancel_group(self, "search")
        for home in self._shown.facts:
            if typed and home.is_told and not typed.startswith("/"):
                _: Worker[None] = self.run_worker(
                    partial(self._search, home.server, typed), group="search"
                )

    async def _search(self, name: str, typed: str) -> None:
        """Ask one of the servers; who hangs or refuses keeps no other from answering."""
        await asyncio.sleep(SEARCH_WAIT)
        try:
            answers = await self._app.ask_server(c.Search(text=typed), name)
        except (CommandRefused, ConnectionFailed):
            return  # what is known here is shown
        found = [each for each in answers if isinstance(each, e.SearchResults)]
        if found:
            self._shown.keep_found(name, typed, found[0])
            self._fill()

    def on_input_submitted(self) -> None:
        """Open the picked row, or do what is typed after a slash."""
        typed = self._body.typed
        if not typed.startswith("/"):
            self.action_go_in()
            return
        name, _, rest = typed.partition(" ")
        match name:
            case "/add_server" if rest:
                self.add(rest)
            case "/add_server":
                self.action_add_server()
            case "/forget_server" if len(self._shown) > 1:
                self._forget_named(rest.strip())
            case _:
                self._say(f"Here one types {' and '.join(TYPED)}; everything else is a key")
                return
        self._find.value = ""

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
        """Enter a room, or open the page of an event, a community, somebody, all on its server."""
        self._mean(row)
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
            case ServerRow(name) if (server := self._shown.find_server(name)) is not None:
                self._follow(server)  # one that waits is tried at once

    def _mean(self, row: HomeRow) -> None:
        """Let what is done at home go to the server of a row."""
        if (server := self._shown.find_server(row.server)) is not None:
            self._shown.meant = server

    def add(self, url: str) -> None:
        """Show one more server."""
        before = {server.name for server in self.servers}
        try:
            server = self._shown.add(url)
        except RoomcliError as error:
            self._say(str(error))
            return
        if server.name not in before:
            self._follow(server)
        self._shown.meant = server
        self.sync()
        self._show_lists()

    def forget(self, server: HomeServer) -> None:
        """Show a server no longer."""
        try:
            self._app.forget_server(server)
        except RoomcliError as error:
            self._say(str(error))
            return
        if (worker := self._following.pop(server.name, None)) is not None:
            worker.cancel()
        self.sync()
        self._show_lists()
        key = self._app.keymap.shown("add_server")
        self._say(f"{server.name} is forgotten; {key} adds a server")

    def _forget_named(self, named: str) -> None:
        picked = self._lists.picked
        name = picked.server if picked is not None and not named else server_name(named)
        if (server := self._shown.find_server(name)) is not None:
            self.forget(server)
        else:
            self._say(f"{named or 'that server'} is not here")

    def _say(self, text: str) -> None:
        self.app.notify(f"{text[:1].upper()}{text[1:]}", markup=False, timeout=10)

    def go_in(self, room: str) -> None:
        """Enter a room of the chosen server; ask once whoever would leave a stage for it."""
        visit = self.visit
        if self._app.is_in_room(room):
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
            case "forget_server":
                return not self._find.value and isinstance(self._lists.picked, ServerRow)
            case "show_room" | "help" | "leave" | "profile" | "events" | "add_server":
                return not self._find.value
            case "sound" | "devices":
                return not self._find.value
            case "move" if parameters == ("server",):
                return not self._find.value and len(self._shown) > 1
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

    def action_sound(self) -> None:
        """Open what is done to the user's own voice."""
        self.post_message(OpenPage("sound"))

    def action_own_settings(self) -> None:
        """Open the user's own settings."""
        self.post_message(OpenPage("own_settings"))

    def action_devices(self) -> None:
        """Open the page of microphone and speakers."""
        self.post_message(OpenPage("devices"))

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

    def action_add_server(self) -> None:
        """Ask for the address of one more server."""
        from .add_server import AddServerScreen

        def answer(url: str | None) -> None:
            if url is not None:
                self.add(url)

        self.app.push_screen(AddServerScreen(), answer)

    def action_forget_server(self) -> None:
        """Show the picked server no longer."""
        picked = self._lists.picked
        server = self._shown.find_server(picked.server) if picked is not None else None
        if len(self._shown) < 2:
            self._say("home shows no other server: add one first")
        elif server is not None:
            self.forget(server)

    def action_help(self) -> None:
        """Open the list of all keys."""
        self.post_message(OpenPage("help"))

    def action_move(self, way: str) -> None:
        """Pick another row; the typed text stays."""
        self._show_question(None)
        self._lists.walk(way)
        self._show_facts()

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

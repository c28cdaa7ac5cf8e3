"""Home: shows the open rooms of a server as they fill and empty; Enter enters one.

While a room goes on, its bar is here too, and one key leads back.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import NamedTuple, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ....errors import ConnectionFailed
from ...model.open_rooms import FollowRooms, HomeServer, OpenRoom, RoomsNews
from ...words.first_steps import FIRST_STEPS, MORE
from ...words.settings_words import NOT_LISTED
from ..keys import binding
from ..room_client import ClientApp, OpenPage, RoomClient, stake
from ..widgets.banners import Banner, Confirmation
from ..widgets.face import QUIET, Face, lines, spread, styled
from ..widgets.key_hints import Hint, HintFacts, KeyHints
from ..widgets.selectable_list import SelectableList
from ..widgets.status import OwnBar

NAME_WIDTH, PADDING = 24, 1
STEP_WIDTH = 22
RULE_MARK = "not for all"
"""What the line of a room says that has a rule on whom it lets in; the facts below say which."""


class RoomFacts(Face):
    """More about the picked room: its topic, and what its server keeps."""

    def render(self) -> Content:
        """Return the topic in one line, and whom it lets in and what is kept in as many as needed.

        Nobody should have to enter a room to learn these.
        """
        room = self.facts
        if not isinstance(room, OpenRoom):
            return Content()
        about = room.topic or "No topic"
        keeps = f"Kept there: {', '.join(room.keeps)}" if room.keeps else ""
        told = [styled(about).truncate(self.width, ellipsis=True)]
        if room.asks:
            rule = "; ".join(room.asks)
            told.append(styled(f"{rule[:1].upper()}{rule[1:]}", "$warning"))
        return lines(*told, styled(keeps, QUIET))


class Find(Input):
    """The field to search for a room; while it is empty, ``leads`` are keys and not letters."""

    leads: frozenset[str] = frozenset()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the field takes a key as a letter."""
        leads = key in self.leads and not self.value
        return not leads and super().check_consume_key(key, character)


class HomeLine(Face):
    """The top line: which server this is, and whether it answers."""

    def render(self) -> Content:
        """Return the server's name and, at the right, how its rooms are known."""
        server, words, wrong = self.facts if isinstance(self.facts, tuple) else ("", "", False)
        left = Content.assemble(("roomcli  ", QUIET), (server, "bold $accent"))
        room = max(8, self.width - left.cell_length - 2, self.width // 3)
        right = styled(words, "$warning" if wrong else QUIET).truncate(room, ellipsis=True)
        return spread(left, right, self.width)


class Leaving(NamedTuple):
    """A question whether to leave a room for another one."""

    other: str
    question: Confirmation


class HomeScreen(Screen[None]):
    """The rooms of one server, or the first steps if no server is known."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-middle")]
    BINDINGS = [
        Binding("escape", "back", show=False, priority=True),
        binding("leave", priority=True),
        binding("home", "show_room", priority=True),
        binding("help", priority=True),
        binding("events", priority=True),
        binding("profile", priority=True),
        Binding("f1", "help", show=False),
        Binding("up", "move('up')", show=False, priority=True),
        Binding("down", "move('down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
    ]

    def __init__(self, server: HomeServer | None, follow: FollowRooms) -> None:
        super().__init__()
        self._server = server
        self._follow_rooms = follow
        self._rooms: tuple[OpenRoom, ...] | None = None
        self._leaving: Leaving | None = None
        self._line = HomeLine()
        self._goes_on = Banner(id="banner-room")
        self._question = Banner(id="banner-question")
        self._middle = Vertical(id="rooms")
        self._find = Find(placeholder="type to find a room", compact=True, id="find")
        self._trouble = Static(id="trouble")
        self._list = SelectableList(markup=False, compact=True)
        self._empty = Static(id="empty")
        self._facts = RoomFacts()
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
        """Yield the search field, the rooms, more about one of them, and the keys."""
        yield self._line
        yield self._goes_on
        yield self._question
        with self._middle:
            yield self._find
            yield self._trouble
            yield self._list
            yield self._empty
            yield self._facts
        yield self._own_bar
        yield self._hints

    def on_mount(self) -> None:
        """Show what is known before the server answers."""
        self._find.focus()
        self.sync()
        if self._server is None:
            self._line.show(("", "no server", False))
            self._find.display = self._list.display = self._facts.display = False
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
        if isinstance(news, tuple):
            self._rooms = news
            self._complain("")
            self._fill()
            return
        again = isinstance(news, ConnectionFailed)
        self._show_status("not reached, trying again" if again else "refused", wrong=True)
        self._complain(str(news))

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
            offered.append(Hint("↑↓", "Room", "move('down')"))
            offered.append(Hint("Enter", "Go in", "go_in"))
        offered.append(Hint(keymap.shown("command_palette"), "All", "app.command_palette"))
        if self._server is not None:
            offered.append(Hint(keymap.shown("profile"), "Profile", "profile"))
        always = (
            Hint(keymap.shown("help"), "Help", "help"),
            Hint(keymap.shown("leave"), "Quit" if visit is None else "Leave", "app.leave"),
        )
        return HintFacts(tuple(offered), always)

    def _fill(self) -> None:
        """Show the rooms that fit the search; the picked one stays picked."""
        if self._rooms is None:
            return
        rows, fitting = self._list, self.fitting
        picked = self._picked
        here = self.visit.room_name if self.visit is not None else ""
        rows.clear_options()
        # A hidden list has no width; then it has the one of what holds it.
        width = (rows.content_size or self._middle.content_size).width - 2 * PADDING
        rows.add_options(
            Option(_line(room, width, here=room.name == here), room.name) for room in fitting
        )
        names = [room.name for room in fitting]
        if names:
            rows.highlighted = names.index(picked.name) if picked and picked.name in names else 0
        rows.display = bool(names)
        count = len(self._rooms)
        self._show_status(f"{count} open room{'' if count == 1 else 's'}")
        self._empty.display = not names
        self._empty.update(_nothing(self._find.value.strip()))
        self._facts.show(self._picked)

    @property
    def fitting(self) -> list[OpenRoom]:
        """The rooms that fit what was typed."""
        words = self._find.value.strip()
        return [room for room in self._rooms or () if room.fits(words)]

    @property
    def _picked(self) -> OpenRoom | None:
        rows = self._list
        if rows.highlighted is None or self._rooms is None:
            return None
        name = rows.get_option_at_index(rows.highlighted).id
        return next((room for room in self._rooms if room.name == name), None)

    def on_resize(self) -> None:
        """Show the rooms again for the new width."""
        self.call_after_refresh(self._fill)

    def on_input_changed(self) -> None:
        """Show the rooms that fit the changed search."""
        self._show_question(None)
        self._fill()

    def on_input_submitted(self) -> None:
        """Enter the picked room."""
        self.action_go_in()

    def action_go_in(self) -> None:
        """Enter the picked room."""
        if (room := self._picked) is not None:
            self.go_in(room.name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter the room that was clicked."""
        if event.option.id is not None:
            self.go_in(event.option.id)

    def on_option_list_option_highlighted(self) -> None:
        """Show more about the picked room."""
        self._facts.show(self._picked)

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

    def action_events(self) -> None:
        """Open the events of the server."""
        self.post_message(OpenPage("events"))

    def action_communities(self) -> None:
        """Open the communities of the server."""
        self.post_message(OpenPage("communities"))

    def action_help(self) -> None:
        """Open the list of all keys."""
        self.post_message(OpenPage("help"))

    def action_move(self, way: str) -> None:
        """Pick another room; the typed text stays."""
        self._show_question(None)
        rows = self._list
        if rows.option_count:
            getattr(rows, f"action_{'cursor_' if way in ('up', 'down') else ''}{way}")()

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


def _line(room: OpenRoom, width: int, *, here: bool) -> Content:
    left = Content.assemble((f"{room.name:<{NAME_WIDTH}}", "bold"), (f"  {room.host}", QUIET))
    if width >= 100 and room.topic:
        left = Content.assemble(left, f"  {room.topic}")
    door = [each for each in room.door if each not in room.asks]
    words = [f"{room.stage} on stage", f"{room.audience} listening", *door]
    words += [RULE_MARK] if room.asks else []
    if here:
        words.insert(0, "here")
    return spread(left, styled(" · ".join(words), QUIET), width)


def _nothing(words: str) -> Content:
    if words:
        return Content.styled(f"No open room fits “{words}” · Esc shows all", QUIET)
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

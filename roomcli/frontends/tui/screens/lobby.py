"""The lobby: shows the open rooms of a server as they fill and empty; Enter enters one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ....errors import ConnectionFailed
from ....protocol.text import MAX_NAME, MAX_REASON, cleaned, is_room_name
from ...words.settings_words import NOT_LISTED, door_words
from ..program import COPY, Program
from ..theme import colours_of_the_terminal, dress
from ..widgets.face import QUIET, Face, keys_line, lines, spread, styled
from ..widgets.selectable_list import SelectableList

REFRESH = 2.0
"""Seconds between two requests to the server."""
NAME_WIDTH, PADDING = 24, 1

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class OpenRoom:
    """A room as the server describes it; no field of it can be trusted."""

    name: str
    topic: str = ""
    host: str = ""
    stage: int = 0
    audience: int = 0
    door: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()

    def fits(self, words: str) -> bool:
        """Whether every typed word is in the room's name, topic or host."""
        told = f"{self.name} {self.topic} {self.host}".casefold()
        return all(word in told for word in words.casefold().split())


def rooms_of(told: list[dict[str, object]]) -> list[OpenRoom]:
    """Return the valid rooms of an answer, the fullest first."""
    rooms = [_parse_room(each) for each in told if is_room_name(_text(each.get("name"), 64))]
    return sorted(rooms, key=lambda room: (-(room.stage + room.audience), room.name))


def _parse_room(told: dict[str, object]) -> OpenRoom:
    keeps = told.get("keeps")
    return OpenRoom(
        _text(told.get("name"), 64),
        _text(told.get("topic"), MAX_REASON),
        _text(told.get("host"), MAX_NAME),
        _count(told.get("stage")),
        _count(told.get("audience")),
        tuple(
            door_words(
                access=told.get("access"), password=told.get("password"), locked=told.get("locked")
            )
        ),
        tuple(_text(each, 80) for each in keeps) if isinstance(keeps, list | tuple) else (),
    )


def _text(value: object, limit: int) -> str:
    return cleaned(value, limit) if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


class RoomFacts(Face):
    """More about the picked room: its topic, and what its server keeps."""

    def render(self) -> Content:
        """Return the topic in one line, and what is kept in as many lines as needed.

        Nobody should have to enter a room to learn what is kept there.
        """
        room = self.facts
        if not isinstance(room, OpenRoom):
            return Content()
        about = room.topic or "No topic"
        keeps = f"Kept there: {', '.join(room.keeps)}" if room.keeps else ""
        return lines(
            styled(about).truncate(self.width, ellipsis=True),
            styled(keeps, QUIET),
        )


class Find(Input):
    """The field to search for a room; a q at its beginning is not typed, it leaves."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the field takes a key as a letter."""
        leaves = key == "q" and not self.value
        return not leaves and super().check_consume_key(key, character)


class LobbyApp(Program[str]):
    """The lobby as an app; answers with the name of a room, or with None."""

    CSS_PATH = "../roomcli.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-middle")]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [
        Binding("escape", "clear", show=False, priority=True),
        COPY,
        Binding("ctrl+q,ctrl+c", "quit", show=False, priority=True),
        Binding("q", "give_up", show=False, priority=True),
        Binding("up", "move('up')", show=False, priority=True),
        Binding("down", "move('down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
    ]

    def __init__(
        self,
        server: str,
        rooms: Callable[[], list[dict[str, object]]],
        theme: str | None = None,
    ) -> None:
        super().__init__(ansi_color=colours_of_the_terminal())
        dress(self, theme)
        self.title = "roomcli"
        self._server = server
        self._ask = rooms
        self._rooms: list[OpenRoom] | None = None
        self._line = LobbyLine()
        self._find = Find(placeholder="type to find a room", compact=True, id="find")
        self._trouble = Static(id="trouble")
        self._list = SelectableList(markup=False, compact=True)
        self._empty = Static(id="empty")
        self._facts = RoomFacts()

    def compose(self) -> ComposeResult:
        """Yield the search field, the rooms, more about one of them, and the keys."""
        yield self._line
        with Vertical(id="lobby"):
            yield self._find
            yield self._trouble
            yield self._list
            yield self._empty
            yield self._facts
        yield Static(
            keys_line(("↑↓", "room"), ("Enter", "goes in"), ("type", "to find"), ("Esc", "leaves")),
            id="lobby-keys",
        )

    def on_mount(self) -> None:
        """Start to ask for the rooms, now and every :data:`REFRESH` seconds."""
        self._find.focus()
        self._show_status("asking …")
        self.run_worker(self._follow(), name="rooms")

    async def _follow(self) -> None:
        while True:
            try:
                told = await _on_a_thread(self._ask)
            except ConnectionFailed as error:
                self._show_status("not reached, trying again", wrong=True)
                self._complain(str(error))
            else:
                self._rooms = rooms_of(told)
                self._complain("")
                self._fill()
            await asyncio.sleep(REFRESH)

    def _show_status(self, words: str, *, wrong: bool = False) -> None:
        self._line.show((self._server, words, wrong))

    def _complain(self, words: str) -> None:
        self._trouble.display = bool(words)
        self._trouble.update(Content.styled(words[:1].upper() + words[1:], "$warning"))

    def _fill(self) -> None:
        """Show the rooms that fit the search; the picked one stays picked."""
        if self._rooms is None:
            return
        words, rows = self._find.value.strip(), self._list
        fitting = [room for room in self._rooms if room.fits(words)]
        picked = self._picked
        rows.clear_options()
        width = rows.content_size.width - 2 * PADDING
        rows.add_options(Option(_line(room, width), room.name) for room in fitting)
        names = [room.name for room in fitting]
        if names:
            rows.highlighted = names.index(picked.name) if picked and picked.name in names else 0
        rows.display = bool(names)
        count = len(self._rooms)
        self._show_status(f"{count} open room{'' if count == 1 else 's'}")
        self._empty.display = not names
        self._empty.update(_nothing(words))
        self._facts.show(self._picked)

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
        self._fill()

    def on_input_submitted(self) -> None:
        """Enter the picked room."""
        if (room := self._picked) is not None:
            self.exit(room.name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter the room that was clicked."""
        self.exit(event.option.id)

    def on_option_list_option_highlighted(self) -> None:
        """Show more about the picked room."""
        self._facts.show(self._picked)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action is possible: q leaves only if nothing is typed, else it is a letter."""
        return action != "give_up" or not self._find.value

    def action_give_up(self) -> None:
        """Leave the lobby."""
        self.exit(None)

    def action_move(self, way: str) -> None:
        """Pick another room; the typed text stays."""
        rows = self._list
        if rows.option_count:
            getattr(rows, f"action_{'cursor_' if way in ('up', 'down') else ''}{way}")()

    def action_clear(self) -> None:
        """Clear the search, or leave the lobby if it is empty."""
        if self._find.value:
            self._find.value = ""
        else:
            self.exit(None)


class LobbyLine(Face):
    """The top line: which server this is, and whether it answers."""

    def render(self) -> Content:
        """Return the server's name and, at the right, how its rooms are known."""
        server, words, wrong = self.facts if isinstance(self.facts, tuple) else ("", "", False)
        left = Content.assemble(("roomcli  ", QUIET), (server, "bold $accent"))
        room = max(8, self.width - left.cell_length - 2, self.width // 3)
        right = styled(words, "$warning" if wrong else QUIET).truncate(room, ellipsis=True)
        return spread(left, right, self.width)


def _line(room: OpenRoom, width: int) -> Content:
    left = Content.assemble((f"{room.name:<{NAME_WIDTH}}", "bold"), (f"  {room.host}", QUIET))
    if width >= 100 and room.topic:
        left = Content.assemble(left, f"  {room.topic}")
    words = [f"{room.stage} on stage", f"{room.audience} listening", *room.door]
    return spread(left, styled(" · ".join(words), QUIET), width)


def _nothing(words: str) -> Content:
    if words:
        return Content.styled(f"No open room fits “{words}” · Esc shows all", QUIET)
    return Content.assemble(
        ("No room is open here yet.\n\n", "bold"),
        ("roomcli host NAME", "bold $accent"),
        (f" opens one. {NOT_LISTED[0].upper()}{NOT_LISTED[1:]}.", QUIET),
    )


async def _on_a_thread(ask: Callable[[], Answer]) -> Answer:
    """Return or raise what a blocking call does, run on a thread; leaving does not wait for it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Answer] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(lambda: None if answer.done() else settle())

    def work() -> None:
        try:
            told = ask()
        except Exception as error:
            tell(partial(answer.set_exception, error))
        else:
            tell(partial(answer.set_result, told))

    threading.Thread(target=work, daemon=True).start()
    return await answer


def run_lobby(
    server: str,
    rooms: Callable[[], list[dict[str, object]]],
    *,
    theme: str | None = None,
    keys: Mapping[str, str] | None = None,
) -> str | None:
    """Show a server's open rooms until one is chosen; return its name, or None.

    ``rooms`` asks the server and may block. If it raises ConnectionFailed, the error is shown and
    ``rooms`` is called again. ``keys`` has no effect here: typed letters search for a room.
    """
    app = LobbyApp(server, rooms, theme)
    chosen = app.run()
    app.raise_fault()
    return chosen

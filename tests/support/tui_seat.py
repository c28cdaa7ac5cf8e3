"""A person at the screen of a scripted room: presses keys, looks, and waits for what must come."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from msgspec.structs import replace
from rich.cells import cell_len
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from roomcli.errors import CommandRefused
from roomcli.frontends.model.open_rooms import HomeServer, RoomsNews
from roomcli.frontends.model.own_settings import OwnSettings
from roomcli.frontends.model.room_model import RoomModel
from roomcli.frontends.model.sound_memory import SoundMemory
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens.room import RoomScreen
from roomcli.frontends.tui.theme import KeepTheme
from roomcli.frontends.tui.visit import RoomVisit
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Person, Role
from roomcli.protocol.profile import Profile

from .fake_engine import ScriptedEngine
from .fake_room import FakeRoom, make_view
from .patience import PATIENCE

ENTER = local.Enter(url="wss://rooms.example:7420/r/standup", name="Robin Keller")
SHARE = "roomcli join 'wss://rooms.example:7420/r/standup#invite={invite}'"


Rooms = Callable[[local.ConnectServer], AsyncGenerator[RoomsNews, None]]
SERVER = HomeServer(
    "wss://rooms.example:7420",
    "wss://rooms.example:7420",
    lambda room: f"wss://rooms.example:7420/r/{room}",
)


def told(*rooms: RoomsNews) -> Rooms:
    """Return the news of a server for home: these, one after the other, and then no more."""

    async def follow(_: local.ConnectServer) -> AsyncGenerator[RoomsNews, None]:
        for news in rooms:
            yield news

    return follow


NO_ROOMS = told(())


AnyApp = TypeVar("AnyApp", bound=App[Any])


class ScreenSeat(Generic[AnyApp]):
    """A person at the screen of a scripted room."""

    def __init__(self, app: AnyApp, engines: Sequence[ScriptedEngine], pilot: Pilot[Any]) -> None:
        self.app = app
        self._engines = engines
        self.pilot = pilot
        self._visit: RoomVisit | None = None

    @property
    def engine(self) -> ScriptedEngine:
        """The engine that was started last."""
        return self._engines[-1]

    @property
    def visit(self) -> RoomVisit:
        """The visit to the room that goes on, or that went on last."""
        assert isinstance(self.app, RoomcliApp)
        self._visit = self.app.client or self._visit
        assert self._visit is not None
        return self._visit

    @property
    def model(self) -> RoomModel:
        """The model of the visit."""
        return self.visit.model

    @property
    def room(self) -> RoomScreen:
        """The room's own screen, whatever is shown."""
        return self.visit.room_screen

    @property
    def lines(self) -> list[str]:
        """The lines of the screen as text, overlays included."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def styles(self) -> list[list[str]]:
        """The style of each cell of the screen, row by row."""
        strips = self.app.screen._compositor.render_strips()
        return [
            [str(segment.style) for segment in strip for _ in range(segment.cell_length)]
            for strip in strips
        ]

    def shows(self, text: str) -> bool:
        """Whether a line of the screen holds a text."""
        return any(text in line for line in self.lines)

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait until ``condition`` is true, not for a time to pass."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"{what}\n" + "\n".join(self.lines)
            await self.pilot.pause(0.01)

    async def sees(self, text: str) -> None:
        """Wait until the screen shows a text."""
        await self.until(lambda: self.shows(text), f"never shown: {text!r}")

    async def misses(self, text: str) -> None:
        """Wait until the screen no longer shows a text."""
        await self.until(lambda: not self.shows(text), f"still shown: {text!r}")

    def place(self, text: str) -> tuple[int, int]:
        """Return the column and row of a text on the screen."""
        row = next(row for row, line in enumerate(self.lines) if text in line)
        return cell_len(self.lines[row].partition(text)[0]), row

    async def drags(self, first: str, last: str) -> None:
        """Select with the mouse, from the beginning of one text to the end of another."""
        (x, y), (to_x, to_y) = self.place(first), self.place(last)
        to_x += cell_len(last[:-1])
        drag: list[tuple[type[events.MouseEvent], int, int]] = [
            (events.MouseDown, x, y),
            (events.MouseMove, to_x - 1, to_y),
            (events.MouseMove, to_x, to_y),
            (events.MouseUp, to_x, to_y),
        ]
        for kind, column, row in drag:  # to the app, as a terminal does: a pilot clicks nothing
            self.app.post_message(
                kind(None, column, row, 0, 0, 1, False, False, False, column, row)
            )
        await self.pilot.pause()

    async def presses(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)

    async def types(self, text: str) -> None:
        """Paste a text at the cursor."""
        field = self.app.screen.query_one(Input)
        await self.until(lambda: field.has_focus, "no place to type at")
        field.post_message(events.Paste(text))

    async def confirms(self) -> None:
        """Wait until a form takes an answer, and answer it with Enter."""
        await self.until(lambda: getattr(self.app.screen, "armed", False), "no form to answer")
        await self.presses("enter")

    async def sends(self, *commands: c.Command) -> None:
        """Wait until exactly these commands have been sent to the engine."""
        await self.until(lambda: len(self.engine.sent) >= len(commands), f"never sent: {commands}")
        assert self.sent == list(commands), self.sent

    @property
    def sent(self) -> list[c.Command]:
        """The commands sent to the engine, without their refs."""
        return [replace(command, ref=None) for command in self.engine.sent]


class ScriptedDesk:
    """Answers what needs no room, as a server does that has these profiles by person."""

    def __init__(self, own: Profile | None = None, **others: Profile) -> None:
        self.own = own or Profile(name="Robin Keller")
        self.others = others
        self.asked: list[c.DeskCommand] = []
        self.refuses: str = ""

    async def __call__(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Answer as the server would."""
        self.asked.append(command)
        if self.refuses:
            raise CommandRefused("bad_text", self.refuses)
        match command:
            case c.ShowProfile(person=id):
                profile = self.own if id is None else self.others.get(id)
                if profile is None:
                    raise CommandRefused("no_such_person", "this server knows nobody by that id")
                person = Person(id or "robin", profile.name, profile.headline, "f" * 32)
                return [e.ProfileShown(person=person, profile=profile)]
        return []


class ScriptedEngines:
    """Starts scripted engines for the app, and keeps them with their first commands.

    A room that is entered is the next of ``rooms``; without one the engine says nothing.
    """

    def __init__(self, *rooms: FakeRoom) -> None:
        self.openings: list[c.Command] = []
        self.started: list[ScriptedEngine] = []
        self._rooms = iter(rooms)

    def __call__(self, opening: c.Command) -> ScriptedEngine:
        """Start an engine."""
        room = next(self._rooms, None) if isinstance(opening, local.Enter) else None
        self.openings.append(opening)
        self.started.append(ScriptedEngine(room))
        return self.started[-1]

    @property
    def entered(self) -> list[local.Enter]:
        """The entries into rooms, in their order."""
        return [each for each in self.openings if isinstance(each, local.Enter)]


@asynccontextmanager
async def app_seat(
    app: RoomcliApp, engines: ScriptedEngines, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[ScreenSeat[RoomcliApp]]:
    """Run an app on whatever screen it begins with; the seat's engine is the newest."""
    async with app.run_test(size=size, notifications=True) as pilot:
        yield ScreenSeat(app, engines.started, pilot)


@asynccontextmanager
async def seat(
    role: Role = "listener",
    size: tuple[int, int] = (80, 24),
    *,
    room: FakeRoom | None = None,
    rooms: Rooms = NO_ROOMS,
    entered: Callable[[str], object] = str,
    share_line: str | None = None,
    ends_room: bool = False,
    notices: local.Notices | None = None,
    theme: str | None = None,
    keep_theme: KeepTheme | None = None,
    sound: SoundMemory | None = None,
    own_settings: OwnSettings | None = None,
    keys: Mapping[str, str] | None = None,
    desk: ScriptedDesk | None = None,
) -> AsyncIterator[ScreenSeat[RoomcliApp]]:
    """Run the screen of a room that has been entered, at this size, until the block ends."""
    engine = ScriptedEngine(room or FakeRoom(make_view(role), invite="sesame"))
    app = RoomcliApp(
        ENTER,
        lambda _: engine,
        (SERVER,),
        rooms,
        entered=entered,
        ask=desk or ScriptedDesk(),
        share_line=share_line,
        ends_room=ends_room,
        notices=notices,
        theme=theme,
        keep_theme=keep_theme,
        sound=sound,
        own_settings=own_settings,
        keys=keys,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        taken = ScreenSeat(app, [engine], pilot)
        await taken.until(lambda: taken.model.view is not None and pilot.app.is_running)
        await pilot.pause()
        yield taken

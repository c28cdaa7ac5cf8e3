"""One engine for home and all visits to rooms: says to each what concerns it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from ..errors import CommandRefused, ConnectionFailed, RoomcliError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import (
    ChannelEvent,
    Connection,
    ConnectServer,
    Enter,
    Left,
    Problem,
    SignOnByBrowser,
)
from .desk_questions import AskDesk, DeskQuestions
from .engine_process import Engine
from .model.open_rooms import RoomList, RoomsNews

UNREACHED, REFUSED = 3, 4
"""Exit codes: the server was not reached; somebody may not be in the room, or any longer."""


class VisitEngine:
    """The engine as one visit knows it, from the entry to the room's end."""

    def __init__(self, enter: Enter, shared: SharedEngine) -> None:
        self._enter = enter
        self._shared = shared
        self._waiting: asyncio.Queue[ChannelEvent | None] = asyncio.Queue()
        self.was_inside = False
        """Whether the room was entered: before that, ``room_left`` is about another one."""

    def send(self, command: c.Command) -> None:
        """Send a command of the room; once the visit is over it is dropped."""
        self._shared.send_for(self, command)

    async def events(self) -> AsyncIterator[ChannelEvent]:
        """Enter the room and yield its events; the last is ``left``, also if the engine goes on."""
        self._shared.begin_visit(self, self._enter)
        while (event := await self._waiting.get()) is not None:
            yield event

    async def close(self) -> None:
        """End the visit, if it is not over."""
        self._shared.end_visit(self)
        self._waiting.put_nowait(None)

    def deliver(self, event: ChannelEvent) -> None:
        """Take in an event for this visit."""
        self.was_inside = self.was_inside or isinstance(event, e.Joined)
        self._waiting.put_nowait(event)


class SharedEngine:
    """One engine process, started when it is first needed, and again if it ended.

    ``start`` starts one with its first command. It follows one server: that of the first room, or
    of home. ``hear_at_home`` gets the news for the person that come while they are in no room.
    """

    def __init__(self, start: Callable[[c.Command], Engine]) -> None:
        self._start = start
        self._engine: Engine | None = None
        self._following: list[asyncio.Task[None]] = []
        self._knows_home = False
        self._visit: VisitEngine | None = None
        self._watcher: asyncio.Queue[e.Event | RoomcliError] | None = None
        self._questions = DeskQuestions(self._give_engine)
        self.ask: AskDesk = self._questions.ask
        self.hear_at_home: Callable[[e.DeskMessage | Problem], None] = lambda news: None

    def visit(self, enter: Enter) -> VisitEngine:
        """Return an engine for a visit; the room is entered when its events are asked for."""
        return VisitEngine(enter, self)

    async def sign_on(self, issuer: str) -> str:
        """Sign on with an issuer by a browser here; return the address to open in it.

        Raises CommandRefused, ConnectionFailed.
        """
        (begun,) = await self._questions.ask(SignOnByBrowser(issuer=issuer))
        if not isinstance(begun, e.SignOnBegun):
            raise ConnectionFailed("the engine gave another answer")
        return begun.url

    async def rooms(self, home: ConnectServer) -> AsyncGenerator[RoomsNews, None]:
        """Yield the open rooms of a server, and what stands at home, again at each change.

        Where the server is not reached, why. All is watched for as long as this is iterated; only
        the last iterator gets news.
        """
        watcher: asyncio.Queue[e.Event | RoomcliError] = asyncio.Queue()
        self._watcher = watcher
        rooms = RoomList()
        self._tell_engine(home)
        self._knows_home = True
        self._tell_engine(c.WatchRooms())
        self._tell_engine(c.WatchHome())
        try:
            while True:
                match await watcher.get():
                    case ConnectionFailed() | CommandRefused() as failure:
                        yield failure
                    case e.Welcome():
                        rooms = RoomList()
                    case e.HomeShown() as shown:
                        yield shown
                    case e.RoomsListed(more=more) as news:
                        rooms.change(news)
                        if not more:
                            yield rooms.open
        finally:
            if self._watcher is watcher:
                self._watcher = None
                if self._engine is not None:
                    self._engine.send(c.WatchRooms(on=False))
                    self._engine.send(c.WatchHome(on=False))

    async def close(self) -> None:
        """End the engine."""
        if self._engine is not None:
            await self._engine.close()
        await asyncio.gather(*self._following)

    def begin_visit(self, visit: VisitEngine, enter: Enter) -> None:
        """Enter a room; all its events are for this visit."""
        self._visit = visit
        self._tell_engine(enter)

    def end_visit(self, visit: VisitEngine) -> None:
        """Leave the room, if this visit goes on."""
        if self._visit is visit:
            self._leave_room()
            self._visit = None

    def send_for(self, visit: VisitEngine, command: c.Command) -> None:
        """Send a command of a visit, unless it is over."""
        if self._visit is not visit:
            return
        if isinstance(command, c.Leave):
            self._leave_room()
        elif self._engine is not None:
            self._engine.send(command)

    def _leave_room(self) -> None:
        if self._engine is not None:
            self._engine.send(c.LeaveRoom() if self._knows_home else c.Leave())

    def _give_engine(self, command: c.Command) -> bool:
        if self._engine is None:
            return False
        self._engine.send(command)
        return True

    def _tell_engine(self, command: c.Command) -> None:
        if self._engine is None:
            self._engine = self._start(command)
            self._knows_home = False
            self._following.append(asyncio.create_task(self._follow(self._engine)))
        else:
            self._engine.send(command)

    async def _follow(self, engine: Engine) -> None:
        async for event in engine.events():
            if not self._questions.settles(event):
                self._pass_on(event)
            if isinstance(event, Left):
                break
        if self._engine is engine:
            self._engine = None
        if self._engine is None:
            self._questions.fail("the connection is gone")
        await engine.close()

    def _pass_on(self, event: ChannelEvent) -> None:
        match event:
            case e.RoomsListed() | e.Welcome() | e.HomeShown(ref=None):
                self._tell_watcher(event)
            case e.Refused(command="connect_server", code=code, text=text):
                self._knows_home = False
                self._tell_watcher(CommandRefused(code, text))
            case e.Refused(command="enter", code=code, text=text):
                exit_code = UNREACHED if code == "connection_failed" else REFUSED
                self._end_with(Left(code=code, text=text, exit_code=exit_code))
            case e.RoomLeft() if self._visit is None or not self._visit.was_inside:
                pass
            case e.RoomLeft(reason=reason, text=text):
                refused = reason in ("removed", "banned")
                self._end_with(Left(code=reason, text=text, exit_code=REFUSED if refused else 0))
            case Left(text=text):
                self._engine = None
                self._end_with(event)
                self._tell_watcher(ConnectionFailed(text))
            case _:
                if isinstance(event, Connection) and event.text:
                    self._tell_watcher(ConnectionFailed(event.text))
                if self._visit is not None:
                    self._visit.deliver(event)
                elif isinstance(event, e.DeskEvent | Problem):
                    self.hear_at_home(event)

    def _end_with(self, left: Left) -> None:
        visit, self._visit = self._visit, None
        if visit is not None:
            visit.deliver(left)

    def _tell_watcher(self, news: e.Event | RoomcliError) -> None:
        if self._watcher is not None:
            self._watcher.put_nowait(news)

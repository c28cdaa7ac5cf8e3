"""One engine for home and all visits to rooms: says to each what concerns it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from ..errors import CommandRefused, ConnectionFailed, RoomcliError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import parse_server
from ..protocol.local import (
    ChannelEvent,
    Connection,
    ConnectServer,
    DisconnectServer,
    Enter,
    ForServer,
    Left,
    LocalEvent,
    Problem,
    ServerNews,
    SignOnByBrowser,
)
from .desk_questions import AskServer, DeskQuestions
from .engine_process import Engine
from .model.open_rooms import RoomList, RoomsNews, Unreached

HearAtHome = Callable[[e.DeskMessage | Problem, str], None]
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

    ``start`` starts one with its first command. It is at home at each server that is followed.
    ``hear_at_home`` gets the news for the person of other servers than that of the room they are
    in, with the server's URL; it is empty for those of the engine.
    """

    def __init__(self, start: Callable[[c.Command], Engine]) -> None:
        self._start = start
        self._engine: Engine | None = None
        self._following: list[asyncio.Task[None]] = []
        self._homes: set[str] = set()
        self._visit: VisitEngine | None = None
        self._watchers: dict[str, asyncio.Queue[e.Event | RoomcliError]] = {}
        self._questions = DeskQuestions(self._give_engine)
        self.ask: AskServer = self._questions.ask
        self.hear_at_home: Callable[[e.DeskMessage | Problem, str], None] = lambda news, server: (
            None
        )

    def visit(self, enter: Enter) -> VisitEngine:
        """Return an engine for a visit; the room is entered when its events are asked for."""
        return VisitEngine(enter, self)

    async def sign_on(self, issuer: str, server: str = "") -> str:
        """Sign on with an issuer of a server by a browser here; return the address to open in it.

        Raises CommandRefused, ConnectionFailed.
        """
        (begun,) = await self._questions.ask(SignOnByBrowser(issuer=issuer), server)
        if not isinstance(begun, e.SignOnBegun):
            raise ConnectionFailed("the engine gave another answer")
        return begun.url

    async def rooms(self, home: ConnectServer) -> AsyncGenerator[RoomsNews, None]:
        """Yield the open rooms of a server, and what stands at home, again at each change.

        Between them, how the server is reached. All is watched for as long as this is iterated;
        only the last iterator over a server gets its news.
        """
        watcher: asyncio.Queue[e.Event | RoomcliError] = asyncio.Queue()
        url = parse_server(home.url).server
        self._watchers[url] = watcher
        rooms = RoomList()
        self._tell_engine(home)
        self._homes.add(url)
        self._watch(url, on=True)
        try:
            while True:
                match await watcher.get():
                    case ConnectionFailed() as failure:
                        yield Unreached(str(failure))
                    case CommandRefused() as refused:
                        yield refused
                    case Connection(text=why, retry_in=wait) if why:
                        yield Unreached(why, wait)
                    case e.Welcome():
                        rooms = RoomList()
                    case e.HomeShown() as shown:
                        yield shown
                    case e.RoomsListed(more=more) as news:
                        rooms.change(news)
                        if not more:
                            yield rooms.open
        finally:
            if self._watchers.get(url) is watcher:
                del self._watchers[url]
                if self._engine is not None and url in self._homes:
                    self._watch(url, on=False)

    def _watch(self, url: str, *, on: bool) -> None:
        self._tell_engine(ForServer(server=url, asks=c.WatchRooms(on=on)))
        self._tell_engine(ForServer(server=url, asks=c.WatchHome(on=on)))

    def leave_home(self, server: str) -> None:
        """Be at home at a server no longer; who follows it gets no more news."""
        self._homes.discard(server)
        self._give_engine(DisconnectServer(url=server))

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
            self._engine.send(c.LeaveRoom() if self._homes else c.Leave())

    def _give_engine(self, command: c.Command) -> bool:
        if self._engine is None:
            return False
        self._engine.send(command)
        return True

    def _tell_engine(self, command: c.Command) -> None:
        if self._engine is None:
            self._engine = self._start(command)
            self._homes.clear()
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
            case ServerNews(server=server, said=said):
                self._pass_on_news(server, said)
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
                self._tell_watchers(ConnectionFailed(text))
            case _:
                if isinstance(event, Connection) and event.text and self._visit is None:
                    self._tell_watchers(event)  # the engine starts again
                if self._visit is not None:
                    self._visit.deliver(event)
                elif isinstance(event, e.DeskEvent | Problem):
                    self.hear_at_home(event, "")

    def _pass_on_news(self, server: str, said: e.ServerMessage | LocalEvent) -> None:
        """Pass on what a server says to who is at home there."""
        match said:
            case e.RoomsListed() | e.Welcome() | e.HomeShown(ref=None) | Connection():
                self._tell_watcher(server, said)
            case e.Refused(command="connect_server", code=code, text=text):
                self._homes.discard(server)
                self._tell_watcher(server, CommandRefused(code, text))
            case e.DeskEvent() | Problem():
                self.hear_at_home(said, server)

    def _end_with(self, left: Left) -> None:
        visit, self._visit = self._visit, None
        if visit is not None:
            visit.deliver(left)

    def _tell_watcher(self, server: str, news: e.Event | RoomcliError) -> None:
        if (watcher := self._watchers.get(server)) is not None:
            watcher.put_nowait(news)

    def _tell_watchers(self, news: e.Event | RoomcliError) -> None:
        for server in self._watchers:
            self._tell_watcher(server, news)

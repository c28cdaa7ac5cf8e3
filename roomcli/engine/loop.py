"""The engine's life: at home or in a room, and from one into the other, until it ends."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import trio
from msgspec.structs import replace as replace_field

from ..errors import CommandRefused, RoomcliError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address, parse_address, parse_server
from ..protocol.local import (
    ChannelCommand,
    Connection,
    ConnectServer,
    Enter,
    Left,
    Problem,
    SignOnByBrowser,
)
from .blocked import Blocked
from .browser_sign_on import sign_on_by_browser
from .channel import Channel
from .dialogue import Ending, LinkNews
from .home import Home
from .inbox import Inbox
from .keys import PersonalKey, personal_key
from .link import ServerConnection, Watch
from .replies import NOT_CONNECTED, Answer, Answered, List, PendingReplies
from .session import RoomSession


@dataclass(frozen=True)
class _Server:
    """A server, and who one is there; ``address`` names no room."""

    address: Address
    name: str
    headline: str
    keeps_name: bool


class EngineLoop:
    """One engine, from its first room or from home on, with one connection at a time.

    ``claim_path`` is the user's file that says which engine has the microphone. With ``owned`` a
    frontend owns the engine, which then ends with it at once. ``serve`` runs beside each stay in a
    room, as the control socket does. ``key`` gives the key that the person signs with, when it is
    needed.

    An engine that was told of a home (``connect_server``) comes back there from each room; one that
    was not ends with its room.
    """

    def __init__(
        self,
        channel: Channel,
        claim_path: Path,
        *,
        owned: bool,
        serve: Callable[[RoomSession], Awaitable[object]] | None = None,
        key: Callable[[], PersonalKey] = personal_key,
    ) -> None:
        self._channel = channel
        self._claim_path = claim_path
        self._owned = owned
        self._serve = serve
        self._key = key
        self._home = Home(channel.send)
        self._blocked = Blocked()
        self._home_server: _Server | None = None
        self._mail_attempt = ""  # of the last code that was sent by mail
        self._signing_on = trio.CancelScope()
        self._watches: frozenset[Watch] = frozenset()
        self._server: _Server | None = None
        self._link: ServerConnection | None = None
        self._link_scope = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._replies = PendingReplies(self._send)
        self.room: RoomSession | None = None
        """The stay in a room, if the engine is in one or about to enter it."""
        self._next: tuple[Address, Enter] | None = None
        self._left: Left | None = None
        self._home_over = trio.Event()
        self._inbox = Inbox(
            channel, self._ask, self._obey, self.tell, self._leave_as_asked, owned=owned
        )
        channel.snapshot = lambda: self.room.snapshot() if self.room is not None else []

    async def run(self, opening: Enter | ConnectServer | None) -> int:
        """Live until the frontend leaves, or the last room ends and there is no home.

        ``opening`` names the first room, or the server to be at home at, of which all news are told
        then; None waits for what the frontend says. Returns the exit code.
        """
        if isinstance(opening, Enter):
            self._enter(opening)
        async with trio.open_nursery() as self._nursery:
            if isinstance(opening, ConnectServer):
                for command in (opening, c.WatchRooms(), c.WatchHome()):
                    self._obey(command)
            self._nursery.start_soon(self._inbox.run)
            while self._left is None:
                if self._next is None:
                    await self._stay_home()
                else:
                    await self._stay_in_room(*self._next)
            self._nursery.cancel_scope.cancel()
        self._channel.send(self._left)
        return self._left.exit_code

    def leave(self, left: Left) -> None:
        """End the engine; the first reason that is given counts."""
        if self._left is None:
            self._left = left
            self._go()

    def tell(self, event: e.Event) -> None:
        """Send an event to the frontend; in a room, after ``joined``."""
        if self.room is not None:
            self.room.tell(event)
        else:
            self._channel.send(event)

    # The stages.

    async def _stay_home(self) -> None:
        self._home_over = trio.Event()
        if self._home_server is not None:
            self._connect_home(self._home_server)
        self._inbox.begin()
        await self._home.run(self._home_over)

    async def _stay_in_room(self, address: Address, enter: Enter) -> None:
        self._next = None
        try:
            link = self._connect(_server(address, enter))
        except RoomcliError as error:
            self.leave(Left(code="cannot_start", text=str(error), exit_code=2))
            return
        room = self.room = RoomSession(
            address,
            enter,
            link,
            self._replies,
            self._channel,
            self._claim_path,
            self._inbox.begin,
            self._leave_room,
            self._begin_sign_on,
            blocked=self._blocked,
            owned=self._owned,
        )
        # Objects made so far stay, but for those of the room before; the collector need not visit
        # them while voice runs.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        async with trio.open_nursery() as nursery:
            if self._serve is not None:
                nursery.start_soon(self._serve, room)
            left = await room.run()
            nursery.cancel_scope.cancel()
        self.room = None
        if self._next is not None or self._left is not None:
            return
        if self._home_server is None or (room.was_entered and self._link is None):
            self.leave(left)
        elif not room.was_entered:
            code, text = left.code, left.text
            self.tell(e.Refused(command="enter", code=code, text=text, ref=enter.ref))

    def _go(self) -> None:
        """End what goes on now, for what comes next."""
        self._home_over.set()
        self._inbox.wait()
        if self.room is not None:
            self.room.leave(self._left or Left(code="left", text="you left", exit_code=0))

    # The connection.

    def _connect(self, server: _Server) -> ServerConnection:
        """Return the connection to a server, a new one if there is none. Raises RoomcliError."""
        if self._link is None or server != self._server:
            key = self._key()
            self._link_scope.cancel()
            self._replies.fail()
            self._server = server
            self._link = ServerConnection(
                server.address, server.name, server.headline, key, keeps_name=server.keeps_name
            )
            self._link_scope = trio.CancelScope()
            assert self._nursery is not None
            self._nursery.start_soon(self._follow, self._link, self._link_scope)
        self._link.follow_news(self._watches if server == self._home_server else frozenset())
        return self._link

    def _connect_home(self, server: _Server) -> None:
        try:
            self._connect(server)
        except RoomcliError as error:
            self.tell(Problem(code="cannot_start", text=str(error)))

    async def _follow(self, link: ServerConnection, scope: trio.CancelScope) -> None:
        with scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(link.run)
                async for news in link.news:
                    if link is self._link:
                        self._hear(news)

    def _hear(self, news: LinkNews) -> None:
        what = self._blocked.without(news.what, self.room.view if self.room is not None else None)
        if what is None:
            return
        if what is not news.what:
            news = replace(news, what=what)
        if self._blocked.follow(what) and self.room is not None:
            self.room.follow_blocked()
        if isinstance(what, e.Done | e.Refused | List) and self._replies.deliver(what):
            return
        if isinstance(what, Ending):
            self._link = None
            self._replies.fail()
        if self.room is not None:
            if told := self._blocked.told_on_joining(what):
                self.tell(told)
            self.room.hear(news)
            if isinstance(what, Connection) and what.state == "knocking":
                self._inbox.wait_at_door()
            if self.room.is_over:
                self._inbox.wait()
        else:
            self._hear_at_home(news)
        if isinstance(what, Connection) and what.state == "reconnecting":
            self._replies.fail()

    def _hear_at_home(self, news: LinkNews) -> None:
        match news.what:
            case Ending(code=code, text=text):
                self._home_server = None
                self._channel.send(e.Refused(command="connect_server", code=code, text=text))
            case (
                e.Welcome()
                | e.RoomsListed()
                | e.DeskEvent()
                | e.Goodbye()
                | e.Refused()
                | Connection()
                | Problem()
            ) as event:
                self._channel.send(event)

    def _send(self, command: c.RoomCommand | c.DeskCommand) -> bool:
        return self._link is not None and self._link.send(command)

    # What the frontend says.

    def _obey(self, command: ChannelCommand) -> None:
        match command:
            case c.Leave():
                self._leave_as_asked()
            case Enter():
                self._enter(command)
            case ConnectServer():
                self._go_home(command)
            case c.WatchRooms() | c.WatchHome():
                self._watch(command)
            case c.LeaveRoom() if self.room is not None:
                self._leave_room()
            case c.ConfirmMail(attempt=""):
                self._obey(replace_field(command, attempt=self._mail_attempt or "none"))
            case SignOnByBrowser():
                self._begin_sign_on(command, self.tell)
            case _ if isinstance(command, c.DeskCommand):
                self._replies.forward(command, partial(self._pass_on, command.ref))
            case _ if self.room is not None:
                self.room.obey(command)
            case _:
                self._home.obey(command)

    def _watch(self, command: c.WatchRooms | c.WatchHome) -> None:
        kind = type(command)
        self._watches = self._watches | {kind} if command.on else self._watches - {kind}
        if self._link is not None and self._server == self._home_server:
            self._link.follow_news(self._watches)
        if command.ref is not None:
            self.tell(e.Done(ref=command.ref))

    def _pass_on(self, ref: int | None, answer: Answer) -> None:
        """Give the frontend an answer, under its own ref; it hears of success if it gave one."""
        if isinstance(answer, e.MailCodeSent):
            self._mail_attempt = answer.attempt
        if ref is not None or not isinstance(answer, e.Done):
            self.tell(replace_field(answer, ref=ref))

    def _begin_sign_on(self, wish: SignOnByBrowser, answered: Answered) -> None:
        """Sign on by a browser, in place of what was begun before; it goes on from room to room."""
        self._signing_on.cancel()
        scope = self._signing_on = trio.CancelScope()

        async def sign_on() -> None:
            with scope:
                await sign_on_by_browser(wish, self._ask_server, answered, self.tell)

        assert self._nursery is not None
        self._nursery.start_soon(sign_on)

    async def _ask_server(self, command: c.DeskCommand) -> list[Answer]:
        """Have the server carry out a command; return the answers. Raises CommandRefused."""
        answers: list[Answer] = []
        over = trio.Event()

        def take(answer: Answer) -> None:
            answers.append(answer)
            if isinstance(answer, e.Done | e.Refused):
                over.set()

        self._replies.forward(command, take)
        await over.wait()
        last = answers.pop()
        if isinstance(last, e.Refused):
            raise CommandRefused(last.code, last.text)
        return answers

    def _enter(self, enter: Enter) -> None:
        """Enter a room, after leaving the one before."""
        try:
            self._next = parse_address(enter.url), enter
        except RoomcliError as error:
            if self.room is None and self._home_server is None:
                self.leave(Left(code="cannot_start", text=str(error), exit_code=2))
            else:
                self.tell(Problem(code="bad_address", text=str(error), ref=enter.ref))
            return
        self._go()

    def _go_home(self, wish: ConnectServer) -> None:
        """Be at home at a server from now on, or once the room is left."""
        try:
            address = parse_server(wish.url)
        except RoomcliError as error:
            self.tell(Problem(code="bad_address", text=str(error), ref=wish.ref))
            return
        self._home_server = _server(address, wish)
        if self.room is None:
            self._connect_home(self._home_server)

    def _leave_room(self) -> None:
        """Leave the room, and the engine too if there is no home to come back to."""
        if self._home_server is None:
            self._leave_as_asked()
        else:
            self._go()

    def _ask(self, question: c.RoomCommand, answered: Answered) -> None:
        if self.room is not None:
            self._replies.forward(question, answered)
        else:
            answered(e.Refused(command="", code="not_connected", text=NOT_CONNECTED))

    def _leave_as_asked(self) -> None:
        self.leave(Left(code="left", text="you left", exit_code=0))


def _server(address: Address, who: Enter | ConnectServer) -> _Server:
    address = replace(address, room="", invite=None, host_token=None)
    return _Server(address, who.name, who.headline, who.keeps_name)

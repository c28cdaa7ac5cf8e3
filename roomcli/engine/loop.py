"""The engine's life: at home or in a room, and from one into the other, until it ends."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import trio

from ..errors import RoomcliError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address, parse_address, parse_server
from ..protocol.local import (
    MAX_SERVERS,
    ChannelCommand,
    Connection,
    ConnectServer,
    DisconnectServer,
    Enter,
    ForServer,
    Left,
    Problem,
    SignOnByBrowser,
)
from .adjustments import Adjustments
from .channel import Channel
from .connected_server import ConnectedServer, ServerPlace
from .dialogue import LinkNews
from .ending import Ending
from .home import Home
from .inbox import Inbox
from .keys import PersonalKey, personal_key
from .link import WATCHES
from .own_sound import OwnSound
from .replies import NOT_CONNECTED, Answered, List
from .server_commands import ServerCommands
from .servers import Servers
from .session import RoomSession


class EngineLoop:
    """One engine, from its first room or from home on, with a connection to each server.

    ``claim_path`` is the user's file that says which engine has the microphone. With ``owned`` a
    frontend owns the engine, which then ends with it at once. ``serve`` runs beside each stay in a
    room, as the control socket does. ``key`` gives the key that the person signs with, when it is
    needed. ``adjustments`` says how they hear people, by default as their data folder has it.

    An engine that was told of a home (``connect_server``) comes back there from each room; one that
    was not ends with its room. It may be at home at several servers, whatever becomes of each, and
    says of which server the news are. A room of a server at which it is not at home has a
    connection of its own, for as long as one is in rooms there.
    """

    def __init__(
        self,
        channel: Channel,
        claim_path: Path,
        *,
        owned: bool,
        serve: Callable[[RoomSession], Awaitable[object]] | None = None,
        key: Callable[[], PersonalKey] = personal_key,
        adjustments: Adjustments | None = None,
    ) -> None:
        self._channel = channel
        self._claim_path = claim_path
        self._owned = owned
        self._serve = serve
        self._key = key
        self._sound = OwnSound()
        self._home = Home(channel.send, self._sound)
        self._adjustments = adjustments if adjustments is not None else Adjustments()
        self._servers = Servers(self._connect)
        self._commands = ServerCommands(self._servers, channel, self.tell, self._start_task)
        self._nursery: trio.Nursery | None = None
        self.room: RoomSession | None = None
        """The stay in a room, if the engine is in one or about to enter it."""
        self._next: tuple[Address, Enter] | None = None
        self._left: Left | None = None
        self._home_over = trio.Event()
        self._inbox = Inbox(
            channel, self._ask, self._obey, self.tell, self._leave_as_asked, owned=owned
        )
        channel.snapshot = lambda: self.room.snapshot() if self.room is not None else []

    async def run(self, opening: Enter | Sequence[ConnectServer] = ()) -> int:
        """Live until the frontend leaves, or the last room ends and there is no home.

        ``opening`` names the first room, or the servers to be at home at, of which all news are
        told then; without any this waits for what the frontend says. Returns the exit code.
        """
        if isinstance(opening, Enter):
            self._enter(opening)
        async with trio.open_nursery() as self._nursery:
            if not isinstance(opening, Enter):
                for wish in opening:
                    self._begin_at(wish)
            self._nursery.start_soon(self._inbox.run)
            while self._left is None:
                if self._next is None:
                    await self._stay_home()
                else:
                    await self._stay_in_room(*self._next)
                    gc.unfreeze()
                    gc.collect()
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
        try:
            self._servers.revive()
        except RoomcliError as error:
            self.tell(Problem(code="cannot_start", text=str(error)))
        self._inbox.begin()
        await self._home.run(self._home_over)

    async def _stay_in_room(self, address: Address, enter: Enter) -> None:
        self._next = None
        try:
            server = self._servers.for_room(ServerPlace.of(address, enter))
        except RoomcliError as error:
            self.leave(Left(code="cannot_start", text=str(error), exit_code=2))
            return
        self._servers.here = server
        self._sound.prefer(enter.sound)
        room = self.room = RoomSession(
            address,
            enter,
            server.link,
            server.replies,
            self._channel,
            self._claim_path,
            self._inbox.begin,
            self._leave_room,
            partial(self._commands.begin_sign_on, server),
            blocked=server.blocked,
            sound=self._sound,
            adjustments=self._adjustments,
            owned=self._owned,
        )
        gc.freeze()  # all this stays for the time of the room: no voice need wait for a look at it
        async with trio.open_nursery() as nursery:
            if self._serve is not None:
                nursery.start_soon(self._serve, room)
            left = await room.run()
            server.replies.leave_room()
            nursery.cancel_scope.cancel()
        self.room = self._servers.here = None
        if self._next is None and self._left is None:
            self._come_home(server, room, left, enter.ref)

    def _come_home(
        self, server: ConnectedServer, room: RoomSession, left: Left, ref: int | None
    ) -> None:
        """Go on at home after a room; without a home, end."""
        self._servers.leave_passing()
        was_thrown_out = room.was_entered and server.is_over
        if was_thrown_out and self._servers.is_home(server):
            self._servers.forsake(server)
            if self._servers.has_home:
                self._tell_refused(server, left.code, left.text)
        if not self._servers.has_home:
            self.leave(left)
        elif not room.was_entered:
            self.tell(e.Refused(command="enter", code=left.code, text=left.text, ref=ref))
        elif was_thrown_out:
            reason: Literal["banned", "ended"] = "banned" if left.code == "banned" else "ended"
            self.tell(e.RoomLeft(reason=reason, text=left.text))

    def _go(self) -> None:
        """End what goes on now, for what comes next."""
        self._home_over.set()
        self._inbox.wait()
        if self.room is not None:
            self.room.leave(self._left or Left(code="left", text="you left", exit_code=0))

    # The connections.

    def _connect(self, place: ServerPlace) -> ConnectedServer:
        """Begin to connect to a server. Raises RoomcliError for a key that cannot be used."""
        server = ConnectedServer(place, self._key(), self._hear)
        self._start_task(server.run)
        return server

    def _start_task(self, task: Callable[[], Awaitable[object]]) -> None:
        """Start what goes on from room to room, until the engine ends."""
        assert self._nursery is not None
        self._nursery.start_soon(task)

    def _hear(self, server: ConnectedServer, news: LinkNews) -> None:
        room = self.room if server is self._servers.here else None
        what = server.blocked.without(news.what, room.view if room is not None else None)
        if what is None:
            return
        if what is not news.what:
            news = replace(news, what=what)
        if server.blocked.follow(what) and room is not None:
            room.follow_adjustments()
        if isinstance(what, e.Joined):
            if what.moved:
                server.replies.fail()  # what the server before has not answered nobody will
            server.replies.go_on(what.remembers)
        if isinstance(what, e.Done | e.Refused | List) and server.replies.deliver(what):
            return
        if isinstance(what, Ending):
            server.close()
        if room is not None and not isinstance(what, e.Welcome | e.RoomsListed | e.HomeShown):
            if told := server.blocked.told_on_joining(what):
                self.tell(told)
            room.hear(news)
            if isinstance(what, Connection) and what.state == "knocking":
                self._inbox.wait_at_door()
            if room.is_over:
                self._inbox.wait()
        if self._servers.is_home(server):
            self._hear_home(server, what, in_room=room is not None)
        if isinstance(what, Connection) and what.state == "reconnecting":
            server.replies.fail()

    def _hear_home(self, server: ConnectedServer, what: object, *, in_room: bool) -> None:
        """Tell news of a home server; in a room there, what the room does not tell."""
        match what:
            case Ending(code=code, text=text) if not in_room:
                self._servers.forsake(server)
                self._tell_refused(server, code, text)
            case e.Welcome() | e.RoomsListed() | e.HomeShown():
                self._commands.tell_of(server, what)
            case Connection(state=state) if state != "knocking":
                self._commands.tell_of(server, what)
            case e.DeskEvent() | e.Goodbye() | e.Refused() | Problem() if not in_room:
                self._commands.tell_of(server, what)

    def _tell_refused(self, server: ConnectedServer, code: str, text: str) -> None:
        self._commands.tell_of(server, e.Refused(command="connect_server", code=code, text=text))

    # What the frontend says.

    def _obey(self, command: ChannelCommand | ForServer) -> None:
        match command:
            case c.Leave():
                self._leave_as_asked()
            case Enter():
                self._enter(command)
            case ConnectServer():
                self._go_home(command)
            case DisconnectServer():
                self._leave_home(command)
            case c.LeaveRoom() if self.room is not None:
                self._leave_room()
            case ForServer() | c.WatchRooms() | c.WatchHome() | SignOnByBrowser():
                self._commands.obey(command)
            case _ if isinstance(command, c.DeskCommand):
                self._commands.obey(command)
            case _ if self.room is not None:
                self.room.obey(command)
            case _:
                self._home.obey(command)

    def _enter(self, enter: Enter) -> None:
        """Enter a room, after leaving the one before."""
        try:
            self._next = parse_address(enter.url), enter
        except RoomcliError as error:
            if self.room is None and not self._servers.has_home:
                self.leave(Left(code="cannot_start", text=str(error), exit_code=2))
            else:
                self.tell(Problem(code="bad_address", text=str(error), ref=enter.ref))
            return
        self._go()

    def _begin_at(self, wish: ConnectServer) -> None:
        """Be at home at a server from the start on, and be told all news."""
        self._go_home(wish)
        if (server := self._servers.home_at(wish.url)) is not None:
            server.follow_news(frozenset(WATCHES))

    def _go_home(self, wish: ConnectServer) -> None:
        """Be at home at a server too from now on, or once the room is left."""
        try:
            place = ServerPlace.of(parse_server(wish.url), wish)
        except RoomcliError as error:
            self.tell(Problem(code="bad_address", text=str(error), ref=wish.ref))
            return
        if self._servers.is_full and self._servers.home_at(place.url) is None:
            text = f"you are at home at {MAX_SERVERS} servers, which is the most"
            self.tell(Problem(code="too_many_servers", text=text, ref=wish.ref))
            return
        try:
            self._servers.settle(place)
        except RoomcliError as error:
            self.tell(Problem(code="cannot_start", text=str(error), ref=wish.ref))

    def _leave_home(self, wish: DisconnectServer) -> None:
        """Be at home at a server no longer; without another one the engine ends with its room."""
        if (server := self._servers.home_at(wish.url)) is not None:
            self._servers.forsake(server)
        if wish.ref is not None:
            self.tell(e.Done(ref=wish.ref))

    def _leave_room(self) -> None:
        """Leave the room, and the engine too if there is no home to come back to."""
        if not self._servers.has_home:
            self._leave_as_asked()
        else:
            self._go()

    def _ask(self, question: c.RoomCommand, answered: Answered) -> None:
        if (here := self._servers.here) is not None:
            here.replies.forward(question, answered)
        else:
            answered(e.Refused(command="", code="not_connected", text=NOT_CONNECTED))

    def _leave_as_asked(self) -> None:
        self.leave(Left(code="left", text="you left", exit_code=0))

"""A client that has proven who it is, as its home and its stays in rooms need it."""

from __future__ import annotations

import trio

from roomcli.errors import CommandRefused
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.wire.connection import WebSocket
from roomcli.wire.heartbeat import Heartbeat

from ..limits import kind_of
from ..rooms.room_news import Watcher
from .caller import Caller, Services
from .ending import ConnectionEnd
from .inbound import Inbound


class KnownClient:
    """One connection after its hello. Call :meth:`close` at its end."""

    def __init__(
        self, connection: WebSocket, caller: Caller, services: Services, person: Person
    ) -> None:
        self.connection = connection
        self.caller = caller
        self.services = services
        self.person = person
        self.ending = ConnectionEnd()
        self.inbound = Inbound(connection, caller)
        self.heartbeat = Heartbeat(trio.current_time())
        self._watcher = Watcher(connection)

    def send(self, event: e.Event) -> None:
        """Send an event."""
        self.connection.send(codec.encode(event))

    def refuse(self, command: c.Command, why: CommandRefused) -> None:
        """Refuse a command."""
        refused = e.Refused(
            command=str(command.__struct_config__.tag),
            code=why.code,
            text=str(why),
            ref=command.ref,
            retry_after=why.retry_after,
        )
        self.send(refused)

    def refuse_unread(self, command: c.Command) -> None:
        """Refuse a command because the store cannot be read."""
        text = "the server cannot read what it keeps: its log says why"
        self.refuse(command, CommandRefused("failed", text))

    def judge_haste(self, command: c.WatchRooms | c.RoomCommand) -> None:
        """Count a command. Raises CommandRefused if there were too many."""
        allowances, now = self.services.hub.allowances, trio.current_time()
        wait = allowances.take(kind_of(command), self.person.key, self.caller.address, now)
        if wait:
            text = f"too many at once: wait {wait:.1f} s"
            raise CommandRefused("rate_limited", text, retry_after=wait)

    def watch_rooms(self, command: c.WatchRooms) -> None:
        """Tell the listed rooms to this client from now on, or no longer."""
        news = self.services.hub.room_news
        try:
            self.judge_haste(command)
        except CommandRefused as error:
            self.refuse(command, error)
            self.caller.conduct.refused()
            return
        news.forget(self._watcher)
        # Before the rooms: so who asks again can tell all rooms from changes on their way.
        if command.ref is not None:
            self.send(e.Done(ref=command.ref))
        if command.on:
            news.add_watcher(self._watcher)

    def close(self) -> None:
        """Let go of what refers to the client."""
        self.inbound.close()
        self.services.hub.room_news.forget(self._watcher)

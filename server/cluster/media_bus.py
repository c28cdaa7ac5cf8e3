"""The voice of a cluster over the channels of Valkey or Redis: one connection talks, one listens.

Channels and not sharded ones: these reach every server that listens, also through a cluster's nodes
and a server's copies. What is published at once goes out in one write without an answer, so that a
bundle costs some microseconds; whoever publishes gathers what may wait for a moment.
"""

from __future__ import annotations

import os
import random
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Final, NoReturn

import trio

from roomcli.errors import ConnectionFailed, ConnectionLost, RoomcliError

from .address import ValkeyAddress
from .bus import BusListener, BusTraffic
from .connection import ASK_ROLE, ValkeyConnection, connected, is_primary
from .primary import find_primary
from .resp import Reply, ReplyError, ServerPush, write_command, write_publication

LATE = 0.2
"""Seconds that voice may wait for the connection; what is older nobody wants to hear."""
MOST_WAITING = 4 * 1024 * 1024
"""Bytes that wait for the connection: 200 ms of 1,000 rooms."""
BEAT_SECONDS = 1.0
"""Between two questions to the server; it is cut off if one is not answered by the next."""
BACKOFF = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before the next attempts to connect, each up to half longer."""
MOST_CHANNELS = 500
"""Channels of one command."""

_CHANNEL: Final = b"roomcli:voice:"
_OWN_ID = 8
"""Bytes before a bundle that say which server published it."""


class MediaBus:
    """Publishes and hears bundles; it is a VoiceBus while :meth:`run` runs.

    Of several addresses the one is used that takes writes; after a failover that is another, and
    all rooms are subscribed to there.
    """

    def __init__(
        self,
        addresses: Sequence[ValkeyAddress],
        listener: BusListener,
        context: ssl.SSLContext | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._addresses = addresses
        self._listener = listener
        self._context = context
        self._chance = chance or random.Random()
        self._own = os.urandom(_OWN_ID)
        self._rooms: dict[bytes, str] = {}
        self._asked: set[bytes] = set()
        """Channels that this session's server has been asked for."""
        self._changed = trio.Event()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._due = trio.Event()
        self._is_whole = False
        self._is_told = False
        self._questions: deque[float] = deque()
        """When each question was sent that is not answered yet."""
        self.trouble = ""
        """Why it is cut off, as a line for a person; the latest reason."""
        self.traffic = BusTraffic()

    @property
    def is_whole(self) -> bool:
        """Whether bundles go out, and those of all rooms that are subscribed to come in."""
        return self._is_whole

    def publish(self, room: str, bundle: bytes) -> bool:
        """Send a bundle with the next write; if cut off or behind, drop it and return False."""
        if not self._is_whole or self._waiting_bytes > MOST_WAITING:
            self.traffic.dropped += 1
            return False
        raw = write_publication(_CHANNEL + room.encode(), self._own + bundle)
        self._waiting.append(raw)
        self._waiting_bytes += len(raw)
        if len(self._waiting) == 1:
            self._due.set()
        return True

    def subscribe(self, room: str) -> None:
        """Hear a room from now on, over this connection and those that come after it."""
        self._rooms[_CHANNEL + room.encode()] = room
        self._changed.set()

    def unsubscribe(self, room: str) -> None:
        """Hear a room no more."""
        self._rooms.pop(_CHANNEL + room.encode(), None)
        self._changed.set()

    async def run(self) -> NoReturn:
        """Keep connected until cancelled. Whatever the server does, this does not end."""
        attempt = 0
        while True:
            reason = ""
            try:
                await self._stay(await find_primary(self._addresses, self._context))
            except* RoomcliError as failed:
                reason = _first(failed)
            attempt = 0 if self._is_whole else attempt + 1
            self._note_cut(reason)
            if not self._is_told:
                self._tell_cut()
            pause = BACKOFF[min(attempt, len(BACKOFF) - 1)]
            await trio.sleep(pause * self._chance.uniform(1.0, 1.5))

    def _note_cut(self, reason: str) -> None:
        was_whole, self._is_whole = self._is_whole, False
        self.trouble = reason
        self._drop_waiting()
        if was_whole:
            self.traffic.cuts += 1
            self._tell_cut()

    def _tell_cut(self) -> None:
        self._is_told = True
        self._listener.cut_off(self.trouble)

    def _drop_waiting(self) -> None:
        self.traffic.dropped += len(self._waiting)
        self._waiting, self._waiting_bytes = [], 0
        self._due = trio.Event()

    async def _stay(self, address: ValkeyAddress) -> None:
        """Be connected to this server until that breaks, and raise why."""
        async with (
            connected(address, self._context) as listening,
            connected(address, self._context) as talking,
        ):
            # While answers come: an account that may not publish is told so here.
            await talking.call("PUBLISH", _CHANNEL, "")
            await talking.send(write_command("CLIENT", "REPLY", "OFF"))
            self._asked = set()
            self._questions.clear()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._listen, listening)
                nursery.start_soon(self._ask_server, listening)
                nursery.start_soon(self._ask_regularly)
                nursery.start_soon(self._talk, talking)
                nursery.start_soon(_wait_for_end, talking)

    async def _talk(self, talking: ValkeyConnection) -> NoReturn:
        while True:
            await self._due.wait()
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            self._due = trio.Event()
            began = trio.current_time()
            await talking.send(b"".join(batch))
            self.traffic.published += len(batch)
            if trio.current_time() - began > LATE:
                self._drop_waiting()

    async def _ask_regularly(self) -> NoReturn:
        """Ask the server again and again what it is; the first answer comes after all rooms."""
        while True:
            self._changed.set()
            await trio.sleep(BEAT_SECONDS)
            if self._questions and trio.current_time() - self._questions[0] >= BEAT_SECONDS:
                raise ConnectionLost(f"Valkey answered nothing for {BEAT_SECONDS:.0f} s")

    async def _ask_server(self, listening: ValkeyConnection) -> NoReturn:
        """Write to the connection that listens: for which rooms, and whether it is still there."""
        while True:
            await self._changed.wait()
            self._changed = trio.Event()
            wanted = self._rooms.keys()
            words = _in_commands("SUBSCRIBE", sorted(wanted - self._asked))
            words += _in_commands("UNSUBSCRIBE", sorted(self._asked - wanted))
            self._asked = set(wanted)
            self._questions.append(trio.current_time())
            await listening.send(b"".join(words) + ASK_ROLE)

    async def _listen(self, listening: ValkeyConnection) -> NoReturn:
        rooms, own, hear, traffic = self._rooms, self._own, self._listener.hear_bundle, self.traffic
        while True:
            for reply in await listening.receive():
                if type(reply) is tuple:
                    channel, payload = reply
                    room = rooms.get(channel)
                    if room is not None and not payload.startswith(own):
                        traffic.heard += 1
                        hear(room, payload[_OWN_ID:])
                else:
                    self._take(reply)

    def _take(self, reply: Reply) -> None:
        """Take what the server says of itself. Raises ConnectionLost, and ConnectionFailed."""
        if isinstance(reply, ServerPush):
            return  # a room is subscribed to, or no more
        if isinstance(reply, ReplyError):
            raise ConnectionFailed(f"Valkey refuses to let us hear rooms: {reply.meaning}")
        if not is_primary(reply):
            raise ConnectionLost("Valkey became a copy of another server")
        if not self._questions:
            raise ConnectionLost("Valkey answered what nobody asked")
        self._questions.popleft()
        if not self._is_whole:
            self._is_whole, self._is_told, self.trouble = True, True, ""
            self._listener.bus_joined()


async def _wait_for_end(talking: ValkeyConnection) -> NoReturn:
    while True:
        await talking.receive()


def _in_commands(verb: str, channels: Sequence[bytes]) -> list[bytes]:
    parts = [channels[at : at + MOST_CHANNELS] for at in range(0, len(channels), MOST_CHANNELS)]
    return [write_command(verb, *part) for part in parts]


def _first(failed: BaseExceptionGroup[BaseException]) -> str:
    """Return what the first of these errors says."""
    error: BaseException = failed
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)

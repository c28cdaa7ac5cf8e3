"""A worker's port: what comes from its clients and is no voice goes to the parent."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import trio

from roomcli.errors import ConnectionLost
from roomcli.wire.accepted import AcceptedWebSocket

from ..limits import ServerLimits
from ..public.accepting import Arrival, PublicPort
from ..public.certificate import Certificate, Certificates
from ..public.conduct import Conduct
from ..public.cpu_budget import CpuShare
from ..public.http import Head, Response, respond
from ..public.near_voice import NearVoice, VoiceServices
from ..public.proxies import TrustedProxies
from ..public.shown import Shown
from . import frames as f
from .link import WorkerLink

ToParent = WorkerLink[f.AnyFromWorker, f.AnyFromParent]


class RelayedPlace:
    """The place of a connection, which the parent counts by its number."""

    def __init__(self, number: int, leave: Callable[[int], None]) -> None:
        self.number = number
        self._leave = leave

    def move(self, network: str) -> None:
        """Do nothing: the parent learns of the client's address by itself."""

    def free(self) -> None:
        """Give the number back: the connection is closed."""
        self._leave(self.number)


class RelayedSession:
    """Serves one WebSocket: passes its messages on, and takes its voice once it is known."""

    def __init__(
        self,
        number: int,
        connection: AcceptedWebSocket,
        conduct: Conduct,
        share: CpuShare,
        services: VoiceServices,
        link: ToParent,
    ) -> None:
        self._number = number
        self.connection = connection
        self._conduct = conduct
        self._share = share
        self._services = services
        self._link = link
        self.voice: NearVoice | None = None
        """What takes the client's voice, once it has said hello."""
        self._reading = trio.CancelScope()
        self._untaken = 0
        self._was_taken = trio.Event()
        self._closing = trio.Event()
        conduct.on_end(self._tell_misconduct)

    def _tell_misconduct(self, why: str) -> None:
        self._link.send(f.Misbehaved(self._number, why))

    async def run(self) -> None:
        """Pass messages on until the parent closes the connection; close it in any case."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._relay_all)
                await self._closing.wait()
                nursery.cancel_scope.cancel()
        finally:
            if self.voice is not None:
                self.voice.close()
            await self.connection.aclose()

    async def _relay_all(self) -> None:
        try:
            while not self._closing.is_set():
                with trio.CancelScope() as self._reading:
                    await self._relay()
        except ConnectionLost as lost:
            self._link.send(f.Ended(self._number, str(lost)))

    async def _relay(self) -> None:
        while self.voice is None:
            await self._share.wait()
            await self._wait_for_parent()
            self._hand_over(await self.connection.receive())
        message: bytes | str | None = ""
        while message is not None:
            await self._wait_for_parent()
            message = await self.voice.message()
            self._hand_over(message)
        await trio.sleep_forever()  # it has fallen silent: the parent ends it

    def _hand_over(self, message: bytes | str | None) -> None:
        is_text = isinstance(message, str)
        raw = message.encode() if isinstance(message, str) else message
        self._untaken += 1
        self._link.send(f.ClientSaid(self._number, raw, is_text))

    async def _wait_for_parent(self) -> None:
        """Wait until the parent has taken enough of what was handed over."""
        while self._untaken >= f.MOST_UNREAD:
            self._was_taken = trio.Event()
            await self._was_taken.wait()

    def note_taken(self, count: int) -> None:
        """Note that the parent has taken so many messages."""
        self._untaken -= count
        self._was_taken.set()

    def begin_voice(self) -> None:
        """Take voice and signs of life from now on."""
        self.voice = NearVoice(self.connection, self._conduct, self._share, self._services)
        self._reading.cancel()

    def close(self) -> None:
        """Make the session end."""
        self._closing.set()


class RelayingPort(PublicPort[RelayedPlace]):
    """Accepts connections, and asks the parent about each."""

    def __init__(
        self,
        link: ToParent,
        listeners: list[trio.SocketListener],
        certificates: Certificates | None,
        proxies: TrustedProxies,
        limits: ServerLimits,
        services: VoiceServices,
        first: int,
    ) -> None:
        super().__init__(listeners, certificates, proxies, limits, services.datagrams)
        self._link = link
        self._voices = services
        self._numbers = count(first)
        self._put_out: dict[int, Callable[[], None]] = {}
        self._answers: dict[int, trio.MemorySendChannel[Response]] = {}
        self.sessions: dict[int, RelayedSession] = {}
        """The WebSockets that are open, by the numbers of their connections."""

    def cut_off(self, number: int) -> None:
        """Close a connection at once."""
        put_out = self._put_out.get(number)
        if put_out is not None:
            put_out()

    def give_answer(self, number: int, response: Response) -> None:
        """Send the answer to a request."""
        waiting = self._answers.get(number)
        if waiting is not None:
            waiting.send_nowait(response)

    def _comes_too_often(self, address: str) -> bool:
        return False  # the parent counts, and has the connection cut

    def _reserve(self, address: str, put_out: Callable[[], None]) -> RelayedPlace:
        number = next(self._numbers)
        self._put_out[number] = put_out
        self._link.send(f.ClientArrived(number, address))
        return RelayedPlace(number, self._give_back)

    def _give_back(self, number: int) -> None:
        self._put_out.pop(number, None)
        self.sessions.pop(number, None)
        self._link.send(f.Gone(number))

    async def _respond(
        self, arrival: Arrival[RelayedPlace], head: Head, shown: Certificate | None
    ) -> None:
        number = arrival.place.number
        give, wait = trio.open_memory_channel[Response](1)
        self._answers[number] = give
        try:
            self._link.send(f.Requested(number, _reached(arrival, shown), head))
            response = await wait.receive()
        finally:
            del self._answers[number]
        await respond(arrival.stream, response, head_only=head.method == "HEAD")

    def _session(
        self,
        arrival: Arrival[RelayedPlace],
        head: Head,
        shown: Certificate | None,
        connection: AcceptedWebSocket,
        conduct: Conduct,
    ) -> RelayedSession:
        number = arrival.place.number
        session = RelayedSession(
            number, connection, conduct, arrival.share, self._voices, self._link
        )
        self.sessions[number] = session
        self._link.send(f.WebSocketOpened(number, _reached(arrival, shown), head.authority))
        return session


def _reached(arrival: Arrival[RelayedPlace], shown: Certificate | None) -> f.Reached:
    return f.Reached(
        arrival.remote,
        arrival.local,
        arrival.is_proxied,
        arrival.prefix,
        shown.as_shown() if shown is not None else Shown(),
    )

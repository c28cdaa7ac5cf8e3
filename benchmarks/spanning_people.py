"""People of a room that spans servers: they talk and hear, act, and come back as clients do."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from roomcli.engine.backoff import Backoff
from roomcli.errors import ProtocolError
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import FRAME, RATE, Ack, Bundle, Flags, UplinkFrame

from .hostile import Flood, HostileClient
from .report import NotMeasured
from .sources import next_source

FRAME_SECONDS = FRAME / RATE
ACK_SECONDS = 0.1
VOICE = b"\xf8speaker "
"""What each voice frame begins with; then comes the speaker's number."""
LENGTH = 80
BROKEN = (trio.BrokenResourceError, trio.ClosedResourceError, OSError, ProtocolError)


@dataclass
class HeardVoices:
    """When one person heard whom; times are the monotonic clock's, in seconds."""

    times: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def take(self, bundle: Bundle) -> None:
        """Note who is heard just now."""
        now = trio.current_time()
        for entry in bundle.entries:
            if entry.payload.startswith(VOICE):
                self.times[entry.payload[len(VOICE)]].append(now)

    def longest_gap(self, speaker: int, begin: float, end: float) -> float:
        """Return for how long this speaker was not heard at a stretch, between two times."""
        heard = [at for at in self.times[speaker] if begin <= at <= end]
        return max(b - a for a, b in itertools.pairwise([begin, *heard, end]))

    def first_after(self, speaker: int, when: float) -> float | None:
        """Return when this speaker was heard first after this time."""
        return next((at for at in self.times[speaker] if at > when), None)


class SpanningPerson:
    """Somebody in the room at ``address``, who comes back when the connection ends.

    A ``speaker`` has a number, and talks without a pause while the microphone is open: as soon as
    they are back they open it again.
    """

    def __init__(self, address: Address, name: str, speaker: int | None = None) -> None:
        self.address = address
        self.name = name
        self.speaker = speaker
        self.key = Ed25519PrivateKey.generate()
        self.heard = HeardVoices()
        self.joined: e.Joined | None = None
        """How they came in last."""
        self.came = 0
        """How often they came in."""
        self.moves = 0
        """How often the room moved while they were in it."""
        self.events: list[e.ServerMessage] = []
        self._changed = trio.Event()
        self._peer: HostileClient | None = None
        self._refs = itertools.count(1)
        self._newest = 0
        self._is_open = False

    @property
    def id(self) -> str:
        """Their seat."""
        assert self.joined is not None
        return self.joined.you

    async def stay(self, wish: dict[str, Any] | None = None) -> NoReturn:
        """Be in the room, and come back until cancelled; the first time with this wish."""
        backoff = Backoff(trio.current_time())
        wish = dict(wish or {})
        while True:
            with contextlib.suppress(*BROKEN):
                await self._visit(wish)
            self._peer = None
            self._note_change()
            if self.joined is not None and self.joined.ticket:
                wish["ticket"] = self.joined.ticket
            await trio.sleep(backoff.pause(trio.current_time()))

    async def _visit(self, wish: dict[str, Any]) -> None:
        flood = Flood(self.address)
        peer = await flood.upgraded(next_source())
        async with peer.stream:
            answer = await peer.enter(self.address, self.key, name=self.name, **wish)
            if not isinstance(answer, e.Joined):
                return
            self._peer, self.joined, self._newest = peer, answer, 0
            self.came += 1
            self._is_open = False
            self._note_change()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._acknowledge, peer)
                if self.speaker is not None:
                    nursery.start_soon(self._talk, peer)
                await self._listen(peer)
                nursery.cancel_scope.cancel()

    async def _listen(self, peer: HostileClient) -> None:
        while True:
            message = codec.decode_from_server(await peer.message())
            match message:
                case Bundle(visit=visit):
                    if visit == peer.visit:
                        self._newest = message.media_time
                        self.heard.take(message)
                    continue
                case Ack() | codec.UnknownEvent():
                    continue
                case e.Joined():
                    self._go_on(peer, message)
                case e.Unmuted(id=self.id):
                    self._is_open = True
                case e.RoomLeft():  # banned
                    await trio.sleep_forever()
                case e.Goodbye():
                    self.events.append(message)
                    return
            self.events.append(message)
            self._note_change()

    def _go_on(self, peer: HostileClient, joined: e.Joined) -> None:
        """Go on in the room, which has moved to another server."""
        peer.visit, self.joined, self._newest = joined.visit, joined, 0
        self.moves += 1
        me = joined.view.stage.get(joined.you)
        self._is_open = self._is_open and me is not None and not me.muted

    async def _acknowledge(self, peer: HostileClient) -> NoReturn:
        while True:
            stamp = time.monotonic_ns() // 1000
            await peer.send(Ack(self._newest, stamp, visit=peer.visit).encode())
            await trio.sleep(ACK_SECONDS)

    async def _talk(self, peer: HostileClient) -> NoReturn:
        assert self.speaker is not None
        payload = (VOICE + bytes([self.speaker])).ljust(LENGTH, b".")
        begin, asked = trio.current_time(), float("-inf")
        for number in itertools.count(1):
            await trio.sleep_until(begin + number * FRAME_SECONDS)
            if not self._is_open and self.came + self.moves > 1 and trio.current_time() > asked + 1:
                asked = trio.current_time()
                await peer.send_command(c.Unmute())
            if self._is_open:
                frame = UplinkFrame(number, number * FRAME, Flags.NONE, -30, payload, peer.visit)
                await peer.send(frame.encode())
        raise AssertionError

    # What they ask for.

    async def ask(self, command: c.RoomCommand, *kinds: type[e.Event]) -> e.Event | None:
        """Send a command and return its answer, ``done`` by default, or the refusal.

        None where the connection ended, or somebody else decides now: nobody knows then whether it
        was done.
        """
        await self.until(lambda: self._peer is not None)
        peer, ref, first = self._peer, next(self._refs), len(self.events)
        came = self.joined
        assert peer is not None
        with contextlib.suppress(*BROKEN):
            await peer.send_command(replace(command, ref=ref))
        while True:
            for event in self.events[first:]:
                if isinstance(event, (*(kinds or (e.Done,)), e.Refused)) and (
                    getattr(event, "ref", None) == ref
                ):
                    return event
            if self._peer is not peer or self.joined is not came:
                return None
            await self._changed.wait()

    async def do(self, command: c.RoomCommand) -> None:
        """Have a command carried out. Raises NotMeasured."""
        answer = await self.ask(command)
        if not isinstance(answer, e.Done):
            raise NotMeasured(f"{self.name}: {command} was answered by {answer}")

    async def until(self, holds: Any) -> None:
        """Wait until this holds of what they know."""
        while not holds():
            await self._changed.wait()

    def _note_change(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()


async def come_in(nursery: trio.Nursery, people: Iterable[SpanningPerson], **wish: Any) -> None:
    """Bring people into the room, one after the other."""
    for each in people:
        nursery.start_soon(each.stay, wish)
        await each.until(lambda each=each: each.came)


async def take_stage(host: SpanningPerson, speakers: Iterable[SpanningPerson]) -> None:
    """Bring speakers on stage, who talk from then on."""
    for each in speakers:
        await host.do(c.InviteToStage(id=each.id))
        await each.do(c.AcceptStageInvitation())
        await each.do(c.Unmute())

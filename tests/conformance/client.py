"""A client written from docs/protocol.md alone, without knowledge of this project's code.

Neither this module nor what it imports may import roomcli: as long as the client works, the
document says enough.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ..support.patience import PATIENCE
from .datagrams import StrangerDatagrams, datagrams
from .fields import Message
from .messages import decode_event, encode_command
from .room import Witness, follow, follow_chat
from .side_channel import read_ack
from .voice import (
    StrangerAck,
    StrangerBundle,
    StrangerEntry,
    StrangerUplink,
    decode_bundle,
)

T = TypeVar("T")


def hello_bytes(nonce: bytes, authority: str, certificate: bytes) -> bytes:
    parts = (nonce, authority.lower().encode(), certificate)
    return b"roomcli hello v2\0" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def raw_key(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def fingerprint(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:32]


def now() -> int:
    return time.monotonic_ns() // 1000


@dataclass
class Stranger:
    """A connection that reads everything, follows the view and acknowledges twice a second."""

    socket: ClientConnection
    challenge: Message
    certificate: bytes
    authority: str
    room: str
    visit: int = 0
    delay: int | None = None
    """What its acknowledgements tell in a room of how late it hears; nothing if None."""
    view: Message = field(default_factory=dict)
    chat: list[Message] = field(default_factory=list)
    witness: Witness = field(default_factory=lambda: Witness(""))
    events: list[Message] = field(default_factory=list)
    bundles: list[StrangerBundle] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    acks: list[StrangerAck] = field(default_factory=list)
    round_trips: list[float] = field(default_factory=list)
    sent: list[StrangerUplink] = field(default_factory=list)
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    side: StrangerDatagrams | None = None
    """The side channel of this visit, once :meth:`datagrams` has opened it."""
    closed: bool = False
    _heard: int = 0
    _seen: int = 0
    _refs: int = 0
    told: dict[str, int] | None = None
    """What the server said last to have received by UDP."""
    _telling: set[asyncio.Task[None]] = field(default_factory=set)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def you(self) -> str:
        return str(self.view["you"])

    @property
    def me(self) -> str:
        """One's own id as a person; ``you`` is that of one's seat."""
        return str(self.view["me"])

    @property
    def seat(self) -> Message:
        """One's own speaker on stage; only for somebody who is there."""
        speaker: Message = self.view["stage"][self.you]
        return speaker

    def person(self, shown: Message) -> Message:
        """Who is on stage or has a hand up."""
        person: Message = self.view["people"][shown["person"]]
        return person

    async def hello(self, key: Ed25519PrivateKey, name: str, **fields: Any) -> None:
        signed = hello_bytes(self.challenge["nonce"], self.authority, self.certificate)
        said = {
            "key": raw_key(key),
            "signature": key.sign(signed),
            "certificate": self.certificate,
            "authority": self.authority,
            "name": name,
        }
        await self.socket.send(encode_command("hello", **(said | fields)))

    async def enter_room(self, **fields: Any) -> None:
        """Ask to enter the address's room, or the one among the fields."""
        await self.socket.send(encode_command("enter_room", **({"room": self.room} | fields)))

    async def tell(self, command: str, **fields: Any) -> Message:
        """Send a command and return its `done` or `refused`."""
        self._refs += 1
        ref = self._refs
        await self.socket.send(encode_command(command, ref=ref, **fields))

        def answer() -> Message | None:
            named = (e for e in self.events if e["event"] in ("done", "refused"))
            return next((e for e in named if e["ref"] == ref), None)

        return await self.until(answer)

    async def ask(self, command: str, answer: str, /, **fields: Any) -> Message:
        """Send a command that has to be done, and return the event that answers it."""
        told = await self.tell(command, **fields)
        assert told["event"] == "done", told
        return await self.event(answer, ref=told["ref"])

    async def until(self, found: Callable[[], T | None]) -> T:
        async with asyncio.timeout(PATIENCE), self._news:
            while not (result := found()):
                if self.closed:
                    raise AssertionError(f"closed after {self.events[-3:]}")
                await self._news.wait()
            return result

    async def event(self, name: str, **fields: Any) -> Message:
        """Wait for the next event with these fields, skip those before it, and return it."""
        wanted = {"event": name, **fields}

        def found() -> Message | None:
            for at in range(self._seen, len(self.events)):
                if wanted == {key: self.events[at].get(key) for key in wanted}:
                    self._seen = at + 1
                    return self.events[at]
            return None

        return await self.until(found)

    async def log(self) -> tuple[list[Message], float]:
        """Read the whole moderation log, page by page.

        Returns its entries and the time at which the room was opened.
        """
        entries: list[Message] = []
        while True:
            after = entries[-1]["number"] if entries else 0
            page = await self.ask("read_log", "log_page", after=after)
            entries += page["entries"]
            if not page["more"]:
                return entries, page["opened_at"]

    async def goodbye(self) -> Message:
        """Wait for an orderly close by the server, and return the last event."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: self.closed)
        assert self.socket.close_code == 1000
        assert self.events[-1]["event"] == "goodbye"
        return self.events[-1]

    async def speak(self, frame: StrangerUplink) -> None:
        """Send a voice frame, unless the server is too far behind with earlier ones."""

        def may() -> bool:
            done = self.acks[-1].media_time if self.acks else 0
            waiting = (f.media_time for f in self.sent if f.media_time > done)
            oldest = next(waiting, frame.media_time)
            trips = self.round_trips[-16:]
            least = min(*trips, 2.0) if trips else 0.0
            return frame.media_time - oldest <= (0.75 + least) * 48000

        await self.until(may)
        await self.socket.send(replace(frame, visit=self.visit).encode())
        self.sent.append(frame)

    @contextlib.asynccontextmanager
    async def datagrams(self) -> AsyncIterator[StrangerDatagrams]:
        """Open the side channel that the server offers in this visit."""
        joined = next(e for e in reversed(self.events) if e["event"] == "joined")

        def take(message: bytes) -> None:
            self._take(message, now())
            tell = asyncio.create_task(self._tell())
            self._telling.add(tell)
            tell.add_done_callback(self._telling.discard)

        def say(message: bytes) -> None:
            saying = asyncio.create_task(self.socket.send(message))
            self._telling.add(saying)
            saying.add_done_callback(self._telling.discard)

        reached = self.socket.transport.get_extra_info("peername")
        async with datagrams(joined, reached, take, say) as self.side:
            yield self.side
        self.side = None

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def heard(self, slot: int, generation: int) -> list[StrangerEntry]:
        every = (entry for bundle in self.bundles for entry in bundle.entries)
        return [e for e in every if (e.slot, e.generation) == (slot, generation)]

    async def read(self) -> None:
        try:
            while True:
                data = await self.socket.recv()
                at = now()
                assert isinstance(data, bytes)
                async with self._news:
                    self._take(data, at)
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:
            async with self._news:
                self.closed = True
                self._news.notify_all()

    def _take(self, data: bytes, at: int) -> None:
        if data[:1] == b"\1":
            bundle = decode_bundle(data)
            if bundle.visit == self.visit:
                self.bundles.append(bundle)
        elif data[:1] == b"\2":
            ack, self.told = read_ack(data)
            if ack.visit != self.visit:
                return
            self.acks.append(ack)
            self._heard = at
            trip = (at - ack.echo - ack.held) / 1e6
            if ack.echo and 0 <= trip <= 3600:
                self.round_trips.append(trip)
        elif data[:1] == b"\3" and self.side is not None:
            self.side.hear_probe(data)
        else:
            event = decode_event(data)
            if event is None:
                return
            self.events.append(event)
            if event["event"] == "joined":
                self.visit = event["visit"]
                self.view, self.chat = event["view"], event["chat"].copy()
                self.witness = Witness(self.view["log"])
                self.acknowledged.set()
            elif event["event"] == "room_left":
                self.visit, self.view = 0, {}
            elif self.view:
                self.witness.hears(event)
                follow(self.view, event)
                follow_chat(self.chat, event)

    async def acknowledge(self) -> None:
        await self.acknowledged.wait()
        with contextlib.suppress(ConnectionClosed):
            while True:
                last = self.bundles[-1] if self.bundles else None
                newest = last.media_time if last and last.visit == self.visit else 0
                echo = self.acks[-1].stamp if self.acks else 0
                stamp = now()
                held = min(stamp - self._heard, 2**32 - 1) if echo else 0
                self.stamps.append(stamp)
                delay = self.delay if self.visit else None
                ack = StrangerAck(newest, stamp, echo, held, self.visit, delay)
                if self.side is None:
                    await self.socket.send(ack.encode())
                elif self.side.by_udp:
                    self.side.send(ack.encode() + self.side.told())
                else:
                    await self.socket.send(ack.encode() + self.side.told())
                await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def stranger(address: str, headers: Mapping[str, str] = {}) -> AsyncIterator[Stranger]:
    """Connect to the server of a room's address and read the challenge."""
    parts = urlsplit(address)
    context = None
    if parts.scheme == "wss":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    prefix, _, room = parts.path.rpartition("/r/")
    async with connect(
        parts._replace(path=f"{prefix}/", fragment="").geturl(),
        ssl=context,
        subprotocols=[Subprotocol("roomcli.v1")],
        compression=None,
        max_size=917504,
        open_timeout=PATIENCE,
        proxy=None,
        additional_headers=headers,
    ) as socket:
        assert socket.subprotocol == "roomcli.v1"
        certificate = bytes(32)
        if context is not None:
            shown = socket.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
            certificate = hashlib.sha256(shown).digest()
            if certificate.hex() != parse_qs(parts.fragment)["pin"][0].lower():
                raise ssl.SSLCertVerificationError("another certificate than the pin's")
        async with asyncio.timeout(PATIENCE):
            first = await socket.recv()
        assert isinstance(first, bytes)
        challenge = decode_event(first)
        assert challenge is not None
        assert challenge["event"] == "challenge"
        someone = Stranger(socket, challenge, certificate, parts.netloc, room)
        tasks = [asyncio.create_task(work()) for work in (someone.read, someone.acknowledge)]
        try:
            yield someone
        finally:
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception):
                    raise result

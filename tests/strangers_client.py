"""A client by somebody who knows docs/protocol.md and nothing else of this project.

It imports nothing of roomcli on purpose: as long as it works, the document says enough.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
import struct
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgpack  # type: ignore[import-untyped, unused-ignore]
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

Message = dict[str, Any]
Check = Callable[[Any], Any]
Field = tuple[Check, Any]
T = TypeVar("T")

PATIENCE = 20.0  # seconds until a test gives up waiting; nothing is measured by it
FRAME = 960  # samples of 20 ms
START, END, DISCONTINUITY = 1, 2, 4
REQUIRED = object()


class Malformed(ValueError):
    """A message that section 2, 7, 8 or 9 does not allow."""


# -- section 2: types ---------------------------------------------------------------------------


def expect(ok: bool, what: str) -> None:
    if not ok:
        raise Malformed(what)


def text(value: Any) -> Any:
    expect(isinstance(value, str), "text")
    return value


def identity(value: Any) -> Any:
    expect(isinstance(value, str) and 1 <= len(value) <= 32, "id")
    return value


def boolean(value: Any) -> Any:
    expect(isinstance(value, bool), "bool")
    return value


def moment(value: Any) -> Any:
    expect(type(value) in (int, float) and 0 <= value <= 253402300799, "time")
    return value


def seconds(value: Any) -> Any:
    expect(type(value) in (int, float) and 0 <= value < float("inf"), "seconds")
    return value


def integer(limit: int = 2**53 - 1) -> Check:
    def check(value: Any) -> Any:
        expect(type(value) is int and 0 <= value <= limit, "int")
        return value

    return check


def nonce(value: Any) -> Any:
    expect(isinstance(value, bytes) and len(value) == 32, "nonce")
    return value


def choice(*values: str) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, str) and value in values, "one of " + ", ".join(values))
        return value

    return check


def maybe(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def array(inner: Check) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, list), "array")
        return [inner(item) for item in value]

    return check


def table(key: Check, inner: Check) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, dict), "map")
        return {key(name): inner(item) for name, item in value.items()}

    return check


def record(**fields: Field) -> Check:
    """A map with these fields: what is unknown goes, what is left out gets its default."""

    def check(value: Any) -> Any:
        expect(isinstance(value, dict), "map")
        found = {}
        for name, (inner, default) in fields.items():
            expect(name in value or default is not REQUIRED, f"{name} is missing")
            # Defaults go through the check too, which copies the maps and arrays among them.
            found[name] = inner(value.get(name, default))
        return found

    return check


def needed(check: Check) -> Field:
    return check, REQUIRED


# -- sections 5 and 6: events and the view ------------------------------------------------------

PERSON = record(id=needed(identity), name=needed(text), headline=(text, ""), key=(text, ""))
ROLE = choice("host", "cohost", "speaker")
SPEAKER = record(
    person=needed(PERSON),
    role=needed(ROLE),
    slot=needed(integer(255)),
    generation=needed(integer(255)),
    muted=(boolean, True),
    silenced=(boolean, False),
    connected=(boolean, True),
)
VIEW = record(
    name=needed(text),
    you=needed(identity),
    stage=(table(identity, SPEAKER), {}),
    hands=(array(record(person=needed(PERSON), at=needed(moment))), []),
    front_row=(table(identity, PERSON), {}),
    audience=(integer(), 0),
    invites=(table(identity, identity), {}),
    locked=(boolean, False),
    access=(text, "open"),
    closes_at=(maybe(moment), None),
)
ID = BY = needed(identity)
MAYBE_BY: Field = (maybe(identity), None)
REF: Field = (maybe(integer()), None)
FEATURES: Field = (array(text), [])
EVENTS: dict[str, Check] = {
    "challenge": record(nonce=needed(nonce), features=FEATURES),
    "joined": record(
        room=needed(text),
        you=needed(identity),
        view=needed(VIEW),
        server_time=needed(moment),
        resumed=(boolean, False),
        ticket=(maybe(text), None),
        invite=(maybe(text), None),
        features=FEATURES,
    ),
    "participant_joined": record(person=needed(PERSON)),
    "participant_left": record(
        id=ID, reason=(choice("left", "lost", "removed", "moved"), "left"), by=MAYBE_BY
    ),
    "hand_raised": record(person=needed(PERSON), at=needed(moment)),
    "hand_lowered": record(
        id=ID, reason=(choice("lowered", "accepted", "declined", "left"), "lowered"), by=MAYBE_BY
    ),
    "invited_to_stage": record(id=ID, by=BY),
    "invite_settled": record(id=ID, answer=needed(choice("accepted", "declined", "void"))),
    "stage_joined": record(speaker=needed(SPEAKER)),
    "stage_left": record(id=ID, by=MAYBE_BY),
    "muted": record(id=ID),
    "unmuted": record(id=ID),
    "silenced": record(id=ID, by=BY),
    "silence_lifted": record(id=ID, by=BY),
    "speaker_dropped": record(id=ID),
    "speaker_returned": record(id=ID),
    "role_changed": record(id=ID, role=needed(ROLE), by=MAYBE_BY),
    "room_locked": record(by=BY),
    "room_unlocked": record(by=BY),
    "host_absent": record(closes_at=needed(moment)),
    "host_present": record(),
    "pulse": record(audience=needed(integer()), reactions=(table(text, integer()), {})),
    "room_ended": record(reason=needed(choice("ended", "no_host", "server_closing")), by=MAYBE_BY),
    "asked_to_unmute": record(by=BY),
    "people_page": record(
        offset=needed(integer()), total=needed(integer()), people=needed(array(PERSON)), ref=REF
    ),
    "invite_made": record(invite=needed(text), expires_at=needed(moment), ref=REF),
    "done": record(ref=needed(integer())),
    "refused": record(
        command=needed(text),
        code=needed(text),
        text=needed(text),
        ref=REF,
        retry_after=(maybe(seconds), None),
    ),
    "goodbye": record(code=needed(text), text=needed(text), retry=(boolean, False)),
}


def encode_command(command: str, **fields: Any) -> bytes:
    return b"\0" + bytes(msgpack.packb({"command": command, **fields}))


def no_extensions(code: int, data: bytes) -> Any:
    raise Malformed(f"extension type {code}")


def decode_event(data: bytes) -> Message | None:
    """The event with all its fields; None for one that version 1 does not know."""
    expect(data[:1] == b"\0", "not a control message")
    try:
        body = msgpack.unpackb(
            data[1:],
            ext_hook=no_extensions,
            max_str_len=4096,
            max_bin_len=256,
            max_array_len=1024,
            max_map_len=1024,
            max_ext_len=0,
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise Malformed(str(error)) from error
    expect(isinstance(body, dict) and isinstance(body.get("event"), str), "no event")
    check = EVENTS.get(body["event"])
    return None if check is None else {"event": body["event"], **check(body)}


def follow(view: Message, event: Message) -> None:
    """Section 6: what the event changes in the view."""
    stage, invites, who = view["stage"], view["invites"], event.get("id")

    def out_of_hands(gone: str | None) -> None:
        view["hands"] = [hand for hand in view["hands"] if hand["person"]["id"] != gone]

    match event["event"]:
        case "participant_joined":
            view["front_row"].pop(event["person"]["id"], None)
            view["front_row"][event["person"]["id"]] = event["person"]
        case "participant_left":
            view["front_row"].pop(who, None)
            if event["reason"] != "moved":
                out_of_hands(who)
                stage.pop(who, None)
                invites.pop(who, None)
        case "hand_raised":
            out_of_hands(event["person"]["id"])
            view["hands"].append({"person": event["person"], "at": event["at"]})
            view["hands"].sort(key=lambda hand: hand["at"])
        case "hand_lowered":
            out_of_hands(who)
        case "invited_to_stage":
            invites[who] = event["by"]
        case "invite_settled":
            invites.pop(who, None)
        case "stage_joined":
            who = event["speaker"]["person"]["id"]
            stage[who] = event["speaker"]
            out_of_hands(who)
            view["front_row"].pop(who, None)
            invites.pop(who, None)
        case "stage_left":
            stage.pop(who, None)
        case ("muted" | "unmuted") as name if who in stage:
            stage[who]["muted"] = name == "muted"
        case "silenced" if who in stage:
            stage[who].update(silenced=True, muted=True)
        case "silence_lifted" if who in stage:
            stage[who]["silenced"] = False
        case ("speaker_dropped" | "speaker_returned") as name if who in stage:
            stage[who].update(connected=name == "speaker_returned", muted=True)
        case "role_changed" if who in stage:
            stage[who]["role"] = event["role"]
        case ("room_locked" | "room_unlocked") as name:
            view["locked"] = name == "room_locked"
        case "host_absent":
            view["closes_at"] = event["closes_at"]
        case "host_present":
            view["closes_at"] = None
        case "pulse":
            view["audience"] = event["audience"]


# -- sections 7, 8 and 9: voice and acknowledgements --------------------------------------------


@dataclass(frozen=True)
class Uplink:
    sequence: int
    media_time: int
    flags: int
    level: int
    payload: bytes

    def encode(self) -> bytes:
        head = (1, self.sequence % 2**32, self.media_time, self.flags, self.level)
        return struct.pack(">BIQBB", *head) + self.payload


def decode_uplink(data: bytes) -> Uplink:
    expect(16 <= len(data) <= 15 + 1275 and data[0] == 1, "no uplink frame")
    sequence, media_time, flags, level = struct.unpack_from(">IQBB", data, 1)
    expect(media_time < 2**63 and level < 128, "media time or level")
    return Uplink(sequence, media_time, flags, level, data[15:])


@dataclass(frozen=True)
class Entry:
    slot: int
    generation: int
    sequence: int
    media_time: int
    flags: int
    level: int
    payload: bytes


@dataclass(frozen=True)
class Bundle:
    media_time: int
    entries: list[Entry]

    def encode(self) -> bytes:
        data = struct.pack(">BQ", 1, self.media_time)
        for e in self.entries:
            numbers = (e.slot, e.generation, e.sequence, e.media_time, e.flags, e.level)
            data += struct.pack(">BBHIBBH", *numbers, len(e.payload)) + e.payload
        return data


def decode_bundle(data: bytes) -> Bundle:
    expect(len(data) >= 9 and data[0] == 1, "no bundle")
    media_time = int.from_bytes(data[1:9], "big")
    expect(media_time < 2**63, "media time")
    entries, at = [], 9
    while at < len(data):
        expect(at + 12 <= len(data), "entry cut")
        slot, generation, sequence, media, flags, level, length = struct.unpack_from(
            ">BBHIBBH", data, at
        )
        payload = data[at + 12 : at + 12 + length]
        expect(1 <= length <= 1275 and len(payload) == length, "payload")
        expect(level < 128, "level")
        entries.append(Entry(slot, generation, sequence, media, flags, level, payload))
        at += 12 + length
    return Bundle(media_time, entries)


@dataclass(frozen=True)
class Ack:
    media_time: int
    stamp: int
    echo: int
    held: int

    def encode(self) -> bytes:
        return struct.pack(">BQQQI", 2, self.media_time, self.stamp, self.echo, self.held)


def decode_ack(data: bytes) -> Ack:
    expect(len(data) == 29 and data[0] == 2, "no ack")
    ack = Ack(*struct.unpack(">QQQI", data[1:]))
    expect(ack.media_time < 2**63 and ack.stamp != 0, "media time or stamp")
    expect(ack.echo != 0 or ack.held == 0, "held without echo")
    return ack


def unwrap(value: int, bits: int, last: int) -> int:
    difference = (value - last) % (1 << bits)
    if difference >= 1 << (bits - 1):
        difference -= 1 << bits
    return last + difference


# -- section 3: opening -------------------------------------------------------------------------


def hello_bytes(nonce: bytes, authority: str, certificate: bytes, room: str) -> bytes:
    parts = (nonce, authority.lower().encode(), certificate, room.encode())
    return b"roomcli hello v1\0" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def raw_key(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def fingerprint(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]


def now() -> int:
    return time.monotonic_ns() // 1000


@dataclass
class Stranger:
    """One connection: reads all that comes, follows the view, acknowledges twice a second."""

    socket: ClientConnection
    challenge: Message
    certificate: bytes
    authority: str
    room: str
    view: Message = field(default_factory=dict)
    events: list[Message] = field(default_factory=list)
    bundles: list[Bundle] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    round_trips: list[float] = field(default_factory=list)
    sent: list[Uplink] = field(default_factory=list)
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False
    _heard: int = 0
    _seen: int = 0
    _refs: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def you(self) -> str:
        return str(self.view["you"])

    @property
    def seat(self) -> Message:
        """One's own speaker; only for who is on stage."""
        speaker: Message = self.view["stage"][self.you]
        return speaker

    async def hello(self, key: Ed25519PrivateKey, name: str, **fields: Any) -> None:
        signed = hello_bytes(self.challenge["nonce"], self.authority, self.certificate, self.room)
        said = {
            "key": raw_key(key),
            "signature": key.sign(signed),
            "certificate": self.certificate,
            "name": name,
        }
        await self.socket.send(encode_command("hello", **(said | fields)))

    async def tell(self, command: str, **fields: Any) -> Message:
        """Sends a command and waits for its `done` or `refused`."""
        self._refs += 1
        ref = self._refs
        await self.socket.send(encode_command(command, ref=ref, **fields))

        def answer() -> Message | None:
            named = (e for e in self.events if e["event"] in ("done", "refused"))
            return next((e for e in named if e["ref"] == ref), None)

        return await self.until(answer)

    async def until(self, found: Callable[[], T | None]) -> T:
        async with asyncio.timeout(PATIENCE), self._news:
            while not (result := found()):
                if self.closed:
                    raise AssertionError(f"closed after {self.events[-3:]}")
                await self._news.wait()
            return result

    async def event(self, name: str, **fields: Any) -> Message:
        """The next event like this one; what came before it is passed over."""
        wanted = {"event": name, **fields}

        def found() -> Message | None:
            for at in range(self._seen, len(self.events)):
                if wanted == {key: self.events[at].get(key) for key in wanted}:
                    self._seen = at + 1
                    return self.events[at]
            return None

        return await self.until(found)

    async def goodbye(self) -> Message:
        """The last event, once the server has closed as it should."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: self.closed)
        assert self.socket.close_code == 1000
        assert self.events[-1]["event"] == "goodbye"
        return self.events[-1]

    async def speak(self, frame: Uplink) -> None:
        """Sends a frame, when the server is not too far behind with those before."""

        def may() -> bool:
            done = self.acks[-1].media_time if self.acks else 0
            waiting = (f.media_time for f in self.sent if f.media_time > done)
            oldest = next(waiting, frame.media_time)
            least = min([*self.round_trips[-16:], 2.0])
            return frame.media_time - oldest <= (0.75 + least) * 48000

        await self.until(may)
        await self.socket.send(frame.encode())
        self.sent.append(frame)

    def heard(self, slot: int, generation: int) -> list[Entry]:
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
            self.bundles.append(decode_bundle(data))
        elif data[:1] == b"\2":
            ack = decode_ack(data)
            self.acks.append(ack)
            self._heard = at
            trip = (at - ack.echo - ack.held) / 1e6
            if ack.echo and 0 <= trip <= 3600:
                self.round_trips.append(trip)
        else:
            event = decode_event(data)
            if event is None:
                return
            self.events.append(event)
            if event["event"] == "joined":
                self.view = event["view"]
                self.acknowledged.set()
            elif self.view:
                follow(self.view, event)

    async def acknowledge(self) -> None:
        await self.acknowledged.wait()
        with contextlib.suppress(ConnectionClosed):
            while True:
                newest = self.bundles[-1].media_time if self.bundles else 0
                echo = self.acks[-1].stamp if self.acks else 0
                stamp = now()
                held = min(stamp - self._heard, 2**32 - 1) if echo else 0
                self.stamps.append(stamp)
                await self.socket.send(Ack(newest, stamp, echo, held).encode())
                await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def stranger(address: str, headers: Mapping[str, str] = {}) -> AsyncIterator[Stranger]:
    """Connects to the address of a room, up to the challenge."""
    parts = urlsplit(address)
    context = None
    if parts.scheme == "wss":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    async with connect(
        parts._replace(fragment="").geturl(),
        ssl=context,
        subprotocols=[Subprotocol("roomcli.v1")],
        compression=None,
        max_size=262144,
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
        room = parts.path.removeprefix("/r/")
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

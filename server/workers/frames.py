"""What goes over the link between a worker and its parent: messages, and their bytes. Pure.

A message is four bytes of length and msgpack. Connections have numbers that the worker gives them,
rooms have numbers of the parent's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar, get_args

import msgspec
from msgspec import Struct

from roomcli.errors import ProtocolError

from ..limits import ServerLimits
from ..public.http import Head, Response
from ..public.port_figures import PortFigures
from ..public.shown import Shown
from ..rooms.room_voice import VoiceRights
from ..rooms.traffic_totals import TrafficTotals
from ..rooms.visitor import RoomVisitor

_LENGTH = 4
LONGEST = 1 << 28
"""Bytes of the longest message; a longer one is no message of ours."""
MOST_UNREAD = 32
"""Messages of one client that a worker hands over and the parent has not taken; meanwhile the
client is not read, so that none can fill the link that all share."""
TAKEN_TOGETHER = 8
"""Messages of one client after which the parent says that it has taken them."""


class Reached(Struct, frozen=True, array_like=True):
    """How somebody has come to a worker: from where, to which address of ours, what was shown.

    ``prefix`` is the path under which a trusted proxy has the server.
    """

    remote: str
    local: tuple[str, int]
    is_proxied: bool
    prefix: str
    shown: Shown


class ClientArrived(Struct, frozen=True, array_like=True, tag=1):
    """Somebody has connected from this address."""

    connection: int
    address: str


class Requested(Struct, frozen=True, array_like=True, tag=2):
    """They ask for something that is no WebSocket, and are answered."""

    connection: int
    reached: Reached
    head: Head


class WebSocketOpened(Struct, frozen=True, array_like=True, tag=3):
    """They have a WebSocket; ``authority`` is the name by which they call the server."""

    connection: int
    reached: Reached
    authority: str


class ClientSaid(Struct, frozen=True, array_like=True, tag=4):
    """A message of a client that is no voice; None when the client has fallen silent."""

    connection: int
    message: bytes | None
    is_text: bool = False

    @property
    def said(self) -> bytes | str | None:
        """The message as it came."""
        return self.message.decode() if self.is_text and self.message is not None else self.message


class Misbehaved(Struct, frozen=True, array_like=True, tag=5):
    """A client has gone too far, and is read no more."""

    connection: int
    why: str


class Ended(Struct, frozen=True, array_like=True, tag=6):
    """Nothing more comes from a client."""

    connection: int
    why: str


class Gone(Struct, frozen=True, array_like=True, tag=7):
    """A connection is closed; its number means nothing any more."""

    connection: int


class VoicesHeard(Struct, frozen=True, array_like=True, tag=8):
    """Voice frames of this worker's people that were let through.

    Each with its seat, as a bundle's entry, and its seconds.
    """

    room: int
    voices: list[tuple[str, bytes, float]]


class HearingReport(Struct, frozen=True, array_like=True):
    """How one listener hears, as :class:`~server.rooms.visitor.RoomVisitor` has it."""

    connection: int
    delay_ms: int
    way_ms: int
    is_deaf: bool
    voice_skipped: int


class WorkerCounted(Struct, frozen=True, array_like=True, tag=9):
    """What a worker measures, and how its people hear; ``blocked`` connections take no bytes.

    Who is not in ``hearing`` hears as before.
    """

    port: PortFigures
    traffic: TrafficTotals
    refusals: dict[str, int]
    hearing: list[HearingReport]
    blocked: list[int]


class Setup(Struct, frozen=True, array_like=True, tag=1):
    """The first message: what a worker has to know before it accepts anybody.

    ``folder``, ``certificate`` and ``key`` are paths; ``certificate`` is empty for the server's
    own. Open sockets are given by their numbers; ``inboxes`` are those of all workers in their
    order. ``public`` is where datagrams arrive from outside. Connections are numbered from
    ``first`` on, so that none has the number of another in an earlier life of the worker.
    """

    first: int
    folder: str
    certificate: str
    key: str
    no_tls: bool
    proxies: list[str]
    listening: list[int]
    datagrams: list[int]
    public: tuple[str, int] | None
    inbox: int
    inboxes: list[int]
    limits: ServerLimits


class Cut(Struct, frozen=True, array_like=True, tag=2):
    """Close this connection at once."""

    connection: int


class RequestAnswered(Struct, frozen=True, array_like=True, tag=3):
    """The answer to a request; it is the last on its connection."""

    connection: int
    response: Response


class FrameSent(Struct, frozen=True, array_like=True, tag=4):
    """A WebSocket frame for these connections."""

    connections: list[int]
    frame: bytes


class Closed(Struct, frozen=True, array_like=True, tag=5):
    """Close this connection in an orderly way."""

    connection: int


class Known(Struct, frozen=True, array_like=True, tag=6):
    """The client has said hello: take its voice and signs of life from now on."""

    connection: int


class WentHome(Struct, frozen=True, array_like=True, tag=7):
    """The client is at home; with ``echo`` its voice is sent back."""

    connection: int
    echo: bool


class VisitBegun(Struct, frozen=True, array_like=True, tag=8):
    """The client has a seat in a room; with a secret its voice may go by UDP too.

    ``passes_over`` says that who sends this takes messages of kinds that it does not know.
    """

    connection: int
    room: int
    seat: str
    key: str
    visit: int
    secret: bytes
    ids: bytes
    passes_over: bool = False


class CameInside(Struct, frozen=True, array_like=True, tag=9):
    """They were told that they are in the room: voice may be sent to them."""

    connection: int


class SeatLeft(Struct, frozen=True, array_like=True, tag=10):
    """This connection's seat gets nothing more of the room."""

    connection: int
    room: int
    seat: str


class VisitEnded(Struct, frozen=True, array_like=True, tag=11):
    """The visit is over."""

    connection: int


class RightsSet(Struct, frozen=True, array_like=True, tag=12):
    """Who may be heard in a room; ``name`` and ``heard`` are for a room that is new here.

    ``elsewhere`` is how many of its people are at other workers, nearly.
    """

    room: int
    name: str
    heard: int
    rights: VoiceRights
    elsewhere: int


class SlotForgotten(Struct, frozen=True, array_like=True, tag=13):
    """The holder of this slot has left the stage."""

    room: int
    slot: int


class RoomShared(Struct, frozen=True, array_like=True, tag=14):
    """These other workers have people of a room, by their numbers: voice goes to them too."""

    room: int
    workers: tuple[int, ...]


class Renewed(Struct, frozen=True, array_like=True, tag=15):
    """Read the certificate again, and hold to these limits."""

    limits: ServerLimits


class Stopping(Struct, frozen=True, array_like=True, tag=16):
    """Accept nobody any more."""


class MessagesTaken(Struct, frozen=True, array_like=True, tag=17):
    """So many messages of a client were taken: as many more may be handed over."""

    connection: int
    count: int


AnyFromWorker = (
    ClientArrived | Requested | WebSocketOpened | ClientSaid | Misbehaved | Ended | Gone
    | VoicesHeard | WorkerCounted
)  # fmt: skip
AnyFromParent = (
    Setup | Cut | RequestAnswered | FrameSent | Closed | Known | WentHome | VisitBegun | CameInside
    | SeatLeft | VisitEnded | RightsSet | SlotForgotten | RoomShared | Renewed | Stopping
    | MessagesTaken
)  # fmt: skip


class AnyTagged(Struct, frozen=True, array_like=True):
    """Any message of a link, as far as all are alike."""

    tag: int


def hearing_report(connection: int, visitor: RoomVisitor) -> HearingReport:
    """Return how somebody hears whose connection is here."""
    return HearingReport(
        *(connection, visitor.delay_ms, visitor.way_ms, visitor.is_deaf),
        visitor.voice_skipped,
    )


Message = TypeVar("Message")
_encoder = msgspec.msgpack.Encoder()
from_worker = msgspec.msgpack.Decoder(AnyFromWorker)
from_parent = msgspec.msgpack.Decoder(AnyFromParent)


def encode_all(messages: Iterable[Struct]) -> bytes:
    """Return messages as bytes for the link."""
    parts = []
    for each in messages:
        encoded = _encoder.encode(each)
        parts += [len(encoded).to_bytes(_LENGTH), encoded]
    return b"".join(parts)


def tags_of(decoder: msgspec.msgpack.Decoder[Message]) -> frozenset[int]:
    """Return the tags of the messages that a decoder knows."""
    return frozenset(each.__struct_config__.tag for each in get_args(decoder.type))


class Splitter:
    """Puts together what comes in pieces; ``pass_over`` is told the tag of an unknown message.

    It comes from a server of another version.
    """

    def __init__(self, pass_over: Callable[[int], None] = lambda tag: None) -> None:
        self._rest = b""
        self._pass_over = pass_over

    def split(self, received: bytes, decoder: msgspec.msgpack.Decoder[Message]) -> list[Message]:
        """Return the messages that are whole now. Raises ProtocolError."""
        data, at, found = self._rest + received, 0, []
        try:
            while len(data) >= at + _LENGTH:
                size = int.from_bytes(data[at : at + _LENGTH])
                if size > LONGEST:
                    raise ProtocolError("bad_message", f"{size} bytes are no message of the link")
                if len(data) < at + _LENGTH + size:
                    break
                message = memoryview(data)[at + _LENGTH : at + _LENGTH + size]
                at += _LENGTH + size
                try:
                    found.append(decoder.decode(message))
                except msgspec.ValidationError:
                    self._pass_over(_unknown_tag(message, decoder))
        except msgspec.MsgspecError as error:
            raise ProtocolError("bad_message", f"no message of the link: {error}") from None
        self._rest = data[at:]
        return found


def _unknown_tag(raw: memoryview, decoder: msgspec.msgpack.Decoder[Message]) -> int:
    """Return the tag of a message of which this version knows nothing.

    Raises ValidationError for one that it knows, which then is broken.
    """
    tag = msgspec.msgpack.decode(raw, type=AnyTagged).tag
    if tag in tags_of(decoder):
        raise msgspec.ValidationError(f"the message {tag} is broken")
    return tag

"""What is inside the datagrams of the UDP side channel (docs/protocol.md, section 16).

A datagram holds, encrypted, one message as a WebSocket has it: a voice frame, a bundle of at most
``LARGEST_BUNDLE`` bytes, an acknowledgement, or a probe, which only the side channel knows.
All integers are big-endian.

    probe       kind 3 | type 1 | token 8            type: 1 a question, 2 the answer to it
    reception   number 1 | newest 4 | received 4 | runs 4       at the end of an acknowledgement
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import ProtocolError
from .audio import HOME, Ack, decode_ack, join_entries
from .side_channel import IDENTITIES

KIND_PROBE = 3
LARGEST_BUNDLE = 1200
"""Bytes of a bundle in one datagram: with all heads it fits the least packet of IPv6, 1,280."""
TOKEN = 8
"""Bytes of a probe that have to come back."""

_QUESTION, _ANSWER = 1, 2
_PROBE = struct.Struct(f">BB{TOKEN}s")
_RECEPTION = struct.Struct(">BIII")
_BUNDLE_HEAD = len(join_entries(0, ()))
_LONGEST_PLAIN_ACK = len(Ack(0, 1, delay=0).encode())

PROBE_SIZE = _PROBE.size


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks the peer to send 8 bytes back, which proves that the way there works; or the answer."""

    token: bytes
    is_answer: bool = False

    def encode(self) -> bytes:
        """Return the probe as a message."""
        return _PROBE.pack(KIND_PROBE, _ANSWER if self.is_answer else _QUESTION, self.token)


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    """What one side has received of the other's datagrams under one id; totals that only grow.

    ``number`` is the place of the id among those in ``joined``, ``newest`` the highest counter
    that came and ``received`` how many came. What lies below ``newest`` and did not come is lost
    in ``runs`` runs of neighbours; this one falls when a late datagram closes a run.
    """

    number: int
    newest: int
    received: int
    runs: int

    @property
    def lost(self) -> int:
        """How many datagrams are missing."""
        return self.newest + 1 - self.received

    def encode(self) -> bytes:
        """Return the bytes that go behind those of an acknowledgement."""
        return _RECEPTION.pack(self.number, self.newest, self.received, self.runs)


def decode_probe(message: bytes) -> Probe:
    """Decode a message of kind 3. Raises ProtocolError ``bad_message``."""
    if len(message) != _PROBE.size:
        raise ProtocolError("bad_message", f"probe of {len(message)} bytes")
    _, kind, token = _PROBE.unpack(message)
    if kind not in (_QUESTION, _ANSWER):
        raise ProtocolError("bad_message", f"probe of type {kind}")
    return Probe(token, kind == _ANSWER)


def split_ack(message: bytes) -> tuple[Ack, ReceptionReport | None]:
    """Decode an acknowledgement of a side that may tell its reception.

    Raises ProtocolError ``bad_ack``.
    """
    if len(message) <= _LONGEST_PLAIN_ACK:
        return decode_ack(message), None
    at = len(message) - _RECEPTION.size
    reception = ReceptionReport(*_RECEPTION.unpack_from(message, at))
    if not (
        reception.number < IDENTITIES
        and 0 < reception.received <= reception.newest + 1
        and reception.runs <= reception.lost
    ):
        raise ProtocolError("bad_ack", "reception out of range")
    return decode_ack(message[:at]), reception


def cut_bundle(media_time: int, entries: Iterable[bytes], visit: int = HOME) -> list[bytes]:
    """Return encoded entries as bundles with the same head, each small enough for a datagram.

    Entries stay whole and in order. One that is too long by itself goes alone.
    """
    parts: list[list[bytes]] = [[]]
    size = _BUNDLE_HEAD
    for entry in entries:
        if parts[-1] and size + len(entry) > LARGEST_BUNDLE:
            parts.append([])
            size = _BUNDLE_HEAD
        parts[-1].append(entry)
        size += len(entry)
    return [join_entries(media_time, part, visit) for part in parts]

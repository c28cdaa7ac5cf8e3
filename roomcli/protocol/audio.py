"""Voice on the wire: uplink frames, downlink bundles, acknowledgements.

All integers are big-endian. Media times count 48 kHz samples. In a bundle's entries sequence (16
bits) and media time (32 bits) wrap as in RTP (RFC 3550, section 5.1); :func:`unwrap` undoes that.
All three carry the number of the visit to the room, so that voices of two rooms never mix.
Levels are in dBov, from 0 (loudest) down to -127 (silence); on the wire they have no sign, as in
RFC 6464.

    uplink frame   kind 1 | visit 1 | sequence 4 | media time 8 | flags 1 | level 1 | payload
    bundle         kind 1 | visit 1 | room's media time 8 | entry, entry, ...
      entry        slot 1 | generation 1 | sequence 2 | media time 4 | flags 1 | level 1
                   | length 2 | payload
    ack            kind 1 | visit 1 | media time 8 | stamp 8 | echo 8 | held 4 [ | delay 2 ]
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag

from msgspec import Struct

from ..errors import ProtocolError

RATE = 48_000
"""Samples in a second, of one channel."""
FRAME = 960
"""Samples in one Opus frame: 20 ms."""
SHORT_FRAME = 480
"""Samples in an Opus frame where little delay is wanted, and may be: 10 ms."""
MAX_PAYLOAD = 1275
"""The longest Opus frame (RFC 6716, section 3.2.1)."""
SILENCE = -127
"""Level of digital silence in dBov, the lowest that there is."""

KIND_CONTROL = 0
KIND_AUDIO = 1
KIND_ACK = 2

HOME = 0
"""The number of the visit of who is in no room."""

DEAF = 0xFFFF
"""The delay of who plays no sound."""

_END_OF_TIME = 1 << 63  # a media time fits a signed 64-bit number, which other languages have

_UPLINK = struct.Struct(">BBIQBB")
_BUNDLE = struct.Struct(">BBQ")
_ENTRY = struct.Struct(">BBHIBBH")
_ACK = struct.Struct(">BBQQQI")
_DELAY = struct.Struct(">H")


class Flags(IntFlag):
    """Marks of a voice frame; unknown bits are ignored."""

    NONE = 0
    START = 1
    """First frame of a talk spurt."""
    END = 2
    """Last frame of a talk spurt."""
    DISCONTINUITY = 4
    """Media time jumped: the sender's clock or device started again."""


_KNOWN_FLAGS = int(Flags.START | Flags.END | Flags.DISCONTINUITY)


@dataclass(frozen=True, slots=True)
class UplinkFrame:
    """One voice frame on its way to the server.

    ``sequence`` goes up by one per frame sent; ``media_time`` runs on through silence; ``level``
    is in dBov. ``visit`` is the number in ``joined``.
    """

    sequence: int
    media_time: int
    flags: Flags
    level: int
    payload: bytes
    visit: int = HOME

    def encode(self) -> bytes:
        """Return the frame as a WebSocket message."""
        head = _UPLINK.pack(
            KIND_AUDIO,
            self.visit,
            self.sequence & 0xFFFFFFFF,
            self.media_time,
            self.flags,
            -self.level,
        )
        return head + self.payload


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """One speaker's frame within a bundle; ``sequence`` and ``media_time`` are wrapped."""

    slot: int
    generation: int
    sequence: int
    media_time: int
    flags: Flags
    level: int
    payload: bytes

    def encode(self) -> bytes:
        """Return the entry as bytes."""
        return (
            _ENTRY.pack(
                self.slot,
                self.generation,
                self.sequence & 0xFFFF,
                self.media_time & 0xFFFFFFFF,
                self.flags,
                -self.level,
                len(self.payload),
            )
            + self.payload
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """All voices of a room in one tick, the same bytes for every listener of the same visit."""

    media_time: int
    entries: tuple[BundleEntry, ...]
    visit: int = HOME

    def encode(self) -> bytes:
        """Return the bundle as a WebSocket message."""
        return join_entries(self.media_time, [entry.encode() for entry in self.entries], self.visit)


class Ack(Struct, frozen=True, gc=False):
    """Heartbeat, acknowledgement and round-trip sample in one; both sides send it.

    ``visit`` is the number in ``joined``, or ``HOME``.
    ``media_time``: from a client, of the newest bundle it has; from the server, of the newest
    uplink frame it has. ``stamp`` is the sender's clock, ``echo`` the peer's last stamp (0 when
    there was none) and ``held`` how long ago that came; all three in microseconds. ``delay`` is how
    many milliseconds after its arrival a bundle is heard, ``DEAF`` if it is not; only a client may
    tell it, to a server with the feature ``ack_delay``.
    """

    media_time: int
    stamp: int
    echo: int = 0
    held: int = 0
    visit: int = HOME
    delay: int | None = None

    def encode(self) -> bytes:
        """Return the acknowledgement as a WebSocket message."""
        head = _ACK.pack(
            KIND_ACK,
            self.visit,
            self.media_time,
            self.stamp,
            self.echo,
            min(self.held, 0xFFFFFFFF),
        )
        return head if self.delay is None else head + _DELAY.pack(min(self.delay, DEAF))


def of_visit(bundle: bytes, visit: int) -> bytes:
    """Return an encoded bundle as one for the visit with this number."""
    return b"%c%c%b" % (bundle[0], visit, bundle[2:])


def slot_and_level(entry: bytes) -> tuple[int, int]:
    """Return whose voice an encoded entry is, and how loud in dBov."""
    return entry[0], -entry[9]


def is_entry(entry: bytes) -> bool:
    """Whether these bytes are one entry of a bundle, whole and with nothing after it."""
    if not _ENTRY.size < len(entry) <= _ENTRY.size + MAX_PAYLOAD:
        return False
    *_, level, length = _ENTRY.unpack_from(entry)
    return bool(level <= -SILENCE and length == len(entry) - _ENTRY.size)


def join_entries(media_time: int, entries: Iterable[bytes], visit: int = HOME) -> bytes:
    """Return a bundle of encoded entries, as a WebSocket message."""
    return _BUNDLE.pack(KIND_AUDIO, visit, media_time) + b"".join(entries)


def decode_uplink(message: bytes) -> UplinkFrame:
    """Decode a client's audio message. Raises ProtocolError ``bad_audio``."""
    if not _UPLINK.size < len(message) <= _UPLINK.size + MAX_PAYLOAD:
        raise ProtocolError("bad_audio", f"audio frame of {len(message)} bytes")
    _, visit, sequence, media_time, flags, level = _UPLINK.unpack_from(message)
    if level > -SILENCE or media_time >= _END_OF_TIME:
        raise ProtocolError("bad_audio", "audio level or media time out of range")
    payload = message[_UPLINK.size :]
    return UplinkFrame(sequence, media_time, Flags(flags & _KNOWN_FLAGS), -level, payload, visit)


def decode_bundle(message: bytes) -> Bundle:
    """Decode a server's audio message. Raises ProtocolError ``bad_audio``."""
    if len(message) < _BUNDLE.size:
        raise ProtocolError("bad_audio", f"bundle of {len(message)} bytes")
    _, visit, room_time = _BUNDLE.unpack_from(message)
    if room_time >= _END_OF_TIME:
        raise ProtocolError("bad_audio", "bundle's media time out of range")
    entries = []
    offset = _BUNDLE.size
    while offset < len(message):
        if offset + _ENTRY.size > len(message):
            raise ProtocolError("bad_audio", "bundle ends within an entry")
        slot, generation, sequence, media_time, flags, level, length = _ENTRY.unpack_from(
            message, offset
        )
        offset += _ENTRY.size
        if not 0 < length <= MAX_PAYLOAD or offset + length > len(message) or level > -SILENCE:
            raise ProtocolError("bad_audio", "entry's length or level out of range")
        payload = message[offset : offset + length]
        offset += length
        entries.append(
            BundleEntry(
                slot, generation, sequence, media_time, Flags(flags & _KNOWN_FLAGS), -level, payload
            )
        )
    return Bundle(room_time, tuple(entries), visit)


def decode_ack(message: bytes) -> Ack:
    """Decode an acknowledgement. Raises ProtocolError ``bad_ack``."""
    if len(message) not in (_ACK.size, _ACK.size + _DELAY.size):
        raise ProtocolError("bad_ack", f"acknowledgement of {len(message)} bytes")
    _, visit, media_time, stamp, echo, held = _ACK.unpack_from(message)
    if media_time >= _END_OF_TIME:
        raise ProtocolError("bad_ack", "acknowledged media time out of range")
    delay = None
    if len(message) > _ACK.size:
        (delay,) = _DELAY.unpack_from(message, _ACK.size)
    return Ack(media_time, stamp, echo, held, visit, delay)


def unwrap(value: int, bits: int, reference: int) -> int:
    """Return the number nearest to ``reference`` whose low ``bits`` are ``value``.

    Of two that are equally near it is the earlier one; near the start it may be negative.
    """
    span = 1 << bits
    difference = (value - reference) % span
    if difference >= span // 2:
        difference -= span
    return reference + difference

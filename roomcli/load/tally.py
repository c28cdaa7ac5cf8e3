"""What an audience heard of voice that carries the time at which it was sent."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..protocol.audio import decode_bundle

Delays = NDArray[np.int64]

BUCKET_NS = 10_000
"""Size of a bucket in which delays are counted: 10 µs; there are buckets up to two seconds."""
BUCKETS = 200_000
STAMP_BYTES = 8
"""Bytes in a payload that say when it was sent, in ns of the monotonic clock."""
_HEAD = bytes.fromhex("fb41")
_SILENCE = bytes.fromhex("fffe")
STAMP_AT = len(_HEAD) + 1 + len(_SILENCE)
_AT_ONCE = 1_000_000
"""Delays that are counted at once: more would take much memory."""


@dataclass
class Tally:
    """One message: when the frames in it were sent, and when each listener got it."""

    media_time: int
    size: int
    stamps: list[int]
    slots: list[int]
    arrivals: array[int] = field(default_factory=lambda: array("q"))


@dataclass(frozen=True)
class HeardVoice:
    """What was heard of the frames that were sent in some time."""

    delivered: int
    """Frames, each counted for everybody who got it."""
    distinct: int
    """Frames that anybody got."""
    size: int
    """Bytes of the messages in which they came."""
    bundles: int
    """Messages, each counted once."""
    delays: list[list[int]]
    """Pairs of a delay in buckets and how often it was met."""


def draw_payload(chance: random.Random, stamp: int) -> bytes:
    """Return a frame as long as one of speech, 80 to 100 bytes, with the time in it.

    To whoever plays it it is silence: an Opus packet whose padding (RFC 6716, section 3.2.5) has
    the time and chance.
    """
    padding = stamp.to_bytes(STAMP_BYTES) + chance.randbytes(chance.randint(67, 87))
    return b"%b%c%b%b" % (_HEAD, len(padding), _SILENCE, padding)


def read_stamp(payload: bytes) -> int:
    """Return when a frame was sent."""
    return int.from_bytes(payload[STAMP_AT : STAMP_AT + STAMP_BYTES])


def count(tallies: Iterable[Tally], begin: int, end: int) -> HeardVoice:
    """Count what was heard of the frames that were sent between ``begin`` and ``end``."""
    buckets = np.zeros(BUCKETS, dtype=np.int64)
    late: list[Delays] = []
    delivered = size = bundles = waiting = 0
    distinct: set[tuple[int, int]] = set()
    for tally in tallies:
        counted = [
            (slot, stamp)
            for slot, stamp in zip(tally.slots, tally.stamps, strict=True)
            if begin <= stamp < end
        ]
        if not counted:
            continue
        arrivals = np.frombuffer(tally.arrivals, dtype=np.int64)
        bundles += 1
        size += tally.size * len(arrivals)
        distinct.update(counted)
        delivered += len(counted) * len(arrivals)
        late += [arrivals - stamp for _, stamp in counted]
        waiting += len(counted) * len(arrivals)
        if waiting > _AT_ONCE:
            buckets += _sorted_into_buckets(late)
            late, waiting = [], 0
    buckets += _sorted_into_buckets(late)
    delays = [[int(at), int(buckets[at])] for at in np.nonzero(buckets)[0]]
    return HeardVoice(delivered, len(distinct), size, bundles, delays)


def _sorted_into_buckets(late: list[Delays]) -> Delays:
    every = np.concatenate(late) if late else np.zeros(0, dtype=np.int64)
    return np.bincount(np.clip(every // BUCKET_NS, 0, BUCKETS - 1), minlength=BUCKETS)


def tally_of_bundle(bundle: bytes, size: int) -> Tally:
    """Return a tally of the voice in an encoded bundle that took ``size`` bytes on its way."""
    decoded = decode_bundle(bundle)
    stamps = [read_stamp(entry.payload) for entry in decoded.entries]
    slots = [entry.slot for entry in decoded.entries]
    return Tally(decoded.media_time, size, stamps, slots)

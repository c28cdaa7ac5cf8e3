"""The voice of a part of the server as plain totals, to be added to those of the whole. Pure."""

from __future__ import annotations

from msgspec import Struct

from ..histogram import Histogram
from .traffic import CarriedVoice, Traffic

Counts = tuple[int, int, int, int, int]
Steps = tuple[list[int], float]


class TrafficTotals(Struct, frozen=True, array_like=True):
    """What a :class:`Traffic` has counted so far."""

    tcp: Counts
    udp: Counts
    left_out: dict[str, int]
    lateness: Steps
    fanout: Steps


def totals_of(traffic: Traffic) -> TrafficTotals:
    """Return what was counted so far."""
    return TrafficTotals(
        _counts(traffic.tcp),
        _counts(traffic.udp),
        dict(traffic.left_out),
        (list(traffic.lateness.counts), traffic.lateness.total),
        (list(traffic.fanout.counts), traffic.fanout.total),
    )


def add_growth(traffic: Traffic, before: TrafficTotals, after: TrafficTotals) -> None:
    """Add what a part has counted between two looks at it."""
    _grow(traffic.tcp, before.tcp, after.tcp)
    _grow(traffic.udp, before.udp, after.udp)
    for reason, count in after.left_out.items():
        traffic.left_out[reason] += count - before.left_out.get(reason, 0)
    _observe_more(traffic.lateness, before.lateness, after.lateness)
    _observe_more(traffic.fanout, before.fanout, after.fanout)


def _counts(carried: CarriedVoice) -> Counts:
    return (
        carried.frames_received,
        carried.frames_sent,
        carried.bundles_sent,
        carried.bytes_sent,
        carried.bundles_skipped,
    )


def _grow(carried: CarriedVoice, before: Counts, after: Counts) -> None:
    received, frames, bundles, size, skipped = map(int.__sub__, after, before)
    carried.frames_received += received
    carried.frames_sent += frames
    carried.bundles_sent += bundles
    carried.bytes_sent += size
    carried.bundles_skipped += skipped


def _observe_more(histogram: Histogram, before: Steps, after: Steps) -> None:
    for step, (old, new) in enumerate(zip(before[0], after[0], strict=True)):
        histogram.counts[step] += new - old
    histogram.total += after[1] - before[1]

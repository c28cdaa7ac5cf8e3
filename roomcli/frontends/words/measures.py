"""Measures as words and shares: round trips and levels. Pure."""

from __future__ import annotations

from ...protocol.audio import SILENCE


def quality(rtt_ms: float | None) -> str:
    """Return one word for a round trip in milliseconds."""
    if rtt_ms is None:
        return "measuring"
    for limit, word in ((80, "excellent"), (180, "good"), (350, "fair")):
        if rtt_ms < limit:
            return word
    return "poor"


def loudness(level: int) -> float:
    """Return a level in dBov as the share of a meter, 0 to 1: from -58 to -12."""
    return min(1.0, max(0.0, (level + 58) / 46))


def stepped(level: int, step: int) -> int:
    """Return a level in whole steps, so that a meter is not drawn anew for less than one."""
    return level if level <= SILENCE else -(-level // step * step)

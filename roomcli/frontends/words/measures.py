"""Measures as words and shares: round trips and levels. Pure."""

from __future__ import annotations


def quality(rtt_ms: float | None) -> str:
    """Return one word for a round trip in milliseconds."""
    if rtt_ms is None:
        return "measuring"
    for limit, word in ((80, "excellent"), (180, "good"), (350, "fair")):
        if rtt_ms < limit:
            return word
    return "poor"


def loudness(level: int) -> float:
    """Return a level in -dBov as the share of a meter, 0 to 1: from -58 to -12."""
    return min(1.0, max(0.0, (58 - level) / 46))

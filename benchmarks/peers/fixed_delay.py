"""The peer of the jitter buffer: the best fixed delay, chosen when the whole trace is known.

It plays each frame a fixed delay after the fastest one's schedule, in blocks of 10 ms, and conceals
the blocks that have not come. It is given what no real one has: the trace beforehand, the fastest
frame, and no start. Its device takes blocks when ours does, so that its delays come in steps of
10 ms: between the steps more delay has nothing in time that less had not.
"""

from __future__ import annotations

import math

import numpy as np

from ..traces import Times

BLOCK_MS = 10.0


def block_lateness(send: Times, arrival: Times, length: float) -> Times:
    """Return by how many milliseconds each block arrived after it was due without any delay.

    ``length`` is that of a frame, in milliseconds; a frame that never came is infinitely late.
    """
    blocks = np.arange(max(1, round(length / BLOCK_MS))) * BLOCK_MS
    return np.asarray(((arrival - send)[:, None] - blocks).ravel())


def best_delay(lateness: Times, concealed_rate: float) -> float:
    """Return the least delay in milliseconds at which no more than that share is concealed.

    What never comes is always concealed.
    """
    ordered = np.sort(lateness)
    allowed = int(concealed_rate * len(ordered) + 1e-9)
    came = int(np.isfinite(ordered).sum())
    return float(ordered[min(len(ordered) - 1 - min(allowed, len(ordered) - 1), came - 1)])


def in_steps(delay: float, phase: float) -> float:
    """Return the least delay from ``delay`` on that is ``phase`` over a multiple of 10 ms."""
    return phase + BLOCK_MS * math.ceil((delay - phase) / BLOCK_MS - 1e-9)

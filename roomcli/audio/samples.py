"""The sample format that everything in this package shares: one rate, shape and block.

Sound is 48 kHz, mono, float32 in [-1, 1], in one-dimensional arrays. Devices move blocks of 10 ms;
the codec takes frames of 20 ms, or of one block where little delay is wanted.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE: Final = 48_000
BLOCK: Final = 480  # one period of playout and capture: 10 ms
TWO_BLOCKS: Final = 2 * BLOCK
"""What lies ready for speakers that take a block at once and hold no sound themselves."""
FRAME: Final = 960  # one Opus frame as a rule: 20 ms
RAMP: Samples = np.linspace(0.0, 1.0, BLOCK, endpoint=False, dtype=np.float32)
"""From 0 to 1 within a block: a gain that moves along it makes no click."""


def silence(count: int) -> Samples:
    """Return ``count`` samples of digital silence."""
    return np.zeros(count, dtype=np.float32)

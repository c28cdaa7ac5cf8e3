"""Decides which frames of a microphone are worth sending: a gate over an adaptive noise floor.

The floor is tracked by minimum statistics (R. Martin, "Noise power spectral density estimation
based on optimal smoothing and minimum statistics", IEEE TSAP 9(5), 2001), reduced to two bands:
the whole, and the first difference, in which a soft "s" or "f" stands out though its energy does
not. It is learnt from what remains without held tones, so that no note becomes noise by lasting.
Words begin before they are loud, so that frames are kept back and sent when the gate opens.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from .remainder import WINDOW_SECONDS, Noise, Remainder
from .samples import FRAME, RATE, Samples

Sensitivity = Literal["off", "low", "normal", "high"]
"""How easily the gate opens: ``low`` for loud places, ``high`` for soft voices; ``off`` lets all
sound through."""

_HARDER: Final[dict[Sensitivity, float]] = {"off": 0.0, "low": 6.0, "normal": 0.0, "high": -2.0}
# dB by which sound has to be louder than normally, or may be softer, to open the gate
_PRE_ROLL: Final = 5  # frames sent from before the one that opened the gate: 100 ms
_HANGOVER: Final = 20  # frames sent after the last one that was speech: 400 ms
_OPEN: Final = 8.0  # dB over the floor at which the gate opens, more over noise that wavers
_HOLD: Final = -3.0  # dB over that, which keep it open
_LOWEST_FLOOR: Final = -72.0  # dBov: 16-bit dither and hiss stay out
_LOUD: Final = -28.0  # dBov: what is louder is never taken for noise
_MEMORY: Final = 25  # looks at the noise, 2 s, of which the least is the floor
_PATIENCE: Final = 6  # looks, 0.5 s, until the first ones count
_PARTS: Final = 4  # of a frame in which the difference is looked at: an onset counts in full
_SLOW: Final[Samples] = np.stack(
    (np.full(FRAME, FRAME**-0.5), np.linspace(-1.0, 1.0, FRAME) * (3.0 / FRAME) ** 0.5)
).astype(np.float32)


@dataclass(frozen=True, slots=True)
class GatedFrame:
    """A frame to send. ``age`` is how many frames ago it was captured: 0 is the newest.

    The sender derives the frame's media time from ``age``; ``start`` and ``end`` mark the first and
    last frame of a talk spurt.
    """

    pcm: Samples
    age: int
    start: bool
    end: bool


class VoiceGate:
    """Takes all frames of 20 ms and gives back those of talk spurts.

    ``sensitivity`` and ``held_open`` may be set at any time. While it is ``off``, or the gate is
    held open, everything is one talk spurt.
    """

    def __init__(self, sensitivity: Sensitivity = "normal") -> None:
        self.sensitivity: Sensitivity = sensitivity
        self.held_open = False
        self._remainder = Remainder()
        self._whole = _Floor(FRAME)
        self._difference = _Floor(FRAME // _PARTS)
        self._waiting: deque[Samples] = deque(maxlen=_PRE_ROLL)
        self._left = 0  # frames until what was said is over; 0: nobody speaks
        self._is_open = False
        self._last = 0.0  # the last sample of the frame before, for the difference

    @property
    def is_open(self) -> bool:
        """Whether a talk spurt is going on."""
        return self._is_open

    @property
    def hears_speech(self) -> bool:
        """Whether somebody speaks, which opens the gate; it may be open without that."""
        return self._left > 0

    def process(self, frame: Samples) -> list[GatedFrame]:
        """Take the newest frame, float32[960]; return the frames to send, mostly none or one.

        When the gate opens, the frames of the pre-roll come too, oldest first.
        """
        if len(frame) != FRAME:
            raise ValueError(f"a frame has {FRAME} samples, not {len(frame)}")
        over, harder = self._over(frame), _HARDER[self.sensitivity]
        if over >= (_HOLD + max(harder, 0.0) if self._left else harder):
            self._left = _HANGOVER
        else:
            self._left = max(self._left - 1, 0)
        is_bypassed = self.held_open or self.sensitivity == "off"
        was_open, is_wanted = self._is_open, self._left > 0 or is_bypassed
        self._is_open = is_wanted
        if not (was_open or is_wanted):
            self._waiting.append(frame.copy())
            return []
        if not was_open:
            return list(_opening([*self._waiting, frame]))
        self._waiting.clear()
        return [GatedFrame(frame, 0, False, not is_wanted)]

    def reset(self) -> None:
        """Close the gate at once, as on mute: nothing captured before is sent afterwards.

        The noise floor is kept, because the room did not change.
        """
        self._left = 0
        self._is_open = False
        self._waiting.clear()

    def _over(self, frame: Samples) -> float:
        """Return by how many dB the louder of the two bands is over what opens the gate."""
        difference = frame.copy()
        difference[1:] -= frame[:-1]
        difference[0] -= self._last
        self._last = float(frame[-1])
        over = max(
            self._whole.above(_loudest_part(_without_drift(frame), 1)),
            self._difference.above(_loudest_part(difference, _PARTS)),
        )
        remains = self._remainder.push(frame)
        if remains is not None:
            self._whole.learn(remains[0])
            self._difference.learn(remains[1])
        return over


class _Floor:
    """The noise floor of one band: the least noise of the last two seconds."""

    def __init__(self, part: int) -> None:
        """Make the floor; levels of parts of ``part`` samples are compared with it."""
        self._part = part / RATE
        self._recent: deque[Noise] = deque(maxlen=_MEMORY)
        self._opens_at = _LOWEST_FLOOR + 6.0 + _OPEN

    def above(self, level: float) -> float:
        """Return by how many dB ``level`` is over what opens the gate."""
        return level - self._opens_at

    def learn(self, noise: Noise) -> None:
        """Take the noise that remained without held tones."""
        self._recent.append(noise)
        if len(self._recent) >= _PATIENCE:
            least = min(noise.level for noise in self._recent)
            width = statistics.median(noise.width for noise in self._recent)
            margin = max(_OPEN, _wavering(width, self._part))
            self._opens_at = min(max(least + margin, _LOWEST_FLOOR + _OPEN), _LOUD)


def _wavering(width: float, part: float) -> float:
    """Return how many dB noise ``width`` Hz wide exceeds its floor by, once in a thousand parts.

    The floor is a low level of long parts, and lies below the mean for the same reason.
    """
    return _spread(width * part, 4.5) - _spread(width * WINDOW_SECONDS, -2.0)


def _spread(product: float, deviations: float) -> float:
    """Return the chi-squared of noise with this product of width and time, in dB.

    The method is that of Wilson and Hilferty.
    """
    share = 2.0 / (9.0 * max(2.0 * product, 1.0))
    return 30.0 * math.log10(max(1.0 - share + deviations * math.sqrt(share), 0.1))


def _without_drift(frame: Samples) -> Samples:
    """Return the frame without what is slower than the frame, such as breath or a shaken desk.

    No voice is so slow.
    """
    return frame - _SLOW.T @ (_SLOW @ frame)


def _loudest_part(band: Samples, parts: int) -> float:
    shaped = band.reshape(parts, -1)
    power = float(np.add.reduce(np.square(shaped), axis=1).max()) / shaped.shape[1]
    return 10.0 * math.log10(power) if power > 1e-12 else -120.0


def _opening(frames: Iterable[Samples]) -> list[GatedFrame]:
    listed = list(frames)
    newest = len(listed) - 1
    return [GatedFrame(pcm, newest - index, index == 0, False) for index, pcm in enumerate(listed)]

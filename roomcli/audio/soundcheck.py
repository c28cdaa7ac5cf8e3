"""Judges the sound of a microphone, so that somebody can be told what is wrong with it.

It judges the sound as the device gives it, before all processing: what has to be mended there is
mended at the device. Level and noise are those of the last seconds, so that a verdict follows what
somebody does about it.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .levels import DEAD_LEVEL, decibels
from .processing.echo_watch import EchoWatch
from .samples import BLOCK, RATE, Samples, silence

Finding = Literal["zeros", "silent", "clipped", "quiet", "noisy", "echo"]
"""What can be wrong. ``zeros``: not even noise, as of a microphone that one has no permission for;
``echo``: the microphone hears the speakers."""

TOO_QUIET: Final = -36.0
"""Active speech level, in dBov, under which speech is too quiet: 10 dB under the level that
telephony aims at (-26, ITU-T P.56, G.100.1). What a leveller adds to it, it adds to the noise."""
LEAST_DISTANCE: Final = 20.0
"""Decibels between speech and the noise of its pauses under which the noise is heard as such."""
MOST_CLIPPED: Final = 0.001
"""The share of the samples of speech at full scale that is let pass: a cough, a hit on the desk."""
_FULL: Final = 0.988  # -0.1 dB: what a rate converter leaves of full scale
_BLOCKS: Final = RATE // BLOCK  # in a second
_MEMORY: Final = 8 * _BLOCKS
_DEAD_FOR: Final = 3 * _BLOCKS
_ENOUGH: Final = _BLOCKS  # blocks of speech until it is judged
_MARGIN: Final = 15.9  # dB under the level that still count as speech (P.56)
_QUIETEST: Final = 10  # the percentile of all blocks that is taken for the noise of the pauses
_PROBABLE: Final = 0.5
_ECHO_PROOF: Final = 25
"""Looks, 1.5 s of sound: one's own voice that comes back is like itself for less than 0.9 s."""
_UNKNOWN: Final = silence(BLOCK)

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SoundReport:
    """How a microphone sounded in the last seconds; levels are in dBov.

    ``speech`` is the active speech level, ``noise`` that of the pauses; both are None until enough
    was said. ``clipped`` is the share of the samples of speech at full scale. Without ``findings``
    and with ``speech`` all is well.
    """

    findings: tuple[Finding, ...]
    speech: float | None
    noise: float | None
    clipped: float


class _Heard(NamedTuple):
    """A block of 10 ms: its level in dBov, its samples at full scale, whether it is speech."""

    level: float
    full: int
    speech: bool


class SoundCheck:
    """Listens to one microphone; ``push`` needs every block of it."""

    def __init__(self) -> None:
        from pywebrtc_audio import VoiceDetector

        self._detector = VoiceDetector(RATE)
        self._watch = EchoWatch(_ECHO_PROOF)
        self._heard: deque[_Heard] = deque(maxlen=_MEMORY)
        self._zeros = 0  # blocks in a row without anything
        self._dead = 0  # blocks in a row that no room is so quiet as

    def push(self, block: Samples, reference: Samples | None) -> None:
        """Take the next 10 ms of the device, and what the speakers played then; float32[480].

        Without what they played nothing is said of an echo by this block and those around it.
        """
        level = decibels(block)
        self._zeros = 0 if block.any() else self._zeros + 1
        self._dead = 0 if level > DEAD_LEVEL else self._dead + 1
        speech = self._detector.process(block) > _PROBABLE
        self._heard.append(_Heard(level, _at_full_scale(block), speech))
        if reference is None:
            self._watch.distrust()
            reference = _UNKNOWN
        self._watch.push(block, reference)

    def report(self, *, may_be_dead: bool) -> SoundReport:
        """Return the verdict on the last seconds.

        ``may_be_dead`` is False for what is played: its silence is no fault.
        """
        if may_be_dead and self._dead >= _DEAD_FOR:
            finding: Finding = "zeros" if self._zeros >= _DEAD_FOR else "silent"
            return SoundReport((finding,), None, None, 0.0)
        said = [each for each in self._heard if each.speech]
        findings: list[Finding] = []
        speech = noise = None
        clipped = 0.0
        if len(said) >= _ENOUGH:
            levels = sorted(each.level for each in self._heard)
            noise = levels[len(levels) * _QUIETEST // 100]
            speech = _active_level(np.array([each.level for each in said]), noise)
            clipped = sum(each.full for each in said) / (len(said) * BLOCK)
            if clipped > MOST_CLIPPED:
                findings.append("clipped")
            elif speech < TOO_QUIET:
                findings.append("quiet")
            # An echo fills the pauses: as long as there is one, their noise is not known.
            if speech - noise < LEAST_DISTANCE and not self._watch.hears_echo:
                findings.append("noisy")
        if self._watch.hears_echo:
            findings.append("echo")
        return SoundReport(tuple(findings), speech, noise, clipped)


def _at_full_scale(block: Samples) -> int:
    """Count the samples that begin three in a row at full scale: a peak alone is not clipped."""
    full = np.abs(block) >= _FULL
    return int(np.count_nonzero(full[:-2] & full[1:-1] & full[2:])) if full.any() else 0


def _active_level(levels: Numbers, noise: float) -> float:
    """Return the level of the speech in dBov: of the blocks within 15.9 dB of it, less the noise.

    ITU-T P.56 finds it so too, with thresholds 6 dB apart in place of a few rounds.
    """
    powers = 10.0 ** (levels / 10.0)
    active = float(np.mean(powers))
    for _ in range(10):
        active = float(np.mean(powers[powers >= active / 10.0 ** (_MARGIN / 10.0)]))
    return 10.0 * math.log10(max(active - 10.0 ** (noise / 10.0), active / 10.0))

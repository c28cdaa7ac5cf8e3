"""Chimes: short sounds of our own that say what happened, for those who do not look.

They are made here, from a few notes each, when one is first heard.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal, NamedTuple

import numpy as np

from .samples import BLOCK, RAMP, RATE, Samples, silence

Chime = Literal["joined", "on_air", "muted", "hand"]


class ChimeNote(NamedTuple):
    """A tone: its pitch in Hz, and when it begins, in seconds."""

    pitch: float
    at: float


NOTES: Final[dict[Chime, tuple[ChimeNote, ...]]] = {
    "joined": (ChimeNote(523.25, 0.0), ChimeNote(659.26, 0.07), ChimeNote(783.99, 0.14)),
    "on_air": (ChimeNote(659.26, 0.0), ChimeNote(880.0, 0.08)),
    "muted": (ChimeNote(880.0, 0.0), ChimeNote(659.26, 0.08)),
    "hand": (ChimeNote(1046.5, 0.0), ChimeNote(1046.5, 0.12)),
}
_PEAK: Final = 0.08  # of full scale, -22 dB: about as loud as speech, and never above it
_RISES: Final = 0.005  # seconds
_FADES: Final = 0.05  # seconds in which a note loses two thirds of what is left of it
_LASTS: Final = 0.25  # seconds of a note


@cache
def make_chime(chime: Chime) -> Samples:
    """Return the sound of a chime, in whole blocks of 10 ms."""
    length = max(note.at for note in NOTES[chime]) + _LASTS
    sound = silence(-(-round(length * RATE) // BLOCK) * BLOCK)
    time = np.arange(round(_LASTS * RATE)) / RATE
    shape = np.minimum(time / _RISES, 1.0) * np.exp(-time / _FADES) * (1.0 - time / _LASTS)
    for note in NOTES[chime]:
        start = round(note.at * RATE)
        turn = 2.0 * np.pi * note.pitch * time
        tone = np.sin(turn) + 0.2 * np.sin(2.0 * turn)
        sound[start : start + len(time)] += (shape * tone).astype(np.float32)
    sound *= _PEAK / np.abs(sound).max()
    return sound


class Chimes:
    """Plays one chime at a time: ``play`` and ``next_heard`` are called by one thread."""

    def __init__(self) -> None:
        self._sound = silence(0)
        self._at = 0

    def play(self, chime: Chime) -> None:
        """Play a chime from the next block on; it takes the place of one that sounds still."""
        before = self._sound[self._at : self._at + BLOCK]
        self._sound, self._at = make_chime(chime).copy(), 0
        if len(before) == BLOCK:  # it fades, and does not click
            self._sound[:BLOCK] += before * RAMP[::-1]

    def next_heard(self) -> Samples | None:
        """Return the next block to be heard; None while there is none."""
        block = self._sound[self._at : self._at + BLOCK]
        self._at += len(block)
        return block if len(block) else None

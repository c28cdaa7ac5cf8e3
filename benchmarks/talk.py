"""What is said over a trace: when a speaker talks, and how it sounds.

Talk spurts and pauses have the lengths of ITU-T P.59 (table 2, with double talk left out); the
voice gate's hang-over makes spurts longer and swallows short pauses. The sound is the demo's
speech without its pauses, and faint noise while the gate waits; it repeats every 20 s or so.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from roomcli.audio.gate import VoiceGate
from roomcli.audio.samples import FRAME, RATE, Samples

from .processes import ROOT
from .speech_quality import read_wav

SPURT_SECONDS: Final = 0.854
PAUSE_SECONDS: Final = 1.456
HANGOVER_SECONDS: Final = 0.4

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SpeechPlan:
    """Per 20 ms: whether a frame is sent, and whether it is only the gate's hang-over."""

    sent: Flags
    faint: Flags


def continuous(count: int) -> SpeechPlan:
    """Somebody who talks without a pause for ``count`` frames."""
    return SpeechPlan(np.ones(count, np.bool_), np.zeros(count, np.bool_))


def conversation(count: int, seed: int) -> SpeechPlan:
    """Somebody who talks and listens in turn for ``count`` frames."""
    chance = np.random.default_rng([seed, 59])
    voiced = np.zeros(count, np.bool_)
    at = 0.0
    while at < count:
        lasts = chance.exponential(SPURT_SECONDS) * 50
        voiced[round(at) : round(at + lasts) + 1] = True
        at += lasts + chance.exponential(PAUSE_SECONDS) * 50
    hangover = round(HANGOVER_SECONDS * 50)
    since = np.arange(count) - np.maximum.accumulate(np.where(voiced, np.arange(count), -count))
    sent = since <= hangover
    return SpeechPlan(sent, sent & ~voiced)


@functools.cache
def speech() -> Samples:
    """Return the demo's three voices one after the other, without their pauses, at 48 kHz."""
    said: list[Samples] = []
    for name in ("ann", "ben", "carla"):
        gate = VoiceGate()
        sound = read_wav(ROOT / "roomcli" / "demo" / "speech" / f"{name}.wav")
        for frame in sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME):
            said += [out.pcm for out in gate.process(frame) if np.max(np.abs(out.pcm)) > 0.003]
    return np.concatenate(said)


@functools.cache
def noise() -> Samples:
    """Return a second of a quiet room, -70 dBov."""
    drawn = np.random.default_rng(7).normal(0, 10 ** (-70 / 20), RATE // FRAME * FRAME)
    return drawn.astype(np.float32)

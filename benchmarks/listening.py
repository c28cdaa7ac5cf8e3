"""Listens to a trace through the jitter buffer that ships, in simulated time.

The decoder is a stand-in that plays known speech, so that a run takes a second; everything else is
the program's own. A device takes 10 ms every 10 ms, at a phase drawn by chance.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from roomcli.audio.jitter import JitterBuffer
from roomcli.audio.packets import Packet
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples

from . import talk
from .talk import SpeechPlan
from .traces import Times, Trace

PER_MS: Final = RATE // 1000
BLOCK_MS: Final = BLOCK / PER_MS


@dataclass
class Listened:
    """What a listener heard of one trace, in milliseconds; silence is counted nowhere.

    ``delay_sum`` is the delay of each millisecond played over that of the trace's fastest frame.
    """

    first_pull: float = 0.0
    speech: float = 0.0
    played: float = 0.0
    delay_sum: float = 0.0
    made_up: float = 0.0  # concealed, or silent amid speech
    skipped: float = 0.0  # said, and never played

    @property
    def mean_delay(self) -> float:
        """The mean delay of the speech that was played."""
        return self.delay_sum / max(self.played, 1e-9)

    @property
    def concealed_rate(self) -> float:
        """The share of speech in whose place was something else, or that was left out."""
        return max(self.made_up, self.skipped) / max(self.speech, 1e-9)


class TracedVoice:
    """A decoder whose packets name a frame of the speech, and that notes which were decoded."""

    def __init__(self, said: SpeechPlan, length: int) -> None:
        self._said = said
        self._length = length
        self._last = np.zeros(BLOCK, np.float32)
        self.decoded: list[int] = []

    def decode(self, payload: bytes) -> Samples:
        frame = int(payload)
        self.decoded.append(frame)
        sound = talk.noise() if self._said.faint[frame] else talk.speech()
        at = frame * self._length % (len(sound) - self._length)
        pcm = sound[at : at + self._length]
        self._last = pcm
        return pcm.copy()

    def conceal(self, samples: int) -> Samples:
        return np.resize(self._last, samples)

    def close(self) -> None:
        pass


def frame_length(send: Times) -> float:
    """Return how long a frame is, in milliseconds: the usual distance of two."""
    return float(np.median(np.diff(np.unique(send))))


def listen(trace: Trace, said: SpeechPlan, phase: float) -> Listened:
    """Play a trace, of which the frames that are said are sent; ``phase`` is in milliseconds."""
    length_ms = frame_length(trace.send)
    length = round(length_ms * PER_MS)
    frames = np.rint((trace.send - trace.send[0]) / length_ms).astype(np.int64)
    sequences = np.cumsum(said.sent) - 1
    voice = TracedVoice(said, length)
    buffer = JitterBuffer(voice)
    base = float(np.min(trace.arrival - trace.send)) + float(trace.send[0])
    order = [n for n in np.argsort(trace.arrival, kind="stable") if said.sent[frames[n]]]
    heard = Listened(speech=float(np.sum(said.sent & ~said.faint)) * length_ms)
    now = heard.first_pull = float(trace.arrival[order[0]]) + phase
    following, concealed, gap = 0, 0, 0.0
    while following < len(order) or now < trace.arrival[order[-1]] + 1000:
        while following < len(order) and trace.arrival[order[following]] <= now:
            copy = order[following]
            frame = int(frames[copy])
            packet = Packet(
                int(sequences[frame]),
                frame * length,
                b"%d" % frame,
                start=frame == 0 or not said.sent[frame - 1],
                end=frame + 1 == len(said.sent) or not said.sent[frame + 1],
            )
            buffer.push(packet, trace.arrival[copy] / 1000)
            following += 1
        before = buffer.media_time
        buffer.pull(now / 1000)
        now += BLOCK_MS
        stats, after = buffer.stats(), buffer.media_time
        made_up, concealed = (stats.concealed - concealed) / PER_MS, stats.concealed
        # Sound is judged by where a block begins, silence by what it keeps from being heard.
        next_up = before if stats.active and before is not None else after or 0
        at = next_up // length
        if after is None or at >= len(said.sent) or not said.sent[at] or said.faint[at]:
            gap = 0.0
            continue
        if not stats.active:
            # Amid a spurt there is silence, at most for as long as the rest of it takes.
            if at and said.sent[at - 1] and gap < _rest(said, at) * length_ms:
                gap += BLOCK_MS
                heard.made_up += BLOCK_MS
            continue
        gap = 0.0
        made_up = min(made_up, BLOCK_MS)
        heard.made_up += made_up
        heard.played += BLOCK_MS - made_up
        heard.delay_sum += (BLOCK_MS - made_up) * (now - after / PER_MS - base)
    heard.skipped = _skipped(said, voice.decoded) * length_ms
    return heard


def cpu_seconds(trace: Trace) -> float:
    """Return the CPU time that a block of somebody who talks without a pause takes."""
    said = talk.continuous(len(trace.send))
    voice = TracedVoice(said, FRAME)
    buffer = JitterBuffer(voice)
    packets = [Packet(n, n * FRAME, b"%d" % n) for n in range(len(trace.send))]
    arrivals = trace.arrival / 1000
    talk.speech()
    following, blocks = 0, int((arrivals[-1] - arrivals[0]) * RATE / BLOCK)
    began = time.process_time()
    for block in range(blocks):
        now = arrivals[0] + block * BLOCK / RATE
        while arrivals[following] <= now:
            buffer.push(packets[following], arrivals[following])
            following += 1
        buffer.pull(now)
    return (time.process_time() - began) / blocks


def _rest(said: SpeechPlan, frame: int) -> int:
    """Return how many frames of the spurt are left from ``frame`` on."""
    rest = said.sent[frame:] & ~said.faint[frame:]
    return len(rest) if rest.all() else int(np.argmin(rest))


def _skipped(said: SpeechPlan, decoded: list[int]) -> int:
    wanted = said.sent & ~said.faint
    wanted[decoded] = False
    return int(np.sum(wanted))

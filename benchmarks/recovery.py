"""How the jitter buffer comes back after what a network, or the machine itself, did to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roomcli.audio.jitter import JitterBuffer
from roomcli.audio.packets import Packet
from roomcli.audio.samples import FRAME

from . import talk
from .listening import TracedVoice
from .report import Figures, rounded

SECONDS = 12
AT = 6.0
"""When it happens, in seconds."""
BACK_AFTER = 2.0


@dataclass
class Heights:
    """The delay over the target at each block, in ms, and the frames that were decoded."""

    delays: list[float] = field(default_factory=list)
    excesses: list[float] = field(default_factory=list)
    decoded: list[int] = field(default_factory=list)

    @property
    def excess(self) -> float:
        """The greatest delay over the target in the second that begins 2 s after."""
        first = round((AT + BACK_AFTER) * 100)
        return max(self.excesses[first : first + 100])

    @property
    def grown(self) -> float:
        """By how much the mean delay was longer after than before, in ms."""
        first = round((AT + BACK_AFTER) * 100)
        before = self.delays[round((AT - 1) * 100) : round(AT * 100)]
        return float(np.mean(self.delays[first : first + 100]) - np.mean(before))

    @property
    def played_twice(self) -> int:
        """How many frames were decoded more than once."""
        return len(self.decoded) - len(set(self.decoded))


def heights(
    copies: list[tuple[float, int]], stalls: tuple[tuple[float, float], ...] = ()
) -> Heights:
    """Play copies of frames, each with its arrival in seconds, to somebody who never pauses.

    In ``stalls``, each from a time on for so many seconds, this machine stands still: it reads and
    plays what is due afterwards, and its device plays silence for as long but for 20 ms.
    """
    voice = TracedVoice(talk.continuous(SECONDS * 50), FRAME)
    buffer = JitterBuffer(voice)
    found = Heights(decoded=voice.decoded)
    copies.sort()
    following = 0
    for block in range(SECONDS * 100):
        now = 0.0231 + block * 0.01
        stall = next((each for each in stalls if each[0] <= now < sum(each)), None)
        if stall is None:
            ended = next((e for e in stalls if sum(e) <= now < sum(e) + 0.01), None)
            if ended is not None:
                buffer.stood_still(now, round((ended[1] - 0.02) * 48_000))
            while following < len(copies) and copies[following][0] <= now:
                arrival, frame = copies[following]
                read = now if ended is not None else arrival
                buffer.push(Packet(frame, frame * FRAME, b"%d" % frame, start=frame == 0), read)
                following += 1
            for _ in range(1 if ended is None else 3):
                buffer.pull(now)
        stats = buffer.stats()
        found.delays.append(stats.delay_ms)
        found.excesses.append(stats.delay_ms - stats.target_ms)
    return found


def clean() -> list[tuple[float, int]]:
    """Return the frames of a network that delays everything alike."""
    return [(0.02 + n * 0.02, n) for n in range(SECONDS * 50)]


def stalled() -> Heights:
    """A network that stands still for 300 ms."""
    return heights([(AT + 0.3 if AT <= at < AT + 0.3 else at, n) for at, n in clean()])


def repeated() -> Heights:
    """Datagrams of which 2 % are lost and some overtaken, each repeated 1 and 4 ticks later.

    From ``AT`` to a second later a second transport brings them all too, 30 ms later.
    """
    chance = np.random.default_rng(2)
    copies = [
        (at + later + chance.exponential(0.004), n)
        for at, n in clean()
        for later in (0.0, 0.02, 0.08)
        if chance.random() >= 0.02
    ]
    copies += [(at + 0.03, n) for at, n in clean() if AT <= at < AT + 1]
    return heights(copies)


def stood_still() -> Heights:
    """This machine stands still for 80 ms."""
    return heights(clean(), ((AT, 0.08),))


def figures() -> Figures:
    """Return how far the buffer is from its target, or from before, two seconds after each."""
    stall, repeats, own = stalled(), repeated(), stood_still()
    return {
        "stall_excess_ms": rounded(stall.excess),
        "repeats_grown_ms": rounded(repeats.grown),
        "own_stall_grown_ms": rounded(own.grown),
        "played_twice": float(stall.played_twice + repeats.played_twice + own.played_twice),
    }

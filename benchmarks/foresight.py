"""Which blocks no causal receiver could have had in time: later than all it knew of.

A receiver is supposed to hold sound back for the worst that came in the last ten seconds. What is
later than that, such as the beginning of a stall that nothing announced, is lost to any that does
not know the future. It holds back longer than any that ships would.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from .peers.fixed_delay import block_lateness
from .traces import Times

MEMORY_MS: Final = 10_000.0


def unforeseen(send: Times, arrival: Times, length: float) -> npt.NDArray[np.bool_]:
    """Return for each block, as ``block_lateness`` lists them, whether it could not be in time.

    There is one arrival for each frame, in the order of sending.
    """
    lateness = block_lateness(send, arrival, length).reshape(len(send), -1)
    coming = np.argsort(arrival, kind="stable")
    worst: deque[tuple[float, float]] = deque()  # arrival and transit, worst first
    following, known = 0, -math.inf
    knowledge = np.empty(len(send))
    for n, sent in enumerate(send):
        due = sent + known
        while following < len(coming) and arrival[coming[following]] <= due:
            at = coming[following]
            transit = arrival[at] - send[at]
            while worst and worst[-1][1] <= transit:
                worst.pop()
            worst.append((float(arrival[at]), float(transit)))
            following += 1
        while len(worst) > 1 and worst[0][0] < due - MEMORY_MS:
            worst.popleft()
        if worst:
            known = worst[0][1]
        elif n == 0:
            known = float(arrival[0] - sent)
        knowledge[n] = known
    return np.asarray((lateness > knowledge[:, None]).ravel())

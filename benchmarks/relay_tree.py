"""Simulates one room's voice that servers hand on to each other, where one Valkey is too little.

There is no such tree yet: it shows what one would bring.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

# Measured. python -m benchmarks.cluster --listeners 20: across less within.
HOP_MS = ((0.0, 1.0), (0.5, 2.9), (0.99, 3.3), (1.0, 10.0))
"""How long the way from a server to another takes, by the share that takes less."""


def hop_ms(share: float) -> float:
    """Return the time which this share of all ways takes at the most."""
    for (low, at_low), (high, at_high) in pairwise(HOP_MS):
        if share <= high:
            return at_low + (at_high - at_low) * (share - low) / (high - low)
    return HOP_MS[-1][1]


@dataclass(frozen=True)
class RelayTree:
    """One room's voice handed from server to server, each to so many others, without a Valkey."""

    servers: int
    children: int
    costs_us: tuple[float, float]
    """What a server takes to hear a bundle, and to write it once."""

    def arrivals_ms(self, chance: random.Random | None = None) -> list[float]:
        """Return when each server has a bundle, in ms after the root sent it.

        A relay writes to one child after the other, and each write takes its time; each way takes
        as long as one was seen to take.
        """
        chance = chance or random.Random(1)
        write = self.costs_us[1] / 1000
        arrived = [0.0]
        for number in range(1, self.servers):
            parent, place = divmod(number - 1, self.children)
            arrived.append(arrived[parent] + hop_ms(chance.random()) + (place + 1) * write)
        return arrived

    def relay_share(self, voices: int, ticks: int) -> float:
        """Return how much of a core a relay takes to hand on what so many servers publish."""
        hear, write = self.costs_us
        return ticks * voices * (hear + self.children * write) / 1e6

    def cut_off_by_one(self) -> int:
        """Return the servers that hear nothing when one right below the root is gone."""
        below, row = 0, [1]
        while row:
            below += len(row)
            row = [
                child
                for parent in row
                for child in range(parent * self.children + 1, (parent + 1) * self.children + 1)
                if child < self.servers
            ]
        return below

"""Logs refused hellos: a few lines a minute, and beyond that one summary."""

from __future__ import annotations

import logging
from collections import Counter

import trio

log = logging.getLogger(__name__)

AT_ONCE = 10
"""Log lines of single refusals in a minute."""
SECONDS = 60.0
MAX_COUNTED = 1000
"""The most pairs of reason and address that are counted in a minute; the rest are *others*."""


class RefusedHellos:
    """Counts refused hellos; its task runs in ``nursery`` while there is something to sum up."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._told = 0
        self._untold: Counter[tuple[str, str]] = Counter()
        self._running = False

    def note(self, address: str, room: str, why: str, level: int = logging.INFO) -> None:
        """Log or count one more refused hello."""
        if not self._running:
            self._running = True
            self._nursery.start_soon(self._sum_up)
        if self._told < AT_ONCE:
            self._told += 1
            facts = {"address": address, "room": room, "why": why}
            log.log(level, "%(address)s may not enter %(room)s: %(why)s", facts)
            return
        count = (why, address)
        if count not in self._untold and len(self._untold) >= MAX_COUNTED:
            count = ("others", "others")
        self._untold[count] += 1

    async def _sum_up(self) -> None:
        while self._told:
            await trio.sleep(SECONDS)
            untold, self._untold, self._told = self._untold, Counter(), 0
            if untold:
                facts = {"summary": summary(untold), "refused": untold.total()}
                log.info("%(summary)s", facts)
                self._told = AT_ONCE  # a flood goes on
        self._running = False


def summary(untold: Counter[tuple[str, str]]) -> str:
    """Return one line about refused hellos, by reason and address."""
    reasons: Counter[str] = Counter()
    addresses: Counter[str] = Counter()
    for (why, address), times in untold.items():
        reasons[why] += times
        addresses[address] += times
    by = ", ".join(f"{times} {why}" for why, times in reasons.most_common(5))
    most = ", ".join(f"{times} from {address}" for address, times in addresses.most_common(3))
    return (
        f"{untold.total()} more hellos were refused in {SECONDS:.0f} s: {by};"
        f" by {len(addresses)} addresses: {most}"
    )

"""Who is served next when there is more to do than the core can do: nobody's flood delays a voice.

Trio runs every task that is ready in each pass of its loop, and voice is forwarded once a pass at
best: a hundred connections with a millisecond of work each are a tenth of a second for everybody.
So all work for others than those who speak (reading, openings, TLS, hellos, commands) shares one
budget of so much a pass. What does not fit waits, and whoever used least lately goes first.
"""

from __future__ import annotations

import heapq
from contextvars import ContextVar
from itertools import count
from time import perf_counter

import trio

PASS_SECONDS = 0.002
"""What others than speakers get of one pass."""
LATE_SECONDS = 0.010
"""A pass that took longer made voice late: nobody new is accepted then."""
HALF_LIFE = 1.0
"""Seconds after which what somebody used counts half."""
SETTLED_WEIGHT = 0.1
"""What somebody in a room used counts so much: else each listener would get what one of a thousand
strangers gets, however few acknowledgements they have to be read."""
HEARD_SECONDS = 0.5
"""How long somebody whose voice was forwarded is read before everybody else."""
MAX_NETWORKS = 5000
_NOTHING = 1e-6
_CHEAPEST = 50e-6
_SMOOTHING = 0.1

_current: ContextVar[CpuShare] = ContextVar("share")


class _Usage:
    """Seconds of the core that somebody used lately."""

    __slots__ = ("_at", "_seconds")

    def __init__(self) -> None:
        self._seconds = self._at = 0.0

    def level(self, now: float) -> float:
        return self._seconds * float(0.5 ** ((now - self._at) / HALF_LIFE))

    def charge(self, seconds: float, now: float) -> None:
        self._seconds, self._at = self.level(now) + seconds, now


class CpuShare:
    """What one connection has of the core. :meth:`adopt_task` has to be called in its first task.

    Until :meth:`settle` all who come from its network share one place in the line, so that
    connecting anew wins nothing.
    """

    def __init__(self, budget: CpuBudget, usage: _Usage) -> None:
        self._budget = budget
        self._usage = usage
        self._weight = 1.0
        self._heard_until = 0.0

    def adopt_task(self) -> None:
        """What this task does from now on, and those that it starts, counts for this share."""
        _current.set(self)

    def settle(self) -> None:
        """The connection is in a room: it has a place of its own, before those who are in none."""
        self._usage = _Usage()
        self._weight = SETTLED_WEIGHT

    def move(self, network: str) -> None:
        """It turned out to come from this network."""
        self._usage = self._budget.usage_of(network)

    def heard(self) -> None:
        """A frame of theirs was let through: for a moment they are read without waiting."""
        self._heard_until = perf_counter() + HEARD_SECONDS

    def unheard(self) -> None:
        """A frame of theirs was not: they wait like everybody else."""
        self._heard_until = 0.0

    async def wait_to_read(self) -> None:
        """Wait until the connection may be read."""
        if perf_counter() > self._heard_until:
            await self._budget.wait(self)

    async def wait(self) -> None:
        """Wait until something may be done for this connection."""
        await self._budget.wait(self)

    def level(self, now: float) -> float:
        """How much was used lately, in seconds; of who is in a room a part of it."""
        return self._weight * self._usage.level(now)

    def charge(self, seconds: float, now: float) -> None:
        """So much was used."""
        self._usage.charge(seconds, now)


class CpuBudget(trio.abc.Instrument):
    """Measures what each share uses and lets those who wait go on, the least first.

    It is an instrument of Trio's loop while :meth:`run` runs; before, nobody waits.
    """

    def __init__(self) -> None:
        self._networks: dict[str, _Usage] = {}
        self._waiting: list[tuple[float, int, list[trio.lowlevel.Task]]] = []
        self._number = count()
        self._some = trio.Event()
        self._left = PASS_SECONDS
        self._spent = 0.0
        self._admitted = 0
        self._cost = 10 * _CHEAPEST
        self._began = self._pass_began = 0.0
        self.is_late = False
        """Whether the last pass took so long that voice was late."""

    def share(self, network: str) -> CpuShare:
        """The share of a new connection from this network."""
        return CpuShare(self, self.usage_of(network))

    def usage_of(self, network: str) -> _Usage:
        """What those used who come from there and are in no room."""
        usage = self._networks.get(network)
        if usage is None:
            if len(self._networks) >= MAX_NETWORKS:
                now = perf_counter()
                self._networks = {
                    name: each
                    for name, each in self._networks.items()
                    if each.level(now) > _NOTHING
                }
            usage = self._networks[network] = _Usage()
        return usage

    async def run(self) -> None:
        """Measure and admit until cancelled."""
        trio.lowlevel.add_instrument(self)
        try:
            while True:
                await self._some.wait()
                while self._waiting:  # passes go on, one after the other, as long as somebody waits
                    await trio.lowlevel.checkpoint()
                self._some = trio.Event()
        finally:
            trio.lowlevel.remove_instrument(self)

    async def wait(self, share: CpuShare) -> None:
        """Wait until there is something left for this share."""
        if self._left > 0 and not self._waiting:
            self._admitted += 1
            return
        place = [trio.lowlevel.current_task()]
        entry = (share.level(perf_counter()), next(self._number), place)
        heapq.heappush(self._waiting, entry)
        self._some.set()

        def give_up(_: object) -> trio.lowlevel.Abort:
            place.clear()
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(give_up)

    # What Trio's loop tells.

    def before_io_wait(self, timeout: float) -> None:
        """A pass is over."""
        self.is_late = perf_counter() - self._pass_began > LATE_SECONDS

    def after_io_wait(self, timeout: float) -> None:
        """A pass begins: whoever fits in may go on."""
        self._pass_began = perf_counter()
        if self._admitted:
            cost = min(PASS_SECONDS, max(_CHEAPEST, self._spent / self._admitted))
            self._cost += (cost - self._cost) * _SMOOTHING
            self._spent = 0.0
            self._admitted = 0
        self._left = min(PASS_SECONDS, self._left + PASS_SECONDS)
        left = self._left
        while self._waiting and left > 0:
            place = heapq.heappop(self._waiting)[2]
            if place:
                trio.lowlevel.reschedule(place[0])
                self._admitted += 1
                left -= self._cost

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """A task goes on."""
        self._began = perf_counter()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """A task waits again."""
        share = task.context.get(_current)
        if share is not None:
            now = perf_counter()
            took = now - self._began
            share.charge(took, now)
            self._left -= took
            self._spent += took

"""Who is served next when the core is busy, so that no flood delays a voice.

Trio runs every task that is ready in each pass of its loop, and voice is forwarded once a pass at
best: a hundred connections with a millisecond of work each are a tenth of a second for everybody.
So all work for others than those who speak (reading, openings, TLS, hellos, commands) shares one
budget of CPU time for each pass. Work that does not fit waits, and whoever used least lately goes
first.
"""

from __future__ import annotations

import heapq
from contextvars import ContextVar
from itertools import count
from time import perf_counter

import trio

PASS_SECONDS = 0.002
"""Seconds of one pass for the work of all who do not speak."""
LATE_SECONDS = 0.010
"""Seconds of a pass after which voice was late; no connection is accepted then."""
HALF_LIFE = 1.0
"""Seconds after which what somebody used counts half."""
SETTLED_WEIGHT = 0.1
"""The factor for what somebody in a room used: without it a listener, who needs little time for
acknowledgements, would get only as much as one of a thousand strangers."""
HEARD_SECONDS = 0.5
"""Seconds for which somebody whose voice was forwarded is read before everybody else."""
MAX_NETWORKS = 5000
_NOTHING = 1e-6
_CHEAPEST = 50e-6
_SMOOTHING = 0.1

_current: ContextVar[CpuShare] = ContextVar("share")


class _Usage:
    """The CPU time that somebody used lately, in seconds."""

    __slots__ = ("_at", "_seconds")

    def __init__(self) -> None:
        self._seconds = self._at = 0.0

    def level(self, now: float) -> float:
        return self._seconds * float(0.5 ** ((now - self._at) / HALF_LIFE))

    def add(self, seconds: float, now: float) -> None:
        self._seconds, self._at = self.level(now) + seconds, now


class CpuShare:
    """The share of the CPU that one connection has. Call :meth:`adopt_task` in its first task.

    Until :meth:`settle` all who come from one network share one place in the line, so that
    connecting anew wins nothing.
    """

    def __init__(self, budget: CpuBudget, usage: _Usage) -> None:
        self._budget = budget
        self._usage = usage
        self._weight = 1.0
        self._heard_until = 0.0

    def adopt_task(self) -> None:
        """Count the work of this task, and of the tasks that it starts, for this share."""
        _current.set(self)

    def settle(self) -> None:
        """Give the connection, now in a room, a place of its own before those in no room."""
        self._usage = _Usage()
        self._weight = SETTLED_WEIGHT

    def move(self, network: str) -> None:
        """Count the connection for this network, once its proxy has named the client."""
        self._usage = self._budget.usage_of(network)

    def heard(self) -> None:
        """Note that a frame of this person was let through: they are read at once for a moment."""
        self._heard_until = perf_counter() + HEARD_SECONDS

    def unheard(self) -> None:
        """Note that a frame of this person was not let through: they wait like everybody else."""
        self._heard_until = 0.0

    async def wait_to_read(self) -> None:
        """Wait until the connection may be read, by this task."""
        self.adopt_task()
        if perf_counter() > self._heard_until:
            await self._budget.wait(self)

    async def wait(self) -> None:
        """Wait until some work may be done for this connection."""
        await self._budget.wait(self)

    def level(self, now: float) -> float:
        """Return the CPU time used lately, in seconds; in a room only a part of it counts."""
        return self._weight * self._usage.level(now)

    def charge(self, seconds: float, now: float) -> None:
        """Add CPU seconds to what this share has used."""
        self._usage.add(seconds, now)


class CpuBudget(trio.abc.Instrument):
    """Measures what each share uses, and lets those who wait go on, the least used first.

    The budget is an instrument of Trio's loop while :meth:`run` runs; before that nobody waits.
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
        self.late_passes = 0
        """How many passes did so."""

    @property
    def waiting(self) -> int:
        """How many tasks wait for their turn."""
        return len(self._waiting)

    def share(self, network: str) -> CpuShare:
        """Return the share of a new connection from this network."""
        return CpuShare(self, self.usage_of(network))

    def usage_of(self, network: str) -> _Usage:
        """Return the usage of all connections from this network that are in no room."""
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
        """Measure the use of the CPU and let waiting tasks go on, until cancelled."""
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
        """Wait until some of the budget is left for this share."""
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

    # Called by Trio's loop, as trio.abc.Instrument says.

    def before_io_wait(self, timeout: float) -> None:
        """Note the end of a pass, and whether it was late."""
        self.is_late = perf_counter() - self._pass_began > LATE_SECONDS
        self.late_passes += self.is_late

    def after_io_wait(self, timeout: float) -> None:
        """Begin a pass, and let the waiting tasks that fit in go on."""
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
        """Note the time at which a task goes on."""
        self._began = perf_counter()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Charge the time that a task took to its share."""
        share = task.context.get(_current)
        if share is not None:
            now = perf_counter()
            took = now - self._began
            share.charge(took, now)
            self._left -= took
            self._spent += took

"""Tests of whose turn it is when there is more work than fits, measured with a fake clock."""

from __future__ import annotations

import pytest
import trio

from server.public import cpu_budget
from server.public.cpu_budget import (
    HALF_LIFE,
    HEARD_SECONDS,
    LATE_SECONDS,
    PASS_SECONDS,
    CpuBudget,
    CpuShare,
)

from ...support.patience import PATIENCE


class Core:
    """A core whose time passes only through work."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.did: list[str] = []

    def work(self, who: str, seconds: float) -> None:
        """Use the core for ``seconds``."""
        self.now += seconds
        self.did.append(who)


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> Core:
    """Return the core that the budget measures."""
    core = Core()
    monkeypatch.setattr(cpu_budget, "perf_counter", lambda: core.now)
    return core


class Passes(trio.abc.Instrument):
    """Records how much was used in each pass of the loop."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._began = core.now
        self.used: list[float] = []

    def after_io_wait(self, timeout: float) -> None:
        """End one pass and begin the next."""
        self.used.append(self._core.now - self._began)
        self._began = self._core.now


async def busy(core: Core, share: CpuShare, who: str, seconds: float, times: int) -> None:
    """Work whenever the share allows it."""
    share.adopt_task()
    for _ in range(times):
        await trio.lowlevel.checkpoint()
        await share.wait()
        core.work(who, seconds)


async def test_no_pass_holds_more_work_than_the_budget(core: Core) -> None:
    budget, passes = CpuBudget(), Passes(core)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(budget.run)
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.add_instrument(passes)
        async with trio.open_nursery() as workers:
            for number in range(150):
                share = budget.share(f"192.0.2.{number}")
                workers.start_soon(busy, core, share, str(number), 0.0005, 20)
        nursery.cancel_scope.cancel()
    trio.lowlevel.remove_instrument(passes)
    assert len(core.did) == 150 * 20
    # What is begun is finished: a pass may be over by one piece of work.
    assert max(passes.used) <= PASS_SECONDS + 0.0005 + 1e-9


async def test_whoever_used_least_goes_first(core: Core) -> None:
    budget = CpuBudget()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(budget.run)
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as workers:
            for number in range(50):
                share = budget.share(f"192.0.2.{number}")
                workers.start_soon(busy, core, share, "flood", 0.001, 10)
            await trio.testing.wait_all_tasks_blocked(0)
            done = len(core.did)
            await busy(core, budget.share("198.51.100.1"), "newcomer", 0.001, 1)
            assert len(core.did) - done < 10  # and not after the five hundred
        nursery.cancel_scope.cancel()


async def test_connecting_anew_wins_nothing(core: Core) -> None:
    budget = CpuBudget()
    flooder = budget.share("192.0.2.1")
    flooder.charge(1.0, core.now)
    assert budget.share("192.0.2.1").level(core.now) == pytest.approx(1.0)
    assert budget.share("192.0.2.2").level(core.now) == 0.0
    settled = budget.share("192.0.2.1")
    settled.settle()
    assert settled.level(core.now) == 0.0
    proxied = budget.share("192.0.2.2")
    proxied.move("192.0.2.1")
    assert proxied.level(core.now) == pytest.approx(1.0)


async def test_who_is_in_a_room_goes_before_as_many_strangers_as_come(core: Core) -> None:
    """Each address of a flood has used little, and would otherwise come before people's words."""
    budget = CpuBudget()
    listener = budget.share("192.0.2.1")
    listener.settle()
    listener.charge(0.004, core.now)
    strangers = [budget.share(f"198.51.100.{number}") for number in range(150)]
    for each in strangers:
        each.charge(0.001, core.now)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(budget.run)
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as workers:
            for number, each in enumerate(strangers):
                workers.start_soon(busy, core, each, str(number), PASS_SECONDS, 1)
            await trio.lowlevel.checkpoint()
            before = len(core.did)
            workers.start_soon(busy, core, listener, "listener", PASS_SECONDS, 1)
        nursery.cancel_scope.cancel()
    assert core.did.index("listener") < before + 10  # and not after all of them


async def test_what_was_used_is_forgotten_in_time(core: Core) -> None:
    share = CpuBudget().share("192.0.2.1")
    share.charge(1.0, core.now)
    core.now += HALF_LIFE
    assert share.level(core.now) == pytest.approx(0.5)


async def test_who_is_heard_is_read_without_waiting_and_nobody_else(core: Core) -> None:
    budget = CpuBudget()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(budget.run)
        await trio.testing.wait_all_tasks_blocked()
        speaker = budget.share("192.0.2.1")
        speaker.adopt_task()
        core.work("speaker", 1.0)
        await trio.lowlevel.checkpoint()

        async def is_read_at_once() -> bool:
            with trio.CancelScope(deadline=-float("inf")):  # whoever has to wait is cancelled
                await speaker.wait_to_read()
                return True
            return False

        assert not await is_read_at_once()
        speaker.heard()
        assert await is_read_at_once()
        speaker.unheard()
        assert not await is_read_at_once()
        speaker.heard()
        core.now += 2 * HEARD_SECONDS  # silent since, in a spurt's end or on purpose
        core.work("others", 1.0)
        await trio.lowlevel.checkpoint()
        assert not await is_read_at_once()
        nursery.cancel_scope.cancel()


async def test_who_gives_up_takes_nobodys_turn(core: Core) -> None:
    budget = CpuBudget()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(budget.run)
        await trio.testing.wait_all_tasks_blocked()
        share = budget.share("192.0.2.1")
        share.adopt_task()
        core.work("much", 0.1)
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(0):
            await share.wait()
            raise AssertionError("there was nothing left")
        with trio.fail_after(PATIENCE):
            await share.wait()
        nursery.cancel_scope.cancel()


def test_passes_that_were_late_are_counted(core: Core) -> None:
    budget = CpuBudget()
    for seconds in (LATE_SECONDS / 2, LATE_SECONDS * 2, LATE_SECONDS * 3):
        budget.after_io_wait(0.0)
        core.work("ann", seconds)
        budget.before_io_wait(0.0)
    assert budget.late_passes == 2

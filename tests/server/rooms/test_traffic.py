"""Tests that voice is counted where it passes: what came, what went out, and what did not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
import trio.testing

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Flags, UplinkFrame
from server.rooms.fanout import LocalFanout
from server.rooms.forwarder import AT_ONCE, Forwarder
from server.rooms.peer import FRAMES_PER_SECOND
from server.rooms.rules import Limits
from server.rooms.tick import TICK
from server.rooms.traffic import LEFT_OUT, Traffic

from ...support.patience import until
from ...support.serving import serving

LIMIT = Limits().heard


async def test_each_frame_that_came_went_out_or_is_left_out_for_a_reason(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        traffic = running.hub.traffic
        host, guest = await running.client(intent="host"), await running.client(name="Ben")
        await host.do(c.Unmute())
        for word in (b"one", b"two"):
            host.speak(word)
            await guest.heard(word)
            await host.heard(word)
        assert (traffic.tcp.frames_received, traffic.tcp.frames_sent) == (2, 4)
        assert (traffic.tcp.bundles_sent, traffic.tcp.bundles_skipped) == (4, 0)
        assert traffic.tcp.bytes_sent > 4 * len(b"one")
        assert set(traffic.left_out) == set(LEFT_OUT)
        guest.speak(b"from the audience")
        await guest.until(e.Refused)
        await host.do(c.Mute())
        host.speak(b"muted")
        await host.until(e.Refused)
        assert traffic.left_out["not_on_stage"] == traffic.left_out["muted"] == 1
        await host.do(c.Unmute())
        many = 4 * FRAMES_PER_SECOND  # twice as much as may come of short frames
        for _ in range(many):
            host.speak(b"too many")
        await until(lambda: traffic.tcp.frames_received == 4 + many)
        assert traffic.left_out["too_many"] > 0
        assert running.hub.refusals == {"not_on_stage": 1, "muted": 1}


async def test_who_is_not_among_the_loudest_is_left_out(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        host = await running.client(intent="host")
        await host.do(c.Unmute())
        talkers = [host]
        for number in range(LIMIT):
            talkers.append(await running.client(name=f"Guest {number}"))
            await running.bring_on_stage(host, talkers[-1])
        for talker in talkers:
            talker.speak(b"word")
        await until(lambda: running.hub.traffic.tcp.frames_received == LIMIT + 1)
        assert running.hub.traffic.left_out["not_among_loudest"] == 1


class SlowFanout:
    """A fan-out to many listeners that takes a while."""

    listeners = AT_ONCE + 1
    owes_copies = False

    def __init__(self) -> None:
        self.takes = 0.0

    async def send(self, entries: Sequence[bytes], media_time: int, tick: float = TICK) -> int:
        """Take the time."""
        await trio.sleep(self.takes)
        return 0


async def test_a_round_is_late_from_when_it_was_due(autojump_clock: trio.testing.MockClock) -> None:
    traffic, fanout = Traffic(), SlowFanout()
    forwarder = Forwarder(fanout, LocalFanout({}), fanout, LIMIT, traffic)

    async def speak(pause: float) -> None:
        forwarder.forward(UplinkFrame(1, 960, Flags.NONE, -30, b"word", 1), 0, 0)
        await trio.sleep(pause)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(forwarder.run)
        await speak(5.0)  # a pause is no lateness: the round was due when its frame came
        await speak(TICK / 2)
        await speak(5.0)  # this one waits for the tick, and is on time
        assert traffic.lateness.total == pytest.approx(0.0)
        assert traffic.fanout.total == pytest.approx(0.0)
        fanout.takes = 2 * TICK
        await speak(TICK)
        await speak(5.0)  # this one was due after one tick, and began after two
        assert traffic.lateness.total == pytest.approx(TICK)
        assert traffic.fanout.total == pytest.approx(2 * 2 * TICK)
        nursery.cancel_scope.cancel()
    assert sum(traffic.lateness.counts) == sum(traffic.fanout.counts) == 5


def test_what_goes_by_each_way_is_told_apart() -> None:
    traffic = Traffic()
    assert traffic.by_transport == {"tcp": traffic.tcp, "udp": traffic.udp}
    assert traffic.udp is not traffic.tcp

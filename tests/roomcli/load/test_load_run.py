"""Tests of a load: real processes in a room of a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from roomcli.errors import CommandRefused, ConnectionFailed
from roomcli.load import load_run
from roomcli.load.load_run import LoadPlan, LoadRun
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import Bundle

from ...support.patience import PATIENCE, until
from ...support.serving import RunningServer, serving


@pytest.fixture(autouse=True)
def begin_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it count nearly at once."""
    monkeypatch.setattr(load_run, "WARM_UP", 0.3)


def load_of(
    address: Address,
    look: Callable[[LoadRun], None] = lambda load: None,
    *,
    seconds: int = 1,
    udp: bool = False,
) -> LoadRun:
    """Return a small load on the room at an address."""
    return LoadRun(LoadPlan(address, speakers=2, listeners=3, seconds=seconds, udp=udp), look)


async def punctual(begin: Callable[[], LoadRun]) -> LoadRun:
    """Return a load that was counted whole: on a busy machine voice misses its second."""
    with trio.fail_after(PATIENCE):
        while True:
            load = begin()
            await load.run()
            totals = load.totals
            if (totals.sent, totals.forwarded, totals.heard) == (100, 100, 300):
                return load


async def test_those_of_a_load_talk_and_listen_in_a_room_of_their_own_and_leave_nothing(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, tls=True) as server:
        seen = set[tuple[int, bool]]()
        room = server.room("bench")
        load = await punctual(lambda: load_of(room, lambda load: seen.add(look_at(server))))
        totals = load.totals
        assert (totals.skipped_rate, totals.lost) == (0, 0)
        assert 0 < (totals.delay_ms(0.5) or 0) <= (totals.delay_ms(0.99) or 0)
        assert totals.mbit_s_per_listener > 0
        assert (load.on_stage, load.in_audience) == (2, 3)
        assert (5, True) in seen, "the room lets nobody in by its name alone"
        await until(lambda: server.hub.room("bench") is None)


async def test_by_udp_voice_goes_in_datagrams_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomcli.wire.udp.route.PROBE_EVERY", 0.1)
    async with serving(tmp_path, tls=True, udp=True) as server:
        load = await punctual(lambda: load_of(server.room("bench"), udp=True))
        totals, traffic = load.totals, server.hub.traffic
        assert totals.mbit_s_per_listener > 0
        assert traffic.udp.frames_received >= 100
        assert traffic.tcp.frames_received == 0
        assert traffic.udp.frames_sent >= 300
        assert traffic.tcp.frames_sent == 0


async def test_where_no_udp_is_offered_it_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path, udp=False) as server:
        with pytest.raises(ConnectionFailed, match="offers no UDP"):
            await load_of(server.room("bench"), udp=True).run()


def look_at(server: RunningServer) -> tuple[int, bool]:
    """Return how many are in the load's room, and whether it is by invitation."""
    room = server.hub.room("bench")
    return (len(room.state.participants), room.state.access == "invite") if room else (0, False)


async def test_in_a_room_of_others_its_hands_wait_for_a_moderator(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        load = load_of(server.room())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(load.run)
            with trio.fail_after(PATIENCE):
                while load.totals.seconds < 1:
                    said = await host.read()
                    if isinstance(said, Bundle):
                        host.ack()
                    if isinstance(said, e.HandRaised):
                        host.send(c.AcceptHand(id=said.id))
        assert load.totals.heard == 300
        await host.do(c.ListPeople())
        room = server.hub.room("standup")
        assert room is not None
        assert set(room.state.participants) == {host.id}


async def test_a_limit_of_the_server_is_told_with_what_its_admin_can_do(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await host.do(c.ChangeSettings(capacity=2))
        with pytest.raises(CommandRefused, match=r"full.*; a moderator has to raise"):
            await load_of(server.room()).run()
        room = server.hub.room("standup")
        assert room is not None
        assert set(room.state.participants) == {host.id}


async def test_who_is_not_allowed_to_open_rooms_is_told_how(tmp_path: Path) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        with pytest.raises(CommandRefused, match=r"host token.*#host_token=TOKEN"):
            await load_of(server.room("bench")).run()


async def test_a_load_that_is_given_up_leaves_the_room(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, trio.open_nursery() as nursery:
        load = LoadRun(
            load_of(server.room("bench"), seconds=600).plan,
            lambda load: nursery.cancel_scope.cancel() if load.totals.seconds else None,
        )
        await load.run()
    assert load.totals.seconds >= 1
    assert server.hub.room("bench") is None


async def test_where_nobody_listens_it_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        address = server.room("bench")
    with pytest.raises(ConnectionFailed, match="cannot reach"):
        await load_of(address).run()

"""Tests of fan-out to slow listeners, and of the choice of who is heard."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

import server.rooms.loudest
import server.rooms.room
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import (
    RATE,
    Ack,
    Bundle,
    Flags,
    UplinkFrame,
    decode_bundle,
    join_entries,
)
from roomcli.wire.window import ALLOWANCE, LARGE_ALLOWANCE
from server.allowances import TokenBucket
from server.limits import EgressLimits, ServerLimits
from server.rooms.forwarder import AT_ONCE, Forwarder
from server.rooms.loudest import HOLD_SECONDS, HYSTERESIS_DB, Loudest
from server.rooms.rules import Limits
from server.rooms.tick import MOST_TICKS, SLACK, TICK

from ...support.serving import Client, carrier_of, peers_of, serving

LIMIT = Limits().heard


async def answered(listener: Client) -> None:
    """Acknowledge, and wait for the answer."""
    stamp = listener.ack()
    await listener.until(Ack, lambda ack: ack.echo == stamp)


async def test_a_listener_who_stalls_delays_nobody_and_hears_nothing_stale(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        well, stalled = await server.client(name="Ben"), await server.client(name="Carla")
        assert isinstance(await host.ask(c.Unmute()), e.Done)
        for each in (well, stalled):
            # The round trip is known from here on; it is what loopback takes.
            await answered(each)
            await answered(each)

        async def talk(frames: int) -> None:
            for _ in range(frames):
                word = b"at %d" % host.media_time
                host.speak(word)
                await well.heard(word)
                well.ack()
                await trio.sleep(0.02)

        await talk(75)
        room = server.hub._rooms["standup"]
        assert peers_of(room)[well.id].voice_skipped == 0
        assert peers_of(room)[stalled.id].voice_skipped > 0

        # It goes on: first comes what was on its way, and that is bounded by media time.
        stalled.send(c.LowerHand(ref=1))
        await stalled.until(e.Done)
        waiting = [each.media_time for each in stalled.got if isinstance(each, Bundle)]
        assert 1 < len(waiting) < 75
        limit = (ALLOWANCE + peers_of(room)[stalled.id]._heartbeat.rtt) * RATE
        assert waiting[-1] - waiting[0] <= limit

        # Then the newest, and nothing of what was said in between.
        await answered(stalled)
        await talk(1)
        bundle = await stalled.until(Bundle)
        after = [each for each in stalled.got if isinstance(each, Bundle)][len(waiting) :]
        assert after == [bundle]
        assert bundle.media_time > waiting[-1] + limit / 2


async def test_a_listener_whose_queue_was_dropped_hears_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest queued voice grew old and was never sent, so that nobody can acknowledge it."""
    async with serving(tmp_path) as server:
        host, listener = await server.client(intent="host"), await server.client(name="Ben")
        assert isinstance(await host.ask(c.Unmute()), e.Done)
        room = server.hub._rooms["standup"]
        peer = peers_of(room)[listener.id]

        async def say(word: bytes) -> None:
            carrier_of(room).forwarder._opened_at -= 0.5
            host.speak(word)
            await host.heard(word)
            host.ack()

        await say(b"before")
        await listener.heard(b"before")
        with monkeypatch.context() as patch:
            patch.setattr(peer._connection.stream, "push_voice", lambda frame: None)
            for _ in range(5):
                await say(b"dropped")
        assert peer._window.skipped > 0
        for word in (b"a word", b"and the next"):
            await answered(listener)
            await say(word)
            await listener.heard(word)


async def test_who_listens_in_a_large_audience_may_be_further_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.rooms.room, "LARGE", 2)
    async with serving(tmp_path) as running:
        host, ben = await running.client(intent="host"), await running.client(name="Ben")
        room = running.hub._rooms["standup"]

        def allowances() -> dict[str, float]:
            return {id: peer._window.allowance for id, peer in peers_of(room).items()}

        assert allowances() == {host.id: ALLOWANCE, ben.id: ALLOWANCE}
        eve, joe = await running.client(name="Eve"), await running.client(name="Joe")
        large = dict.fromkeys((ben.id, eve.id, joe.id), LARGE_ALLOWANCE)
        assert allowances() == {host.id: ALLOWANCE} | large
        for someone in (eve, joe):
            await running.bring_on_stage(host, someone)
        assert allowances() == dict.fromkeys((host.id, ben.id, eve.id, joe.id), ALLOWANCE)


async def test_the_fifth_who_talks_in_a_room_is_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.rooms.loudest, "HOLD_SECONDS", 60.0)  # however busy the machine
    async with serving(tmp_path) as running:
        host = await running.client(intent="host")
        assert isinstance(await host.ask(c.Unmute()), e.Done)
        talkers = [host]
        for number in range(LIMIT):
            guest = await running.client(name=f"Guest {number}")
            await running.bring_on_stage(host, guest)
            talkers.append(guest)
        listener = await running.client(name="Ben")
        for number, talker in enumerate(talkers):
            talker.speak(b"%d" % number)
            if number < LIMIT:
                await listener.heard(b"%d" % number)
            else:
                assert isinstance(await talker.ask(c.Mute()), e.Done)  # it has been dealt with
        talkers[0].speak(b"again")
        await listener.heard(b"again")
        bundles = [each for each in listener.got if isinstance(each, Bundle)]
        heard = {entry.payload for bundle in bundles for entry in bundle.entries}
        assert heard == {b"0", b"1", b"2", b"3", b"again"}


class TimedFanout:
    """A fan-out to so many listeners, each round of which takes so long."""

    def __init__(self, listeners: int, seconds: float = 0.0, size: int = 0) -> None:
        self.listeners = listeners
        self.owes_copies = False
        self.repeated: list[float] = []
        self.seconds = seconds
        self.size = size
        self.rounds: list[tuple[float, list[bytes]]] = []

    async def send(self, entries: Sequence[bytes], media_time: int, tick: float = TICK) -> int:
        """Note when the frames of a bundle were sent; without any for the third time it is over."""
        if not entries:
            self.repeated.append(trio.current_time())
            self.owes_copies = len(self.repeated) < 3
            return 0
        payloads = [entry.payload for entry in decode_bundle(join_entries(0, entries)).entries]
        self.rounds.append((trio.current_time(), payloads))
        await trio.sleep(self.seconds)
        return self.size * len(entries)


async def said(
    stage: TimedFanout,
    audience: TimedFanout,
    frames: int,
    everybody: TimedFanout | None = None,
    elsewhere: int = 0,
) -> float:
    """Have a frame said every 7 ms; return when the first was."""
    everybody = everybody or TimedFanout(stage.listeners + audience.listeners)
    forwarder = Forwarder(everybody, stage, audience, LIMIT)
    forwarder.count_elsewhere(elsewhere)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(forwarder.run)
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
        for number in range(frames):
            frame = UplinkFrame(number, number * 960, Flags.NONE, -20, b"%d" % number)
            assert forwarder.forward(frame, number % 2, 0) is not None
            await trio.sleep(0.007)
        await trio.sleep(1.0)
        nursery.cancel_scope.cancel()
    return began


async def test_who_loses_voice_gets_the_last_words_again_in_the_silence_after_them(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience = TimedFanout(2), TimedFanout(AT_ONCE + 1)
    audience.owes_copies = True
    began = await said(stage, audience, 1)
    when = [at - began for at in audience.repeated]
    assert when == pytest.approx([ticks * TICK - SLACK for ticks in (2, 3, 4)])
    assert stage.repeated == []


async def test_the_stage_hears_at_once_and_a_large_audience_once_a_tick(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience = TimedFanout(2), TimedFanout(AT_ONCE + 1)
    began = await said(stage, audience, 4)
    assert [frames for _, frames in stage.rounds] == [[b"0"], [b"1"], [b"2"], [b"3"]]
    assert [frames for _, frames in audience.rounds] == [[b"0"], [b"1", b"2"], [b"3"]]
    when = [at - began for at, _ in audience.rounds]
    assert when == pytest.approx([0, TICK - SLACK, 2 * (TICK - SLACK)])


async def test_a_lone_voice_soon_waits_for_no_tick(autojump_clock: trio.testing.MockClock) -> None:
    """Rounds begin a moment late on a real machine, and drift away from a voice without slack."""
    stage, audience = TimedFanout(2), TimedFanout(AT_ONCE + 1, seconds=SLACK / 4)
    forwarder = Forwarder(TimedFanout(AT_ONCE + 3), stage, audience, LIMIT)
    waited: list[float] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(forwarder.run)
        await trio.testing.wait_all_tasks_blocked()
        for slot, number in [(1, 0), *((0, number) for number in range(100))]:
            said_at = trio.current_time()
            frame = UplinkFrame(number, number * 960, Flags.NONE, -20, b"%d" % number)
            assert forwarder.forward(frame, slot, 0) is not None
            await trio.sleep(TICK if slot == 0 else TICK / 4)
            waited.append(audience.rounds[-1][0] - said_at)
        nursery.cancel_scope.cancel()
    assert max(waited[1:3]) > TICK / 2, "out of step with the voice before"
    assert max(waited[-20:]) == pytest.approx(0.0, abs=1e-6)


class TaskTurns(trio.abc.Instrument):
    """Counts the turns of all tasks."""

    count = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count one."""
        self.count += 1


async def test_a_lone_voice_that_comes_once_a_tick_costs_a_turn_for_each_frame(
    autojump_clock: trio.testing.MockClock,
) -> None:
    audience, frames, turns = TimedFanout(AT_ONCE + 1), 20, TaskTurns()
    forwarder = Forwarder(TimedFanout(AT_ONCE + 1), TimedFanout(0), audience, LIMIT)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(forwarder.run)
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.add_instrument(turns)
        for number in range(frames):
            frame = UplinkFrame(number, number * 960, Flags.NONE, -20, b"voice")
            assert forwarder.forward(frame, 0, 0) is not None
            await trio.sleep(TICK)
        trio.lowlevel.remove_instrument(turns)
        nursery.cancel_scope.cancel()
    assert len(audience.rounds) == frames
    speaker, sends = frames, 2 * frames
    assert turns.count <= speaker + sends + 3


async def test_a_small_room_hears_in_one_round_what_is_said(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience, everybody = TimedFanout(2), TimedFanout(AT_ONCE - 2), TimedFanout(AT_ONCE)
    await said(stage, audience, 4, everybody)
    assert [frames for _, frames in everybody.rounds] == [[b"0"], [b"1"], [b"2"], [b"3"]]
    assert not stage.rounds
    assert not audience.rounds


async def test_a_small_part_of_a_large_room_hears_as_a_large_room_does(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience, everybody = TimedFanout(2), TimedFanout(8), TimedFanout(10)
    await said(stage, audience, 4, everybody, elsewhere=AT_ONCE - 9)
    assert [frames for _, frames in stage.rounds] == [[b"0"], [b"1"], [b"2"], [b"3"]]
    assert [frames for _, frames in audience.rounds] == [[b"0"], [b"1", b"2"], [b"3"]]
    assert not everybody.rounds


async def test_a_part_of_a_room_waits_as_long_as_all_of_it_would(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience = TimedFanout(2), TimedFanout(1000, seconds=0.010)
    began = await said(stage, audience, 300, elsewhere=2000)
    at = [at for at, _ in audience.rounds if began + 1 < at < began + 2]
    assert {round((b - a) / TICK) for a, b in pairwise(at)} == {MOST_TICKS}


async def test_a_room_that_becomes_small_or_large_hears_every_frame_once_and_in_order(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience, everybody = TimedFanout(2), TimedFanout(0), TimedFanout(0)
    forwarder = Forwarder(everybody, stage, audience, LIMIT)

    def say(number: int, listeners: int) -> None:
        everybody.listeners, audience.listeners = listeners, listeners - 2
        frame = UplinkFrame(number, number * 960, Flags.NONE, -20, b"%d" % number)
        assert forwarder.forward(frame, 0, 0) is not None

    async with trio.open_nursery() as nursery:
        nursery.start_soon(forwarder.run)
        await trio.testing.wait_all_tasks_blocked()
        for number, listeners in enumerate((AT_ONCE, 90, 90, 90, 3, 3, 3, 90)):
            say(number, listeners)
            if number % 3:  # the others find the one before them still waiting
                await trio.sleep(0.007)
        await trio.sleep(1.0)
        nursery.cancel_scope.cancel()
    for part in (stage, audience):
        rounds = sorted(everybody.rounds + part.rounds, key=lambda each: each[0])
        assert [word for _, words in rounds for word in words] == [b"%d" % n for n in range(8)]


async def test_where_a_round_does_not_fit_the_audience_waits_longer_and_the_stage_never(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience = TimedFanout(2), TimedFanout(3000, seconds=0.030)
    began = await said(stage, audience, 300)
    at = [at for at, _ in audience.rounds if began + 1 < at < began + 2]
    assert {round((b - a) / TICK) for a, b in pairwise(at)} == {MOST_TICKS}
    assert sum(len(frames) for _, frames in audience.rounds) == 300, "a frame was lost"
    assert all(len(frames) == 1 for _, frames in stage.rounds)
    assert len(stage.rounds) == 300


async def test_what_is_more_than_may_be_sent_goes_in_fewer_bundles_and_of_fewer_voices(
    autojump_clock: trio.testing.MockClock,
) -> None:
    stage, audience = TimedFanout(2), TimedFanout(3000, size=2000)
    limits = ServerLimits(egress=EgressLimits(room_mbit=1))
    forwarder = Forwarder(TimedFanout(3002), stage, audience, LIMIT, limits=limits)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(forwarder.run)
        for number in range(6 * 50):
            for slot in range(LIMIT):
                frame = UplinkFrame(number, number * 960, Flags.NONE, -20 - slot, b"%d" % slot)
                forwarder.forward(frame, slot, 0)
            await trio.sleep(TICK)
        nursery.cancel_scope.cancel()
    first, last = audience.rounds[1], audience.rounds[-1]
    assert sorted(first[1]) == [b"0", b"1", b"2", b"3"]
    assert last[1] == [b"0"] * MOST_TICKS
    assert last[0] - audience.rounds[-2][0] == pytest.approx(MOST_TICKS * TICK - SLACK)


async def test_an_admin_says_how_many_are_heard_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path, heard=1) as running:
        host, guest = await running.client(intent="host"), await running.client(name="Ben")
        await running.bring_on_stage(host, guest)
        await host.do(c.Unmute())
        host.speak(b"first")
        await guest.heard(b"first")
        guest.speak(b"second")
        assert isinstance(await guest.ask(c.Mute()), e.Done)  # it has been dealt with
        host.speak(b"third")
        await guest.heard(b"third")
        bundles = [each for each in guest.got if isinstance(each, Bundle)]
        assert [x.payload for bundle in bundles for x in bundle.entries] == [b"first", b"third"]


def speech(chance: random.Random, level: int) -> int:
    """Return a level that goes up and down as in a voice."""
    return min(0, max(-127, level - chance.randrange(-3, 4)))


def talking(
    loudest: Loudest, levels: dict[int, int], seconds: float, start: float = 0.0, flat: int = -1
) -> dict[int, int]:
    """Let everybody talk at once; return how many frames of each passed in the last second."""
    chance = random.Random(1)
    admitted = dict.fromkeys(levels, 0)
    frames = round(seconds * 50)
    for frame in range(frames):
        for slot, level in levels.items():
            heard = level if slot == flat else speech(chance, level)
            ok = loudest.admits(slot, heard, start + frame / 50 + slot / 1000)
            if frame >= frames - 50:
                admitted[slot] += ok
    return admitted


def test_four_of_five_talkers_get_through() -> None:
    loudest = Loudest(LIMIT)
    admitted = talking(loudest, {0: -50, 1: -20, 2: -20, 3: -20, 4: -20}, 3.0)
    assert admitted == {0: 0, 1: 50, 2: 50, 3: 50, 4: 50}


def test_a_little_louder_takes_nobodys_place() -> None:
    for louder, admitted in ((HYSTERESIS_DB - 3, 0), (HYSTERESIS_DB + 9, 50)):
        loudest = Loudest(LIMIT)
        talking(loudest, dict.fromkeys(range(LIMIT), -40), 2.0)
        newcomer = {**dict.fromkeys(range(LIMIT), -40), 9: round(louder) - 40}
        assert talking(loudest, newcomer, 3.0, start=2.0)[9] == admitted


def test_a_pause_frees_the_place() -> None:
    loudest = Loudest(LIMIT)
    for slot in range(LIMIT):
        assert loudest.admits(slot, -20, 0.0)
    assert not loudest.admits(9, -60, HOLD_SECONDS - 0.01)
    assert loudest.admits(9, -60, HOLD_SECONDS + 0.01)


def test_who_left_the_stage_frees_the_place_at_once() -> None:
    loudest = Loudest(LIMIT)
    for slot in range(LIMIT):
        loudest.admits(slot, -20, 0.0)
    loudest.forget(0)
    assert loudest.admits(9, -60, 0.01)


@pytest.mark.parametrize("pausing", [False, True])
def test_a_level_that_never_falls_loses(pausing: bool) -> None:
    """The same holds with pauses: no voice begins at the same level every time."""
    loudest = Loudest(LIMIT)
    levels = {0: 0, 1: -30, 2: -30, 3: -30, 4: -30}
    for spurt in range(12 if pausing else 1):
        start = spurt * 2.0 if pausing else 0.0
        admitted = talking(loudest, levels, 1.5 if pausing else 12.0, start, flat=0)
    assert loudest.is_flat(0)
    assert admitted == {0: 0, 1: 50, 2: 50, 3: 50, 4: 50}
    assert not loudest.is_flat(1)


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(-127, 0), st.floats(0, 0.3)), max_size=200)
)
def test_never_more_than_four_at_once_and_always_somebody(
    frames: list[tuple[int, int, float]],
) -> None:
    loudest, now = Loudest(LIMIT), 0.0
    admitted: list[tuple[float, int]] = []
    for slot, level, pause in frames:
        now += pause
        if loudest.admits(slot, level, now):
            admitted.append((now, slot))
        assert len(loudest._chosen) <= LIMIT
    assert not frames or admitted


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.1, 5)), max_size=100))
def test_a_bucket_gives_no_more_than_its_rate(asked: list[tuple[float, float]]) -> None:
    bucket, now, taken = TokenBucket(10.0, 20.0, 0.0), 0.0, 0.0
    for pause, units in asked:
        now += pause
        wait = bucket.take(units, now)
        if not wait:
            taken += units
        else:
            assert TokenBucket.take(bucket, units, now + wait + 1e-6) == 0.0
            now += wait + 1e-6
            taken += units
        assert taken <= 20.0 + 10.0 * now + 1e-3

"""Tests of fan-out to slow listeners, and of the choice of who is heard."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

import server.rooms.loudest
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import RATE, Ack, Bundle
from roomcli.wire.window import ALLOWANCE
from server.limits import TokenBucket
from server.rooms.loudest import HOLD_SECONDS, HYSTERESIS_DB, LIMIT, Loudest

from ...support.serving import serving


async def test_a_listener_who_stalls_delays_nobody_and_hears_nothing_stale(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        well, stalled = await server.client(name="Ben"), await server.client(name="Carla")
        assert isinstance(await host.ask(c.Unmute()), e.Done)
        for each in (well, stalled):
            # The round trip is known from here on; it is what loopback takes.
            each.ack()
            await each.until(Ack)
            each.ack()
            await each.until(Ack)

        async def talk(frames: int) -> None:
            for _ in range(frames):
                word = b"at %d" % host.media_time
                host.speak(word)
                await well.heard(word)
                well.ack()
                await trio.sleep(0.02)

        await talk(75)
        room = server.hub._rooms["standup"]
        assert room._peers[well.id].voice_skipped == 0
        assert room._peers[stalled.id].voice_skipped > 0

        # It goes on: first comes what was on its way, and that is bounded by media time.
        stalled.send(c.LowerHand(ref=1))
        await stalled.until(e.Done)
        waiting = [each.media_time for each in stalled.got if isinstance(each, Bundle)]
        assert 1 < len(waiting) < 75
        limit = (ALLOWANCE + room._peers[stalled.id]._heartbeat.rtt) * RATE
        assert waiting[-1] - waiting[0] <= limit

        # Then the newest, and nothing of what was said in between.
        stalled.ack()
        await stalled.until(Ack)
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
        peer = room._peers[listener.id]

        async def say(word: bytes) -> None:
            room._forwarder._opened_at -= 0.5  # half a second of the room's time, at once
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
            listener.ack()
            await listener.until(Ack)
            await say(word)
            await listener.heard(word)


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
    loudest = Loudest()
    admitted = talking(loudest, {0: -50, 1: -20, 2: -20, 3: -20, 4: -20}, 3.0)
    assert admitted == {0: 0, 1: 50, 2: 50, 3: 50, 4: 50}


def test_a_little_louder_takes_nobodys_place() -> None:
    for louder, admitted in ((HYSTERESIS_DB - 3, 0), (HYSTERESIS_DB + 9, 50)):
        loudest = Loudest()
        talking(loudest, dict.fromkeys(range(LIMIT), -40), 2.0)
        newcomer = {**dict.fromkeys(range(LIMIT), -40), 9: round(louder) - 40}
        assert talking(loudest, newcomer, 3.0, start=2.0)[9] == admitted


def test_a_pause_frees_the_place() -> None:
    loudest = Loudest()
    for slot in range(LIMIT):
        assert loudest.admits(slot, -20, 0.0)
    assert not loudest.admits(9, -60, HOLD_SECONDS - 0.01)
    assert loudest.admits(9, -60, HOLD_SECONDS + 0.01)


def test_who_left_the_stage_frees_the_place_at_once() -> None:
    loudest = Loudest()
    for slot in range(LIMIT):
        loudest.admits(slot, -20, 0.0)
    loudest.forget(0)
    assert loudest.admits(9, -60, 0.01)


@pytest.mark.parametrize("pausing", [False, True])
def test_a_level_that_never_falls_loses(pausing: bool) -> None:
    """The same holds with pauses: no voice begins at the same level every time."""
    loudest = Loudest()
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
    loudest, now = Loudest(), 0.0
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

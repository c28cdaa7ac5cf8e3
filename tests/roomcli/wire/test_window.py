"""Tests of frames, signs of life and the limit on late voice: the pure parts of the wire."""

from __future__ import annotations

import math
import random
from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage

from roomcli.protocol.audio import RATE, Ack
from roomcli.wire.frames import client_frame, server_frame
from roomcli.wire.heartbeat import (
    ANSWER_SECONDS,
    FIRST_ANSWERS,
    INTERVAL,
    MAX_RTT,
    RENEWAL_SECONDS,
    TIMEOUT,
    Heartbeat,
)
from roomcli.wire.window import ALLOWANCE, MOST_PAUSE, AckWindow

SIZES = st.one_of(st.integers(0, 300), st.sampled_from([65534, 65535, 65536, 70000]))
TICK = RATE // 50


def decoded(side: ConnectionType, data: bytes) -> list[bytes]:
    """Return the messages that the WebSocket library reads from these bytes."""
    reader = Connection(side)
    reader.receive_data(data)
    messages: list[bytes] = []
    part = b""
    for event in reader.events():
        assert isinstance(event, BytesMessage)
        part += bytes(event.data)
        if event.message_finished:
            messages.append(part)
            part = b""
    assert not part
    return messages


@given(
    st.lists(st.tuples(SIZES, st.integers(0, 255)), max_size=5), st.binary(min_size=4, max_size=4)
)
def test_the_library_reads_what_we_frame(sizes: list[tuple[int, int]], mask: bytes) -> None:
    every = bytes(range(256)) * 300
    messages = [every[fill : fill + size] for size, fill in sizes]
    ours = b"".join(map(server_frame, messages))
    assert decoded(ConnectionType.CLIENT, ours) == messages
    masked = b"".join(client_frame(message, mask) for message in messages)
    assert decoded(ConnectionType.SERVER, masked) == messages


def test_voice_goes_on_as_long_as_it_is_acknowledged() -> None:
    window = AckWindow()
    window.rtt = 0.1
    for tick in range(1000):
        assert window.admits(tick * TICK)
        if tick % 25 == 0 and tick:
            window.acknowledged((tick - 10) * TICK)  # 200 ms on its way
    assert window.skipped == 0


def test_how_far_a_peer_is_behind_counts_from_what_it_lacks() -> None:
    window = AckWindow()
    start = 3600 * RATE  # of a room that is an hour old
    for tick in range(11):
        assert window.admits(start + tick * TICK)
    window.acknowledged(0)  # by a peer that has just come
    assert window.behind == 10 * TICK
    window.acknowledged(start + 7 * TICK)
    assert window.behind == 3 * TICK
    window.acknowledged(start + 10 * TICK)
    assert window.behind == 0
    window.acknowledged(start + 99 * TICK)
    assert window.behind == 0, "of what was never sent nothing is believed"


@pytest.mark.parametrize("rtt", [0.0, 0.3, 2.0])
def test_a_peer_that_says_nothing_gets_no_more_than_the_allowance(rtt: float) -> None:
    window = AckWindow()
    window.rtt = rtt
    admitted = [tick for tick in range(500) if window.admits(tick * TICK)]
    assert admitted == list(range(len(admitted)))
    assert admitted[-1] * TICK == pytest.approx((ALLOWANCE + rtt) * RATE, abs=TICK)
    assert window.skipped == 500 - len(admitted)


def test_it_goes_on_with_the_newest_once_everything_is_acknowledged() -> None:
    window = AckWindow()
    admitted = [tick for tick in range(500) if window.admits(tick * TICK)]
    window.acknowledged(admitted[-1] * TICK)
    assert all(window.admits(tick * TICK) for tick in range(500, 530))


def test_acknowledging_the_future_gains_nothing() -> None:
    window = AckWindow()
    admitted = 0
    for tick in range(500):
        admitted += window.admits(tick * TICK)
        window.acknowledged(10**12)
    assert admitted * TICK <= ALLOWANCE * RATE + TICK


def test_acknowledging_before_anything_was_sent_means_nothing() -> None:
    window = AckWindow()
    window.acknowledged(0)
    window.acknowledged(5000)
    assert window.admits(0)


@pytest.mark.parametrize("pause", [1, 60, 86_400])
def test_silence_puts_nobody_behind(pause: int) -> None:
    window = AckWindow()
    assert window.admits(0)
    assert window.admits(TICK)
    window.acknowledged(0)
    window.acknowledged(TICK)
    later = pause * RATE
    assert all(window.admits(later + tick * TICK) for tick in range(30))


def test_a_way_that_swallowed_the_newest_heals() -> None:
    """A stall made the queue drop what was sent last, which nobody will ever acknowledge."""
    window = AckWindow()
    for tick in range(100):
        window.admits(tick * TICK)
    acknowledged, got_through = 10 * TICK, 0
    for second in range(2, 5):  # the peer is back, and says twice a second what it has
        for half in (0, 25):
            window.acknowledged(acknowledged)
            for tick in range(25):
                now = (second * 50 + half + tick) * TICK
                if window.admits(now):
                    acknowledged, got_through = now, got_through + 1
    assert got_through > 100


@given(st.lists(st.integers(1, 40), max_size=200))
def test_a_stall_one_way_lets_ever_fewer_messages_through(acks: list[int]) -> None:
    """The peer speaks but hears nothing, and what waits for it must not pile up."""
    window = AckWindow()
    for tick in range(200):
        window.admits(tick * TICK)
    tried = []
    for number, ticks in enumerate(acks):
        window.acknowledged(0)
        admitted = [window.admits((1000 + number * 50 + tick) * TICK) for tick in range(ticks)]
        assert sum(admitted) <= 1
        tried += [number] if any(admitted) else []
    assert tried[:5] == [each for each in (0, 1, 2, 4, 8) if each < len(acks)]
    assert all(later - earlier <= MOST_PAUSE for earlier, later in pairwise(tried))
    assert len(tried) <= 4 + len(acks) / MOST_PAUSE


@given(st.lists(st.integers(0, 30), min_size=5, max_size=300), st.integers(1, 60))
def test_what_is_on_its_way_is_bounded_and_an_honest_peer_recovers(
    delays: list[int], every: int
) -> None:
    """Holds for any stalls of a connection that keeps order.

    The peer hears nothing older than the allowance plus one message per acknowledgement, and hears
    everything again in the end.
    """
    window = AckWindow()
    way: deque[int] = deque()
    has = 0
    for tick, delay in enumerate(delays):
        if window.admits(tick * TICK):
            way.append(tick)
        for _ in range(delay % 3):
            if way:
                has = way.popleft()
        if tick % every == 0 and delay < 25:
            window.acknowledged(has * TICK)
        assert len(way) <= ALLOWANCE * 50 + 2 + tick // every
    now = len(delays)
    while way:
        has = way.popleft()
    for _ in range(4):
        window.acknowledged(has * TICK)
        for _ in range(25):
            now += 1
            if window.admits(now * TICK):
                has = now
    assert has == now


def talk(client: Heartbeat, server: Heartbeat, now: float, there: float, back: float) -> float:
    """Exchange an acknowledgement and its answer; return the time when the answer is back."""
    ack = client.ack(0, now)
    server.received(ack, now + there)
    answer = server.ack(0, now + there)
    client.received(answer, now + there + back)
    return now + there + back


def test_the_round_trip_is_the_least_of_late_samples() -> None:
    client, server = Heartbeat(100.0), Heartbeat(7000.0 - 6900.0)
    assert client.rtt == 0.0
    for number, delay in enumerate((0.3, 0.05, 1.5, 0.2)):
        talk(client, server, 101.0 + number * INTERVAL * 5, delay / 2, delay / 2)
    assert client.rtt == pytest.approx(0.05, abs=1e-4)
    for number in range(20):
        talk(client, server, 200.0 + number * 2, 0.2, 0.2)
    assert client.rtt == pytest.approx(0.4, abs=1e-4)


def test_the_time_that_the_peer_held_it_does_not_count() -> None:
    client, server = Heartbeat(0.0), Heartbeat(0.0)
    server.received(client.ack(0, 1.0), 1.02)
    client.received(server.ack(0, 1.5), 1.52)
    assert client.rtt == pytest.approx(0.04, abs=1e-4)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.floats(0, 1e6))
def test_no_acknowledgement_makes_the_leash_longer_than_it_may_be(
    echo: int, held: int, now: float
) -> None:
    heartbeat = Heartbeat(0.0)
    heartbeat.received(Ack(0, 1, echo, held), now)
    assert 0.0 <= heartbeat.rtt <= MAX_RTT
    assert heartbeat.ack(0, now + 5000).held < 2**33


def test_a_peer_is_dead_after_five_silent_seconds() -> None:
    heartbeat = Heartbeat(10.0)
    assert not heartbeat.is_dead(10.0 + TIMEOUT)
    assert heartbeat.is_dead(10.1 + TIMEOUT)
    heartbeat.heard(14.0)
    assert not heartbeat.is_dead(10.1 + TIMEOUT)


def answered_at(seconds: float, *, sent: bool) -> list[float]:
    """Return when a peer that acknowledges twice a second is answered, after the first answers."""
    server, client = Heartbeat(0.0), Heartbeat(0.0)
    answers = []
    for number in range(round(seconds / INTERVAL)):
        now = number * INTERVAL
        server.received(client.ack(0, now), now)
        if server.owes_answer(now, sent=sent):
            client.received(server.ack(0, now), now)
            answers.append(now)
    assert answers[:FIRST_ANSWERS] == [number * INTERVAL for number in range(FIRST_ANSWERS)]
    return answers[FIRST_ANSWERS:]


def test_who_was_sent_nothing_else_hears_an_answer_well_before_the_silence_is_too_long() -> None:
    answers = answered_at(60.0, sent=False)
    gaps = {later - earlier for earlier, later in pairwise(answers)}
    assert gaps == {ANSWER_SECONDS}
    assert 2 * ANSWER_SECONDS < TIMEOUT


def test_who_is_sent_voice_is_answered_only_to_keep_the_round_trip_true() -> None:
    answers = answered_at(60.0, sent=True)
    assert {later - earlier for earlier, later in pairwise(answers)} == {RENEWAL_SECONDS}


@given(
    st.integers(0, 1000),
    st.floats(0.001, 0.4),
    st.floats(-1e-4, 1e-4),
    st.floats(0.4, 0.6),
    st.booleans(),
)
def test_round_trips_stay_true_with_few_answers_a_tick_and_clocks_that_differ(
    seed: int, trip: float, drift: float, interval: float, sent: bool
) -> None:
    """The server reads once in 20 ms, and one clock runs faster than the other."""
    chance, tick = random.Random(seed), 0.020
    server, client = Heartbeat(0.0), Heartbeat(5000.0)
    at = chance.random()
    for _ in range(200):
        at += interval + chance.uniform(-0.01, 0.01)  # the client's loop is not exact either
        ack = client.ack(0, 5000.0 + at * (1 + drift))
        read_at = math.ceil((at + trip / 2) / tick) * tick
        server.received(ack, read_at)
        if server.owes_answer(read_at, sent=sent):
            back = read_at + trip / 2
            client.received(server.ack(0, read_at), 5000.0 + back * (1 + drift))
    slack = 0.75 * tick + RENEWAL_SECONDS * abs(drift)
    assert server.rtt == pytest.approx(trip, abs=slack)
    assert client.rtt == pytest.approx(trip, abs=slack)


def test_what_went_another_way_holds_nothing_back() -> None:
    window = AckWindow()
    assert window.admits(0)
    window.passed_by(5 * RATE)
    window.acknowledged(5 * RATE)
    assert window.admits(6 * RATE)
    window.passed_by(5 * RATE)  # nothing new went there
    assert window.newest_sent == 6 * RATE
    assert not window.admits(8 * RATE)

"""Tests of when voice goes by UDP: it has to prove itself, and falls back before it is missed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.udp.route import (
    ANSWER_WITHIN,
    HEAVY_FOR,
    KEEP_ALIVE,
    LATE,
    NOTHING_FOR,
    PAUSE,
    SILENT_FOR,
    VoiceRoute,
)

RTT = 0.08
FRAME = 960


def numbers() -> Callable[[int], bytes]:
    """Return a source of bytes in which none comes twice."""
    counter = count(1)
    return lambda size: next(counter).to_bytes(size)


class TwoWays:
    """A talker and a listener who acknowledges twice a second, over ways that may be dead."""

    def __init__(self) -> None:
        self.route = VoiceRoute(numbers(), 0.0)
        self.now = 0.0
        self.tick = 0
        self.udp_works = self.tcp_works = True
        self.loss: float | None = 0.0
        self.has = 0
        self.has_mark = -1
        self.by_udp = list[float]()
        self.by_tcp = list[float]()

    def run(self, seconds: float, talk: bool = True, acks_by_udp: bool = False) -> None:
        """Let time pass, in ticks of 20 ms."""
        for _ in range(round(seconds * 50)):
            self.tick += 1
            self.now = self.tick * 0.02
            token = self.route.probe(self.now)
            if token and self.udp_works:
                self.route.count_answer(token, self.now + RTT)
            if talk:
                self._talk()
            if self.tick % 25 == 0:
                if acks_by_udp and self.route.by_udp:
                    self.route.sent_ack(self.tick, self.now)
                    if self.udp_works:
                        self.has_mark = self.tick
                if self.tcp_works:
                    self.route.acknowledged(self.has, self.has_mark, self.loss, RTT, self.now)

    def _talk(self) -> None:
        if not self.route.by_udp:
            self.by_tcp.append(self.now)
            self.has = self.tick * FRAME
        elif self.route.admits_voice(self.tick * FRAME, self.now):
            self.by_udp.append(self.now)
            if self.udp_works:
                self.has = self.tick * FRAME


def on_udp() -> TwoWays:
    """Return a path on which UDP took over."""
    path = TwoWays()
    path.run(4)
    assert path.route.by_udp
    return path


def test_udp_takes_over_after_three_answers_in_a_row() -> None:
    route = VoiceRoute(numbers(), 0.0)
    for second in range(3):
        assert not route.by_udp
        token = route.probe(float(second))
        assert token
        assert route.probe(second + 0.9) is None
        route.count_answer(token, second + RTT)
    assert route.by_udp


@given(st.lists(st.booleans(), max_size=40))
def test_three_in_a_row_and_no_fewer(answered: list[bool]) -> None:
    route, row = VoiceRoute(numbers(), 0.0), 0
    for second, comes in enumerate(answered):
        token = route.probe(float(second))
        assert token
        row = row + 1 if comes else 0
        if comes:
            route.count_answer(token, second + RTT)
        if row == 3:
            break
    assert route.by_udp == (row == 3)


def test_answers_that_come_late_twice_or_to_nothing_do_not_count() -> None:
    route = VoiceRoute(numbers(), 0.0)
    tokens = []
    for second in range(6):
        token = route.probe(float(second))
        assert token
        tokens.append(token)
        route.count_answer(b"\xff" * 8, second + 0.1)
        if second >= 3:  # a way so slow that an answer takes three seconds
            assert ANSWER_WITHIN < 3
            route.count_answer(tokens[second - 3], second + 0.1)
    assert not route.by_udp
    route.count_answer(tokens[-1], 5.5)
    route.count_answer(tokens[-1], 5.5)
    route.count_answer(tokens[-1], 5.5)
    assert not route.by_udp


def test_a_dead_direction_falls_back_while_other_traffic_passes() -> None:
    path = on_udp()
    path.run(60)
    assert path.route.by_udp
    path.udp_works = False
    died = path.now
    path.run(4)
    assert not path.route.by_udp
    assert NOTHING_FOR <= path.by_udp[-1] - died <= NOTHING_FOR + RTT + 0.6
    # From then on every frame goes by TCP, none is left out.
    fell = [at for at in path.by_tcp if at > died]
    assert fell[0] - path.by_udp[-1] == pytest.approx(0.02)
    path.run(60)
    assert not path.route.by_udp
    path.udp_works = True
    path.run(4)
    assert path.route.by_udp


@pytest.mark.parametrize("seconds", [0.3, 1.0, 1.5, 3.0])
def test_an_outage_of_everything_moves_nobody(seconds: float) -> None:
    path = on_udp()
    for pause in range(20):
        path.run(3 + pause * 0.06)
        path.udp_works = path.tcp_works = False
        path.run(seconds)
        path.udp_works = path.tcp_works = True
        path.run(2)
        assert path.route.by_udp


def test_after_a_standstill_a_dead_direction_is_given_up_once_that_would_have_been_told() -> None:
    path = on_udp()
    path.udp_works = path.tcp_works = False
    path.run(2)
    path.tcp_works = True
    path.run(1.6)
    assert not path.route.by_udp


def test_an_acknowledgement_that_is_late_to_report_something_misses_it() -> None:
    path = on_udp()
    path.run(1)
    path.udp_works = False
    assert path.route.admits_voice((path.tick + 1) * FRAME, path.now)
    assert not path.route.misses(RTT, path.now + RTT)
    assert path.route.misses(RTT, path.now + RTT + 2 * LATE)
    path.udp_works = True
    path.run(1)
    assert not path.route.misses(RTT, path.now + RTT)


def test_it_is_judged_by_voice_and_not_by_what_is_small_enough_to_pass() -> None:
    path = on_udp()
    path.run(3, acks_by_udp=True)
    path.route.heard(path.now)
    still = path.has
    for _ in range(5):  # acknowledgements arrive, voice does not
        for _ in range(25):
            path.tick += 1
            path.now = path.tick * 0.02
            assert path.route.admits_voice(path.tick * FRAME, path.now)
        path.route.sent_ack(path.tick, path.now)
        path.route.acknowledged(still, path.tick, 0.0, RTT, path.now)
    assert not path.route.by_udp


def test_who_only_listens_falls_back_when_their_acknowledgements_do_not_arrive() -> None:
    path = on_udp()
    path.run(5, talk=False, acks_by_udp=True)
    assert path.route.by_udp
    path.udp_works = False
    path.run(2.6, talk=False, acks_by_udp=True)
    assert not path.route.by_udp


def test_an_acknowledgement_has_arrived_when_the_peer_has_later_voice() -> None:
    path = on_udp()
    path.route.sent_ack(100, path.now)
    for seconds in range(1, 8):
        at = path.now + seconds
        assert path.route.admits_voice(FRAME * seconds, at)
        path.route.acknowledged(FRAME * seconds, 100 + 50 * seconds, 0.0, RTT, at)
    assert path.route.by_udp


def test_silence_proves_nothing() -> None:
    path = on_udp()
    path.udp_works = False
    path.run(300, talk=False)
    assert path.route.by_udp
    path.run(2.5)
    assert not path.route.by_udp


def test_a_probe_keeps_the_path_open_in_silence_only() -> None:
    path = on_udp()
    path.run(10)
    silent_from = path.now
    probes = [at / 50 for at in range(round(silent_from * 50), round(silent_from * 50) + 2050)
              if path.route.probe(at / 50)]  # fmt: skip
    assert [round(b - a) for a, b in pairwise(probes)] == [KEEP_ALIVE] * 3


def test_heavy_loss_for_five_seconds_ends_it_and_is_not_tried_at_once() -> None:
    path = on_udp()
    path.loss = 0.3
    path.run(HEAVY_FOR - 0.5)
    assert path.route.by_udp
    path.loss = 0.1
    path.run(0.5)
    path.loss = 0.3
    path.run(HEAVY_FOR - 0.5)
    assert path.route.by_udp
    path.run(1.5)
    assert not path.route.by_udp
    fell = max(path.by_udp)
    path.loss = 0.0
    path.run(PAUSE + 4)
    assert path.route.by_udp
    again = next(at for at in path.by_udp if at > fell)
    assert again - fell >= PAUSE


def test_voice_stops_two_seconds_after_the_last_acknowledgement_and_resumes_with_the_next() -> None:
    path = on_udp()
    path.run(1)
    path.udp_works = path.tcp_works = False
    began = path.now
    path.run(10)
    assert path.by_udp[-1] - began == pytest.approx(SILENT_FOR, abs=0.6)
    assert path.route.held_back == pytest.approx((10 - SILENT_FOR) * 50, abs=30)
    path.udp_works = path.tcp_works = True
    path.route.acknowledged(path.has, -1, None, RTT, path.now)
    path.run(0.1)
    assert path.by_udp[-1] == path.now


def test_a_long_silence_without_acknowledgements_stops_nothing() -> None:
    path = on_udp()
    path.run(1)
    path.tcp_works = False
    path.run(30, talk=False)
    assert path.route.admits_voice(path.tick * FRAME, path.now)


def test_a_socket_that_fails_falls_back_at_once() -> None:
    path = on_udp()
    path.route.fall_back(path.now)
    assert not path.route.by_udp
    assert path.route.probe(path.now)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 120)), max_size=12))
def test_whatever_breaks_voice_goes_some_way_and_all_is_well_in_the_end(
    stretches: list[tuple[bool, bool, int]],
) -> None:
    path = TwoWays()
    for path.udp_works, path.tcp_works, ticks in stretches:
        path.run(ticks * 0.05)
        if not path.route.by_udp:
            assert path.now in (*path.by_tcp[-1:], *path.by_udp[-1:])
    path.udp_works = path.tcp_works = True
    path.run(PAUSE + 5)
    assert path.route.by_udp
    assert path.by_udp[-1] == path.now

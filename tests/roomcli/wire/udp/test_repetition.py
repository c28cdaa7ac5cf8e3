"""Tests of when voice is repeated, how late, and how much of a bad path that makes good."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.udp.loss import LossMeter
from roomcli.wire.udp.repetition import OFF_AFTER, OLDEST, TICK, EarlierVoice, Repetition
from roomcli.wire.udp.replay import ReplayWindow

Lossy = Iterator[bool]
"""Whether each next datagram gets lost."""


def at_random(share: float, chance: random.Random) -> Lossy:
    while True:
        yield chance.random() < share


def in_bursts(share: float, mean: float, chance: random.Random) -> Lossy:
    """Lose in runs (Gilbert): all are lost in the bad state, none in the good one."""
    bad = False
    begin = share / ((1 - share) * mean)
    while True:
        bad = chance.random() >= 1 / mean if bad else chance.random() < begin
        yield bad


class LossyLink:
    """A voice of 50 frames a second over a lossy path, reported twice a second."""

    def __init__(self) -> None:
        self.meter, self.window, self.repetition = LossMeter(), ReplayWindow(), Repetition()
        self.earlier = EarlierVoice()
        self.heard = set[int]()
        self.tick = self.counter = 0

    def talk(self, seconds: float, lossy: Lossy) -> list[int]:
        """Talk for a while; return the age of copies after each report."""
        ages = []
        for _ in range(round(seconds * 50)):
            now = self.tick * TICK
            frame = self.tick.to_bytes(4)
            self.earlier.advance([frame], now)
            for message in (frame, *self.earlier.copies(self.repetition.age)):
                if not next(lossy):
                    self.window.mark_taken(self.counter)
                    self.heard.add(int.from_bytes(message))
                self.counter += 1
            self.tick += 1
            reception = self.window.reception(0)
            if self.tick % 25 == 0 and reception:
                self.meter.take_report(reception, now)
                self.repetition.adapt(self.meter)
                ages.append(self.repetition.age)
        return ages

    def lost_between(self, begin: float, end: float) -> float:
        """Return the share of frames that never came, of those sent in this time."""
        sent = range(round(begin * 50), round(end * 50))
        return sum(tick not in self.heard for tick in sent) / len(sent)


def each_nth(link: LossyLink, n: int) -> Lossy:
    while True:
        yield link.counter % n == 0


GOOD = at_random(0.0, random.Random(0))


def test_a_good_path_is_not_repeated_on() -> None:
    assert set(LossyLink().talk(60, GOOD)) == {0}


def test_one_percent_for_two_seconds_begins_it_and_twenty_calm_seconds_end_it() -> None:
    link = LossyLink()
    link.talk(5, GOOD)
    assert link.talk(3, each_nth(link, 50))[-1] == 1
    ages = link.talk(60, GOOD)
    ended = ages.index(0) / 2
    assert OFF_AFTER - 0.5 <= ended <= OFF_AFTER + 3
    assert set(ages[ages.index(0) :]) == {0}


def test_less_than_three_in_a_thousand_ends_it_and_more_does_not() -> None:
    for every, ends in ((500, True), (250, False)):
        link = LossyLink()
        link.talk(3, each_nth(link, 20))
        ages = link.talk(50, each_nth(link, every))
        assert (0 in ages) == ends


def test_silence_ends_nothing() -> None:
    link = LossyLink()
    link.talk(4, each_nth(link, 20))
    assert link.repetition.age
    reception = link.window.reception(0)
    assert reception
    for second in range(600):
        link.meter.take_report(reception, 100.0 + second)
        link.repetition.adapt(link.meter)
    assert link.repetition.age


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (lambda chance: at_random(0.02, chance), {1, 2}),
        (lambda chance: in_bursts(0.02, 4.0, chance), {2, 3, 4}),
        (lambda chance: in_bursts(0.05, 12.0, chance), {OLDEST}),
    ],
    ids=["single", "four", "long"],
)
def test_how_late_a_copy_is_follows_how_many_are_lost_in_a_row(
    bad: Callable[[random.Random], Lossy], expected: set[int]
) -> None:
    ages = LossyLink().talk(300, bad(random.Random(5)))
    settled = Counter(ages[60:])
    assert sum(settled[age] for age in expected) >= 0.8 * settled.total()


def test_two_percent_at_random_is_made_good() -> None:
    link = LossyLink()
    link.talk(300, at_random(0.02, random.Random(1)))
    assert link.lost_between(0, 5) <= 0.04
    assert link.lost_between(5, 299) <= 0.002


def test_two_percent_in_bursts_of_four_is_made_good() -> None:
    link = LossyLink()
    link.talk(300, in_bursts(0.02, 4.0, random.Random(2)))
    assert link.lost_between(5, 299) <= 0.01


@given(
    st.lists(st.floats(0.001, 0.05), min_size=1, max_size=80),
    st.integers(1, OLDEST),
)
def test_each_is_due_once_at_each_age_in_order(steps: list[float], age: int) -> None:
    earlier, now, due = EarlierVoice(), 0.0, list[tuple[int, float]]()
    sent_at = []
    for number, step in enumerate(steps):
        now += step
        sent_at.append(now)
        earlier.advance([number.to_bytes(2)], now)
        due += [(int.from_bytes(each), now) for each in earlier.copies(age)]
    assert earlier.copies(0) == ()
    while earlier.is_waiting:
        now += TICK
        earlier.advance([], now)
        due += [(int.from_bytes(each), now) for each in earlier.copies(age)]
    assert [number for number, _ in due] == list(range(len(steps)))
    for number, at in due:
        # Half a tick sooner at most: a frame that is sent early takes no copy a tick too late.
        assert (age - 0.5) * TICK - 1e-9 <= at - sent_at[number] <= (age - 0.5) * TICK + 0.05 + 1e-9


def test_what_is_old_is_not_said_again() -> None:
    earlier = EarlierVoice()
    earlier.advance([b"old"], 0.0)
    earlier.advance([b"new"], 5.0)
    assert {earlier.copies(age) for age in range(1, OLDEST + 1)} == {()}
    earlier.advance([], 5.0 + 2 * TICK)
    assert earlier.copies(2) == (b"new",)

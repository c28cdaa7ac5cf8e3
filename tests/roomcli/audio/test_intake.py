"""Tests of what a speaker's packets go through: doubles, stragglers, numbers that begin anew."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.intake import Intake
from roomcli.audio.packets import Packet
from roomcli.audio.samples import FRAME, RATE


def packet(number: int, first: int = 0, *, anew: bool = False) -> Packet:
    return Packet(number, (first + number) * FRAME, b"x", discontinuity=anew)


def take_all(intake: Intake) -> list[int]:
    taken = []
    while intake.queue.head is not None:
        taken.append(intake.take())
        intake.position = taken[-1].media_time + FRAME
    return [each.sequence for each in taken]


@given(st.permutations(range(20)), st.lists(st.integers(0, 19), max_size=40))
def test_packets_are_taken_once_and_in_order(order: list[int], again: list[int]) -> None:
    intake = Intake()
    for number in [*order, *again]:
        assert not intake.push(packet(number), 20 * FRAME)
    assert take_all(intake) == list(range(20))
    assert intake.doubles == len(again)
    for number in order[:5]:
        assert not intake.push(packet(number), 21 * FRAME)
    assert take_all(intake) == []


@given(st.permutations(range(8)), st.lists(st.integers(0, 7), max_size=16))
def test_the_first_frame_of_a_clock_may_be_overtaken_and_come_again(
    order: list[int], again: list[int]
) -> None:
    intake = Intake()
    for number in [*order, *again]:
        intake.push(packet(number, anew=number == 0), 20 * FRAME)
    assert take_all(intake) == list(range(8))
    # Another clock begins where this one has been, as a device does that was opened again.
    intake.push(packet(0, first=-3, anew=True), 21 * FRAME)
    assert take_all(intake) == [0]


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=120))
def test_whatever_comes_no_sequence_is_taken_twice(events: list[tuple[int, bool]]) -> None:
    intake, taken = Intake(), list[int]()
    for at, (number, takes) in enumerate(events):
        intake.push(packet(number), at * 100)
        if takes:
            taken += take_all(intake)
    assert taken == sorted(set(taken))


def test_a_packet_after_its_time_is_late_and_told_from_a_double() -> None:
    intake = Intake()
    for number in (0, 1, 3):
        intake.push(packet(number), number * FRAME)
    assert take_all(intake) == [0, 1, 3]
    intake.push(packet(2), 5 * FRAME)
    intake.push(packet(2), 6 * FRAME)
    assert (intake.late, intake.doubles) == (1, 1)


def test_a_sequence_that_comes_again_with_another_time_is_not_played() -> None:
    intake = Intake()
    for number in range(5):
        intake.push(packet(number), number * FRAME)
    take_all(intake)
    intake.push(packet(2, first=10), 6 * FRAME)
    assert take_all(intake) == []
    assert intake.late == 1


def test_a_backlog_of_old_packets_does_not_turn_back_time() -> None:
    intake = Intake()
    for number in (*range(10), *range(40, 60)):
        intake.push(packet(number), number * FRAME)
    take_all(intake)
    for number in range(10, 40):  # at once, by another way
        assert not intake.push(packet(number), 60 * FRAME)
    assert take_all(intake) == []
    assert intake.late == 30


def test_numbers_that_began_anew_are_believed_when_said_or_after_a_while() -> None:
    intake = Intake()
    for number in range(100):
        intake.push(packet(number), number * FRAME)
    take_all(intake)
    assert intake.push(packet(0, 20, anew=True), 100 * FRAME)
    assert take_all(intake) == [0]
    for number in range(1, 40):
        intake.push(packet(number, 20), (100 + number) * FRAME)
    take_all(intake)
    came = [intake.push(packet(n, -30), (140 + n) * FRAME) for n in range(30)]
    assert came.count(True) == 1
    assert RATE // 5 < came.index(True) * FRAME < RATE
    assert take_all(intake) == list(range(came.index(True), 30))


def test_absurd_packets_are_dropped_and_counted() -> None:
    intake = Intake()
    intake.push(Packet(0, 0, b""), 0)
    intake.push(Packet(0, 0, b"x" * 1501), 0)
    assert intake.dropped == 2
    assert intake.queue.head is None


@given(st.sets(st.integers(0, 40), min_size=1), st.randoms(use_true_random=False))
def test_what_was_sent_is_known_by_its_numbers_in_any_order(came: set[int], random: Random) -> None:
    intake, order = Intake(), sorted(came)
    random.shuffle(order)
    for number in [*order, *order]:
        intake.push(packet(number), 41 * FRAME)
    assert (intake.received, intake.octets) == (len(came), len(came))
    assert intake.expected == max(came) - min(came) + 1


def test_numbers_that_begin_anew_are_no_loss() -> None:
    intake = Intake()
    for number in (0, 1, 3):
        intake.push(packet(number), number * FRAME)
    assert intake.expected - intake.received == 1
    take_all(intake)
    late = Packet(2, 2 * FRAME, b"x")
    intake.push(late, 4 * FRAME)
    assert intake.expected - intake.received == 0, "late is not lost"
    for number in (5_000, 5_001):
        intake.push(packet(number, anew=number == 5_000), number * FRAME)
    assert (intake.expected, intake.received) == (6, 6)

"""Tests of the order in which raised hands wait."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.people import Hand
from roomcli.protocol.queue import in_order, with_hand

SEATS = ("ann", "ben", "cy", "di", "eve")
HANDS = st.lists(
    st.builds(
        Hand, st.sampled_from(SEATS), st.just("ANN"),
        st.sampled_from([1.0, 2.0, 3.0]), st.just(""), st.sampled_from([0.0, 0.9, 1.0, 61.5]),
    ),
    unique_by=lambda hand: hand.id,
)  # fmt: skip


@given(HANDS)
def test_in_a_fair_queue_nobody_waits_behind_who_has_spoken_longer(hands: list[Hand]) -> None:
    queue = in_order(hands, "fair")
    assert sorted(queue, key=hands.index) == hands
    for before, after in pairwise(queue):
        assert (int(before.spoken), before.at) <= (int(after.spoken), after.at)
        if (int(before.spoken), before.at) == (int(after.spoken), after.at):
            assert hands.index(before) < hands.index(after)


@given(HANDS)
def test_in_a_queue_by_time_the_first_comes_first_whoever_spoke(hands: list[Hand]) -> None:
    queue = in_order(hands, "fifo")
    assert sorted(queue, key=hands.index) == hands
    for before, after in pairwise(queue):
        assert (before.at, hands.index(before)) < (after.at, hands.index(after))


def test_another_line_costs_nobody_a_place_among_equals() -> None:
    ann, ben = (Hand(id, id.upper(), 5.0) for id in ("ann", "ben"))
    queue = with_hand(with_hand((), ann, "fifo"), ben, "fifo")
    again = Hand("ann", "ANN", 5.0, "on tests")
    assert with_hand(queue, again, "fifo") == (again, ben)

"""Tests that each frame of a voice is heard once, whichever way it came and however often."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.rooms.copies import REACH, CopyFilter

START = st.sampled_from((0, 7, 2**32 - 20))


@given(START, st.lists(st.integers(0, REACH - 1), max_size=60))
def test_each_number_is_new_once_in_any_order(start: int, numbers: list[int]) -> None:
    copies, came = CopyFilter(), set[int]()
    for number in numbers:
        assert copies.is_new((start + number) % 2**32) == (number not in came)
        came.add(number)
    if came:
        assert copies.newest == (start + max(came)) % 2**32


def test_a_voice_that_begins_anew_is_heard() -> None:
    copies = CopyFilter()
    assert [copies.is_new(number) for number in (100_000, 3, 4, 4)] == [True, True, True, False]
    assert copies.is_new(100_000)


def test_what_is_behind_a_gap_was_not_heard() -> None:
    copies = CopyFilter()
    heard = [copies.is_new(number) for number in (10, 12, 13, 11, 11, 10)]
    assert heard == [True, True, True, True, False, False]

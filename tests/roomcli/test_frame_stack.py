"""Tests of the room on Python's stack: no depth of calls is slower than others."""

from __future__ import annotations

import resource

import pytest

from roomcli.frame_stack import call_with_room


def test_it_passes_on_arguments_result_and_error() -> None:
    assert call_with_room(int, "11", 2) == 3
    with pytest.raises(ValueError, match="invalid literal"):
        call_with_room(int, "12", 2)


def test_calls_at_every_depth_stay_within_one_piece_of_the_stack() -> None:
    """Each piece that is asked for and given back costs a page fault: count those."""

    def faults() -> int:
        return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt

    def leaf() -> None:
        pass

    def worst_below(depth: int) -> int:
        deeper = worst_below(depth - 1) if depth else 0
        before = faults()
        for _ in range(200):
            leaf()
        return max(deeper, faults() - before)

    assert call_with_room(worst_below, 400) < 100

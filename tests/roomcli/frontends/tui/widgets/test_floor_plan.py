"""Tests of where the parts of the room stand: nothing overlaps, and each has what it needs."""

from __future__ import annotations

from itertools import combinations

import pytest

from roomcli.frontends.tui.widgets.audience import HEADLINE_WIDTH
from roomcli.frontends.tui.widgets.floor_plan import (
    FULL,
    LARGE,
    ONE_LINE,
    RIVER,
    SHORT,
    FloorNeeds,
    FloorPlan,
    card_shape,
    floor_plan,
    rows_of,
)
from roomcli.frontends.tui.widgets.stage import MOST_WIDTH

NAME = 17


@pytest.mark.parametrize(
    ("count", "width", "height", "columns", "lines"),
    [
        (1, 76, 12, 2, 12),
        (2, 76, 9, 2, LARGE),
        (4, 76, 11, 2, FULL),
        (6, 76, 11, 2, SHORT),
        (9, 76, 11, 3, SHORT),
        (24, 76, 11, 3, SHORT),
        (6, 36, 3, 2, ONE_LINE),
        (12, 112, 30, 4, FULL),
        (3, 140, 40, 3, 15),
    ],
)
def test_cards_are_as_large_as_all_of_them_may_be(
    count: int, width: int, height: int, columns: int, lines: int
) -> None:
    shape = card_shape(count, width, height)
    assert (shape.columns, shape.lines) == (columns, lines)


@pytest.mark.parametrize("talking", [False, True])
@pytest.mark.parametrize("speakers", [0, 1, 2, 6, 12, 36])
@pytest.mark.parametrize("names", [0, 3, 24, 60])
def test_on_every_floor_each_part_has_its_place(talking: bool, speakers: int, names: int) -> None:
    for width in range(30, 300, 13):
        for height in (6, 9, 12, 15, 21, 26, 33, 44, 72):
            needs = FloorNeeds(speakers, 5, names, talking)
            plan = floor_plan(width, height, needs, NAME)
            shown = [each for each in plan if each.area]
            for part in shown:
                assert part.x >= 0 <= part.y
                assert part.right <= width
                assert part.bottom <= height
            for one, other in combinations(shown, 2):
                assert not one.overlaps(other), (width, height, plan)
            assert plan.stage.height >= 2
            assert plan.talk.height >= 1
            assert plan.talk.bottom == height


def test_hands_are_only_as_high_as_the_queue_and_the_others_fill_what_is_left() -> None:
    def plan(hands: int, names: int, speakers: int = 4, width: int = 170) -> FloorPlan:
        return floor_plan(width, 44, FloorNeeds(speakers, hands, names), NAME)

    assert plan(2, 40).hands.height == 2
    assert plan(7, 40).hands.height == 7
    assert plan(7, 40).talk.height == plan(2, 40).talk.height - 5
    assert plan(2, 200).audience.bottom == plan(2, 3).audience.bottom == 44
    assert plan(2, 40, 12).stage.height > plan(2, 40, 1).stage.height
    few, many = plan(2, 12, width=196), plan(7, 12, width=196)
    assert (few.hands.height, many.hands.height) == (2, 7)
    assert few.audience.bottom == many.audience.bottom == few.talk.bottom == 44
    assert few.talk == many.talk


def test_a_small_stage_leaves_its_lines_to_the_talk() -> None:
    few = floor_plan(78, 21, FloorNeeds(1, 2, 3), NAME)
    many = floor_plan(78, 21, FloorNeeds(6, 2, 3), NAME)
    assert few.talk.height > many.talk.height


def test_the_talk_has_a_quarter_of_the_lines_with_many_on_stage() -> None:
    for speakers in (4, 6, 12, 36):
        plan = floor_plan(78, 21, FloorNeeds(speakers, 5, 40), NAME)
        assert plan.talk.height >= 21 // 4


@pytest.mark.parametrize(("width", "height"), [(196, 43), (236, 50)])
@pytest.mark.parametrize(("speakers", "names"), [(3, 12), (4, 20), (6, 24)])
def test_a_large_screen_that_is_half_full_has_little_blank_space(
    width: int, height: int, speakers: int, names: int
) -> None:
    plan = floor_plan(width, height, FloorNeeds(speakers, 2, names), NAME)
    cards = card_shape(speakers, width - RIVER, plan.stage.height - 1)
    across = min(width, cards.columns * (MOST_WIDTH + 1))
    blank = width * plan.stage.height - across * (1 + cards.height(speakers))
    columns = max(1, (plan.audience.width + 1) // (HEADLINE_WIDTH + 1))
    blank += plan.audience.width * (plan.audience.height - 1 - rows_of(names, columns))
    assert blank < width * height / 5, plan

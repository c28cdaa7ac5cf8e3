"""Tests of what happened as the talk has it: the small things of a minute in one line."""

from __future__ import annotations

import pytest

from roomcli.frontends.words.happenings import Deed, Happening
from roomcli.frontends.words.minutes import EventLine, event_lines, in_short

NOON = 1_790_000_000.0 // 60 * 60


def deed(who: str, does: str, text: str = "") -> Happening:
    """Make a happening that can be counted."""
    return Happening(text or f"{who} {does}", place="minute", deed=Deed(who, does))


def small(text: str) -> Happening:
    """Make a happening that is told word for word."""
    return Happening(text, place="minute")


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        ([deed("Ole", "came", "Ole is here")], "Ole is here"),
        (
            [
                deed("Ann", "came"),
                deed("Ole", "raised a hand", "Ole raised a hand: brakes"),
                deed("Ben", "came"),
                deed("Cho", "left"),
                deed("Dee", "came"),
            ],
            "3 came, Ole raised a hand: brakes, Cho left",
        ),
        ([deed("Ole", "raised a hand"), deed("Ole", "raised a hand")], "Ole raised a hand"),
        (
            [small("Ann locked the room"), deed("Ole", "came"), small("Ann locked the room")],
            "Ole came · Ann locked the room",
        ),
        ([small("Microphone: A"), small("Speaker: B")], "Microphone: A · Speaker: B"),
    ],
)
def test_what_many_did_is_counted(happened: list[Happening], line: str) -> None:
    assert in_short(happened) == line


def test_each_minute_has_one_line_where_it_began() -> None:
    asked = Happening("Nobody is silenced")
    loud = Happening("Ann silenced you", "loud")
    assert event_lines(
        [
            (NOON + 10, deed("Ann", "came")),
            (NOON + 20, asked),
            (NOON + 30, loud),
            (NOON + 40, deed("Ben", "came")),
            (NOON + 60, deed("Cho", "came")),
        ]
    ) == [
        EventLine(NOON + 10, "2 came", is_small=True),
        EventLine(NOON + 20, "Nobody is silenced"),
        EventLine(NOON + 30, "Ann silenced you", is_loud=True),
        EventLine(NOON + 60, "Cho came", is_small=True),
    ]


def test_what_is_told_on_the_way_in_stands_above_its_minute() -> None:
    told = Happening("You are in standup", place="way in")
    assert event_lines([(NOON + 5, told)]) == [EventLine(NOON, "You are in standup")]


def test_what_a_bar_shows_is_no_line() -> None:
    assert event_lines([(NOON, Happening("You are on air", place="elsewhere"))]) == []

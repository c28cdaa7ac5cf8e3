"""Tests of how well voice goes, in words: who hears, what is wrong, and the line for a report."""

from __future__ import annotations

import pytest

from roomcli.frontends.words.quality_words import (
    hearing_words,
    quality_facts,
    report_line,
    trouble_words,
)
from roomcli.protocol import events as e
from roomcli.protocol.health import Stats
from roomcli.protocol.people import HearerInTrouble, Person

from ....support.fake_room import STATS, make_view


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (e.HeardBy(listeners=44, hearing=41, worst_ms=180), "41 of 44 hear you, worst 180 ms"),
        (e.HeardBy(listeners=44, hearing=44, worst_ms=90), "all 44 hear you, worst 90 ms"),
        (e.HeardBy(listeners=1, hearing=1, worst_ms=90), "1 listener hears you, worst 90 ms"),
        (e.HeardBy(listeners=2, hearing=1, worst_ms=90), "1 of 2 hears you, worst 90 ms"),
        (e.HeardBy(listeners=15, hearing=12, worst_ms=9), "12 of 15 hear you, worst 9 ms"),
        (e.HeardBy(listeners=3, hearing=0), "none of 3 hears you"),
        (e.HeardBy(listeners=0, hearing=0), "nobody else is here"),
    ],
)
def test_how_many_hear(told: e.HeardBy, words: str) -> None:
    assert hearing_words(told) == words


def test_who_has_trouble_and_why() -> None:
    reasons = (("a", "behind", 0), ("b", "late", 460), ("c", "deaf", 0))
    told = e.HeardBy(
        listeners=9,
        hearing=3,
        troubled=5,
        trouble=tuple(
            HearerInTrouble(id=id, person=id.upper(), why=why, delay_ms=ms)  # type: ignore[arg-type]
            for id, why, ms in reasons
        ),
        people={"A": Person("A", "Ann"), "B": Person("B", "Ben")},
    )
    assert list(trouble_words(told, lambda person: person.name)) == [
        "Ann misses words, on a slow connection",
        "Ben hears you 460 ms late",
        "Somebody plays no sound",
        "2 more",
    ]


def test_every_figure_that_is_not_as_it_should_be_is_told() -> None:
    facts = list(quality_facts(STATS, e.HeardBy(listeners=2, hearing=2, worst_ms=80), make_view()))
    assert facts == [
        ("connection", "excellent, round trip 34 ms"),
        ("voice goes", "yours by UDP, the others' by TCP, 2.1% of yours lost, repeated"),
        (
            "microphone",
            "USB Mic, delay 10 ms, sent at 33 kb/s, 12 frames not sent, the way was blocked, "
            "40 ms lost, this machine was too slow",
        ),
        (
            "speakers",
            "Built-in, delay 22 ms, 20 ms kept ready, 30 ms came too late, "
            "the sound broke off 3 times, this machine stood still 2 times",
        ),
        ("heard by", "all 2 hear you, worst 80 ms"),
        ("Ann Lindqvist (host)", "61 ms to your ear, jitter buffer 24 ms, none lost, opus 32 kb/s"),
        (
            "Ben Okafor (co-host)",
            "260 ms to your ear, jitter buffer 180 ms, 10.0% lost, 340 ms made up, 7 late, "
            "2 broken, 60 ms caught up, opus 32 kb/s",
        ),
        ("Cho Min-seo", "61 ms to your ear, jitter buffer 24 ms, silent lately"),
    ]
    assert list(quality_facts(Stats(rtt_ms=None), None, None)) == [
        ("connection", "not measured at the moment"),
        ("voice goes", "by TCP"),
        ("microphone", "not in use"),
        ("speakers", "not in use"),
        ("voices", "nobody was heard yet"),
    ]


def test_a_report_is_one_line_with_all_figures_and_no_name_of_a_person() -> None:
    line = report_line(STATS, "roomcli 1 on linux")
    assert line.startswith(
        "roomcli 1 on linux; rtt 34.2 ms, yours by UDP, the others' by TCP, 2.1% of yours lost, "
        "repeated; mic 'USB Mic' 10.2 ms, 2950 sent, "
    )
    assert (
        "voice 2: 260 ms to ear, buffer 180 of 160 ms, 90 came, 10 lost, 7 late, 2 broken" in line
    )
    assert "opus 20 ms 32.1 kb/s" in line
    assert "\n" not in line
    assert not any(hint in line for hint in ("Ann", "ann1", "Okafor"))
    assert report_line(Stats(rtt_ms=None), "x") == "x; rtt unknown, by TCP"

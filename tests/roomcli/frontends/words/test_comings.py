"""Tests of the one line on who came and who left."""

from __future__ import annotations

from roomcli.frontends.words.comings import PAUSE, Comings


def test_one_alone_is_said_in_its_own_words() -> None:
    comings = Comings()
    comings.add("Ann", "Ann lost the connection and is gone", 0.0, came=False)
    assert comings.sum_up() == "Ann lost the connection and is gone"
    assert comings.sum_up() is None


def test_a_wave_is_one_line_once_the_first_has_waited() -> None:
    comings = Comings()
    for number, name in enumerate(["Ann", "Ben", "Cho"]):
        comings.add(name, f"{name} is here", 10.0 + number / 2, came=True)
    comings.add("Dee", "Dee left", 11.5, came=False)
    assert comings.due_line(10.0 + PAUSE - 0.1) is None
    assert comings.due_line(10.0 + PAUSE) == "Ann, Ben and Cho are here. Dee left"
    assert comings.due_line(20.0) is None


def test_who_only_looked_in_is_said_once() -> None:
    comings = Comings()
    comings.add("Ann", "Ann is here", 0.0, came=True)
    comings.add("Ann", "Ann left", 0.5, came=False)
    assert comings.sum_up() == "Ann came and left"


def test_many_are_counted() -> None:
    comings = Comings()
    for name in "ABCDEFGH":
        comings.add(name, f"{name} left", 0.0, came=False)
    assert comings.sum_up() == "A, B, C, D and 4 others left"

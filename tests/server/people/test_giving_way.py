"""Tests of who gives way when all places are taken."""

from __future__ import annotations

from server.people.giving_way import who_gives_way


def test_the_last_of_the_network_with_most_goes_for_who_is_of_another() -> None:
    places = {"a": "n", "b": "n", "c": "m", "d": "n", "e": "m"}
    assert who_gives_way(places, "new") == "d"
    assert who_gives_way(places, "n") is None
    assert who_gives_way(places, "m") is None  # it would have as many then
    assert who_gives_way({"a": "n", "b": "m"}, "new") is None

"""Tests of the marks that tell networks apart."""

from __future__ import annotations

from server.people.origins import Origins

ONE, OTHER = "192.0.2.1", "192.0.2.9"
NETWORKS: dict[str, list[str]] = {"ann": [ONE], "ben": [ONE, OTHER], "cat": [OTHER], "dan": []}


def test_a_mark_tells_networks_apart_and_not_which_they_are() -> None:
    origins = Origins(NETWORKS.__getitem__)
    marks = {person: origins.mark_of(person) for person in NETWORKS}
    assert marks["ann"] == marks["ben"] != marks["cat"]
    assert marks["dan"] == ""
    assert Origins(NETWORKS.__getitem__).mark_of("ann") != marks["ann"]

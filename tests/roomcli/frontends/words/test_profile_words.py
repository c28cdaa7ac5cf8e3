"""Tests of profiles in lines of text."""

from __future__ import annotations

from roomcli.frontends.words.profile_words import FIELDS, held_line, profile_lines, ties_line
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile


def test_only_what_is_filled_in_is_told() -> None:
    profile = Profile(
        name="Ann", bio="Keeps bees.", links=("https://a.example", "https://b.example")
    )
    assert list(profile_lines(profile)) == [
        "Name: Ann",
        "About: Keeps bees.",
        "Links: https://a.example https://b.example",
    ]


def test_every_field_has_words() -> None:
    assert set(FIELDS) == set(Profile.__struct_fields__)


def test_a_thing_that_is_held_is_told_as_it_is_kept() -> None:
    held = e.ThingHeld(kind="profile", thing={"name": "Zoë", "links": ["https://a.example"]})
    assert held_line(held) == 'profile: {"name": "Zoë", "links": ["https://a.example"]}'


def test_ties_are_told_in_a_line() -> None:
    ann = Person("ann", "Ann")
    assert ties_line(e.TiesPage(people=(ann,), total=1)) == "You follow Ann"
    assert ties_line(e.TiesPage()) == "You follow nobody"
    assert ties_line(e.TiesPage(of="communities")) == "You follow no community"
    page = e.TiesPage(of="blocked", people=(ann, Person("ben", "Ben")), offset=100, total=103)
    assert ties_line(page) == "You block Ann, Ben, and 1 more: /list_ties blocked 102"

"""Tests of profiles in lines of text."""

from __future__ import annotations

from roomcli.frontends.words.profile_words import FIELDS, held_line, profile_lines
from roomcli.protocol import events as e
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

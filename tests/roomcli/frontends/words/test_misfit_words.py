"""Tests of what does not fit into a command, in words that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect

from roomcli.frontends.words.misfit_words import misfit_words
from roomcli.protocol import commands as c
from roomcli.protocol.local import TypedCommand

PLANNED = {"title": "Talks", "start": "2027-03-02T18:30", "zone": "UTC", "minutes": 60}


def misfit(**fields: object) -> msgspec.ValidationError:
    """Return the error of an event that is planned with these fields."""
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(PLANNED | fields, type=c.PlanEvent)
    return raised.value


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("start", "2026-13-45T99:00", "start has to be a day and a time that there are, like"),
        ("zone", "the moon", "zone has to be a time zone, like Europe/Paris"),
        ("title", "x" * 10_000, "title can have "),
        ("title", "", "title must not be empty"),
        ("minutes", 0, "minutes can be "),
        ("minutes", 10**9, " at most"),
        ("agenda", ["x"] * 1000, " entries at most"),
        ("room", "not a room!", "room has to be a room's name"),
        ("visibility", "moon", "visibility does not fit"),
    ],
)
def test_what_does_not_fit_is_said_of_its_field(field: str, value: object, told: str) -> None:
    assert told in misfit_words(misfit(**{field: value}))


def test_a_form_calls_a_field_what_it_calls_it() -> None:
    words = misfit_words(misfit(zone="?"), {"zone": "Time zone"})
    assert words.startswith("time zone has to be")


def texts_in(kind: Any) -> Iterator[inspect.StrType]:
    """Yield the texts within a type."""
    if isinstance(kind, inspect.StrType):
        yield kind
    for inner in (*getattr(kind, "types", ()), *getattr(kind, "item_types", ())):
        yield from texts_in(inner)
    if isinstance(getattr(kind, "item_type", None), inspect.Type):
        yield from texts_in(kind.item_type)


def test_every_way_to_write_something_is_told_by_an_example() -> None:
    seen = 0
    for kind in get_args(TypedCommand):
        info = inspect.type_info(kind)
        assert isinstance(info, inspect.StructType)
        for field in info.fields:
            for text in texts_in(field.type):
                if text.pattern is not None:
                    told = f"Expected `str` matching regex {text.pattern!r} - at `$.{field.name}`"
                    assert "has to be" in misfit_words(msgspec.ValidationError(told)), told
                    seen += 1
    assert seen > 10

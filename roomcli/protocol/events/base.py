"""What all events have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from ..people import Count, Person
from ..tags import snake_case

Hash = Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?\Z")]


class Event(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """Base of all events."""


People = dict[str, Person]
"""Persons by id: those whom the event names and the receivers' view did not."""


class DeskEvent(Event, frozen=True, kw_only=True):
    """Base of what a desk of the server says, to people at home and in rooms alike.

    With ``ref`` it is an answer to the command with this number, which ``done`` follows; without,
    it is news for all connections of a person.
    """

    ref: Count | None = None


class ViewEvent(Event, frozen=True, kw_only=True):
    """Base of events about a room. ``log`` is the hash of its moderation log's newest entry."""

    log: Hash = ""


class FactEvent(ViewEvent, frozen=True, kw_only=True):
    """Base of events after which something about the whole room has another value.

    It is known to everybody, under one name in the server's state and in every view: that of the
    event's field, or that in ``becomes`` where the event itself says the value. ``by`` is who did
    it.
    """

    becomes: ClassVar[Mapping[str, object]] = {}

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of what an event of this kind gives another value."""
        own = [name for name in cls.__struct_fields__ if name not in ("by", "log", "people")]
        return [*own, *cls.becomes]

    @property
    def facts(self) -> dict[str, Any]:
        """The new values, by the names of the fields of a state or a view."""
        return {name: self.becomes.get(name, getattr(self, name, None)) for name in self.names()}

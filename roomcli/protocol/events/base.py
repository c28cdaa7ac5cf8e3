"""What all events have in common."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ..tags import snake_case

Hash = Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?\Z")]


class Event(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """Base of all events."""


class ViewEvent(Event, frozen=True, kw_only=True):
    """Base of events about a room. ``log`` is the hash of its moderation log's newest entry."""

    log: Hash = ""

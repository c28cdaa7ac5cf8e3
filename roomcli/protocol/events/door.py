"""Events about those who knock at a room's door."""

from __future__ import annotations

from typing import Literal

from ..people import Knocker
from ..times import Seconds
from .base import Event, ViewEvent


class Knocked(ViewEvent, frozen=True, kw_only=True):
    """These people wait at the door now, by their ids; sent to moderators, once in 10 s at most."""

    knockers: dict[str, Knocker]


class KnockSettled(ViewEvent, frozen=True, kw_only=True):
    """Somebody waits at the door no longer: ``person`` was let in, refused, or is gone."""

    person: str
    answer: Literal["let_in", "refused", "gone"]
    by: str | None = None


class KnockAnswered(Event, frozen=True, kw_only=True):
    """One's own waiting at the door of a room is over.

    With "let_in" one may enter until ``until``, once; after "refused" one may knock again after
    ``retry_after`` seconds; "over" ends it without an answer.
    """

    room: str
    answer: Literal["let_in", "refused", "over"]
    text: str
    until: Seconds | None = None
    retry_after: Seconds | None = None


DoorEvent = Knocked | KnockSettled
"""Every event about who knocks, for those in the room."""

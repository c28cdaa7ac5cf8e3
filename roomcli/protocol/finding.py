"""Finding what goes on: what home shows of it, and the kinds of things that can be searched for."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .listing import ListedRoom

SearchKind = Literal["rooms", "people", "communities", "events"]
"""What can be found; what is planned is called an event where people read of it."""
SearchScope = Literal["everything", "rooms", "people", "communities", "events"]

HOME_ROOMS = 30
"""Rooms that home shows."""
HOME_OCCURRENCES = 30
HOME_COMMUNITIES = 50
"""Communities of one's own that home shows."""
HOME_DISCOVERABLE = 20
HOME_FOLLOWED = 50
"""People whom one follows that home shows."""
MAX_ON_STAGE = 10
"""People whom one follows that home names with a room; of more, those who came on stage first."""
SEARCH_PAGE = 20
"""Things of one kind in one answer."""
MAX_SEARCH = 80
"""Characters of a text that is searched for."""


class HomeRoom(Struct, frozen=True, kw_only=True):
    """A live room as home shows it to one person.

    ``community`` is the id of the community that it belongs to, if the person may know of that.
    ``followed`` are those on stage, by id, whom the person follows.
    """

    room: ListedRoom
    community: str = ""
    followed: tuple[str, ...] = ()

"""Events about what goes on: home, and what was searched for."""

from __future__ import annotations

from ..calendar import ListedOccurrence
from ..community import CommunityCard
from ..finding import HomeRoom, SearchKind, SearchScope
from ..listing import ListedRoom
from ..people import Count, Person
from .base import DeskEvent, People


class HomeShown(DeskEvent, frozen=True, kw_only=True):
    """What stands at home for one person; it replaces what was told before.

    ``rooms`` are live ones, of ``total_rooms``: first where people are on stage whom the person
    follows, then those of communities that they are in or follow, then those with most people in
    them. ``occurrences`` are what is on now and in the next seven days, what the person has to do
    with first, then by time; with ``more`` ``list_events`` of the week goes on with the first that
    is left out. ``communities`` are those that the person is in, applied to or
    is invited to, by name, and then those that they only follow; ``discoverable`` are the first, by
    name, that everybody may find. ``following`` are those whom they follow, by id, the newest
    first. ``people`` are all who are named by id; ``community_names``, by id, the communities that
    rooms and occurrences belong to, as far as the person may know of them.
    """

    rooms: tuple[HomeRoom, ...] = ()
    total_rooms: Count = 0
    occurrences: tuple[ListedOccurrence, ...] = ()
    more: str = ""
    communities: tuple[CommunityCard, ...] = ()
    total_communities: Count = 0
    discoverable: tuple[CommunityCard, ...] = ()
    total_discoverable: Count = 0
    following: tuple[str, ...] = ()
    total_following: Count = 0
    people: People = {}
    community_names: dict[str, str] = {}


class SearchResults(DeskEvent, frozen=True, kw_only=True):
    """What was found, the best first, after ``offset`` of each kind.

    ``occurrences`` are the next times of events. ``more`` says of which kinds there is more.
    """

    of: SearchScope
    text: str
    offset: Count = 0
    rooms: tuple[ListedRoom, ...] = ()
    people: tuple[Person, ...] = ()
    communities: tuple[CommunityCard, ...] = ()
    occurrences: tuple[ListedOccurrence, ...] = ()
    more: tuple[SearchKind, ...] = ()
    community_names: dict[str, str] = {}


FindingEvent = HomeShown | SearchResults
"""Every event about what goes on."""

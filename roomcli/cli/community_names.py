"""Which community and which person somebody means by a name or an id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, get_args

from ..errors import CommandRefused, UsageError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.community import PeopleList

_ID = re.compile("[0-9a-f]{16}")
_LISTS: tuple[Literal["mine", "discoverable"], ...] = ("mine", "discoverable")
MAX_PAGES = 100

Ask = Callable[[c.DeskCommand], list[e.DeskEvent]]


class NamedCommunities:
    """Finds communities, and people in them, by asking their server for its lists."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[str, str] = {}

    def community(self, wanted: str) -> str:
        """Return the id of the community with this name or id. Raises UsageError."""
        if wanted not in self._known:
            self._known[wanted] = wanted if _ID.fullmatch(wanted) else self._by_name(wanted)
        return self._known[wanted]

    def pages(self, of: Literal["mine", "discoverable"]) -> Iterator[e.CommunitiesListed]:
        """Yield the pages of a list of communities."""
        offset = 0
        for _ in range(MAX_PAGES):
            (page,) = self._ask(c.ListCommunities(of=of, offset=offset))
            assert isinstance(page, e.CommunitiesListed)
            yield page
            offset += len(page.communities)
            if not page.communities or offset >= page.total:
                return

    def person(self, community: str, wanted: str) -> str:
        """Return the id of the person with this name or id, who is in one of the lists of people.

        Raises UsageError.
        """
        if _ID.fullmatch(wanted):
            return wanted
        found = set(self._called(community, wanted.casefold()))
        return _only(found, f"nobody called {wanted} is in its lists: name them by their id")

    def _by_name(self, wanted: str) -> str:
        name = wanted.casefold()
        found = {
            card.id
            for of in _LISTS
            for page in self.pages(of)
            for card in page.communities
            if card.name.casefold() == name
        }
        return _only(found, f"no community called {wanted} can be found here")

    def _called(self, community: str, wanted: str) -> Iterator[str]:
        for of in get_args(PeopleList):
            offset = 0
            for _ in range(MAX_PAGES):
                try:
                    asked = c.ListCommunityPeople(community=community, of=of, offset=offset)
                    (page,) = self._ask(asked)
                except CommandRefused:  # only moderators see more than the members
                    break
                assert isinstance(page, e.CommunityPeople)
                for each in page.people:
                    if wanted in (each.person.name.casefold(), each.person.full_name.casefold()):
                        yield each.person.id
                offset += len(page.people)
                if not page.people or offset >= page.total:
                    break


def _only(found: set[str], none: str) -> str:
    if len(found) > 1:
        raise UsageError(f"several are called so: name one by its id ({', '.join(sorted(found))})")
    if not found:
        raise UsageError(none)
    return found.pop()

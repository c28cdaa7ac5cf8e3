"""Which person of a server somebody means by a name or an id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..errors import UsageError
from ..frontends.grammar.known_people import is_called
from ..frontends.words.badge_words import with_badges
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.finding import MAX_SEARCH
from ..protocol.people import Person

_ID = re.compile("[0-9a-f]{16}")
MAX_PAGES = 20
MAX_TOLD = 10
"""People who are named where several fit."""


def named_person(wanted: str, ask: Callable[[c.DeskCommand], list[e.DeskEvent]]) -> str:
    """Return the id of the person with this id or name: found here, or followed by the user.

    Whose whole name it is comes before whose name has a word that begins so. Raises UsageError.
    """
    if _ID.fullmatch(wanted):
        return wanted
    fit = {each.id: each for each in _candidates(wanted, ask)}
    called = {id: each for id, each in fit.items() if is_called(each, wanted)}
    people = list((called or fit).values())
    if len(people) == 1:
        return people[0].id
    if not people:
        raise UsageError(f"nobody called {wanted} can be found: name them by their id")
    told = "; ".join(f"{with_badges(each)} ({each.id})" for each in people[:MAX_TOLD])
    more = f"; and {len(people) - MAX_TOLD} more" if len(people) > MAX_TOLD else ""
    raise UsageError(f"several people fit {wanted}, name one by the id: {told}{more}")


def _candidates(wanted: str, ask: Callable[[c.DeskCommand], list[e.DeskEvent]]) -> Iterator[Person]:
    offset = 0
    for _ in range(MAX_PAGES):
        (page,) = ask(c.Search(text=wanted[:MAX_SEARCH], of="people", offset=offset))
        assert isinstance(page, e.SearchResults)
        yield from page.people
        offset += len(page.people)
        if not page.more:
            break
    offset = 0
    for _ in range(MAX_PAGES):
        (ties,) = ask(c.ListTies(of="following", offset=offset))
        assert isinstance(ties, e.TiesPage)
        yield from (each for each in ties.people if is_called(each, wanted))
        offset += len(ties.people)
        if not ties.people or offset >= ties.total:
            break

"""People of an event as they are typed into a form: by name, with commas between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.people import Person
from ...desk_questions import AskDesk

_ID = re.compile("[0-9a-f]{16}")
"""The id of a person, as servers give it."""


class PeopleFinder:
    """Finds people by name among those who are ``known``, else by asking the server."""

    def __init__(self, known: Mapping[str, Person]) -> None:
        self.known = dict(known)

    def names(self, ids: Iterable[str]) -> str:
        """Return people as they are typed: by name, or by id where the name does not tell."""
        return ", ".join(self._typed(id) for id in ids)

    def _typed(self, id: str) -> str:
        if id not in self.known:
            return id
        name = self.known[id].full_name
        return name if "," not in name and len(self._called_so(name)) == 1 else id

    def _called_so(self, name: str) -> list[str]:
        names = {
            id: (each.name.casefold(), each.full_name.casefold()) for id, each in self.known.items()
        }
        return [id for id, each in names.items() if name.casefold() in each]

    async def ids_of(self, text: str, ask: AskDesk) -> tuple[str, ...]:
        """Return the ids of people. Raises CommandRefused for a name of nobody, or of several."""
        names = [each.strip() for each in text.split(",")]
        return tuple([await self._find(each, ask) for each in names if each])

    async def _find(self, name: str, ask: AskDesk) -> str:
        if _ID.fullmatch(name):
            return name
        found = self._called_so(name)
        if len(found) == 1:
            return found[0]
        if found:
            text = f"several are called {name}: say which by id, {', '.join(found)}"
            raise CommandRefused("several_people", text)
        return await self._search(name, ask)

    async def _search(self, name: str, ask: AskDesk) -> str:
        answers = await ask(c.Search(of="people", text=name))
        people = [
            each for one in answers if isinstance(one, e.SearchResults) for each in one.people
        ]
        self.known |= {each.id: each for each in people}
        called = self._called_so(name) or [each.id for each in people]
        if len(called) == 1:
            return called[0]
        if called:
            told = ", ".join(f"{self.known[id].full_name} ({id})" for id in called)
            raise CommandRefused("several_people", f"{name} may be {told}: say which by id")
        raise CommandRefused("no_such_person", f"nobody here is called {name}")

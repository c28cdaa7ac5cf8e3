"""The people that a user can name: those who are here, wrote something or left.

Pure. A person is named by id, by key, by name in any case (with the tail of their key after a ``·``
if two have the same name), or by the beginning of a name or key. Somebody who came back counts as
one person: the one who is here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ...protocol.people import Person
from ...protocol.text import TAIL_MARK
from ..model.room_model import RoomModel

_TAIL_DIGITS = 4
_KEY_DIGITS = 8
"""Least number of digits of a key that name somebody."""
_QUOTED = re.compile(r'"([^"]*)"\s*')
_HEX = re.compile("[0-9a-f]+")

Place = Literal["stage", "hands", "audience"]
"""Where a person is looked for first: one person may have several seats."""
List = Literal["audience", "left", "silenced", "bans", "invites"]
"""A list that the room can be asked for if a name is not known here."""


class Unclear(Exception):
    """Raised if typed text cannot be understood.

    The message says why to people, ``code`` says it to scripts.
    """

    def __init__(self, text: str, code: str = "bad_message") -> None:
        super().__init__(text)
        self.code = code


class Unknown(Unclear):
    """Raised if typed text names nobody who is known here; the room's ``lists`` may tell more."""

    def __init__(self, text: str, *lists: List) -> None:
        super().__init__(text, "no_such_person")
        self.lists = lists


Seat = tuple[Person, Person]
"""A seat of a person, now or earlier, and the seat by which to name that person now."""


@dataclass(frozen=True)
class People:
    """The people who may be named, and the lists that may hold more of them.

    First those who are here, by their seats (``here``) and by earlier ones (``former``); then those
    who left, the last first (``gone``).
    """

    here: tuple[Seat, ...] = ()
    former: tuple[Seat, ...] = ()
    gone: tuple[Seat, ...] = ()
    lists: tuple[List, ...] = ()

    @property
    def lists_of_here(self) -> tuple[List, ...]:
        """The lists that may hold more of the people who are here."""
        return tuple(each for each in self.lists if each != "left")

    @property
    def names(self) -> list[str]:
        """The names of these people, each once."""
        return list(dict.fromkeys(person.full_name for _, person in (*self.here, *self.gone)))


def people_of(
    state: RoomModel, *, departed: bool = False, first: Place = "stage", silenced: bool = False
) -> People:
    """Return the people who can be named.

    ``departed`` includes those who left, ``silenced`` includes those who are silenced.
    """
    view = state.view
    if view is None:
        return People()
    places: dict[Place, list[Person]] = {
        "stage": [speaker.person for speaker in view.stage.values()],
        "hands": [hand.person for hand in view.hands],
        "audience": [*view.front_row.values(), *state.audience.values()],
    }
    here: dict[str, Person] = {}
    for person in (person for place in (first, *places) for person in places[place]):
        here.setdefault(person.id, person)
    wrote = {each.person.id: each.person for each in reversed(state.chat.values())}
    left = {person.id: person for person in state.departed if person.id not in here}
    of_key = {person.key: person for person in reversed(here.values()) if person.key}
    for person in wrote.values():
        if person.id not in left and person.key not in of_key:
            here.setdefault(person.id, person)
            of_key |= {person.key: person} if person.key else {}
    seats = {**wrote, **left}.values()
    former = [(each, of_key[each.key]) for each in seats if each.key in of_key]
    gone = [(each, each) for each in left.values() if departed and each.key not in of_key]
    if silenced:
        known = {*of_key, *(each.key for each in left.values())}
        away = [Person(each.id, each.name, key=each.key) for each in state.silences]
        gone += [(each, each) for each in away if each.key not in known]
    lists: list[List] = ["audience"] if view.audience > len(view.front_row) else []
    lists += ["left"] if departed and view.is_moderator else []
    lists += ["silenced"] if silenced and view.is_moderator else []
    now = ((each, each) for each in here.values())
    return People(tuple(now), tuple(former), tuple(gone), tuple(lists))


def leading_person(
    text: str, people: People, *, whole: bool = False, exact: bool = False
) -> tuple[Person, str]:
    """Return the person whose name begins a text, and the rest of the text. Raises Unclear.

    ``whole``: the whole text is a name. A name in quotes is taken as it is. Otherwise the longest
    beginning that is somebody's id, key or name counts, then the longest that a name begins with;
    with ``exact`` the latter counts only if no list could tell of somebody who is called exactly
    that. People who are here come before people who left.
    """
    text = " ".join(text.split())
    quoted = _QUOTED.match(text)
    words = [quoted[1]] if quoted else text.split(" ")
    rest = text[quoted.end() :] if quoted else ""
    lengths = [len(words)] if whole or quoted else range(len(words), 0, -1)
    told = " ".join(words) if whole or quoted else words[0]
    unknown = f"Nobody here is called {told}"
    for fits in (is_called, _begins):
        for length in lengths:
            name = " ".join(words[:length])
            for pool in (people.here, people.former, people.gone):
                found = [each for each in pool if fits(each[0], name)]
                if not found:
                    continue
                # The beginning of a name means somebody who left only if it fits nobody here.
                others = people.lists if pool is people.gone else people.lists_of_here
                if exact and fits is _begins and others:
                    raise Unknown(unknown, *others)
                return _the_one(name, found), rest or " ".join(words[length:])
    raise Unknown(unknown, *people.lists)


def _the_one(name: str, found: list[Seat]) -> Person:
    found = [each for each in found if each[0].id == name] or found
    persons = {person.key or person.id: person for _, person in reversed(found)}
    if len(persons) == 1:
        return found[0][1]
    people = ", ".join(f"{each.full_name} ({each.id})" for each in reversed(persons.values()))
    raise Unclear(f"Several people fit {name}: {people}", "several_people")


def is_called(person: Person, name: str) -> bool:
    """Whether a name, id or key, in any case, belongs to this person."""
    name = name.casefold()
    if name in (person.id, person.name.casefold()) or (name and name == person.key):
        return True
    called, tail, digits = name.rpartition(TAIL_MARK)
    if not tail or len(digits) < _TAIL_DIGITS or not person.key.endswith(digits):
        return False
    return called in ("", person.name.casefold())


def _begins(person: Person, name: str) -> bool:
    name = name.casefold()
    begins_key = len(name) >= _KEY_DIGITS and _HEX.fullmatch(name) and person.key.startswith(name)
    return bool(name) and (person.name.casefold().startswith(name) or bool(begins_key))

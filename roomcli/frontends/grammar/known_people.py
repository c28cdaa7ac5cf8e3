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
from ..model.named import Named
from ..model.room_model import RoomModel
from ..words.names import author

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


Called = tuple[Named, Named]
"""What a person is or was called, in a seat of now or earlier, and by what to name them now."""


@dataclass(frozen=True)
class People:
    """The people who may be named, and the lists that may hold more of them.

    First those who are here, by their names (``here``) and by earlier ones (``former``); then those
    who left, the last first (``gone``).
    """

    here: tuple[Called, ...] = ()
    former: tuple[Called, ...] = ()
    gone: tuple[Called, ...] = ()
    lists: tuple[List, ...] = ()

    @property
    def lists_of_here(self) -> tuple[List, ...]:
        """The lists that may hold more of the people who are here."""
        return tuple(each for each in self.lists if each != "left")

    @property
    def names(self) -> list[str]:
        """The names of these people, each once."""
        return list(dict.fromkeys(each.person.full_name for _, each in (*self.here, *self.gone)))


def people_of(
    state: RoomModel, *, departed: bool = False, first: Place = "stage", silenced: bool = False
) -> People:
    """Return the people who can be named.

    ``departed`` includes those who left, ``silenced`` includes those who are silenced.
    """
    view = state.view
    if view is None:
        return People()
    places: dict[Place, list[Named]] = {
        "stage": [Named(each.id, view.shown(each)) for each in view.stage.values()],
        "hands": [Named(hand.id, view.shown(hand)) for hand in view.hands],
        "audience": [
            *(
                Named(id, view.people[who])
                for id, who in view.front_row.items()
                if who in view.people
            ),
            *(Named(id, person) for id, person in state.lists.audience.items()),
        ],
    }
    here: dict[str, Named] = {}
    for each in (each for place in (first, *places) for each in places[place]):
        here.setdefault(each.id, each)
    now = {each.person.id: each for each in reversed(here.values())}
    left = [each for each in state.lists.departed if each.id not in here]
    gone = {each.person.id for each in left}
    wrote = {each.person: each for each in state.chat.values()}
    for message in reversed(wrote.values()):
        person = state.author(message)
        if person.id not in gone and person.id not in now:
            now[person.id] = here[person.id] = Named(person.id, person)
    said = [author(each) for each in reversed(state.chat.values())]
    before = [*(Named(each.id, each) for each in said), *left]
    former = [(each, now[each.person.id]) for each in before if each.person.id in now]
    away = [each for each in left if departed and each.person.id not in now]
    if silenced:
        known = {*now, *gone}
        quiet = [Person(each.person, each.name, key=each.key) for each in state.lists.silences]
        away += [Named(each.id, each) for each in quiet if each.id not in known]
    lists: list[List] = ["audience"] if view.audience > len(view.front_row) else []
    lists += ["left"] if departed and view.is_moderator else []
    lists += ["silenced"] if silenced and view.is_moderator else []
    return People(
        tuple((each, each) for each in here.values()),
        tuple(former),
        tuple((each, each) for each in away),
        tuple(lists),
    )


def knockers_of(state: RoomModel) -> People:
    """Return those who wait at the door, who are named by their persons' ids."""
    knockers = state.view.knockers if state.view is not None else {}
    waiting = [Named(id, each.person) for id, each in knockers.items()]
    return People(here=tuple((each, each) for each in waiting))


def leading_person(
    text: str, people: People, *, whole: bool = False, exact: bool = False
) -> tuple[Named, str]:
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
    for fits in (_is, _begins):
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


def _the_one(name: str, found: list[Called]) -> Named:
    found = [each for each in found if each[0].id == name] or found
    persons = {each.person.id: each for _, each in reversed(found)}
    if len(persons) == 1:
        return found[0][1]
    people = ", ".join(
        f"{each.person.full_name} ({each.id})" for each in reversed(persons.values())
    )
    raise Unclear(f"Several people fit {name}: {people}", "several_people")


def _is(named: Named, name: str) -> bool:
    return name.casefold() == named.id or is_called(named.person, name)


def is_called(person: Person, name: str) -> bool:
    """Whether a name, id or key, in any case, belongs to this person."""
    name = name.casefold()
    if name in (person.id, person.name.casefold()) or (name and name == person.key):
        return True
    called, tail, digits = name.rpartition(TAIL_MARK)
    if not tail or len(digits) < _TAIL_DIGITS or not person.key.endswith(digits):
        return False
    return called in ("", person.name.casefold())


def _begins(named: Named, name: str) -> bool:
    person, name = named.person, name.casefold()
    begins_key = len(name) >= _KEY_DIGITS and _HEX.fullmatch(name) and person.key.startswith(name)
    return bool(name) and (person.name.casefold().startswith(name) or bool(begins_key))

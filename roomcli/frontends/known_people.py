"""The people that somebody at a keyboard can name: whoever is here, wrote something or left.

Pure. A person is named by id, by name in any case, or by the beginning of a name.
"""

from __future__ import annotations

import re

from ..protocol.people import Person
from .room_state import RoomState

_QUOTED = re.compile(r'"([^"]*)"\s*')


class Unclear(Exception):
    """What was typed names nobody, or several people; the text says so."""


def people_of(state: RoomState, *, departed: bool = False) -> list[Person]:
    """Whoever can be named, each once: stage, hands, audience, chat; ``departed``: who left too."""
    view = state.view
    if view is None:
        return []
    people = [speaker.person for speaker in view.stage.values()]
    people += [hand.person for hand in view.hands]
    people += [*view.front_row.values(), *state.audience.values()]
    gone = {person.id for person in state.departed} - {person.id for person in people}
    wrote = [message.person for message in state.chat.values()]
    people += [person for person in wrote if person.id not in gone]
    people += state.departed if departed else ()
    return list({person.id: person for person in people}.values())


def leading_person(text: str, people: list[Person], *, whole: bool = False) -> tuple[Person, str]:
    """The person whose name begins a text, and the rest of it; ``whole``: there is no rest.

    A name in quotes is taken as it is. Else the longest beginning that is somebody's id or name
    counts, and then the longest that a name begins with. Raises Unclear.
    """
    text = " ".join(text.split())
    quoted = _QUOTED.match(text)
    if quoted:
        found = _fitting(quoted[1], people)
        return _the_one(quoted[1], found), text[quoted.end() :]
    words = text.split(" ")
    lengths = [len(words)] if whole else range(len(words), 0, -1)
    for fits in (_is_called, _begins):
        for length in lengths:
            name = " ".join(words[:length])
            found = [person for person in people if fits(person, name)]
            if found:
                return _the_one(name, found), " ".join(words[length:])
    raise Unclear(f"Nobody here is called {text if whole else words[0]}")


def _fitting(name: str, people: list[Person]) -> list[Person]:
    exactly = [person for person in people if _is_called(person, name)]
    return exactly or [person for person in people if _begins(person, name)]


def _the_one(name: str, found: list[Person]) -> Person:
    by_id = [person for person in found if person.id == name]
    if len(by_id or found) == 1:
        return (by_id or found)[0]
    if not found:
        raise Unclear(f"Nobody here is called {name}")
    people = ", ".join(f"{person.name} ({person.id})" for person in found)
    raise Unclear(f"Several people fit {name}: {people}")


def _is_called(person: Person, name: str) -> bool:
    return person.id == name or person.name.casefold() == name.casefold()


def _begins(person: Person, name: str) -> bool:
    return bool(name) and person.name.casefold().startswith(name.casefold())

"""How a person is written: their name with what tells them apart, who leads, and which is oneself.

Pure. The server lets no name hold the dot before a tail, nor these words in brackets.
"""

from __future__ import annotations

from ...protocol.people import MODERATORS, Person, Role
from ...protocol.text import TAIL_MARK
from ...protocol.view import RoomView

ROLE_WORDS: dict[Role, str] = {
    "host": "host",
    "cohost": "co-host",
    "speaker": "speaker",
    "listener": "listener",
}


def written(person: Person, view: RoomView | None) -> str:
    """The whole of it: ``Hanna·b7e1``, ``Ann (host)``, ``Ben (co-host, you)``."""
    return "".join(written_in_parts(person, view))


def written_in_parts(person: Person, view: RoomView | None) -> tuple[str, str]:
    """The same as the name and the rest, of which nothing may be cut off where room is short."""
    return person.name, tail(person) + marks(person, view)


def tail(person: Person) -> str:
    """What tells somebody apart from another of that name, as it stands after it."""
    return f"{TAIL_MARK}{person.tail}" if person.tail else ""


def marks(person: Person, view: RoomView | None) -> str:
    """What is said of somebody after their name, with a space before it; empty of most."""
    if view is None:
        return ""
    return bracketed(leading_role(person, view), is_you=person.id == view.you)


def bracketed(role: Role | None, *, is_you: bool) -> str:
    """The same from whom it is about: only of host and co-host the role is said."""
    words = [ROLE_WORDS[role]] if role in MODERATORS else []
    words += ["you"] if is_you else []
    return f" ({', '.join(words)})" if words else ""


def leading_role(person: Person, view: RoomView) -> Role | None:
    """Host or co-host, if somebody is one now in any of their seats."""
    for id, key, role in leaders(view):
        if id == person.id or (key and key == person.key):
            return role
    return None


def leaders(view: RoomView | None) -> tuple[tuple[str, str, Role], ...]:
    """Id, key and role of whoever leads now."""
    stage = view.stage.values() if view is not None else ()
    return tuple((e.person.id, e.person.key, e.role) for e in stage if e.role in MODERATORS)

"""How a person is shown: the name, what tells it from another, the role, and whether it is "you".

Pure. The server lets no name contain the dot before a tail, a check mark, nor these words in
brackets.
"""

from __future__ import annotations

from ...protocol.chat import ChatMessage
from ...protocol.people import MODERATORS, ROLE_WORDS, Person, Role
from ...protocol.text import CHECK_MARK, TAIL_MARK
from ...protocol.view import RoomView

LOOKALIKE_MARK = "\u2717"
"""Stands where a check mark would, after the name of somebody who is not who they seem to be."""
LOOKALIKE = "unverified"


def written(person: Person, view: RoomView | None) -> str:
    """Return the full name to show: ``Hanna·b7e1``, ``Ann (host)``, ``Ben (co-host, you)``."""
    return person.full_name + marks(person, view)


def written_in_parts(person: Person, view: RoomView | None) -> tuple[str, str]:
    """Return the full name as two parts, for a screen: the name and the rest.

    Nothing of the rest may be cut off if there is little space.
    """
    role = leading_role(person, view) if view is not None else None
    is_you = view is not None and person.id == view.me
    return person.name, after_name(person) + bracketed(role, is_you=is_you)


def after_name(person: Person) -> str:
    """Return what a screen shows right after a name: the tail, and whether anything is proven."""
    mark = CHECK_MARK if person.badges else LOOKALIKE_MARK if person.lookalike else ""
    return tail(person) + mark


def as_named(name: str, *, lookalike: bool) -> str:
    """Return the name of a community or an event in words, and whether it passes for another."""
    return f"{name} ({LOOKALIKE})" if lookalike else name


def mark_of(*, lookalike: bool) -> str:
    """Return what a screen shows right after the name of a community or an event; mostly empty."""
    return LOOKALIKE_MARK if lookalike else ""


def tail(person: Person) -> str:
    """Return what is shown after a name to tell it from the same name of another person."""
    return f"{TAIL_MARK}{person.tail}" if person.tail else ""


def marks(person: Person, view: RoomView | None) -> str:
    """Return the words in brackets after a person's name, with a space before; mostly empty."""
    if view is None:
        return bracketed(None, is_you=False, lookalike=person.lookalike)
    lookalike = view.people.get(person.id, person).lookalike
    role = leading_role(person, view)
    return bracketed(role, is_you=person.id == view.me, lookalike=lookalike)


def bracketed(role: Role | None, *, is_you: bool, lookalike: bool = False) -> str:
    """Return such words in brackets from role and ``is_you``; only host and co-host are named."""
    words = [LOOKALIKE] if lookalike else []
    words += [ROLE_WORDS[role]] if role in MODERATORS else []
    words += ["you"] if is_you else []
    return f" ({', '.join(words)})" if words else ""


def leading_role(person: Person, view: RoomView) -> Role | None:
    """Return host or co-host if the person is that now in any of their seats; else None."""
    for id, key, role in leaders(view):
        if id == person.id or (key and key == person.key):
            return role
    return None


def leaders(view: RoomView | None) -> tuple[tuple[str, str, Role], ...]:
    """Return the id, key and role of everybody who is host or co-host now."""
    if view is None:
        return ()
    leading = [each for each in view.stage.values() if each.role in MODERATORS]
    return tuple((each.person, view.shown(each).key, each.role) for each in leading)


def author(message: ChatMessage) -> Person:
    """Return who wrote a message, by the name under which it was said."""
    return Person(message.person, message.name, tail=message.tail)

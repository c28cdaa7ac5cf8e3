"""How people are called, and whom somebody finds among them."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile

from ...store import Store


def find_shown(store: Store, id: str) -> Person | None:
    """Return somebody as they are called: by their profile, else as they were called last.

    None is for who is not kept.
    """
    person = store.people.find(id)
    return None if person is None else as_in_profile(person, store.profiles.of_person(id))


def shown_or_somebody(store: Store, id: str) -> Person:
    """Return somebody as they are called, also who is not kept any more."""
    return find_shown(store, id) or Person(id, "somebody")


def as_in_profile(person: Person, profile: Profile | None) -> Person:
    """Return somebody by the name and headline of a profile, if there is one."""
    if profile is None:
        return person
    return replace(person, name=profile.name, headline=profile.headline)


def visible_to(
    person: Person | None, profile: Profile | None, *, is_banned: bool, is_blocked: bool
) -> Person | None:
    """Return somebody as lists show them to a viewer; None for who is not found by them.

    Found is who keeps a profile, is not banned from the server, and is not blocked by the viewer:
    who made no profile asked to be in no list. Whom somebody else blocks finds that one as before:
    the blocked are not told.
    """
    if person is None or profile is None or is_banned or is_blocked:
        return None
    return as_in_profile(person, profile)

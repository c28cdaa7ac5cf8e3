"""Whom somebody finds among the people of a server, and how they are shown. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile


def visible_to(
    person: Person | None, profile: Profile | None, *, is_banned: bool, is_blocked: bool
) -> Person | None:
    """Return somebody as lists show them to a viewer; None for who is not found by them.

    Found is who keeps a profile, is not banned from the server, and is not blocked by the viewer.
    Whom somebody else blocks finds that one as before: the blocked are not told.
    """
    if person is None or profile is None or is_banned or is_blocked:
        return None
    return as_in_profile(person, profile)


def as_in_profile(person: Person, profile: Profile | None) -> Person:
    """Return somebody as they are called: by their profile, if they keep one."""
    if profile is None:
        return person
    return replace(person, name=profile.name, headline=profile.headline)

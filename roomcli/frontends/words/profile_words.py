"""Profiles, and what a server holds about a person, in lines of text."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ...protocol import events as e
from ...protocol.profile import Profile
from .badge_words import badge_words, with_badges

FIELDS = {
    "name": "Name",
    "headline": "Headline",
    "company": "Company",
    "location": "Location",
    "pronouns": "Pronouns",
    "bio": "About",
    "links": "Links",
    "page": "Web page",
}
"""The fields of a profile in words, in the order in which they are shown."""


def profile_lines(profile: Profile) -> Iterator[str]:
    """Yield what somebody filled in, a line for each field."""
    for field, words in FIELDS.items():
        value = getattr(profile, field)
        if value:
            yield f"{words}: {' '.join(value) if isinstance(value, tuple) else value}"


def person_lines(shown: e.ProfileShown, now: float) -> Iterator[str]:
    """Yield what somebody filled in, and what the server has checked about them."""
    yield from profile_lines(shown.profile)
    for badge in shown.badges:
        yield f"Proven: {badge_words(badge, now)}"


def held_line(held: e.ThingHeld) -> str:
    """Return one thing that the server holds about the user, as it is kept."""
    return f"{held.kind}: {json.dumps(held.thing, ensure_ascii=False)}"


def ties_line(page: e.TiesPage) -> str:
    """Return a page of the user's ties as a line."""
    names = ", ".join((*map(with_badges, page.people), *page.communities)) or "nobody"
    if page.of == "communities":
        names = ", ".join(page.communities) or "no community"
    read = page.offset + len(page.people) + len(page.communities)
    more = f", and {page.total - read} more: /list_ties {page.of} {read}"
    verb = "block" if page.of == "blocked" else "follow"
    return f"You {verb} {names}{more if read < page.total else ''}"

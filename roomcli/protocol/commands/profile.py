"""Commands about profiles, and about all that the server holds of a person."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..profile import MAX_LINKS
from .base import Command, Id, ShortText

LongText = Annotated[str, Meta(max_length=1000)]
Link = Annotated[str, Meta(max_length=400)]


class ShowProfile(Command, frozen=True, kw_only=True):
    """Ask for somebody's profile, by the id of the person, or for one's own: ``profile_shown``."""

    person: Id | None = None


class ChangeProfile(Command, frozen=True, kw_only=True):
    """Change one's own profile; what is None stays as it is, what is empty is taken out.

    ``page`` "public" shows it, with its badges, to everybody who opens its page in a browser.
    """

    name: ShortText | None = None
    headline: ShortText | None = None
    company: ShortText | None = None
    location: ShortText | None = None
    pronouns: ShortText | None = None
    bio: LongText | None = None
    links: Annotated[tuple[Link, ...], Meta(max_length=MAX_LINKS)] | None = None
    page: ShortText | None = None


class ExportProfile(Command, frozen=True, kw_only=True):
    """Ask for all that the server holds about oneself: one ``thing_held`` for each thing."""


class DeleteProfile(Command, frozen=True, kw_only=True):
    """Delete one's profile, and all else that the server holds about one and that may go."""


ProfileCommand = ShowProfile | ChangeProfile | ExportProfile | DeleteProfile
"""Every command about profiles."""

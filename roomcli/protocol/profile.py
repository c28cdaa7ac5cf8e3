"""A person's profile: what they say of themselves, and nobody has checked."""

from __future__ import annotations

from msgspec import Struct

MAX_LINKS = 5
MAX_SHORT = 60
"""Characters of a company and of a location."""
MAX_PRONOUNS = 30
MAX_BIO = 500
PUBLIC = "public"
"""The ``page`` of a profile that everybody on the web may read, with its badges."""


class Profile(Struct, frozen=True, kw_only=True):
    """What a person says of themselves; everybody on the server may ask for it.

    ``name`` and ``headline`` are those under which the person is shown. ``links`` begin with
    ``https://``. ``page`` is :data:`PUBLIC` if its owner wants a page of it on the web, else empty.
    """

    name: str
    headline: str = ""
    company: str = ""
    location: str = ""
    pronouns: str = ""
    bio: str = ""
    links: tuple[str, ...] = ()
    page: str = ""

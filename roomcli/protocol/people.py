"""Who is who in a room, as far as everyone may know."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Role = Literal["host", "cohost", "speaker", "listener"]
Octet = Annotated[int, Meta(ge=0, le=255)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=253_402_300_799)]
"""A time or duration: a number, not NaN, and until the year 9999, so that a client may reckon with
it and show it whatever a server says."""
MODERATORS: frozenset[Role] = frozenset({"host", "cohost"})


class Person(Struct, frozen=True):
    """A participant as shown to others. ``key`` is the fingerprint of their public key."""

    id: str
    name: str
    headline: str = ""
    key: str = ""


class Speaker(Struct, frozen=True):
    """Somebody on stage.

    ``slot`` and ``generation`` (0-255 each) name their audio in bundles. ``muted`` is their own
    switch, ``silenced`` a moderator's. ``connected`` is false while their place is kept for them.
    """

    person: Person
    role: Role
    slot: Octet
    generation: Octet
    muted: bool = True
    silenced: bool = False
    connected: bool = True


class Hand(Struct, frozen=True):
    """A raised hand; ``at`` is when it went up, in seconds since 1970 by the server's clock."""

    person: Person
    at: Seconds


REACTIONS: tuple[str, ...] = ("👏", "❤️", "😂", "🎉", "🤔", "👍")
"""The fixed set; the first is the one that most keys send."""

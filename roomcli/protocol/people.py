"""Who is who in a room, as far as everyone may know."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .text import TAIL_MARK

Role = Literal["host", "cohost", "speaker", "listener"]
Octet = Annotated[int, Meta(ge=0, le=255)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=253_402_300_799)]
"""A time or duration: a number, not NaN, and until the year 9999, so that a client may reckon with
it and show it whatever a server says."""
MODERATORS: frozenset[Role] = frozenset({"host", "cohost"})


class Person(Struct, frozen=True):
    """A participant as shown to others. ``key`` is the fingerprint of their public key.

    ``tail`` is the end of it where somebody else in the room has a name that reads the same; the
    server says so, the same to everybody.
    """

    id: str
    name: str
    headline: str = ""
    key: str = ""
    tail: str = ""

    @property
    def full_name(self) -> str:
        """The name, and after it what tells them apart from somebody else: ``Ann·b7e1``."""
        return f"{self.name}{TAIL_MARK}{self.tail}" if self.tail else self.name


class Speaker(Struct, frozen=True):
    """Somebody on stage.

    ``slot`` and ``generation`` (0-255 each) name their audio in bundles. ``muted`` is their own
    switch, ``silenced`` a moderator's. ``connected`` is false while their place is kept for them,
    until ``kept_until``. ``spoken`` is how long they have been heard in this room, in seconds;
    ``turn_ends_at`` when they go back to the audience, where turns are limited: that is
    :data:`roomcli.protocol.times.TURN_GRACE` after the turn itself.
    """

    person: Person
    role: Role
    slot: Octet
    generation: Octet
    muted: bool = True
    silenced: bool = False
    connected: bool = True
    kept_until: Seconds | None = None
    spoken: Seconds = 0.0
    turn_ends_at: Seconds | None = None


class Hand(Struct, frozen=True):
    """A raised hand; ``at`` is when it went up, in seconds since 1970 by the server's clock.

    ``topic`` says what they would like to speak about, ``spoken`` for how many seconds they have
    spoken in this room already.
    """

    person: Person
    at: Seconds
    topic: str = ""
    spoken: Seconds = 0.0


class BanNotice(Struct, frozen=True, kw_only=True):
    """A key that is kept out, under what name and by whom it was; ``until`` None is for good."""

    key: str
    name: str
    at: Seconds
    until: Seconds | None = None
    reason: str = ""
    by: str = ""

    def holds(self, now: float) -> bool:
        """Whether it keeps the key out still."""
        return self.until is None or now < self.until


class SilenceNotice(Struct, frozen=True, kw_only=True):
    """A person whose voice is let through from no seat of theirs, until a moderator lifts that.

    ``id`` and ``name`` are theirs when they were silenced, ``by`` is who did it.
    """

    id: str
    key: str
    name: str
    at: Seconds
    reason: str = ""
    by: str = ""


class RoomInvite(Struct, frozen=True, kw_only=True):
    """An invite to the room: ``used`` of ``uses`` people came by it; None is any number, uncounted.

    ``id`` names it; ``by`` is who made it. The invite itself is told to whoever made it.
    """

    id: str
    role: Role = "listener"
    expires_at: Seconds
    uses: Count | None = None
    used: Count = 0
    by: str = ""


REACTIONS: tuple[str, ...] = ("👏", "❤️", "😂", "🎉", "🤔", "👍")
"""The fixed set, which has keys; the first is the one that most send. Any other emoji will do."""

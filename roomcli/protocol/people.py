"""The people in a room and what everyone may know about them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .badges import Badge
from .text import TAIL_MARK
from .times import Seconds

Role = Literal["host", "cohost", "speaker", "listener"]
Key = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
"""The fingerprint of a key."""
Octet = Annotated[int, Meta(ge=0, le=255)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
ROLE_WORDS: dict[Role, str] = {
    "host": "host",
    "cohost": "co-host",
    "speaker": "speaker",
    "listener": "listener",
}
"""What a role is called wherever people read of it, in the moderation log too."""
MODERATORS: frozenset[Role] = frozenset({"host", "cohost"})


class Person(Struct, frozen=True):
    """A person as shown to others. ``key`` is the fingerprint of their first key.

    ``id`` is the same in all seats, rooms and connections, for as long as the server knows the
    person. ``tail`` is the end of ``key``, given when somebody else in the room has a name that
    looks the same. ``badges`` are what the server has checked about them, as far as everybody is
    shown it (:func:`roomcli.protocol.badges.leading_badges`). ``lookalike`` is true of somebody
    without badges whose name reads like that of somebody with badges in the room: they are not that
    person. The server decides that, the same for everybody.
    """

    id: str
    name: str
    headline: str = ""
    key: str = ""
    tail: str = ""
    badges: tuple[Badge, ...] = ()
    lookalike: bool = False

    @property
    def full_name(self) -> str:
        """The name, with the tail if there is one to tell it from another's: ``Ann·b7e1``."""
        return f"{self.name}{TAIL_MARK}{self.tail}" if self.tail else self.name


class Speaker(Struct, frozen=True):
    """A participant on stage: the seat ``id``, and by id the ``person`` who has it.

    ``slot`` and ``generation`` (0-255 each) name their audio in bundles. ``muted`` is their own
    switch, ``silenced`` a moderator's. ``connected`` is false while their place is kept for them,
    until ``kept_until``. ``spoken`` is how long they have been heard in this room, in seconds.
    ``turn_ends_at`` is when they go back to the audience, if turns are limited:
    :data:`roomcli.protocol.times.TURN_GRACE` after the turn itself.
    """

    id: str
    person: str
    role: Role
    slot: Octet
    generation: Octet
    muted: bool = True
    silenced: bool = False
    connected: bool = True
    kept_until: Seconds | None = None
    spoken: Seconds = 0.0
    turn_ends_at: Seconds | None = None


class HearerInTrouble(Struct, frozen=True, kw_only=True):
    """Somebody who does not hear well those who are on air: a seat and, by id, the person.

    ``behind`` misses words, since the way to them is too slow or blocked; ``late`` hears what was
    said ``delay_ms`` before; ``deaf`` plays no sound, and may want it so.
    """

    id: str
    person: str
    why: Literal["behind", "late", "deaf"]
    delay_ms: Count = 0


class Hand(Struct, frozen=True):
    """A raised hand: the seat ``id``, and by id the ``person`` who has it.

    ``at`` is when it was raised, in seconds since 1970 by the server's clock. ``topic`` says what
    the person would like to speak about, ``spoken`` for how many seconds they have already spoken
    in this room.
    """

    id: str
    person: str
    at: Seconds
    topic: str = ""
    spoken: Seconds = 0.0


class StageInvitation(Struct, frozen=True):
    """The person who is invited on stage, and the person who invited them, by their ids."""

    person: str
    by: str


class Knocker(Struct, frozen=True):
    """Somebody who waits at the door since ``at``, as they are shown there."""

    person: Person
    at: Seconds


class BanNotice(Struct, frozen=True, kw_only=True):
    """A banned key, the name it had, and who banned it; ``until`` is None for a ban for good.

    ``person`` is the id of whoever has the key; empty where the server only knows the key.
    """

    person: str = ""
    key: str
    name: str
    at: Seconds
    until: Seconds | None = None
    reason: str = ""
    by: str = ""

    def holds(self, now: float) -> bool:
        """Whether the ban still keeps the key out."""
        return self.until is None or now < self.until


class SilenceNotice(Struct, frozen=True, kw_only=True):
    """A person whose voice is refused from all their seats, until a moderator lifts the silence.

    ``name`` is the one the person had when they were silenced, ``by`` is who did it.
    """

    person: str
    key: str
    name: str
    at: Seconds
    reason: str = ""
    by: str = ""


class RoomInvite(Struct, frozen=True, kw_only=True):
    """An invite to the room, which ``used`` of ``uses`` people have used.

    ``uses`` None means any number, which is not counted. ``id`` names the invite, ``by`` is who
    made it. Only that person is told the invite itself.
    """

    id: str
    role: Role = "listener"
    expires_at: Seconds
    uses: Count | None = None
    used: Count = 0
    by: str = ""


REACTION_WORDS = {
    "👏": "Applaud",
    "❤️": "Heart",
    "😂": "Laugh",
    "🎉": "Celebrate",
    "🤔": "Wonder",
    "👍": "Agree",
}
"""What one does with each of the fixed set of reactions."""
REACTIONS: tuple[str, ...] = tuple(REACTION_WORDS)
"""The fixed reactions, which have keys, the most used one first. Any other emoji may be sent
too."""

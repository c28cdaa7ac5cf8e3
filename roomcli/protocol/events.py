"""What happened: the events a server sends to one participant.

Each struct is tagged with its name in snake case under ``event``. Those of the first group change
the :class:`~roomcli.protocol.room.RoomView`; the others are the business of one connection.
Times (``at``, ``closes_at``) are seconds since 1970 by the server's clock.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .handshake import NONCE_BYTES
from .people import Count, Person, Role, Seconds, Speaker
from .room import RoomView
from .tags import snake_case


class Event(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """Base of all."""


# What changes the view of a room.


class ParticipantJoined(Event, frozen=True, kw_only=True):
    """Somebody is in the front rows of the audience; sent with the pulse, not at once."""

    person: Person


class ParticipantLeft(Event, frozen=True, kw_only=True):
    """Somebody is gone: from the stage or the queue at once, from the front rows with the pulse.

    With reason "moved" they are still in the room, but no longer in the front rows.
    """

    id: str
    reason: Literal["left", "lost", "removed", "moved"] = "left"
    by: str | None = None


class HandRaised(Event, frozen=True, kw_only=True):
    """Somebody asks to speak and is last in the queue, or back at the place they had."""

    person: Person
    at: Seconds


class HandLowered(Event, frozen=True, kw_only=True):
    """A hand is out of the queue."""

    id: str
    reason: Literal["lowered", "accepted", "declined", "left"] = "lowered"
    by: str | None = None


class InvitedToStage(Event, frozen=True, kw_only=True):
    """A moderator asks somebody on stage; told to that person and to moderators."""

    id: str
    by: str


class InviteSettled(Event, frozen=True, kw_only=True):
    """An invitation is accepted, declined or void; told to the same people."""

    id: str
    answer: Literal["accepted", "declined", "void"]


class StageJoined(Event, frozen=True, kw_only=True):
    """Somebody is on stage, and their audio has this slot and generation."""

    speaker: Speaker


class StageLeft(Event, frozen=True, kw_only=True):
    """Somebody is back in the audience; ``by`` names the moderator who moved them."""

    id: str
    by: str | None = None


class Muted(Event, frozen=True, kw_only=True):
    """A microphone on stage is closed."""

    id: str


class Unmuted(Event, frozen=True, kw_only=True):
    """A microphone on stage is open."""

    id: str


class Silenced(Event, frozen=True, kw_only=True):
    """A moderator refuses somebody's audio."""

    id: str
    by: str


class SilenceLifted(Event, frozen=True, kw_only=True):
    """The refusal is over; the microphone stays muted."""

    id: str
    by: str


class SpeakerDropped(Event, frozen=True, kw_only=True):
    """A speaker's connection is gone; the place is kept for a while."""

    id: str


class SpeakerReturned(Event, frozen=True, kw_only=True):
    """A dropped speaker is back, muted."""

    id: str


class RoleChanged(Event, frozen=True, kw_only=True):
    """Somebody on stage has another role now."""

    id: str
    role: Role
    by: str | None = None


class RoomLocked(Event, frozen=True, kw_only=True):
    """Nobody new can enter."""

    by: str


class RoomUnlocked(Event, frozen=True, kw_only=True):
    """People can enter again."""

    by: str


class HostAbsent(Event, frozen=True, kw_only=True):
    """No host or co-host is there; the room closes at ``closes_at`` unless one returns."""

    closes_at: Seconds


class HostPresent(Event, frozen=True, kw_only=True):
    """Somebody who may moderate is there again."""


class Pulse(Event, frozen=True, kw_only=True):
    """Slow news, at most four times a second: size of the audience, reactions since the last."""

    audience: Count
    reactions: dict[str, Count] = {}


class RoomEnded(Event, frozen=True, kw_only=True):
    """The room is closed for everyone."""

    reason: Literal["ended", "no_host", "server_closing"]
    by: str | None = None


RoomEvent = (
    ParticipantJoined
    | ParticipantLeft
    | HandRaised
    | HandLowered
    | InvitedToStage
    | InviteSettled
    | StageJoined
    | StageLeft
    | Muted
    | Unmuted
    | Silenced
    | SilenceLifted
    | SpeakerDropped
    | SpeakerReturned
    | RoleChanged
    | RoomLocked
    | RoomUnlocked
    | HostAbsent
    | HostPresent
    | Pulse
    | RoomEnded
)

# What concerns one connection.


class Challenge(Event, frozen=True, kw_only=True):
    """First message of a connection: sign this (see ``handshake``)."""

    nonce: Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
    features: tuple[str, ...] = ()


class Joined(Event, frozen=True, kw_only=True):
    """The person is in the room.

    ``ticket`` brings this seat back after a lost connection; the engine
    keeps it, and tells it only to a frontend that owns it and would start another engine.
    ``resumed`` says that it just did. ``invite`` is there for
    moderators of a room that wants one. ``server_time`` is the server's clock (seconds since 1970).
    """

    room: str
    you: str
    view: RoomView
    server_time: Seconds
    resumed: bool = False
    ticket: str | None = None
    invite: str | None = None
    features: tuple[str, ...] = ()


class AskedToUnmute(Event, frozen=True, kw_only=True):
    """A moderator would like to hear you."""

    by: str


class PeoplePage(Event, frozen=True, kw_only=True):
    """Part of the audience, in order of arrival."""

    offset: Count
    total: Count
    people: tuple[Person, ...]
    ref: Count | None = None


class InviteMade(Event, frozen=True, kw_only=True):
    """A fresh invite to the room, good until ``expires_at``."""

    invite: str
    expires_at: Seconds
    ref: Count | None = None


class Done(Event, frozen=True, kw_only=True):
    """The command with this ``ref`` is carried out, and on disk where it must be."""

    ref: Count


class Refused(Event, frozen=True, kw_only=True):
    """A command is refused: ``code`` is stable, ``text`` is for a person."""

    command: str
    code: str
    text: str
    ref: Count | None = None
    retry_after: Seconds | None = None


class Goodbye(Event, frozen=True, kw_only=True):
    """Last message before the server closes; ``retry`` says whether coming back makes sense."""

    code: str
    text: str
    retry: bool = False


ServerMessage = (
    RoomEvent
    | Challenge
    | Joined
    | AskedToUnmute
    | PeoplePage
    | InviteMade
    | Done
    | Refused
    | Goodbye
)
"""Everything that a server may send as a control message."""

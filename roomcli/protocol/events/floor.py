"""Who is in the room, who is heard, who asks to be."""

from __future__ import annotations

from typing import Literal

from ..people import Count, Person, Role, Seconds, Speaker
from .base import ViewEvent


class ParticipantJoined(ViewEvent, frozen=True, kw_only=True):
    """Somebody is in the front rows of the audience; sent with the pulse, not at once."""

    person: Person


class ParticipantLeft(ViewEvent, frozen=True, kw_only=True):
    """Somebody is gone: from the stage or the queue at once, from the front rows with the pulse.

    With reason "moved" they are still in the room, but no longer in the front rows.
    """

    id: str
    reason: Literal["left", "lost", "removed", "banned", "moved"] = "left"
    by: str | None = None


class PersonChanged(ViewEvent, frozen=True, kw_only=True):
    """Somebody is shown as this from now on, wherever they are: with another tail, or with none."""

    person: Person


class HandRaised(ViewEvent, frozen=True, kw_only=True):
    """Somebody asks to speak, or is back at the place they had, or has another topic.

    ``spoken`` is how long they have spoken in this room, which counts where the order is fair.
    """

    person: Person
    at: Seconds
    topic: str = ""
    spoken: Seconds = 0.0


class HandLowered(ViewEvent, frozen=True, kw_only=True):
    """A hand is out of the queue."""

    id: str
    reason: Literal["lowered", "accepted", "declined", "left"] = "lowered"
    by: str | None = None


class HandsLowered(ViewEvent, frozen=True, kw_only=True):
    """The queue is empty."""

    by: str


class InvitedToStage(ViewEvent, frozen=True, kw_only=True):
    """A moderator asks somebody on stage; told to that person and to moderators."""

    id: str
    by: str


class StageInvitationSettled(ViewEvent, frozen=True, kw_only=True):
    """An invitation is accepted, declined or void; told to the same people."""

    id: str
    answer: Literal["accepted", "declined", "void"]


class StageJoined(ViewEvent, frozen=True, kw_only=True):
    """Somebody is on stage, and their audio has this slot and generation."""

    speaker: Speaker


class StageLeft(ViewEvent, frozen=True, kw_only=True):
    """Somebody is back in the audience.

    ``by`` names the moderator who moved them; with reason "time" it was the floor timer.
    """

    id: str
    by: str | None = None
    reason: Literal["left", "moved", "time"] = "left"


class Muted(ViewEvent, frozen=True, kw_only=True):
    """A microphone on stage is closed."""

    id: str


class Unmuted(ViewEvent, frozen=True, kw_only=True):
    """A microphone on stage is open."""

    id: str


class Silenced(ViewEvent, frozen=True, kw_only=True):
    """A moderator refuses somebody's audio."""

    id: str
    by: str


class SilenceLifted(ViewEvent, frozen=True, kw_only=True):
    """The refusal is over; the microphone stays muted."""

    id: str
    by: str


class SpeakerDropped(ViewEvent, frozen=True, kw_only=True):
    """A speaker's connection is gone; the place is kept until ``kept_until``."""

    id: str
    kept_until: Seconds


class SpeakerReturned(ViewEvent, frozen=True, kw_only=True):
    """A dropped speaker is back, muted."""

    id: str


class RoleChanged(ViewEvent, frozen=True, kw_only=True):
    """Somebody on stage has another role now; ``by`` is None where succession decided."""

    id: str
    role: Role
    by: str | None = None


class TurnSet(ViewEvent, frozen=True, kw_only=True):
    """A speaker's turn ends at this time; None is never."""

    id: str
    ends_at: Seconds | None = None


class TurnEnding(ViewEvent, frozen=True, kw_only=True):
    """A speaker's turn is nearly over; at ``ends_at`` they go back to the audience."""

    id: str
    ends_at: Seconds


class Pulse(ViewEvent, frozen=True, kw_only=True):
    """Slow news, at most four times a second: size of the audience, reactions since the last.

    ``spoken`` is for how many seconds each has spoken of those who did since the last.
    """

    audience: Count
    reactions: dict[str, Count] = {}
    spoken: dict[str, Seconds] = {}

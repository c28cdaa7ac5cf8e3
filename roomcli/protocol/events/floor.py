"""Events about people: who is in the room, who is heard, who asks to speak.

``id`` is a seat; ``person`` and ``by`` are persons, by id. An event that names somebody for the
first time brings them in ``people``.
"""

from __future__ import annotations

from typing import Literal

from ..people import Count, Person, Role, Speaker
from ..times import Seconds
from .base import People, ViewEvent


class ParticipantJoined(ViewEvent, frozen=True, kw_only=True):
    """Somebody is now in the front rows of the audience; sent with the pulse, not at once."""

    id: str
    person: str
    people: People = {}


class ParticipantLeft(ViewEvent, frozen=True, kw_only=True):
    """Somebody left: from the stage or the queue at once, from the front rows with the pulse.

    With reason "moved" they are still in the room, but no longer in the front rows.
    """

    id: str
    reason: Literal["left", "lost", "removed", "banned", "moved"] = "left"
    by: str | None = None


class PersonChanged(ViewEvent, frozen=True, kw_only=True):
    """A person is shown differently from now on, everywhere: name, headline or tail are others."""

    person: Person


class HandRaised(ViewEvent, frozen=True, kw_only=True):
    """Somebody asks to speak, is back at the place they had, or has another topic.

    ``spoken`` is how many seconds they have spoken in this room, which counts in the fair order.
    """

    id: str
    person: str
    at: Seconds
    topic: str = ""
    spoken: Seconds = 0.0
    people: People = {}


class HandLowered(ViewEvent, frozen=True, kw_only=True):
    """A hand left the queue."""

    id: str
    reason: Literal["lowered", "accepted", "declined", "left"] = "lowered"
    by: str | None = None


class HandsLowered(ViewEvent, frozen=True, kw_only=True):
    """A moderator emptied the queue."""

    by: str


class InvitedToStage(ViewEvent, frozen=True, kw_only=True):
    """A moderator invites somebody on stage; sent to that person and to moderators."""

    id: str
    person: str
    by: str
    people: People = {}


class StageInvitationSettled(ViewEvent, frozen=True, kw_only=True):
    """An invitation to the stage was accepted, declined or is void; sent to the same people."""

    id: str
    answer: Literal["accepted", "declined", "void"]


class StageJoined(ViewEvent, frozen=True, kw_only=True):
    """Somebody came on stage; their audio has this slot and generation."""

    speaker: Speaker
    people: People = {}


class StageLeft(ViewEvent, frozen=True, kw_only=True):
    """Somebody went back to the audience.

    ``by`` names the moderator who moved them; with reason "time" the floor timer did.
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
    """A silence was lifted; the microphone stays muted."""

    id: str
    by: str


class SpeakerDropped(ViewEvent, frozen=True, kw_only=True):
    """A speaker's connection was lost; their place is kept until ``kept_until``."""

    id: str
    kept_until: Seconds


class SpeakerReturned(ViewEvent, frozen=True, kw_only=True):
    """A dropped speaker is back, muted."""

    id: str


class RoleChanged(ViewEvent, frozen=True, kw_only=True):
    """Somebody on stage has another role now; ``by`` is None if the rules of succession decided."""

    id: str
    role: Role
    by: str | None = None


class TurnSet(ViewEvent, frozen=True, kw_only=True):
    """A speaker's turn now ends at ``ends_at``; None means never."""

    id: str
    ends_at: Seconds | None = None


class TurnEnding(ViewEvent, frozen=True, kw_only=True):
    """A speaker's turn is nearly over; at ``ends_at`` they go back to the audience."""

    id: str
    ends_at: Seconds


class Pulse(ViewEvent, frozen=True, kw_only=True):
    """Slow news, at most four times a second: the audience's size, and reactions since the last.

    ``spoken`` maps everybody who spoke since the last pulse to the seconds they have spoken in all.
    """

    audience: Count
    reactions: dict[str, Count] = {}
    spoken: dict[str, Seconds] = {}


FloorEvent = (
    ParticipantJoined
    | ParticipantLeft
    | PersonChanged
    | HandRaised
    | HandLowered
    | HandsLowered
    | InvitedToStage
    | StageInvitationSettled
    | StageJoined
    | StageLeft
    | Muted
    | Unmuted
    | Silenced
    | SilenceLifted
    | SpeakerDropped
    | SpeakerReturned
    | RoleChanged
    | TurnSet
    | TurnEnding
    | Pulse
)
"""Every event of people on the floor."""

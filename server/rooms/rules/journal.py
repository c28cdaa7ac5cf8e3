"""The room's journal: what happened, as the server remembers it.

Most entries are the protocol's own events. Those defined here say what participants learn
otherwise, later, or not at all; ``project`` turns each into what a viewer may know. An entry holds
everything that ``evolve`` needs, times too, so that replaying needs no clock.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from roomcli.protocol.events import (
    ChatPosted,
    ChatRemoved,
    HandLowered,
    HandRaised,
    HandsLowered,
    HostAbsent,
    HostPresent,
    InvitedToStage,
    ModerationLogged,
    Muted,
    ParticipantJoined,
    ParticipantLeft,
    PersonChanged,
    RoleChanged,
    RoomEnded,
    RoomLocked,
    RoomUnlocked,
    SettingsChanged,
    StageInvitationSettled,
    StageJoined,
    TurnEnding,
    TurnSet,
    Unmuted,
)
from roomcli.protocol.people import BanNotice, Person, SilenceNotice
from roomcli.protocol.tags import snake_case

from .participants import KeptInvite


class JournalEntry(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """Base of the server's own entries; tagged like the protocol's events."""


class Entered(JournalEntry, frozen=True, kw_only=True):
    """Somebody is in the audience; those who belong on stage go there by the next entry.

    Nobody is told: the audience learns of it with the pulse. ``skeletons`` is what their name
    reads as.
    """

    person: Person
    at: float
    skeletons: tuple[str, ...] = ()
    restored: bool = False


class Dropped(JournalEntry, frozen=True, kw_only=True):
    """A connection is lost, its place on stage or in the queue kept for ``KEEP_SEAT``."""

    id: str
    at: float


class Returned(JournalEntry, frozen=True, kw_only=True):
    """A dropped participant is back at the kept place, muted."""

    id: str


class Departed(JournalEntry, frozen=True, kw_only=True):
    """Somebody is gone. Told at once of the stage and the queue, else with the pulse.

    ``note`` is what the moderator said to the person removed; it is for their goodbye only.
    """

    id: str
    at: float
    reason: Literal["left", "lost", "removed", "banned"] = "left"
    by: str | None = None
    note: str = ""


class SteppedDown(JournalEntry, frozen=True, kw_only=True):
    """Somebody went from the stage to the audience; their slot rests from ``at`` on."""

    id: str
    at: float
    by: str | None = None
    reason: Literal["left", "moved", "time"] = "left"


class Asked(JournalEntry, frozen=True, kw_only=True):
    """A moderator asked somebody to unmute; told to that person only."""

    id: str
    by: str


class Reacted(JournalEntry, frozen=True, kw_only=True):
    """Somebody showed a reaction; counted into the next pulse."""

    id: str
    reaction: str


class Pulsed(JournalEntry, frozen=True, kw_only=True):
    """Everyone was told the size of the audience and the reactions since the last pulse.

    ``spoken`` is how long everybody has spoken, by key, of those who did since, in seconds.
    Changes of the front row come as entries of their own just before.
    """

    at: float
    audience: int
    reactions: dict[str, int] = {}
    spoken: dict[str, float] = {}


class Lowered(JournalEntry, frozen=True, kw_only=True):
    """A person's role was taken from them: tickets and invites bring back a listener at most.

    Who was on stage steps down by entries before this.
    """

    key: str


class SeatsEnded(JournalEntry, frozen=True, kw_only=True):
    """A person was put out: no ticket brings them back, and no invite makes them more than a
    listener. Who was in the room departs by entries before this."""

    key: str


class SilenceSet(JournalEntry, frozen=True, kw_only=True):
    """A person is silenced, in all their seats; told of those on stage."""

    silence: SilenceNotice
    by: str


class SilenceEnded(JournalEntry, frozen=True, kw_only=True):
    """A person may speak again; told of those seats of theirs that are on stage."""

    key: str
    by: str


class Banned(JournalEntry, frozen=True, kw_only=True):
    """A key is kept out from now on. Who was in the room with it departs by entries after this."""

    ban: BanNotice


class Unbanned(JournalEntry, frozen=True, kw_only=True):
    """A key is let in again."""

    key: str


class PasswordSet(JournalEntry, frozen=True, kw_only=True):
    """Whoever comes needs a password; here is its hash, empty for none. Nobody is told that."""

    password: str
    by: str


class RoomInviteKept(JournalEntry, frozen=True, kw_only=True):
    """There is one more invite to the room."""

    link: KeptInvite


class RoomInviteUsed(JournalEntry, frozen=True, kw_only=True):
    """Somebody came in by an invite."""

    id: str
    key: str


class RoomInvitesRevoked(JournalEntry, frozen=True, kw_only=True):
    """These invites are good no longer."""

    ids: tuple[str, ...]


class OwnerNamed(JournalEntry, frozen=True, kw_only=True):
    """This key is the rightful host's from now on."""

    key: str


JournalEvent = (
    Entered
    | Dropped
    | Returned
    | Departed
    | SteppedDown
    | Asked
    | Reacted
    | Pulsed
    | Lowered
    | SeatsEnded
    | SilenceSet
    | SilenceEnded
    | OwnerNamed
    | Banned
    | Unbanned
    | PasswordSet
    | RoomInviteKept
    | RoomInviteUsed
    | RoomInvitesRevoked
    | ParticipantJoined
    | ParticipantLeft
    | PersonChanged
    | HandRaised
    | HandLowered
    | HandsLowered
    | InvitedToStage
    | StageInvitationSettled
    | StageJoined
    | Muted
    | Unmuted
    | RoleChanged
    | TurnSet
    | TurnEnding
    | RoomLocked
    | RoomUnlocked
    | SettingsChanged
    | ChatPosted
    | ChatRemoved
    | ModerationLogged
    | HostAbsent
    | HostPresent
    | RoomEnded
)
"""Everything that can stand in the journal.

``ParticipantJoined`` and ``ParticipantLeft`` speak of the front row alone here: who is in the room
is settled by ``Entered`` and ``Departed``.
"""

"""The room's journal: what happened, as the server remembers it.

Most entries are the protocol's own events. Participants learn of those defined here in another way,
later, or not at all; ``project`` turns each into what a viewer may know. An entry holds everything
that ``evolve`` needs, times too, so that replaying needs no clock.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice, Person, SilenceNotice
from roomcli.protocol.tags import snake_case

from .participants import KeptInvite


class JournalEntry(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """The base of the server's own entries; tagged like the protocol's events."""


class Entered(JournalEntry, frozen=True, kw_only=True):
    """A person took the seat ``id`` in the audience; who belongs on stage goes there by the next.

    Nobody is told: the audience learns of it with the pulse. Other entries name the person by id.
    """

    id: str
    person: Person
    at: float
    restored: bool = False
    is_guest: bool = False


class Dropped(JournalEntry, frozen=True, kw_only=True):
    """A connection was lost; the place on stage or in the queue is kept for ``KEEP_SEAT``."""

    id: str
    at: float


class Returned(JournalEntry, frozen=True, kw_only=True):
    """A dropped participant is back at the kept place, muted."""

    id: str


class GuestNoLonger(JournalEntry, frozen=True, kw_only=True):
    """Somebody who came as a guest came back as somebody who is known."""

    id: str


class CameToDoor(JournalEntry, frozen=True, kw_only=True):
    """Somebody waits at the door; moderators are told by ``KnocksTold``, unless they are hidden."""

    person: Person
    at: float
    network: str
    is_hidden: bool = False


class InvitedInVain(JournalEntry, frozen=True, kw_only=True):
    """Somebody was invited on stage by a person whom they block: only moderators are told."""

    id: str
    person: str
    by: str


class KnocksTold(JournalEntry, frozen=True, kw_only=True):
    """Moderators are told of all who came to the door since they were told last."""

    at: float


class LeftDoor(JournalEntry, frozen=True, kw_only=True):
    """Somebody waits at the door no longer.

    ``until`` is how long a yes, or a no, is good from ``at`` on, ``times`` how many noes there were
    in a row. ``note`` says why a waiting ended
    without an answer; it is empty for who went by themselves.
    """

    person: str
    answer: Literal["let_in", "refused", "gone"] = "gone"
    by: str | None = None
    at: float = 0.0
    until: float = 0.0
    times: int = 0
    note: str = ""


class KeptAtDoor(JournalEntry, frozen=True, kw_only=True):
    """A person may not knock before ``until`` either: they are one with who was not let in."""

    key: str
    until: float
    times: int


class LetInUsed(JournalEntry, frozen=True, kw_only=True):
    """Somebody came in whom a moderator had let in: that was good for once."""

    key: str


class Departed(JournalEntry, frozen=True, kw_only=True):
    """Somebody left. Told at once of people on stage and in the queue, else with the pulse.

    ``note`` is what the moderator said to the person removed; it is for their goodbye only. What
    nobody in the room did is the server's, or ``by_community`` that of the room's community: then
    ``note`` is all that is told to who left, or was removed, since they are a member no longer.
    """

    id: str
    at: float
    reason: Literal["left", "lost", "removed", "banned"] = "left"
    by: str | None = None
    note: str = ""
    by_community: bool = False


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

    ``spoken`` is how long people have spoken in all, in seconds, by person, of those who did since.
    Changes of the front row are entries of their own just before.
    """

    at: float
    audience: int
    reactions: dict[str, int] = {}
    spoken: dict[str, float] = {}


class Lowered(JournalEntry, frozen=True, kw_only=True):
    """A person's role was taken from them: tickets and invites bring back a listener at most.

    If they were on stage, they step down by entries before this one.
    """

    key: str


class SeatsEnded(JournalEntry, frozen=True, kw_only=True):
    """A person was put out: no ticket brings them back.

    No invite makes them more than a listener. If they were in the room, they depart by entries
    before this one.
    """

    key: str


class SilenceSet(JournalEntry, frozen=True, kw_only=True):
    """A person was silenced, in all their seats; told for their seats on stage."""

    silence: SilenceNotice
    by: str


class SilenceEnded(JournalEntry, frozen=True, kw_only=True):
    """A person may speak again; told for their seats on stage."""

    key: str
    by: str


class Banned(JournalEntry, frozen=True, kw_only=True):
    """A key was banned. Whoever was in the room with it departs by entries after this one."""

    ban: BanNotice


class Unbanned(JournalEntry, frozen=True, kw_only=True):
    """The ban of a key was lifted."""

    key: str


class PasswordSet(JournalEntry, frozen=True, kw_only=True):
    """The room's password was set to this hash, or removed if empty. Nobody is told the hash."""

    password: str
    by: str


class RoomInviteKept(JournalEntry, frozen=True, kw_only=True):
    """An invite to the room was made."""

    link: KeptInvite


class RoomInviteUsed(JournalEntry, frozen=True, kw_only=True):
    """Somebody came in by an invite."""

    id: str
    key: str


class RoomInvitesRevoked(JournalEntry, frozen=True, kw_only=True):
    """Some invites became invalid."""

    ids: tuple[str, ...]


class OwnerNamed(JournalEntry, frozen=True, kw_only=True):
    """A key became that of the rightful host."""

    key: str


JournalEvent = (
    Entered
    | Dropped
    | Returned
    | GuestNoLonger
    | CameToDoor
    | KnocksTold
    | LeftDoor
    | KeptAtDoor
    | LetInUsed
    | InvitedInVain
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
    | e.ParticipantJoined
    | e.ParticipantLeft
    | e.PersonChanged
    | e.HandRaised
    | e.HandLowered
    | e.HandsLowered
    | e.InvitedToStage
    | e.StageInvitationSettled
    | e.StageJoined
    | e.Muted
    | e.Unmuted
    | e.RoleChanged
    | e.TurnSet
    | e.TurnEnding
    | e.RoomFactEvent
    | e.SettingsChanged
    | e.ChatPosted
    | e.ChatRemoved
    | e.ModerationLogged
    | e.RoomEnded
)
"""Every event that can be in the journal.

``ParticipantJoined`` and ``ParticipantLeft`` are about the front row only here: who is in the room
is settled by ``Entered`` and ``Departed``."""

"""Who is in a room: participants, the slots for their audio, and the invites by which they come."""

from __future__ import annotations

from msgspec import Struct, field

from roomcli.protocol.people import MODERATORS, Person, Role, RoomInvite

SLOT_REST = 1.0
"""How long a freed slot is given to nobody, in seconds: late audio of its last holder dies out."""
GENERATIONS = 256
"""A slot's generation is a byte on the wire, and wraps."""


class Slot(Struct, frozen=True):
    """A place for somebody's audio. ``generation`` is that of its present or last holder."""

    generation: int = 0
    holder: str | None = None
    freed_at: float = 0.0

    def is_free(self, now: float) -> bool:
        """Whether it can be given to somebody: nobody has it, and it has rested."""
        return self.holder is None and now >= self.freed_at + SLOT_REST


class KeptInvite(Struct, frozen=True, kw_only=True):
    """An invite to the room, and whose keys came by it where their number is limited.

    ``lowered`` are the keys of those who were moved to the audience or put out: its role is theirs
    no longer.
    """

    invite: RoomInvite = field(name="link")  # as it is stored
    used_by: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()

    def admits(self, key: str, now: float) -> bool:
        """Whether this person may come in by it: again, or as one of those it is good for."""
        if now >= self.invite.expires_at:
            return False
        uses = self.invite.uses
        return uses is None or key in self.used_by or len(self.used_by) < uses

    def role_for(self, key: str) -> Role:
        """What this person is by it."""
        return "listener" if key in self.lowered else self.invite.role

    def counts(self, key: str) -> bool:
        """Whether this person's coming by it is one more use."""
        return self.invite.uses is not None and key not in self.used_by


class Participant(Struct, frozen=True):
    """Somebody in the room. ``slot`` and ``generation`` are there exactly while on stage.

    ``skeletons`` is what their name reads as: two people with one in common have to be told apart.
    ``dropped_at`` is there while the connection is lost and the place is kept. ``turn_ends_at`` is
    when the floor timer sends them back to the audience, ``turn_told`` whether they know that it is
    over. Of somebody who left, ``returns`` is whether their ticket would bring them back, in this
    role.
    """

    person: Person
    joined_at: float
    role: Role = "listener"
    muted: bool = True
    dropped_at: float | None = None
    slot: int | None = None
    generation: int | None = None
    turn_ends_at: float | None = None
    turn_told: bool = False
    returns: bool = False
    skeletons: tuple[str, ...] = ()

    @property
    def connected(self) -> bool:
        """Whether somebody is at the other end."""
        return self.dropped_at is None

    @property
    def on_stage(self) -> bool:
        """Whether this is anybody but a listener."""
        return self.role != "listener"

    @property
    def is_moderator(self) -> bool:
        """Host or co-host."""
        return self.role in MODERATORS

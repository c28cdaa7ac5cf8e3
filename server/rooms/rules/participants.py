"""Participants of a room, the slots for their audio, and the invites by which they come."""

from __future__ import annotations

from msgspec import Struct, field

from roomcli.protocol.people import MODERATORS, Person, Role, RoomInvite

SLOT_REST = 1.0
"""Seconds that a freed slot is given to nobody, so that late audio of its last holder dies out."""
GENERATIONS = 256
"""The number of a slot's generations: one byte on the wire, which wraps."""


class Slot(Struct, frozen=True):
    """A place for somebody's audio. ``generation`` is that of its present or last holder."""

    generation: int = 0
    holder: str | None = None
    freed_at: float = 0.0

    def is_free(self, now: float) -> bool:
        """Whether the slot can be given to somebody: nobody has it, and it has rested."""
        return self.holder is None and now >= self.freed_at + SLOT_REST


class KeptInvite(Struct, frozen=True, kw_only=True):
    """An invite to the room, and the keys that came by it if its uses are limited.

    ``lowered`` are the keys of those who were moved to the audience or put out: for them the invite
    gives no role any more.
    """

    invite: RoomInvite = field(name="link")  # as it is stored
    used_by: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()

    def admits(self, key: str, now: float) -> bool:
        """Whether this person may come in by the invite, again or for the first time."""
        if now >= self.invite.expires_at:
            return False
        uses = self.invite.uses
        return uses is None or key in self.used_by or len(self.used_by) < uses

    def role_for(self, key: str) -> Role:
        """Return the role that the invite gives this person."""
        return "listener" if key in self.lowered else self.invite.role

    def counts(self, key: str) -> bool:
        """Whether this person's coming is one more use of the invite."""
        return self.invite.uses is not None and key not in self.used_by


class KeptKnock(Struct, frozen=True, kw_only=True):
    """Somebody who waits at the door, and the network that they count for.

    ``is_told`` is whether moderators know of them; of who ``is_hidden`` they never do.
    """

    person: Person
    at: float
    network: str
    is_hidden: bool = False
    is_told: bool = False


class TurnedAway(Struct, frozen=True):
    """Somebody who was not let in, ``times`` in a row; they may knock again from ``until`` on."""

    times: int
    until: float


class Participant(Struct, frozen=True):
    """A seat in the room: its own ``id``, and by id the ``person`` who has it.

    ``slot`` and ``generation`` are set exactly while on stage. ``is_guest`` is whether they came as
    somebody without a profile and without claims.
    ``dropped_at`` is set while the connection is lost and the place is kept. ``turn_ends_at`` is
    when the floor timer sends them back to the audience; ``turn_told`` is whether they know that
    their turn is over. For somebody who left, ``returns`` is whether their ticket would bring them
    back in this role.
    """

    id: str
    person: str
    joined_at: float
    role: Role = "listener"
    muted: bool = True
    dropped_at: float | None = None
    slot: int | None = None
    generation: int | None = None
    turn_ends_at: float | None = None
    turn_told: bool = False
    returns: bool = False
    is_guest: bool = False

    @property
    def connected(self) -> bool:
        """Whether the participant has a connection."""
        return self.dropped_at is None

    @property
    def on_stage(self) -> bool:
        """Whether the participant is anybody but a listener."""
        return self.role != "listener"

    @property
    def is_moderator(self) -> bool:
        """Whether the participant is host or co-host."""
        return self.role in MODERATORS

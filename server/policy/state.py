"""A room as the server knows it: everything, frozen.

Nothing here is ever changed in place. ``evolve`` makes the next state from an event, ``decide`` and
``tick`` only read. States are plain structs, so that a snapshot can be written and read back.
Times are seconds since 1970 by a server clock that never goes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec import Struct

from roomcli.protocol.events import ParticipantLeft
from roomcli.protocol.people import MODERATORS, Hand, Person, Role, Speaker

KEEP_SEAT = 30.0
"""How long a lost connection keeps its place on stage or in the queue, in seconds."""
HOST_GRACE = 60.0
"""How long a room stays open without a host or co-host, in seconds."""
PULSE = 0.25
"""Shortest time between two pulses, in seconds."""
SLOT_REST = 1.0
"""How long a freed slot is given to nobody, in seconds: late audio of its last holder dies out."""
GENERATIONS = 256
"""A slot's generation is a byte on the wire, and wraps."""


class Limits(Struct, frozen=True):
    """How big a room may be: people in all, on stage, shown by name in front, hands up at once."""

    people: int = 10_000
    stage: int = 24
    front_row: int = 50
    hands: int = 300


DEFAULT_LIMITS = Limits()


class Slot(Struct, frozen=True):
    """A place for somebody's audio. ``generation`` is that of its present or last holder."""

    generation: int = 0
    holder: str | None = None
    freed_at: float = 0.0

    def is_free(self, now: float) -> bool:
        """Whether it can be given to somebody: nobody has it, and it has rested."""
        return self.holder is None and now >= self.freed_at + SLOT_REST


class Participant(Struct, frozen=True):
    """Somebody in the room. ``slot`` and ``generation`` are there exactly while on stage.

    ``silenced`` outlives a visit to the audience: only a moderator lifts it. ``dropped_at`` is
    there while the connection is lost and the place is kept.
    """

    person: Person
    joined_at: float
    role: Role = "listener"
    muted: bool = True
    silenced: bool = False
    dropped_at: float | None = None
    slot: int | None = None
    generation: int | None = None

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

    @property
    def speaker(self) -> Speaker:
        """What everyone may know of them; only for somebody on stage."""
        assert self.slot is not None
        assert self.generation is not None
        return Speaker(
            person=self.person,
            role=self.role,
            slot=self.slot,
            generation=self.generation,
            muted=self.muted,
            silenced=self.silenced,
            connected=self.connected,
        )


class RoomState(Struct, frozen=True, kw_only=True):
    """The whole room.

    ``participants`` is in order of arrival in the audience (who comes back from the stage is last);
    ``stage`` holds ids in order of coming on, ``dropped`` ids in order of dropping, so that nothing
    has to search thousands of people. ``invites`` maps who is invited on stage to who asked.
    ``front_row``, ``audience`` and ``pulsed_at`` are as of the last pulse; ``reactions`` counts
    those since; ``left_front_row`` says how people went whom the next pulse takes off the row.
    """

    name: str
    access: str
    limits: Limits = Limits()
    participants: dict[str, Participant] = {}
    stage: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    hands: tuple[Hand, ...] = ()
    invites: dict[str, str] = {}
    slots: tuple[Slot, ...] = ()
    front_row: dict[str, Person] = {}
    left_front_row: dict[str, ParticipantLeft] = {}
    audience: int = 0
    reactions: dict[str, int] = {}
    pulsed_at: float = 0.0
    locked: bool = False
    closes_at: float | None = None
    ended: bool = False

    @classmethod
    def opened(cls, name: str, access: str, limits: Limits = DEFAULT_LIMITS) -> RoomState:
        """A new room with nobody in it."""
        return cls(name=name, access=access, limits=limits, slots=(Slot(),) * limits.stage)

    @property
    def audience_now(self) -> int:
        """How many listeners there are at this moment."""
        return len(self.participants) - len(self.stage)

    @property
    def moderators(self) -> frozenset[str]:
        """Ids of host and co-hosts, connected or not."""
        return frozenset(id for id in self.stage if self.participants[id].is_moderator)

    @property
    def is_moderated(self) -> bool:
        """Whether somebody is there, connected, who may moderate."""
        return any(self.participants[id].connected for id in self.moderators)

    def has_hand(self, id: str) -> bool:
        """Whether this person's hand is up."""
        return any(hand.person.id == id for hand in self.hands)

    def listeners(self) -> Iterator[Person]:
        """The audience in order of arrival there."""
        return (each.person for each in self.participants.values() if not each.on_stage)

    def people_page(self, offset: int, length: int) -> tuple[Person, ...]:
        """Part of the audience, in order of arrival there."""
        return tuple(islice(self.listeners(), offset, offset + length))

    def free_slot(self, role: Role, now: float) -> int | None:
        """The slot for somebody who comes on stage in this role; None when there is no place.

        While no host is on stage the last place waits for a host or co-host: a stage full of
        speakers must not keep out the one person who can look after the room.
        """
        hosted = any(self.participants[id].role == "host" for id in self.stage)
        places = self.limits.stage if hosted or role in MODERATORS else self.limits.stage - 1
        if len(self.stage) >= places:
            return None
        free = [number for number, slot in enumerate(self.slots) if slot.is_free(now)]
        # The one that has rested longest: late audio gets the most time to die out.
        return min(free, key=lambda number: self.slots[number].freed_at, default=None)


def may_speak(state: RoomState, id: str) -> tuple[int, int] | None:
    """The gate for audio: slot and generation under which this person is heard, or None.

    On stage, connected, not silenced, not muted; the server trusts no client about any of them.
    """
    someone = state.participants.get(id)
    if (
        someone is None
        or state.ended
        or someone.slot is None
        or someone.generation is None
        or someone.silenced
        or someone.muted
        or not someone.connected
    ):
        return None
    return someone.slot, someone.generation

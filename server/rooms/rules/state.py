"""A room's state as the server knows it: complete and frozen.

Nothing here is ever changed in place. ``evolve`` makes the next state from an event; ``decide`` and
``tick`` only read. States are plain structs, so that a snapshot can be written and read back. Times
are seconds since 1970 by a server clock that never goes back.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import islice

from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.moderation_log import root
from roomcli.protocol.people import (
    MODERATORS,
    BanNotice,
    Hand,
    Knocker,
    Person,
    Role,
    SilenceNotice,
    Speaker,
    StageInvitation,
)
from roomcli.protocol.queue import in_order
from roomcli.protocol.times import KEEP_SEAT

from ...limits import RoomLimits
from .kept import KeptRoom
from .participants import KeptKnock, Participant, Slot

PULSE = 0.25
"""The shortest time between two pulses, in seconds."""
PULSED_QUICKLY = 500
"""The most people for whom pulses come that often; in a bigger room pulses are rarer in proportion,
so that their cost in a second grows no further."""
SLOWEST_PULSE = 2.0
TALK_NEWS = 1.0
"""Seconds of new talk time after which it is told."""
MAX_ROOM_INVITES = 50
MAX_STAGE_INVITATIONS = 50
"""The most stage invitations that are open: a moderator who enters is told all of them."""
MAX_BANS = 1000
MAX_SILENCES = 1000
"""The most silences; beyond that the first person who is not here is silenced no longer, since
``silence`` is never refused."""
MAX_DEPARTED = 200
"""The number of people who left and can still be banned and reported: the last ones, but rather
those who would come back with a role."""
MAX_LOWERED = 1000
"""The number of people whom an invite remembers as having lost its role: the last ones."""
MAX_WRITERS = 2000
"""The number of people whose last message is remembered for slow mode: the last ones."""
MAX_TURNED_AWAY = 200
"""The number of people of whom it is remembered that they were not let in: the last ones."""
KNOCK_NEWS = 10.0
"""The shortest time in seconds between two news of who knocks."""
MAX_REACTIONS = 30
"""The most different reactions that one pulse counts."""


class Limits(RoomLimits, frozen=True):
    """The limits of a room, with how many are in its front row.

    ``heard`` is how many voices are heard at once; of more than these, the loudest are.
    """

    front_row: int = 50
    heard: int = 4


DEFAULT_LIMITS = Limits()


class RoomState(KeptRoom, frozen=True, kw_only=True):
    """The whole state of one room.

    ``people`` holds by id each person whom something here names: who is here or left lately, wrote
    a message that is kept, or invited somebody on stage. All else has their ids. ``seats`` maps the
    persons who are here to their seats, and ``participants`` seats to who has them, in order of
    arrival in the audience (whoever comes back from the stage is last); ``stage`` holds seats in
    order of coming on, ``dropped`` seats in order of dropping, so that nothing has to search
    thousands of people. A newcomer's name needs no search either: ``namesakes`` maps what names
    read as to the persons who are here, by tails. ``stage_invitations`` are by the seat that is
    invited. Some are in ``vain_invitations`` too: the invited one blocks who invited them, and
    knows of none, or just of that by the other person who is named there. ``front_row``,
    ``audience`` and ``pulsed_at`` are as of the last pulse; ``reactions`` counts those since;
    ``left_front_row`` says how people left whom the next pulse takes off the row.

    ``knocks`` are those who wait at the door, by person, in order of coming; moderators were told
    of them last at ``knocks_told_at``. ``let_in`` says by key until when somebody may come whom a
    moderator let in.

    ``owner`` is the key of the rightful host, who gets the role back on return; ``heir_at`` the
    earliest time at which a co-host takes an absent host's place. ``password`` is a hash, or empty.
    ``bans`` and ``silences`` are by key, ``spoken`` (seconds) by person, ``room_invites`` by id;
    ``departed`` are the last to have left, as they were (whoever stood in for the host: as a
    co-host). ``chat`` holds the newest messages of ``chat_count``; ``wrote_at``, by person, is
    when people wrote last. ``log_head`` and ``log_count`` are the moderation log's end.
    """

    heir_at: float = 0.0
    bans: dict[str, BanNotice] = {}
    silences: dict[str, SilenceNotice] = {}
    departed: dict[str, Participant] = {}
    spoken: dict[str, float] = {}
    knocks: dict[str, KeptKnock] = {}
    knocks_told_at: float = 0.0
    let_in: dict[str, float] = {}
    chat: tuple[ChatMessage, ...] = ()
    chat_count: int = 0
    wrote_at: dict[str, float] = {}
    log_head: str = ""
    log_count: int = 0
    limits: Limits = Limits()
    people: dict[str, Person] = {}
    seats: dict[str, tuple[str, ...]] = {}
    participants: dict[str, Participant] = {}
    namesakes: dict[str, dict[str, tuple[str, ...]]] = {}
    stage: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    hands: tuple[Hand, ...] = ()
    stage_invitations: dict[str, StageInvitation] = {}
    vain_invitations: dict[str, str] = {}
    slots: tuple[Slot, ...] = ()
    front_row: dict[str, str] = {}
    left_front_row: dict[str, e.ParticipantLeft] = {}
    audience: int = 0
    reactions: dict[str, int] = {}
    pulsed_at: float = 0.0
    closes_at: float | None = None
    ended: bool = False

    @classmethod
    def new(
        cls,
        name: str,
        access: str,
        limits: Limits = DEFAULT_LIMITS,
        *,
        owner: str = "",
        at: float = 0.0,
    ) -> RoomState:
        """Return a new room with nobody in it, opened by whoever has the key ``owner``."""
        return cls(
            name=name,
            access=access,
            limits=limits,
            slots=(Slot(),) * limits.stage,
            owner=owner,
            opened_at=at,
            log_head=root(name, at),
        )

    @property
    def audience_now(self) -> int:
        """The number of listeners at this moment."""
        return len(self.participants) - len(self.stage)

    @property
    def moderators(self) -> frozenset[str]:
        """The ids of host and co-hosts, connected or not."""
        return frozenset(id for id in self.stage if self.participants[id].is_moderator)

    @property
    def is_moderated(self) -> bool:
        """Whether a moderator is here and connected."""
        return any(self.participants[id].connected for id in self.moderators)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The ids of the hosts on stage; more than one only while a host comes back."""
        return tuple(id for id in self.stage if self.participants[id].role == "host")

    @property
    def host_name(self) -> str:
        """The name of the host, empty while there is none."""
        return next((self.who(self.participants[id]).full_name for id in self.hosts), "")

    @property
    def successor(self) -> str | None:
        """The id of the first connected co-host on stage, who follows an absent host."""
        for id in self.stage:
            if self.participants[id].role == "cohost" and self.participants[id].connected:
                return id
        return None

    @property
    def pulse_due(self) -> float:
        """The time at which the next pulse may go out."""
        share = max(1.0, len(self.participants) / PULSED_QUICKLY)
        return self.pulsed_at + min(SLOWEST_PULSE, PULSE * share)

    @property
    def untold_knocks(self) -> bool:
        """Whether somebody knocks of whom moderators are to be told."""
        return any(not (each.is_told or each.is_hidden) for each in self.knocks.values())

    @property
    def knockers(self) -> dict[str, Knocker]:
        """Those at the door of whom moderators know."""
        knocks = self.knocks.items()
        return {id: Knocker(each.person, each.at) for id, each in knocks if each.is_told}

    def invitation_of(self, id: str) -> StageInvitation | None:
        """Return the open stage invitation of somebody, as they know of it themselves."""
        invitation = self.stage_invitations.get(id)
        by = self.vain_invitations.get(id)
        if invitation is None or by is None:
            return invitation
        return StageInvitation(invitation.person, by) if by else None

    @property
    def capacity(self) -> int:
        """The number of people who may be in the room."""
        return min(self.limits.people, self.settings.capacity)

    def who(self, someone: Participant) -> Person:
        """Return the person who has or had this seat."""
        return self.people[someone.person]

    def speaker(self, id: str) -> Speaker:
        """Return what everyone may know of somebody on stage."""
        someone = self.participants[id]
        assert someone.slot is not None
        assert someone.generation is not None
        return Speaker(
            id=id,
            person=someone.person,
            role=someone.role,
            slot=someone.slot,
            generation=someone.generation,
            muted=someone.muted,
            silenced=self.is_silenced(id),
            connected=someone.connected,
            kept_until=None if someone.dropped_at is None else someone.dropped_at + KEEP_SEAT,
            spoken=self.spoken.get(someone.person, 0.0),
            turn_ends_at=someone.turn_ends_at,
        )

    def is_silenced(self, id: str) -> bool:
        """Whether moderators silenced this participant, in this seat or another."""
        return self.who(self.participants[id]).key in self.silences

    def known(self, id: str) -> Participant | None:
        """Return a participant who is here or left lately, or None."""
        return self.participants.get(id) or self.departed.get(id)

    def here(self, person: str) -> list[Participant]:
        """Return all seats that this person has in the room now."""
        return [self.participants[seat] for seat in self.seats.get(person, ())]

    def away(self, person: str) -> list[Participant]:
        """Return the seats that this person left lately, the last first."""
        return [each for each in reversed(self.departed.values()) if each.person == person]

    def writer(self, person: str) -> Participant | None:
        """Return who wrote a message that is kept, as if they had just left; None if nobody did.

        Otherwise enough others who come and go would put them out of a moderator's reach.
        """
        wrote = any(each.person == person for each in self.chat)
        return Participant(id="", person=person, joined_at=0.0) if wrote else None

    def seats_of(self, person: str) -> list[Participant]:
        """Return all seats of this person, also those that their tickets would bring back."""
        return [*self.here(person), *(each for each in self.away(person) if each.returns)]

    def person_with(self, key: str) -> str:
        """Return the id of the person here with this key; empty if they are not here."""
        return next((id for id in self.seats if self.people[id].key == key), "")

    def authors(
        self, messages: Iterable[ChatMessage], but: Container[str] = ()
    ) -> dict[str, Person]:
        """Return those who wrote these messages, ``but`` those with these ids."""
        ids = dict.fromkeys(each.person for each in messages)
        return {id: self.people[id] for id in ids if id not in but}

    def sorted_hands(self, hands: Iterable[Hand]) -> tuple[Hand, ...]:
        """Return the queue in the order that the room's settings want."""
        return in_order(hands, self.settings.order)

    def has_hand(self, id: str) -> bool:
        """Whether this participant's hand is up."""
        return any(hand.id == id for hand in self.hands)

    def listeners(self) -> Iterator[Participant]:
        """Return the audience in order of arrival there."""
        return (each for each in self.participants.values() if not each.on_stage)

    def people_page(self, offset: int, length: int) -> dict[str, str]:
        """Return a part of the audience by seat, in order of arrival there."""
        page = islice(self.listeners(), offset, offset + length)
        return {each.id: each.person for each in page}

    def free_slot(self, role: Role, now: float) -> int | None:
        """Return the slot for somebody who comes on stage in this role, or None.

        While the rightful host is not on stage the last place waits for a host or co-host: a stage
        full of speakers must not keep out whoever the room belongs to.
        """
        owner_leads = any(self.who(self.participants[id]).key == self.owner for id in self.hosts)
        spare = 0 if owner_leads or role in MODERATORS else 1
        places = self.limits.stage - spare
        if len(self.stage) >= places:
            return None
        free = [number for number, slot in enumerate(self.slots) if slot.is_free(now)]
        # The slot that has rested longest: late audio gets the most time to die out.
        return min(free, key=lambda number: self.slots[number].freed_at, default=None)


def may_speak(state: RoomState, id: str) -> tuple[int, int] | None:
    """Return slot and generation under which this person is heard, or None if they are not.

    They must be on stage, connected, not silenced and not muted; the server trusts no client about
    any of that.
    """
    someone = state.participants.get(id)
    if (
        someone is None
        or state.ended
        or someone.slot is None
        or someone.generation is None
        or state.is_silenced(id)
        or someone.muted
        or not someone.connected
    ):
        return None
    return someone.slot, someone.generation

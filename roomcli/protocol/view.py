"""What a participant may know of a room: the server sends a whole view on joining, then events.

``evolve_view`` advances a view by an event.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from .people import (
    MODERATORS,
    Count,
    Hand,
    Knocker,
    Person,
    Role,
    Speaker,
    StageInvitation,
)
from .settings import RoomSettings
from .times import Seconds


class RoomView(Struct, frozen=True):
    """A room as one participant sees it.

    ``people`` holds by id each person whom something here names, once; ``me`` is the viewer's own
    id there, and ``you`` their seat's. ``stage``, ``front_row`` and ``stage_invitations`` are by
    seat. ``stage`` is in order of coming on stage; ``hands`` is the queue, the next hand first.
    ``front_row`` are the persons in the first seats of the audience as of the last pulse,
    ``audience`` is how many people it has in all. ``stage_invitations`` are all of them for
    moderators, only one's own for everybody else. ``knockers`` are those who wait at the door, by
    their persons' ids, for moderators. ``closes_at`` is set while nobody
    is there who may moderate. ``password`` says whether people need a password to enter. ``log`` is
    the hash of the newest entry of the moderation log. ``opened_at`` is when the room was opened, 0
    where the server does not say.
    """

    name: str
    you: str
    stage: dict[str, Speaker] = {}
    hands: tuple[Hand, ...] = ()
    front_row: dict[str, str] = {}
    audience: Count = 0
    stage_invitations: dict[str, StageInvitation] = {}
    knockers: dict[str, Knocker] = {}
    me: str = ""
    people: dict[str, Person] = {}
    settings: RoomSettings = RoomSettings()
    locked: bool = False
    password: bool = False
    access: str = "open"
    closes_at: Seconds | None = None
    log: str = ""
    opened_at: Seconds = 0.0

    @property
    def role(self) -> Role:
        """The viewer's own role."""
        speaker = self.stage.get(self.you)
        return speaker.role if speaker else "listener"

    @property
    def is_moderator(self) -> bool:
        """Whether the viewer may moderate."""
        return self.role in MODERATORS

    @property
    def takes_short_frames(self) -> bool:
        """Whether one's voice may be sent in frames of 10 ms."""
        return self.settings.takes_short_frames(len(self.stage) + self.audience)

    @property
    def host(self) -> Speaker | None:
        """The speaker who leads the room; None while there is none."""
        return next((each for each in self.stage.values() if each.role == "host"), None)

    @property
    def successor(self) -> Speaker | None:
        """The speaker who becomes host if the host drops: the co-host longest on stage."""
        return successor(self.stage.values())

    def place_in_queue(self, id: str) -> int | None:
        """Return this seat's place in the queue, 1 for the next hand; None without a hand."""
        for place, hand in enumerate(self.hands, 1):
            if hand.id == id:
                return place
        return None

    @property
    def named(self) -> set[str]:
        """The ids of all persons whom something in the view names, ``people`` aside."""
        named = {each.person for each in self.stage.values()}
        named.update(hand.person for hand in self.hands)
        named.update(self.front_row.values())
        for invitation in self.stage_invitations.values():
            named.update((invitation.person, invitation.by))
        if self.me:
            named.add(self.me)
        return named

    def person_in(self, seat: str) -> Person | None:
        """Return the person in a visible seat, or in one's own; None if there is none."""
        return self.people.get(self._person_in(seat))

    def _person_in(self, seat: str) -> str:
        if seat in self.stage:
            return self.stage[seat].person
        if seat in self.front_row:
            return self.front_row[seat]
        if seat in self.stage_invitations:
            return self.stage_invitations[seat].person
        if seat == self.you:
            return self.me
        return next((hand.person for hand in self.hands if hand.id == seat), "")

    def person(self, id: str) -> Person | None:
        """Return the visible person with this id, or in the seat with this id, or None."""
        return self.people.get(id) or self.person_in(id)

    def seat_of(self, person: str) -> str | None:
        """Return the visible seat of a person: on stage, else with a hand up, else any other."""
        on_stage = (id for id, each in self.stage.items() if each.person == person)
        waiting = (hand.id for hand in self.hands if hand.person == person)
        listening = (id for id, each in self.front_row.items() if each == person)
        own = self.you if person == self.me else None
        return next(on_stage, None) or next(waiting, None) or next(listening, None) or own

    def shown(self, someone: Speaker | Hand) -> Person:
        """Return the person who is on stage or has a hand up.

        One whom the server never named is shown by their id alone.
        """
        return self.people.get(someone.person) or Person(someone.person, someone.person)


def successor(stage: Iterable[Speaker]) -> Speaker | None:
    """Return the first connected co-host on a stage; the order of the stage decides, not chance."""
    return next((each for each in stage if each.role == "cohost" and each.connected), None)

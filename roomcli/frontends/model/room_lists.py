"""The lists that the user asked for: who is kept out, silenced, invited, listening, or gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...protocol import events as e
from ...protocol.people import BanNotice, Person, RoomInvite, SilenceNotice
from .named import Named

DEPARTED_KEPT = 500
"""Number of people who left that a frontend remembers, the last to leave first."""
LISTED_KEPT = 2000
"""Number of people of the audience, from pages of the list, that a frontend remembers."""


@dataclass
class RoomLists:
    """The answers to ``list_bans``, ``list_silenced``, ``list_room_invites`` and ``list_people``.

    ``audience`` has people by their seats; ``departed`` also has those who were seen to leave.
    """

    bans: tuple[BanNotice, ...] = ()
    silences: tuple[SilenceNotice, ...] = ()
    room_invites: tuple[RoomInvite, ...] = ()
    audience: dict[str, Person] = field(default_factory=dict)
    departed: tuple[Named, ...] = ()

    @property
    def people(self) -> Iterator[Person]:
        """Everybody who was listed or has left."""
        yield from self.audience.values()
        yield from (each.person for each in self.departed)

    def keep_list(
        self, answer: e.PeoplePage | e.BanList | e.SilenceList | e.RoomInviteList
    ) -> None:
        """Keep the answer to a question; a page goes to those before it."""
        match answer:
            case e.PeoplePage(of="left", offset=offset):
                before = self.departed if offset else ()
                left = (Named(seat, person) for seat, person in answer.listed.items())
                self.departed = (*before, *left)[:DEPARTED_KEPT]
            case e.PeoplePage():
                listed = {**self.audience, **answer.listed}
                self.audience = dict([*listed.items()][-LISTED_KEPT:])
            case e.BanList(bans=bans, offset=offset):
                self.bans = (*bans, *self.bans) if offset else bans
            case e.SilenceList(silences=silences, offset=offset):
                self.silences = (*silences, *self.silences) if offset else silences
            case e.RoomInviteList(invites=invites):
                self.room_invites = invites

    def see_leave(self, left: e.ParticipantLeft, who: Person | None) -> None:
        """Note that somebody left; who moves to another seat has not gone."""
        self.audience.pop(left.id, None)
        if who is not None and left.reason != "moved":
            others = (each for each in self.departed if each.id != left.id)
            self.departed = (Named(left.id, who), *others)[:DEPARTED_KEPT]

    def rename(self, person: Person) -> None:
        """Have a person's name, headline and badges as they are now."""
        for seat, each in self.audience.items():
            if each.id == person.id:
                self.audience[seat] = person
        self.departed = tuple(
            Named(each.id, person) if each.person.id == person.id else each
            for each in self.departed
        )

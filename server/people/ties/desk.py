"""The desk for ties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import get_args

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person

from ...store import Store
from ...store.ties import TIE_KINDS, TieKind
from ..profiles.visible import shown_or_somebody

MAX_TIES = 1000
"""The most ties of one kind that somebody has."""
MAX_TIES_IN_ALL = 500_000
"""The most ties of a server, which are in memory; whom one blocks is taken beyond that."""
TIES_PER_PAGE = 100
_LISTED: dict[str, TieKind] = {
    "following": "follows",
    "communities": "community",
    "blocked": "blocks",
}


class TiesDesk:
    """Lists and changes ties; ``reach`` gives news to all connections of a person.

    Whether a community exists is not judged: so the answer tells nobody of a hidden one. Nor is it
    judged whether somebody is blocked by whom they follow: they would learn of it. Their follow is
    in vain (:func:`.follows.follows_that_count`).
    """

    commands = get_args(c.TiesCommand)
    questions = (c.ListTies,)

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        reach: Callable[[str, e.Event], None],
    ) -> None:
        self._store = store
        self._now = now
        self._reach = reach
        store.ties.elsewhere.hear(lambda person, before, now: self._tell_blocker(person))

    async def carry_out(self, asker: Person, command: c.TiesCommand) -> Sequence[e.DeskEvent]:
        """Carry out a command. Raises CommandRefused ``no_such_person``, ``too_many_ties``,
        ``server_full``.
        """
        ties = self._store.ties
        with self._store.transaction():
            match command:
                case c.ListTies():
                    return [self._ties_page(asker, command)]
                case c.Follow(person=person):
                    self._judge(asker, person)
                    if person in ties.made_by(asker.id, "blocks"):
                        raise CommandRefused("blocked_by_you", "you block them: unblock them first")
                    self._tie(asker, "follows", person)
                case c.Unfollow(person=person):
                    ties.untie(asker.id, "follows", person)
                case c.FollowCommunity(community=community):
                    self._tie(asker, "community", community)
                case c.UnfollowCommunity(community=community):
                    ties.untie(asker.id, "community", community)
                case c.Block(person=person):
                    self._judge(asker, person)
                    self._tie(asker, "blocks", person)
                    ties.untie(asker.id, "follows", person)
                    self._tell_blocker(asker.id)
                case c.Unblock(person=person):
                    ties.untie(asker.id, "blocks", person)
                    self._tell_blocker(asker.id)
        return []

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Yield every tie that the person made."""
        for kind in TIE_KINDS:
            for target, at in self._store.ties.made_by(person.id, kind).items():
                yield e.ThingHeld(kind="tie", thing={"tie": kind, "to": target, "at": at})

    def forget(self, person: Person) -> None:
        """Delete every tie that the person made; those of others to them are others' own."""
        blocked = self._store.ties.made_by(person.id, "blocks")
        had_blocked = bool(blocked)
        for kind in TIE_KINDS:
            for target in tuple(self._store.ties.made_by(person.id, kind)):
                self._store.ties.untie(person.id, kind, target)
        if had_blocked:
            self._tell_blocker(person.id)

    def _judge(self, asker: Person, person: str) -> None:
        if person == asker.id:
            raise CommandRefused("no_such_person", "that is you")
        if self._store.people.find(person) is None:
            raise CommandRefused("no_such_person", "this server knows nobody by that id")

    def _tie(self, asker: Person, kind: TieKind, target: str) -> None:
        mine = self._store.ties.made_by(asker.id, kind)
        if target not in mine and len(mine) >= MAX_TIES:
            raise CommandRefused("too_many_ties", f"there are {MAX_TIES} already: end one first")
        if target not in mine and kind != "blocks" and len(self._store.ties) >= MAX_TIES_IN_ALL:
            text = "this server takes no more of what people follow now"
            raise CommandRefused("server_full", text)
        self._store.people.save(asker, self._now())
        self._store.ties.tie(asker.id, kind, target, self._now())

    def _tell_blocker(self, person: str) -> None:
        blocked = tuple(self._store.ties.made_by(person, "blocks"))
        self._reach(person, e.BlockedChanged(people=blocked))

    def _ties_page(self, asker: Person, asked: c.ListTies) -> e.TiesPage:
        mine = [*self._store.ties.made_by(asker.id, _LISTED[asked.of])]
        listed = mine[::-1][asked.offset : asked.offset + TIES_PER_PAGE]
        of_people = asked.of != "communities"
        return e.TiesPage(
            of=asked.of,
            people=tuple(shown_or_somebody(self._store, id) for id in listed) if of_people else (),
            communities=() if of_people else tuple(listed),
            offset=asked.offset,
            total=len(mine),
        )

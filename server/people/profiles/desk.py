"""The desk for profiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import get_args

import msgspec

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile

from ...store import Store
from .rules import changed
from .visible import as_in_profile

MAX_PROFILES = 100_000
"""The most profiles of a server: they are in memory."""


class ProfileDesk:
    """Shows and changes profiles; ``tell`` gives news to all connections of a person.

    ``badges_of`` says what is proven of somebody.
    """

    commands = get_args(c.ProfileCommand)
    questions = (c.ShowProfile,)

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        tell: Callable[[str, e.Event], None],
        badges_of: Callable[[Person], tuple[Badge, ...]],
    ) -> None:
        self._badges_of = badges_of
        self._store = store
        self._now = now
        self._tell = tell
        store.profiles.elsewhere.hear(
            lambda person, before, now: tell(person, e.ProfileChanged(profile=now))
        )

    async def carry_out(self, asker: Person, command: c.ProfileCommand) -> Sequence[e.DeskEvent]:
        """Carry out a command. Raises CommandRefused ``bad_text``, ``no_such_person``,
        ``server_full``.
        """
        match command:
            case c.ShowProfile(person=person):
                return [self._profile_of(asker, person or asker.id)]
            case c.ChangeProfile():
                self._change(asker, command)
        return []

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Yield the profile, if there is one."""
        profile = self._store.profiles.of_person(person.id)
        if profile is not None:
            yield e.ThingHeld(kind="profile", thing=msgspec.to_builtins(profile))

    def forget(self, person: Person) -> None:
        """Delete the profile, if there is one."""
        if self._store.profiles.of_person(person.id) is not None:
            self._store.profiles.forget(person.id)
            self._tell(person.id, e.ProfileChanged())

    def _change(self, asker: Person, change: c.ChangeProfile) -> None:
        before = self._store.profiles.of_person(asker.id)
        if before is None and len(self._store.profiles) >= MAX_PROFILES:
            text = "this server has no place for another profile now"
            raise CommandRefused("server_full", text)
        after = changed(before or _blank(asker), change)
        if after != before:
            with self._store.transaction():
                self._store.people.save(asker, self._now())
                self._store.profiles.save(asker.id, after)
            self._tell(asker.id, e.ProfileChanged(profile=after))

    def _profile_of(self, asker: Person, id: str) -> e.ProfileShown:
        person = asker if id == asker.id else self._store.people.find(id)
        if person is None:
            raise CommandRefused("no_such_person", "this server knows nobody by that id")
        profile = self._store.profiles.of_person(id) or _blank(person)
        person = as_in_profile(person, profile)
        ties = self._store.ties
        return e.ProfileShown(
            person=person,
            profile=profile,
            followed=id in ties.made_by(asker.id, "follows"),
            blocked=id in ties.made_by(asker.id, "blocks"),
            badges=self._badges_of(person),
        )


def _blank(person: Person) -> Profile:
    """Return the profile of somebody who filled in none."""
    return Profile(name=person.name, headline=person.headline)

"""A server's communities with nothing around them, for tests that ask its desk."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from roomcli.errors import CommandRefused
from roomcli.protocol import events as e
from roomcli.protocol.commands import communities as cc
from roomcli.protocol.community import CommunityDetails
from roomcli.protocol.events import communities as ce
from roomcli.protocol.people import Person
from server.communities.desk import CommunityDesk
from server.communities.directory import CommunityDirectory
from server.limits import ServerLimits
from server.rooms.shares import Shares
from server.store import Store

from ...support.memory_store import memory_store

BEGIN = 1_764_000_000.0


class Hall:
    """A desk whose people are known by their names, and what it does to others."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store or memory_store()
        self.now = BEGIN
        self.told: list[tuple[str, e.Event]] = []
        self.put_outs: list[tuple[tuple[str, ...], str, str]] = []
        self.hidden: list[tuple[str, frozenset[str] | None, str]] = []
        self.endings: list[tuple[tuple[str, ...], str, str, bool]] = []
        self.open_rooms: dict[str, str] = {}
        """The keys of those whose the open rooms are."""
        self.disputed: set[str] = set()
        self.formerly: dict[str, tuple[str, ...]] = {}
        """By name, who was that person until lately."""
        self.directory = CommunityDirectory(self.store, self._clock)
        self.limits = ServerLimits()
        self.desk = CommunityDesk(
            self.directory,
            self.store,
            self,
            self,
            self._clock,
            Shares(),
            lambda person, event: self.told.append((person, event)),
            self.judge_giving_up,
            lambda key: [
                person(other)
                for name, others in self.formerly.items()
                for other in others
                if person(name).key == key
            ],
            limits=self.limits,
        )

    def _clock(self) -> float:
        return self.now

    def put_out_of_community(self, rooms: Iterable[str], person: Person, text: str) -> None:
        self.put_outs.append((tuple(rooms), person.id, text))

    def end_membership(
        self, rooms: Iterable[str], person: Person, text: str, *, removed: bool
    ) -> None:
        self.endings.append((tuple(rooms), person.id, text, removed))

    def hide_from_others(self, community: str, people: Collection[str] | None, by: str) -> None:
        self.hidden.append((community, None if people is None else frozenset(people), by))

    def is_open_for_another(self, room: str, key: str) -> bool:
        return self.open_rooms.get(room, key) != key

    def judge_giving_up(self, person: Person) -> None:
        """Refuse to whoever has a key that is disputed."""
        if person.id in self.disputed:
            raise CommandRefused("keys_disputed", "a key of yours was revoked lately")

    async def ask(self, name: str, command: cc.CommunityCommand) -> list[Any]:
        """Give a command; return what answers it. Raises CommandRefused."""
        return list(await self.desk.carry_out(person(name), command))

    async def code(self, name: str, command: cc.CommunityCommand) -> str:
        """Give a command; return the code of its refusal, or ``done``."""
        try:
            await self.ask(name, command)
        except CommandRefused as refused:
            return refused.code
        return "done"

    async def found(self, founder: str, **fields: Any) -> str:
        """Found a community; return its id."""
        fields = {"name": f"{founder.capitalize()}s folk"} | fields
        (shown,) = await self.ask(founder, cc.FoundCommunity(**fields))
        assert isinstance(shown, ce.CommunityShown)
        return shown.community.id

    async def show(self, name: str, id: str) -> CommunityDetails:
        """Return a community as somebody sees it. Raises CommandRefused."""
        (shown,) = await self.ask(name, cc.ShowCommunity(community=id))
        assert isinstance(shown, ce.CommunityShown)
        return shown.community

    def meet(self, *names: str) -> None:
        """Let the server know people."""
        for name in names:
            self.store.people.save(person(name), self.now)

    def heard(self, name: str) -> list[str]:
        """Return what somebody was told, in short."""
        return [
            each.why if isinstance(each, ce.StandingChanged) else type(each).__name__
            for whom, each in self.told
            if whom == name
        ]


def person(name: str) -> Person:
    """Return somebody by name, which is their id too."""
    return Person(name, name.capitalize(), key=name.encode().hex().ljust(32, "0")[:32])

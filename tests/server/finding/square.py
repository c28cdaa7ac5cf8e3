"""A server's desks with nothing around them, for tests of what is found there by whom."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import trio
from msgspec.structs import replace
from trio.testing import MockClock

from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile
from server.calendar.rules import Plan
from server.calendar.rules.journal import EventPlanned
from server.calendar.rules.times import format_local, local_time
from server.clock import Clock
from server.communities.rules import Community, Membership
from server.desk_list import open_desks
from server.finding.home_news import HomeWatcher
from server.rooms.hub import Hub
from server.rooms.invites import InviteSeal

from ...support.memory_store import memory_store

T = TypeVar("T")
HOUR = 3600.0


class Listening:
    """Stands for a connection that notes what it is told."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.stream = self
        self.blocked = False

    def push_control(self, frame: bytes) -> None:
        self.frames.append(frame)

    @property
    def told(self) -> list[e.HomeShown]:
        """What was told, in order."""
        found = [codec.decode_from_server(frame[_head(frame) :]) for frame in self.frames]
        return [each for each in found if isinstance(each, e.HomeShown)]


class Square:
    """A server's desks; people are known by their names, which are their ids."""

    def __init__(self, hub: Hub, store: Any, desks: Any) -> None:
        self.hub, self.store, self.desks = hub, store, desks
        self.directory, self.planned = desks.communities, desks.calendar.planned
        self.news = desks.all.home_news

    def meet(self, id: str, /, **fields: Any) -> Person:
        """Let the server know somebody, with a profile."""
        person = Person(id, id.capitalize(), key=id.encode().hex().ljust(32, "0")[:32])
        self.store.people.save(person, self.hub.now())
        self.store.profiles.save(id, Profile(**{"name": person.name, **fields}))
        return person

    def found(self, id: str, /, *members: str, **fields: Any) -> Community:
        """Let there be a community with these members, the first of whom owns it."""
        people = {
            each: Membership(at=1.0, role="owner" if number == 0 else "member")
            for number, each in enumerate(members)
        }
        community = Community(**{"id": id, "name": id, "members": people, **fields})
        self.directory.apply(community, ())
        return community

    def plan(
        self, id: str, /, by: str, ahead: float = HOUR, origin: str = "", **fields: Any
    ) -> None:
        """Let something be planned, from a network of this mark."""
        now = self.hub.now()
        start = format_local(local_time(now + ahead, "UTC"))
        plan = Plan(**{"title": id, "start": start, "zone": "UTC", "organisers": (by,), **fields})
        entry = EventPlanned(id=id, by=by, at=1.0, plan=plan, origin=origin)
        self.planned.record(None, [entry], now)

    def open(self, name: str, access: str = "open") -> None:
        """Let a room be open, with nobody in it."""
        self.hub.open(name, access, "0" * 32, [])

    def open_unlisted(self, name: str) -> None:
        """Let a room be open that its moderators took off the list."""
        self.open(name)
        room = self.hub.room(name)
        assert room is not None
        room.state = replace(room.state, settings=replace(room.state.settings, listed=False))

    async def ask(self, name: str, command: c.DeskCommand) -> Any:
        """Return the answer to somebody."""
        asker = self.store.people.find(name) or Person(name, name)
        (answer,) = (await self.desks.all.carry_out(asker, command)).answers
        return answer

    async def home(self, name: str) -> e.HomeShown:
        """Return what stands at home for somebody."""
        shown: e.HomeShown = await self.ask(name, c.ShowHome())
        return shown

    async def search(self, name: str, text: str, **fields: Any) -> e.SearchResults:
        """Return what somebody finds."""
        found: e.SearchResults = await self.ask(name, c.Search(text=text, **fields))
        return found

    def watch(self, name: str) -> tuple[HomeWatcher, Listening]:
        """Let somebody watch home; return what they are told."""
        connection = Listening()
        watcher = HomeWatcher(cast("Any", connection), name)
        self.news.add_watcher(watcher)
        return watcher, connection


@asynccontextmanager
async def square() -> AsyncIterator[Square]:
    """Open the desks of a server that keeps everything in memory."""
    store = memory_store()
    async with trio.open_nursery() as nursery:
        clock = cast("Clock", SimpleNamespace(now=lambda: 1_764_000_000.0 + trio.current_time()))
        hub = Hub(store, nursery, clock, InviteSeal(b"0" * 32))
        desks = await open_desks(hub, store, clock, open_hosting=True)
        yield Square(hub, store, desks)
        nursery.cancel_scope.cancel()


def played(play: Callable[[], Awaitable[T]]) -> T:
    """Run a play by a clock of its own, which jumps when everybody waits."""
    return trio.run(play, clock=MockClock(autojump_threshold=0))


def _head(frame: bytes) -> int:
    """Return how long the WebSocket header of a frame of the server is (RFC 6455, 5.2)."""
    return {126: 4, 127: 10}.get(frame[1], 2)

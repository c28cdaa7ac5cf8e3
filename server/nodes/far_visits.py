"""Visits from this server to rooms that others have: who has which, and the links with them."""

from __future__ import annotations

import logging

import trio

from roomcli.errors import CommandRefused, ConnectionFailed, ConnectionLost, StoreError
from roomcli.protocol import commands as c

from ..public.client import KnownClient
from ..rooms.hub import Hub
from .directory import NodeDirectory
from .kept_rooms import KeptRooms
from .kept_voice import KeptVoice
from .lasting_visit import LastingVisit
from .node_record import OtherVersion
from .owner_link import OwnerLink
from .ownership import Ownership
from .voices import NodeVoices

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that somebody waits for a room whose owner cannot be reached: longer than its lease."""
AGAIN_SECONDS = 0.2


class OwnerSearch:
    """The search for the next owner of a room, for all who wait for it."""

    def __init__(self) -> None:
        self.link: OwnerLink | None = None
        self.has_ended = trio.Event()
        self.waiting = 0
        """How many wait for it; for nobody nothing is searched."""


class FarVisits:
    """The visits to rooms of other servers; the links with these run in ``nursery``."""

    def __init__(
        self,
        hub: Hub,
        directory: NodeDirectory,
        ownership: Ownership,
        kept_rooms: KeptRooms,
        voices: NodeVoices,
        kept: KeptVoice,
        nursery: trio.Nursery,
    ) -> None:
        self._hub = hub
        self._directory = directory
        self._ownership = ownership
        self._kept_rooms = kept_rooms
        self._voices = voices
        self._kept = kept
        self._nursery = nursery
        self._owners: dict[str, OwnerLink] = {}
        self._dialling: dict[str, trio.Lock] = {}
        self._told: set[str] = set()
        """Servers of other versions of which the log tells, each as it was told."""
        self._searches: dict[str, OwnerSearch] = {}

    @property
    def number_of_rooms(self) -> int:
        """The number of other servers' rooms in which people from here are."""
        return sum(link.number_of_rooms for link in self._owners.values())

    @property
    def number_of_people(self) -> int:
        """The number of people from here in other servers' rooms."""
        return sum(link.number_of_people for link in self._owners.values())

    async def visit_room(
        self, client: KnownClient, wish: c.EnterRoom, before: int
    ) -> LastingVisit | None:
        """Return the visit of a room that another server has; None where this one decides.

        ``before`` is the number of the client's latest visit. The lease of an owner that cannot be
        reached is waited for to end. Raises CommandRefused.
        """
        self._judge_haste(client)
        until = trio.current_time() + PATIENCE
        while True:
            try:
                link = await self._link_for(wish)
            except OtherVersion as error:
                if str(error) not in self._told:
                    self._told.add(str(error))
                    log.error("room %(room)s: %(why)s", {"room": wish.room, "why": str(error)})
                text = "the server that has the room is of another version: its admin can update it"
                raise CommandRefused("failed", text) from None
            except StoreError as error:
                log.error("room %(room)s: %(why)s", {"room": wish.room, "why": str(error)})
                text = "the server cannot reach its database at the moment: try again later"
                raise CommandRefused("try_later", text) from None
            except (ConnectionLost, ConnectionFailed) as error:
                if trio.current_time() < until:
                    await trio.sleep(AGAIN_SECONDS)
                    continue
                log.error("room %(room)s: %(why)s", {"room": wish.room, "why": str(error)})
                text = "the server that has the room cannot be reached: try again in a moment"
                raise CommandRefused("failed", text) from None
            if link is None:
                return None
            if wish.ticket is None and wish.intent != "host":
                # The room's server sends them no voice: it cannot judge that.
                self._hub.judge_egress(link.people_in(wish.room))
            now = trio.current_time()
            self._hub.allowances.take("enter", client.key, client.caller.address, now)
            return LastingVisit(client, wish, before, link, self._next_owner)

    def _judge_haste(self, client: KnownClient) -> None:
        """Refuse who enters too often before Valkey is asked. Where they enter, it is counted."""
        key, address = client.key, client.caller.address
        now = trio.current_time()
        if wait := self._hub.allowances.would_wait("enter", key, address, now):
            text = f"too many at once: wait {wait:.1f} s"
            raise CommandRefused("rate_limited", text, retry_after=wait)

    async def _link_for(self, wish: c.EnterRoom) -> OwnerLink | None:
        """Return the link with a room's owner; None where that is this server, with it open."""
        may_open = wish.intent == "host"
        owner = await self._ownership.owner_of(wish.room, may_open=may_open)
        if owner != self._directory.name:
            return await self._link_to(owner)
        if self._ownership.has(wish.room):
            await self._kept_rooms.take_up(wish.room, was_left=self._ownership.was_left(wish.room))
        return None

    async def _next_owner(self, room: str) -> OwnerLink:
        """Return the link with the next server that has a room, which may be this one.

        All who wait for it let one look for it.
        """
        search = self._searches.get(room)
        if search is None:
            search = self._searches[room] = OwnerSearch()
            self._nursery.start_soon(self._search_owner, room, search)
        search.waiting += 1
        try:
            await search.has_ended.wait()
        finally:
            search.waiting -= 1
        assert search.link is not None
        return search.link

    async def _search_owner(self, room: str, search: OwnerSearch) -> None:
        try:
            while search.link is None:
                await self._try_owner(room, search)
                if not search.waiting:
                    return
        finally:
            del self._searches[room]
        search.has_ended.set()

    async def _try_owner(self, room: str, search: OwnerSearch) -> None:
        try:
            owner = await self._ownership.owner_of(room, may_open=False)
            if owner == self._directory.name and self._ownership.has(room):
                await self._kept_rooms.take_up(room, was_left=self._ownership.was_left(room))
            search.link = await self._link_to(owner)
        except (ConnectionLost, ConnectionFailed, StoreError) as error:
            log.debug("room %s has no owner yet: %s", room, error)
            await trio.sleep(AGAIN_SECONDS)
        except Exception:
            # An error in one room, even a bug of ours, must not end the others.
            log.exception("nobody could be found who has room %(room)s", {"room": room})
            await trio.sleep(AGAIN_SECONDS)

    async def _link_to(self, name: str) -> OwnerLink:
        # A lock for each: a server that does not answer holds up nobody who visits another.
        async with self._dialling.setdefault(name, trio.Lock()):
            link = self._owners.get(name)
            if link is None:
                stream = await self._directory.dial(name)
                link = OwnerLink(
                    *(name, stream, self._hub, self._ownership, self._voices, self._kept),
                    self._nursery,
                )
                self._owners[name] = link
                self._nursery.start_soon(self._run_link, link)
        return link

    async def _run_link(self, link: OwnerLink) -> None:
        try:
            await link.run()
        finally:
            del self._owners[link.name]
        log.warning("server %(name)s is gone", {"name": link.name})

"""This server as one of a cluster: what it has, whom it asks, and who asks it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import trio

from roomcli.errors import ConnectionFailed, ConnectionLost
from roomcli.protocol import commands as c

from ..client_connection import ClientConnection
from ..clock import Clock
from ..cluster.address import ValkeyAddress
from ..cluster.bulletins import Bulletins
from ..cluster.client import ValkeyClient
from ..cluster.connection import connected
from ..cluster.primary import find_primary
from ..cluster.room_tokens import CountedTokens
from ..cluster_state import ClusterState
from ..public.client import KnownClient
from ..public.cpu_budget import CpuBudget
from ..public.gate import Gate
from ..rooms.hub import Hub
from ..rooms.room_journal import RoomJournal
from ..rooms.room_voice import Accepted
from ..store import Store
from ..streams.batch import new_batch
from ..workers.far_rooms import FarRooms
from .directory import NodeDirectory, own_host
from .far_visits import FarVisits
from .guests import GuestNode
from .handovers import Handovers
from .kept_rooms import KeptRooms, RoomTokens
from .kept_voice import KeptVoice
from .lasting_visit import LastingVisit
from .neighbours import Neighbours
from .other_rooms import ClusterRooms
from .ownership import Ownership
from .room_claims import RoomClaims
from .room_journal import SpanningJournal
from .room_voice import SpanningRoomVoice
from .shared_rooms import SharedRooms
from .voices import NodeVoices

log = logging.getLogger(__name__)

LEAVING_SECONDS = 3.0
"""Seconds that the last state of all rooms may take on its way to the others."""


class Node:
    """A server of the cluster that a Valkey joins. :meth:`run` has to run."""

    def __init__(
        self, addresses: Sequence[ValkeyAddress], hub: Hub, store: Store, clock: Clock
    ) -> None:
        self._addresses = addresses
        self._clock = clock
        self._hub = hub
        self._store = store
        self._client = ValkeyClient(*addresses)
        self._directory = NodeDirectory(self._client)
        self._voices = NodeVoices(addresses, self._directory.name)
        self._kept = KeptVoice(self._directory.name)
        self._handovers = Handovers(self._client, hub, store)
        self._kept_rooms: KeptRooms = self._handovers
        self._fences: RoomTokens = CountedTokens(self._client)
        if store.fences is not None:
            self._kept_rooms = SharedRooms(hub, store, store.fences)
            self._fences = store.fences
            store.fences.on_loss(self._note_loss)
        self._far_rooms = FarRooms()
        bulletins = Bulletins(self._client, self._directory.name)
        self.others = ClusterRooms(bulletins, hub, self._has)
        self._neighbours = Neighbours(self.others)
        self._batch = new_batch()
        self._guests: dict[str, GuestNode] = {}
        self._guests_budget = CpuBudget()
        self._host: str
        self._letting_visit = trio.CancelScope()
        self._gate: Gate
        self._visits: trio.Nursery
        self._ownership: Ownership
        self._claims: RoomClaims
        self._far_visits: FarVisits
        self._nursery: trio.Nursery

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        """Be one of the cluster until cancelled. Raises ConnectionFailed without Valkey."""
        # Now or never: later Valkey may be gone for a while.
        primary = await find_primary(self._addresses)
        self._host = own_host(primary)
        async with connected(primary) as valkey:
            self._clock.go_by(await valkey.time_of_day())
        async with self._client, trio.open_nursery() as self._nursery:
            name = self._directory.name
            self._ownership = Ownership(
                *(self._client, name, self._nursery, self._is_open, self._lose_room),
                *(self._kept_rooms, self._fences),
            )
            self._claims = RoomClaims(
                *(name, self._hub, self._store, self._ownership, self._kept_rooms),
                self._lose_room,
            )
            self._far_visits = FarVisits(
                *(self._hub, self._directory, self._ownership, self._kept_rooms),
                *(self._voices, self._kept, self._nursery),
            )
            self._nursery.start_soon(self._voices.run)
            self._nursery.start_soon(self._kept.run)
            task_status.started()
            await trio.sleep_forever()

    async def let_visit(
        self, gate: Gate, visits: trio.Nursery, own_address: Callable[[], str]
    ) -> None:
        """Let people of other servers visit, through this gate, until cancelled.

        What serves them runs in ``visits``. ``own_address`` is where clients reach this server.
        """
        self._gate, self._visits = gate, visits
        (listener,) = await trio.open_tcp_listeners(0, host=self._host)
        port = int(listener.socket.getsockname()[1])
        async with trio.open_nursery() as nursery:
            self._letting_visit = nursery.cancel_scope
            nursery.start_soon(self._guests_budget.run)
            nursery.start_soon(self._directory.keep_known, self._host, port)
            nursery.start_soon(self.others.keep_told, own_address, self._neighbours.look_around)
            nursery.start_soon(self._claims.keep_claimed)
            await trio.serve_listeners(self._let_in, [listener])

    async def claim_rooms(self) -> None:
        """Have the rooms at the start that this server is to have.

        Raises ConnectionFailed, and StoreError.
        """
        try:
            await self._claims.claim_rooms()
        except ConnectionLost as lost:
            raise ConnectionFailed(str(lost)) from None

    @property
    def may_hand_over(self) -> bool:
        """Whether there is another server that can have the rooms and people of this one."""
        return self.others.is_heard and bool(self.others.servers)

    def cluster_state(self) -> ClusterState:
        """Return what is known of the cluster, for the admin."""
        return ClusterState(
            name=self._directory.name,
            others=self.others.servers,
            valkey=not self.others.is_lost,
            owned=sum(map(self._has, (room.name for room in self._hub.open_rooms()))),
            visited=self._far_visits.number_of_rooms,
        )

    @property
    def trouble(self) -> str:
        """What the admin should know, in one line; empty if all is well."""
        if not self.others.is_lost:
            return ""
        where = " and ".join(map(str, self._addresses))
        return (
            f"Valkey at {where} does not answer: people here and on other servers do not"
            " hear each other, and nobody comes into rooms of others"
        )

    def let_guests_go(self) -> None:
        """Leave who visits from other servers to the next owners of their rooms.

        For a server that stops: their own servers carry their voice meanwhile, and tell them of it.
        """
        self._letting_visit.cancel()

    async def leave(self) -> None:
        """Let other servers have all rooms, as they are now."""
        with trio.move_on_after(LEAVING_SECONDS):
            await self._ownership.leave()
            await self.others.leave()

    def _has(self, room: str) -> bool:
        return self._ownership.has(room)

    def _is_open(self, room: str) -> bool:
        return self._hub.room(room) is not None

    async def _lose_room(self, name: str) -> None:
        room = self._hub.room(name)
        if room is not None:
            await self._hub.give_up(room, "another server has the room now: come back")

    def _note_loss(self, name: str) -> None:
        self._ownership.let_go(name)
        self._nursery.start_soon(self._lose_room, name)

    # Rooms that this server has.

    def may_start(self, name: str) -> bool:
        """Whether this server may open a room: it has its lease, and no other can have it soon."""
        return self._ownership.may_answer(name)

    def opened_before(self, name: str) -> float:
        """Return when the last room of this name was opened that has ended, on any server."""
        return self._handovers.opened_before(name)

    def new_voice(self, name: str, heard: int, accepted: Accepted) -> SpanningRoomVoice:
        """Return what carries the voice of a new room."""
        hub = self._hub
        return SpanningRoomVoice(
            *(name, heard, accepted, hub.traffic, hub.limits, self._batch),
            far=self._far_rooms.new_voice(name, heard, accepted),
            voices=self._voices,
            kept=self._kept,
            guests=self._guests,
        )

    def new_journal(self, name: str, local: RoomJournal) -> SpanningJournal:
        """Return what keeps a new room."""
        outbox = self._handovers.outbox(name)
        outbox.start_anew()
        return SpanningJournal(name, local, self._store.seats, outbox, self._ownership.may_answer)

    async def _let_in(self, stream: trio.SocketStream) -> None:
        async with stream:
            name = await self._directory.caller(stream)
            if name is None:
                if self._hub.may_log():
                    log.warning("somebody who is no server of the cluster was turned away")
                return
            guests = GuestNode(
                *(self._gate, self._ownership, self._kept_rooms, stream, self._visits),
                self._guests_budget,
            )
            self._guests[name] = guests
            log.info("server %(name)s visits", {"name": name})
            try:
                await guests.run()
            except Exception:
                # An error of one server's people, even a bug of ours, must not end the others.
                log.exception("the link with server %(name)s failed", {"name": name})
            finally:
                if self._guests.get(name) is guests:
                    del self._guests[name]

    # Connections of this server.

    def add_client(self, connection: ClientConnection) -> None:
        """Tell a client from now on where the other servers are."""
        self._neighbours.add_client(connection)

    def remove_client(self, connection: ClientConnection) -> None:
        """Tell a client nothing more."""
        self._neighbours.remove_client(connection)

    @property
    def number_visiting(self) -> int:
        """How many people of this server are in rooms of others."""
        return self._far_visits.number_of_people

    async def far_visit(
        self, client: KnownClient, wish: c.EnterRoom, visit: int
    ) -> LastingVisit | None:
        """Return the visit of a room that another server has; None where this one decides.

        ``visit`` is the number of the client's latest visit. Raises CommandRefused.
        """
        return await self._far_visits.visit_room(client, wish, visit)

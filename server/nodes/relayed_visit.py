"""A visit of somebody who is connected here to a room that another server has."""

from __future__ import annotations

from collections import deque
from typing import Protocol, cast

import trio

from roomcli.errors import CommandRefused, ConnectionLost
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ..datagrams.channel import ClientChannel
from ..public.client import KnownClient
from ..public.home import visit_after
from ..public.near_voice import NearVoice
from ..rooms.near_voice import NearRoomVoice
from ..rooms.peer import Peer
from ..workers import frames as f
from .messages import AnyFromGuests, ChannelOpened, VisitOver, VisitWished

GONE = e.Goodbye(
    code="server_closing",
    text="the server that has the room is gone; another takes it in a moment",
    retry=True,
)


class RoomOwner(Protocol):
    """This server's end of the link with the owner of rooms."""

    def add_visit(self, visit: RelayedVisit) -> int:
        """Return a number for a visit, under which the owner speaks of it from now on."""

    def drop_visit(self, visit: RelayedVisit) -> None:
        """Forget a visit that is over."""

    def send(self, message: AnyFromGuests) -> None:
        """Send a message to the owner."""


class RelayedVisit:
    """Hands over to the owner of a room what a client says, and does what the owner says of it.

    ``before`` is the number of the client's latest visit.
    """

    def __init__(
        self, client: KnownClient, wish: c.EnterRoom, before: int, owner: RoomOwner
    ) -> None:
        self.room = wish.room
        self.client = client
        self.voice = cast("NearVoice", client.voice)  # workers and a cluster exclude each other
        self.seat: tuple[NearRoomVoice, Peer] | None = None
        """Where their voice goes, and what stands for them there."""
        self._wish = wish
        self._before = before
        self._channel: ClientChannel | None = None
        self._owner = owner
        self._number = 0
        self._untaken: deque[bytes | str | None] = deque()
        self._handed_over = 0
        self._taken = 0
        self._was_taken = trio.Event()
        self._over = trio.Event()
        self._next: c.EnterRoom | None = None

    async def run(self) -> c.EnterRoom | None:
        """Serve until the visit is over; return the wish for the next room, if there is one.

        Where more than the visit is over, this ends the connection.
        """
        client, inside = self.client, self.client.services.inside
        try:
            inside.count_in(client.caller.network)
        except CommandRefused as error:
            client.refuse(self._wish, error)
            return None
        # For this server they are at home: banned or sent away here, they are in no room of it.
        homes = client.services.hub.at_home
        place = homes.enter(client.key, client.caller.network, client.ending.end)
        place.is_busy = True
        self._number = self._owner.add_visit(self)
        client.caller.conduct.on_end(self._tell_misconduct)
        if client.may_use_udp:
            self._channel = self.voice.open_channel(visit_after(self._before))
        self._owner.send(
            VisitWished(
                *(self._number, client.who, client.caller.address, client.caller.is_proxied),
                *(self._before, codec.encode(self._wish)),
                channel=_told(self._channel),
                passes_over=True,
                conduct=client.caller.conduct.so_far(),
            )
        )
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._hand_over_all)
                await self._over.wait()
                nursery.cancel_scope.cancel()
        finally:
            inside.count_out(client.caller.network)
            place.leave()
            self._owner.send(f.Gone(self._number))
            self._owner.drop_visit(self)
            self.voice.finish_visit()
            if self._channel is not None:  # also that of a visit which never began
                self._channel.close()
        client.inbound.put_back(self._untaken)
        return self._next

    def _tell_misconduct(self, why: str) -> None:
        self._owner.send(f.Misbehaved(self._number, why))

    async def _hand_over_all(self) -> None:
        message: bytes | str | None = ""
        try:
            while message is not None:
                while len(self._untaken) >= f.MOST_UNREAD:
                    self._was_taken = trio.Event()
                    await self._was_taken.wait()
                message = await self.client.inbound.message()
                is_text = isinstance(message, str)
                raw = message.encode() if isinstance(message, str) else message
                self._untaken.append(message)
                self._handed_over += 1
                self._owner.send(f.ClientSaid(self._number, raw, is_text))
        except ConnectionLost as lost:
            self._owner.send(f.Ended(self._number, str(lost)))
            self.close()

    # As the owner tells.

    def take_seat(self, begun: f.VisitBegun, carrier: NearRoomVoice) -> None:
        """Let the client's voice go to the room, and the room's to the client."""
        peer = self.voice.seat(begun.seat, begun.key, begun.visit, self._channel)
        self.seat = carrier, peer
        carrier.enter(peer)
        self.voice.begin_visit(carrier)

    def note_taken(self, count: int) -> None:
        """Note that the owner has taken so many messages."""
        self._taken += count
        for _ in range(count):
            self._untaken.popleft()
        self._was_taken.set()

    def note_end(self, over: VisitOver) -> None:
        """Note that the client is at home again: what the owner has not taken is read there."""
        self.note_taken(over.taken - self._taken)
        self.client.caller.conduct.go_on_from(over.conduct)
        if over.wish:
            self._next = cast("c.EnterRoom", codec.decode_from_client(over.wish))
        self._over.set()

    def close(self) -> None:
        """End the connection: everything was said."""
        self._over.set()
        self.client.ending.scope.cancel()

    def lose_owner(self) -> None:
        """End the connection, so that the client comes again: the owner is gone."""
        self._over.set()
        self.client.ending.end(GONE)


def _told(channel: ClientChannel | None) -> ChannelOpened | None:
    if channel is None:
        return None
    offer = channel.offer
    return ChannelOpened(offer.port, offer.host, offer.secret.reveal(), channel.ids)

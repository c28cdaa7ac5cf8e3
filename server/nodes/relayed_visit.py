"""A visit of somebody who is connected here to a room that another server has."""

from __future__ import annotations

from collections import deque
from typing import Protocol, cast

import trio
from msgspec.structs import replace

from roomcli.errors import ConnectionLost
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.wire.frames import payload_of

from ..datagrams.channel import ClientChannel
from ..public.client import KnownClient
from ..public.home import visit_after
from ..public.near_voice import NearVoice
from ..rooms.near_voice import NearRoomVoice
from ..rooms.peer import Peer
from ..workers import frames as f
from .messages import AnyFromGuests, ChannelOpened, VisitOver, VisitWished

VisitNews = e.Joined | e.ChatPosted | e.Refused
"""What a visit has to know of what the owner says to the client."""
_MARKS = (b"joined", b"chat_posted", b"refused")
"""What is in the frames that say so; others may have it too."""


def read_news(frame: bytes) -> VisitNews | None:
    """Return what a frame tells of a visit, if it is that."""
    if not any(mark in frame for mark in _MARKS):
        return None
    told = codec.decode_from_server(payload_of(frame))
    return told if isinstance(told, VisitNews) else None


class RoomOwner(Protocol):
    """This server's end of the link with the owner of rooms."""

    def add_visit(self, visit: RelayedVisit) -> int:
        """Return a number for a visit, under which the owner speaks of it from now on."""

    def drop_visit(self, visit: RelayedVisit) -> None:
        """Speak of a visit no more."""

    def drop_empty(self) -> None:
        """Carry the voice of rooms no more in which nobody is."""

    def send(self, message: AnyFromGuests) -> None:
        """Send a message to the owner."""


class RelayedVisit:
    """Hands over to the owner of a room what a client says, and does what the owner says of it.

    ``before`` is the number of the client's latest visit. Where the visit only goes on at another
    owner, ``earlier`` is what it was before.
    """

    def __init__(
        self,
        client: KnownClient,
        wish: c.EnterRoom,
        before: int,
        owner: RoomOwner,
        earlier: RelayedVisit | None = None,
    ) -> None:
        self.room = wish.room
        self.client = client
        self.voice = cast("NearVoice", client.voice)  # workers and a cluster exclude each other
        self.seat: tuple[NearRoomVoice, Peer] | None = None
        """Where their voice goes, and what stands for them there."""
        self.is_left = False
        """Whether the owner is gone, while the visit is not over."""
        self.is_refused = False
        """Whether the next owner does not let them go on."""
        self.ticket: str = earlier.ticket if earlier is not None else ""
        """What brings the seat back; empty while they have none."""
        self._has_joined = False
        self._wish = wish
        self._before = before
        self._channel: ClientChannel | None = None
        self._owner = owner
        self._earlier = earlier
        self._newest_chat = wish.chat_after
        self._number = 0
        self._untaken: deque[bytes | str | None] = deque()
        self._handed_over = 0
        self._taken = 0
        self._was_taken = trio.Event()
        self._over = trio.Event()
        self._next: c.EnterRoom | None = None

    @property
    def number(self) -> int:
        """The number of the visit on the client's connection."""
        return visit_after(self._before)

    @property
    def speaks(self) -> bool:
        """Whether this person is heard if they speak, as the owner said last."""
        if self.seat is None:
            return self._earlier is not None and self._earlier.speaks
        carrier, peer = self.seat
        return carrier.lets_speak(peer.id)

    @property
    def _is_moving(self) -> bool:
        """Whether the visit goes on from an earlier one, of which the client knows nothing yet."""
        return self._earlier is not None and not self._has_joined

    def continued(self, owner: RoomOwner) -> RelayedVisit:
        """Return the visit as it goes on at the next owner."""
        wish = replace(self._wish, ref=None, ticket=self.ticket, chat_after=self._newest_chat)
        return RelayedVisit(self.client, wish, self.number, owner, self)

    async def run(self) -> c.EnterRoom | None:
        """Serve until the visit is over; return the wish for the next room, if there is one.

        Where more than the visit is over, this ends the connection. Where only the owner is gone,
        the visit :attr:`is_left`, and voice goes on.
        """
        client = self.client
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
                moved=self._earlier is not None,
                speaks=self.speaks,
            )
        )
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._hand_over_all)
                await self._over.wait()
                nursery.cancel_scope.cancel()
        finally:
            self._owner.send(f.Gone(self._number))
            self._owner.drop_visit(self)
        if not self.is_left:  # else nobody knows what the owner has done of it
            self.leave()
            client.inbound.put_back(self._untaken)
        return self._next

    def leave(self) -> None:
        """Carry no voice of the visit any more."""
        earlier, self._earlier = self._earlier, None
        if earlier is not None:
            earlier.leave()
        seat, self.seat = self.seat, None
        if seat is not None:
            carrier, peer = seat
            if carrier.has(peer):
                carrier.leave(peer.id)
            self._owner.drop_empty()
            self.voice.finish_visit()
        if self._channel is not None:  # also that of a visit which never began
            self._channel.close()

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
        if self._earlier is not None:
            self._earlier.leave()
        peer = self.voice.seat(begun.seat, begun.key, begun.visit, self._channel)
        self.seat = carrier, peer
        carrier.enter(peer)
        self.voice.begin_visit(carrier)

    def take_frame(self, frame: bytes, news: VisitNews | None) -> None:
        """Send the client a frame, and note what it says of the visit."""
        match news:
            case e.Joined(ticket=ticket, chat=chat):
                self._has_joined, self.ticket = True, ticket or ""
                self._newest_chat = max([self._newest_chat, *(each.number for each in chat)])
            case e.ChatPosted(message=message):
                self._newest_chat = max(self._newest_chat, message.number)
            case e.Refused(command="enter_room", code=code) if self._is_moving:
                self.is_refused = code != "failed"
                return  # they have not asked
            case _:
                pass
        self.client.connection.stream.push_control(frame)

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
        self.is_left = self._is_moving
        self._over.set()

    def close(self) -> None:
        """End the connection: everything was said."""
        self._over.set()
        self.client.ending.scope.cancel()

    def lose_owner(self) -> None:
        """Leave the visit to the next owner: this one is gone."""
        self.is_left = self.is_left or not self._over.is_set()
        self._over.set()


def _told(channel: ClientChannel | None) -> ChannelOpened | None:
    if channel is None:
        return None
    offer = channel.offer
    return ChannelOpened(offer.port, offer.host, offer.secret.reveal(), channel.ids)

"""People of another server who visit rooms of this one."""

from __future__ import annotations

import logging
import math
from functools import partial

import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused, ConnectionLost, StoreError
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import IDENTITY, SideChannelOffer

from ..allowances import network
from ..people.keyring.refusals import locked_out
from ..public.caller import Caller
from ..public.client import KnownClient
from ..public.conduct import Conduct
from ..public.cpu_budget import CpuBudget
from ..public.gate import Gate
from ..public.hello import AdmittedPerson
from ..public.home import ClientHome
from ..public.waiting import Place
from ..rooms.last_minute import LAST_SECONDS
from ..rooms.room_voice import KeptFrame
from ..rooms.visitor import RoomVisitor
from ..workers import frames as f
from ..workers.far_client import FarConnection, FarVoice
from ..workers.link import WorkerLink
from .kept_rooms import KeptRooms
from .messages import (
    AnyFromGuests,
    AnyFromOwner,
    ChannelOpened,
    GuestsHear,
    VisitOver,
    VisitWished,
    VoiceKept,
    from_guests,
)
from .ownership import Ownership
from .voice_questions import VoiceQuestions

log = logging.getLogger(__name__)


class GuestVoice(FarVoice):
    """The voice of a guest. Whether it may go by UDP their own server has judged."""

    def new_visitor(self, id: str, key: str, visit: int, *, by_udp: bool) -> RoomVisitor:
        return super().new_visitor(id, key, visit, by_udp=True)


class GuestNode:
    """This server's end of the link with one other, whose people are here.

    What serves them runs in ``visits``; all guests of all servers share one ``budget``.
    """

    def __init__(
        self,
        gate: Gate,
        ownership: Ownership,
        kept_rooms: KeptRooms,
        stream: trio.SocketStream,
        visits: trio.Nursery,
        budget: CpuBudget,
    ) -> None:
        self._gate = gate
        self._ownership = ownership
        self._kept_rooms = kept_rooms
        self._visits = visits
        self._budget = budget
        self._link: WorkerLink[AnyFromOwner, AnyFromGuests] = WorkerLink(stream, from_guests)
        self._guests: dict[int, FarConnection] = {}
        self._offers: dict[int, SideChannelOffer] = {}
        self._handed_over: dict[int, int] = {}
        self._questions = VoiceQuestions(self._link.send)
        self._passes_over = False
        self._left: dict[str, float] = {}

    # As what stands for the people sends to them.

    def send(self, message: AnyFromOwner | f.AnyFromParent) -> None:
        """Send a message to the other server; it knows of no others than those of rooms."""
        if not isinstance(message, AnyFromOwner):
            return
        self._link.send(message)

    def push_frame(self, connection: int, frame: bytes) -> None:
        """Have a WebSocket frame sent to somebody."""
        if not self._link.add_receiver(connection, frame):
            self._link.send(f.FrameSent([connection], frame))

    @property
    def number(self) -> None:
        """None: each server hears the voices of all others by itself."""

    def offer_channel(self, connection: int) -> SideChannelOffer | None:
        """Return the side channel that the other server has opened for a visit."""
        return self._offers.get(connection)

    def take_back(self, offer: SideChannelOffer) -> None:
        """Do nothing: the other server closes it with the visit."""

    # What is asked of the other server.

    def was_in(self, room: str) -> bool:
        """Whether somebody has left this room so lately that what they said is still kept."""
        return trio.current_time() - self._left.get(room, -math.inf) < LAST_SECONDS

    async def said_in(self, room: str) -> list[KeptFrame] | None:
        """Return what its people said in a room in the last minute; None without an answer."""
        return await self._questions.ask_for(room) if self._passes_over else None

    # As the other server tells.

    async def run(self) -> None:
        """Serve the people until the link ends."""
        try:
            await self._link.run(self._take_message)
        finally:
            for each in self._guests.values():
                each.go("the server that held the connection is gone")

    def _take_message(self, message: AnyFromGuests) -> None:
        if isinstance(message, VisitWished):
            self._passes_over |= message.passes_over
            guest = FarConnection(self, message.connection, message.address)
            guest.moved, guest.speaks = message.moved, message.speaks
            self._guests[message.connection] = guest
            self._handed_over[message.connection] = 0
            if message.channel is not None:
                self._offers[message.connection] = _offered(message.channel)
            self._visits.start_soon(self._serve_guest, guest, message)
            return
        if isinstance(message, GuestsHear):
            self._note_hearing(message.hearing)
            return
        if isinstance(message, VoiceKept):
            self._questions.hear_answer(message)
            return
        found = self._guests.get(message.connection)
        if found is None:
            return
        match message:
            case f.ClientSaid():
                self._handed_over[message.connection] += 1
                found.take_message(message.said)
            case f.Ended(why=why):
                found.note_end(why)
            case f.Misbehaved(why=why):
                if found.conduct is not None:
                    found.conduct.break_off(why)
            case f.Gone():
                found.go("closed")
                del self._guests[message.connection], self._handed_over[message.connection]
                self._offers.pop(message.connection, None)

    def _note_hearing(self, reports: list[f.HearingReport]) -> None:
        for each in reports:
            guest = self._guests.get(each.connection)
            if guest is not None and guest.visitor is not None:
                guest.visitor.hearing = each

    async def _serve_guest(self, guest: FarConnection, wished: VisitWished) -> None:
        try:
            await self._run_visit(guest, wished)
        except ConnectionLost as lost:
            log.debug("connection lost: %s", lost)
        except Exception:
            # An error in one visit, even a bug of ours, must not end the others.
            log.exception("a visit from another server failed")
            self.send(f.Closed(guest.number))

    async def _run_visit(self, guest: FarConnection, wished: VisitWished) -> None:
        services = self._gate.services
        share = self._budget.share(network(wished.address))
        share.adopt_task()
        conduct = guest.conduct = Conduct(services.hub.limits.messages)
        conduct.go_on_from(wished.conduct)
        caller = Caller(
            address=wished.address,
            authority=wished.who.authority,
            names_us=lambda authority: True,  # the other server has judged that
            certificate_hash=None,
            conduct=conduct,
            share=share,
            place=Place(self._gate.waiting, network(wished.address), lambda: None),
            new_voice=partial(GuestVoice, guest, share),
            is_proxied=wished.is_proxied,
        )
        client = KnownClient(
            *(guest, caller, services, self._known_here(wished.who)),
            told_elsewhere=services.store.personal_news is not None,
        )
        command = codec.decode_from_client(wished.wish)
        assert isinstance(command, c.EnterRoom)
        try:
            with client.ending.scope:
                wish = await self._visit(client, command, wished.visit)
                await trio.lowlevel.checkpoint_if_cancelled()
                taken = self._handed_over.get(guest.number, 0) - guest.untaken
                raw = b"" if wish is None else codec.encode(wish)
                self.send(VisitOver(guest.number, taken, raw, conduct.so_far()))
                return
        finally:
            client.close()
            now = trio.current_time()
            left = {room: at for room, at in self._left.items() if now - at < LAST_SECONDS}
            self._left = left | {command.room: now}
        if client.ending.goodbye is not None:
            services.hub.goodbyes[client.ending.goodbye.code] += 1
            # They stay on their own server, which goes on.
            client.send(replace(client.ending.goodbye, elsewhere=False))
        await guest.aclose()

    async def _visit(
        self, client: KnownClient, command: c.EnterRoom, visit: int
    ) -> c.EnterRoom | None:
        client.caller.conduct.on_end(client.ending.end_for_misconduct)
        if not await self._has_room(command.room):
            text = f"{command.room} is on its way to another server: try again in a moment"
            client.refuse(command, CommandRefused("failed", text))
            return None
        if client.contests or not client.is_current:
            client.refuse(command, locked_out())
            return None
        entered = await ClientHome(client, visit=visit).enter(command)
        return await entered.run() if entered is not None else None

    async def _has_room(self, room: str) -> bool:
        """Whether this server has the room, as far as somebody left it, open."""
        if not self._ownership.has(room):
            return False
        try:
            await self._kept_rooms.take_up(room, was_left=self._ownership.was_left(room))
        except (ConnectionLost, StoreError) as error:
            log.error("room %(room)s: %(why)s", {"room": room, "why": str(error)})
            return False
        return True

    def _known_here(self, who: AdmittedPerson) -> AdmittedPerson:
        """Return somebody as this server knows them by the key that signed."""
        identities, reception = self._gate.hub.identities, self._gate.services.reception
        person = replace(who.person, key=identities.first_key(who.signer))
        person = reception.known(person, keeps_name=True)
        return replace(who, person=person, contests=identities.contested(who.signer))


def _offered(channel: ChannelOpened) -> SideChannelOffer:
    ids = tuple(channel.ids[at : at + IDENTITY] for at in range(0, len(channel.ids), IDENTITY))
    secret = Secret(channel.secret)
    return SideChannelOffer(port=channel.port, host=channel.host, secret=secret, ids=ids)

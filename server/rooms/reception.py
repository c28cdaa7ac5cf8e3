"""How people enter rooms: who may open one, by what right somebody enters, and in which seat.

``rules`` judges what depends on the room alone; here is what takes the store, a password's slow
hash, or a look at all rooms.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable
from functools import partial

import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import leading_badges
from roomcli.protocol.chat import CHAT_ON_JOINING
from roomcli.protocol.durations import rounded_up
from roomcli.protocol.people import BanNotice, Person, Role, SilenceNotice

from ..allowances import network
from ..people.identity import new_token, token_hash
from ..people.profiles.visible import as_in_profile
from ..store import Seat, Store
from . import rules
from .acquaintance import claims_at_door
from .guesses import Guess
from .hub import Hub
from .room import Room, send_event
from .rules import RoomState
from .visitor import RoomVisitor

log = logging.getLogger(__name__)


WARNING_SECONDS = 10.0
"""Seconds between two log warnings about tickets that are somebody else's."""


class Reception:
    """Brings people into rooms.

    ``open_hosting`` lets everybody open rooms; otherwise opening takes the host token.
    """

    def __init__(self, hub: Hub, store: Store, *, open_hosting: bool) -> None:
        self._hub = hub
        self._store = store
        self.open_hosting = open_hosting
        self._warned_at = float("-inf")

    def known(self, person: Person, *, keeps_name: bool = False) -> Person:
        """Return the person with the id by which the server knows them, as they are shown.

        The badges are those that count now.
        The name and headline of a profile count more than those that the person came with, unless
        they want to keep these.
        """
        id = self._store.people.id_of(person.key)
        profile = None if keeps_name else self._store.profiles.of_person(id)
        person = as_in_profile(replace(person, id=id), profile)
        return replace(person, badges=leading_badges(self._hub.acquaintance.badges_of(person)))

    async def enter(
        self,
        wish: c.EnterRoom,
        person: Person,
        peer: RoomVisitor,
        address: str,
        *,
        keeps_name: bool = False,
    ) -> Room:
        """Bring a proven person into a room and welcome them there. Raises CommandRefused.

        ``peer.id`` is a fresh id; a good ticket gives the seat's own id back. The person gets the
        id by which the server knows them, and is shown as :meth:`known` says. ``address`` is where
        they connect from.
        """
        name, now = wish.room, self._hub.now()
        peer.network = network(address) if address else ""
        peer.lasting_refs = wish.lasting_refs
        wait = self._hub.allowances.take("enter", person.key, address, trio.current_time())
        if wait:
            raise _told_to_wait(wait)
        self.judge_server_ban(person.key)
        may_open = self._hub.is_host_token(wish.host_token)
        bans: list[BanNotice] = []
        silences: list[SilenceNotice] = []
        opens = wish.intent == "host" and self._hub.room(name) is None
        if opens:  # whoever comes back into an open room waits for no disk
            self._judge_opening(name, wish, may_open, peer)
            bans = await self._store.bans.of_room(name, person.key, now)
            silences = await self._store.silences.of_room(name, person.key)
        guess = await self._looked_at(name, wish, person, peer, may_open=may_open)
        now = self._hub.now()
        self.judge_server_ban(person.key)
        # Nothing below waits: what was judged is still true when it is carried out. Invite and
        # ticket are checked even without a room, so that the time taken tells a stranger nothing.
        person = self.known(person, keeps_name=keeps_name)
        room = self._hub.room(name)
        made = self._hub.seal.made(name, wish.invite)
        seat = self._seat(name, wish, person, now)
        if room is None:
            if wish.intent != "host":
                raise _no_room(name, invited=made is not None)
            if not opens:
                raise CommandRefused("ended", f"{name} was closed at this moment: open it again")
            self._judge_opening(name, wish, may_open, peer)
            self._judge_hosting(name, person)
            room = self._hub.open(name, wish.access, person.key, bans, peer.network, silences)
            return self._opened(room, person, peer)
        state = room.state
        is_host = wish.intent == "host" and person.key == state.owner
        if is_host and self._hub.standings.community_of(name):
            rules.judge_rightful_host(state, person, self._newcomer(name, person))
        invited = rules.room_invite_for(state, made, person.key, now)
        if wish.intent == "host" and not is_host and seat is None:
            if state.access == "invite":  # whoever may open no rooms does not learn of this one
                self._judge_opening(name, wish, may_open, peer)
            raise _room_taken(name)
        shown = seat
        if is_host:
            seat = self._hosts_seat(room, person, shown)
        ticket = wish.ticket if seat is not None and seat is shown else None
        if seat is None and not is_host and not may_open:
            right = guess.right if guess is not None and guess.kept == state.password else None
            rules.judge_door(state, link=invited, invite=made, password=right)
        self._judge_community_ban(name, person, now)
        _judge_moving(room)
        if seat is None and not is_host and self._store.is_lost:
            raise CommandRefused(
                "try_later", "the server cannot reach its database at the moment: try again later"
            )
        if seat is None and not is_host and self._store.is_overfull:
            raise CommandRefused(
                "server_full", "the server cannot write anything down at the moment"
            )
        if seat is None and not is_host and not room.voice.is_elsewhere(peer):
            self._hub.judge_egress(room.number_here)
        link = invited if seat is None and not is_host else None
        if seat is not None:
            peer.id = seat.id
        if is_host:
            self._hub.hosted_from(name, peer.network)
        self._judge_renaming(state, person, address)
        role: Role = "host" if is_host else _role(state, person, seat, link)
        fresh = ticket or new_token()
        self._seat_them(room, person, peer, role, seat, link, fresh)
        if ticket is None:
            peer.unwritten = self._store.queued
        self._welcome(room, peer, fresh, resumed=seat is not None, chat_after=wish.chat_after)
        return room

    def wait_at_door(
        self,
        wish: c.Knock,
        person: Person,
        address: str,
        answered: Callable[[e.KnockAnswered], None],
    ) -> Callable[[], None]:
        """Let a proven person wait at the door of a room; return what ends the waiting.

        ``answered`` is called with the outcome. Raises CommandRefused.
        """
        name, now = wish.room, self._hub.now()
        self.judge_server_ban(person.key)
        room = self._hub.room(name)
        made = self._hub.seal.made(name, wish.invite)
        if room is None:
            raise _no_room(name, invited=made is not None)
        link = rules.room_invite_for(room.state, made, person.key, now)
        # Whether there is such a room only who was invited learns; a password is for coming in.
        rules.judge_door(room.state, link=link, invite=made, password=True)
        person = self.known(person)
        self._judge_community_ban(name, person, now)
        _judge_moving(room)
        near = network(address) if address else ""
        whose = f"key {person.key}" if self._hub.shares.is_everybody(near) else near
        room.knock(
            person,
            self._newcomer(name, person),
            whose,
            answered,
            is_blocked=self._is_blocked(room.state, person),
        )
        # Moderators look at the card of who waits, and may want nothing of them.
        self._store.people.save(person, now)
        return partial(room.stop_knocking, person.id)

    def _newcomer(self, room: str, person: Person) -> rules.Newcomer:
        known, standings = self._hub.acquaintance, self._hub.standings
        claims = claims_at_door(known.proven_of(person))
        community = standings.community_of(room)
        is_member = bool(community) and standings.standing(community, person.id).is_member
        is_guest = not (claims or known.has_profile(person))
        return rules.Newcomer(is_guest=is_guest, is_member=is_member, claims=claims)

    def _is_blocked(self, state: RoomState, person: Person) -> bool:
        """Whether the rightful host, or who is host now, has blocked somebody."""
        hosts = {state.participants[id].person for id in state.hosts}
        hosts.add(self._store.people.id_of(state.owner))
        return any(self._hub.acquaintance.blocks(host, person.id) for host in hosts)

    # Rights.

    def judge_server_ban(self, key: str) -> None:
        """Raise CommandRefused if the server's admin has banned this person."""
        now = self._hub.now()
        rules.judge_ban(self._store.bans.from_server(key, now), now, "this server")

    def _judge_hosting(self, name: str, person: Person) -> None:
        """Raise CommandRefused if the room is a community's, and they may not open it."""
        community = self._hub.standings.community_of(name)
        standing = self._hub.standings.standing(community, person.id) if community else None
        if standing is None or standing.may_host:
            return
        may_open_for, now = self._hub.planned.may_open_for, self._hub.now()
        if standing.ban is not None or not may_open_for(person.id, name, community, now):
            raise _room_taken(name)

    def _judge_community_ban(self, name: str, person: Person, now: float) -> None:
        """Raise CommandRefused if the community that the room belongs to has banned them."""
        community = self._hub.standings.community_of(name)
        if community:
            rules.judge_ban(self._hub.standings.standing(community, person.id).ban, now)

    def _seat(self, name: str, wish: c.EnterRoom, person: Person, now: float) -> Seat | None:
        if wish.ticket is None:
            return None
        seat = self._store.seats.find(token_hash(wish.ticket), now)
        if seat is None or seat.room != name:
            return None
        if seat.key != person.key:
            if trio.current_time() - self._warned_at >= WARNING_SECONDS:
                self._warned_at = trio.current_time()
                facts = {"key": person.key, "owner": seat.key, "room": name}
                log.warning("%(key)s shows the ticket of %(owner)s for %(room)s", facts)
            return None
        return seat

    def _judge_opening(
        self, name: str, wish: c.EnterRoom, may_open: bool, peer: RoomVisitor
    ) -> None:
        is_planned = self._hub.planned.may_open(
            self._store.people.id_of(peer.key), name, self._hub.now()
        )
        if not (self.open_hosting or may_open or is_planned):
            if wish.host_token is None:
                text = "opening rooms here takes the host token of the server's admin"
                raise CommandRefused("hosting_not_allowed", text)
            text = "this host token does not allow opening rooms"
            raise CommandRefused("hosting_not_allowed", text)
        self._hub.judge_left_out(name)
        self._hub.judge_opening(peer.key, peer.network)

    async def _looked_at(
        self, name: str, wish: c.EnterRoom, person: Person, peer: RoomVisitor, *, may_open: bool
    ) -> Guess | None:
        """Return the checked password; None where it is not needed or another right decides.

        Raises CommandRefused ``rate_limited``, and ConnectionLost when they left before the check.
        """
        room = self._hub.room(name)
        if room is None or wish.password is None or not room.state.password:
            return None
        if wish.intent == "host":  # the owner needs no password, and others have no use for one
            return None
        state, now = room.state, self._hub.now()
        if may_open or state.access == "invite" or self._seat(name, wish, person, now) is not None:
            return None
        made = self._hub.seal.made(name, wish.invite)
        if rules.room_invite_for(state, made, person.key, now) is not None:
            return None
        rules.judge_ban(state.bans.get(person.key), now)
        async with peer.as_long_as_here():
            outcome = await room.guesses.judge(wish.password, peer.network)
        if isinstance(outcome, float):
            raise _told_to_wait(outcome)
        return outcome

    def _hosts_seat(self, room: Room, person: Person, shown: Seat | None) -> Seat | None:
        """Return the seat of the rightful host who comes back, so that they get no second one.

        ``shown`` is the seat of their ticket. Without a ticket, or with that of another seat of
        theirs, they get a fresh ticket: of the one before only the hash is known, and that one
        ends.
        """
        state = room.state
        if shown is not None and shown.id in state.hosts:
            return shown
        for id in state.hosts:
            if state.participants[id].person == person.id:
                return Seat("", state.name, id, person.key, person.name, "host", None, 0.0)
        # A seat that is in use in the audience, or as a speaker, does not become the host's.
        return None if shown is not None and shown.id in state.participants else shown

    # Seating.

    def _seat_them(
        self,
        room: Room,
        person: Person,
        peer: RoomVisitor,
        role: Role,
        seat: Seat | None,
        link: rules.KeptInvite | None,
        ticket: str,
    ) -> None:
        now = self._hub.now()
        state = room.state
        if seat is not None and seat.id in state.participants:
            events = rules.resume(state, seat.id, person, now, self._newcomer(room.name, person))
        else:
            events = rules.enter(
                state,
                peer.id,
                person,
                role=role,
                hand_at=seat.hand_at if seat else None,
                hand_topic=seat.hand_topic if seat else "",
                restored=seat is not None or role == "host",
                link=link.invite.id if link else None,
                now=now,
                newcomer=self._newcomer(room.name, person),
            )
        if peer.moved and peer.speaks:  # before they are in: it is in the view that they get
            inside, _ = rules.apply(state, events)
            with contextlib.suppress(CommandRefused):
                events += rules.decide(inside, peer.id, c.Unmute(), now, b"")
        room.enter(peer, token_hash(ticket), events)

    def _judge_renaming(self, state: RoomState, person: Person, address: str) -> None:
        """Raise CommandRefused if this is one new name too many: everybody is told of each."""
        known = state.people.get(person.id)
        if known is None or (known.name, known.headline) == (person.name, person.headline):
            return
        now = trio.current_time()
        wait = self._hub.allowances.take("rename", person.key, address, now)
        if wait:
            raise _told_to_wait(wait)

    def _opened(self, room: Room, host: Person, peer: RoomVisitor) -> Room:
        now = self._hub.now()
        events = rules.opening(room.state, peer.id, host, now, secrets.token_bytes(16))
        ticket = new_token()
        room.open(peer, token_hash(ticket), events)
        peer.unwritten = self._store.queued
        self._welcome(room, peer, ticket, resumed=False, chat_after=0)
        return room

    def _welcome(
        self, room: Room, peer: RoomVisitor, ticket: str, *, resumed: bool, chat_after: int
    ) -> None:
        state = room.state
        chat = [each for each in state.chat if each.number > chat_after][-CHAT_ON_JOINING:]
        view = rules.view(state, peer.id)
        joined = e.Joined(
            visit=peer.visit,
            room=state.name,
            you=peer.id,
            view=view,
            server_time=self._hub.now(),
            resumed=resumed,
            moved=peer.moved,
            cut_short=peer.id in room.cut_short,
            ticket=ticket,
            invite=self._hub.invite_of(room, peer.id),
            chat=tuple(chat),
            people=state.authors(chat, but=view.people),
            keeps=room.keeps,
            udp=peer.offer,
            remembers=_remembers(room, peer, resumed=resumed) if peer.lasting_refs else None,
        )
        room.cut_short.discard(peer.id)
        send_event(peer, joined)
        if self._hub.stops_at is not None:
            send_event(peer, e.ServerStopping(stops_at=self._hub.stops_at))


def _judge_moving(room: Room) -> None:
    """Raise CommandRefused at the moment in which this server has the room no more."""
    if room.is_given_up:
        text = f"{room.name} is on its way to another server: try again in a moment"
        raise CommandRefused("failed", text)


def _remembers(room: Room, peer: RoomVisitor, *, resumed: bool) -> float:
    if not resumed:
        return 0.0  # what they gave before was in another room, also if it had the same name
    return room.given_again.remembers(by_moderator=peer.id in room.state.moderators)


def _role(
    state: RoomState, person: Person, seat: Seat | None, link: rules.KeptInvite | None
) -> Role:
    if seat is None:
        return link.role_for(person.key) if link else "listener"
    if seat.role == "host" and person.key != state.owner:
        return "cohost"  # they stood in for the host, or were host before another was named
    return seat.role


def _room_taken(name: str) -> CommandRefused:
    text = f"{name} is somebody else's room: join it, or pick a name"
    return CommandRefused("room_taken", text)


def _no_room(name: str, *, invited: bool) -> CommandRefused:
    """Return the refusal where no room is open; only somebody invited there learns that."""
    if not invited:
        return rules.no_room()
    return CommandRefused("no_such_room", f"{name} is not open now: ask whoever invited you")


def _told_to_wait(wait: float) -> CommandRefused:
    return CommandRefused(
        "rate_limited", f"too many tries: wait {rounded_up(wait)}", retry_after=wait
    )

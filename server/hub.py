"""All rooms of a server, by name: who may open one, who may enter."""

from __future__ import annotations

import logging

import trio
from msgspec.structs import replace

from roomcli.errors import Refused
from roomcli.protocol import FEATURES
from roomcli.protocol.commands import Hello
from roomcli.protocol.events import Joined, RoomEnded
from roomcli.protocol.people import Person, Role

from . import policy
from .clock import Clock
from .identity import new_token, token_hash
from .peer import Peer
from .policy import RoomState
from .room import Room, tell
from .store import Seat, Store

log = logging.getLogger(__name__)

INVITE_SECONDS = 7 * 24 * 3600.0
ANY_ROOM = "*"
"""Where an invite names this room, it lets its holder open rooms."""
MAX_ROOMS = 1000
TIDY_SECONDS = 3600.0


class Hub:
    """Rooms by name. ``open_hosting`` lets everybody open rooms, else an invite is needed."""

    def __init__(
        self, store: Store, nursery: trio.Nursery, clock: Clock, *, open_hosting: bool
    ) -> None:
        self._store = store
        self._nursery = nursery
        self._clock = clock
        self._open_hosting = open_hosting
        self._rooms: dict[str, Room] = {}

    async def restore(self) -> None:
        """Open again what was open when the server stopped; hosts have a minute to return."""
        for stored in await self._store.open_rooms():
            state = RoomState.opened(stored.name, "invite" if stored.access == "invite" else "open")
            self._start(replace(state, locked=stored.locked))

    async def keep_tidy(self) -> None:
        """Forget what has run out, now and every hour, until cancelled."""
        while True:
            self._store.forget_old(self._clock.now())
            await trio.sleep(TIDY_SECONDS)

    async def enter(self, name: str, hello: Hello, person: Person, peer: Peer) -> Room:
        """Bring a proven person into a room, which is told to them. Raises Refused.

        ``peer.id`` is a fresh id; a good ticket gives the seat's own id back to peer and person.
        """
        now = self._clock.now()
        seat = await self._seat(name, hello, person, now)
        is_host = hello.intent == "host" and await self._store.is_host(name, person.key)
        opens = hello.intent == "host" and not is_host and seat is None
        if opens:
            await self._judge_opening(name, hello, now)
        invited = await self._invited_role(name, hello, now)
        # Nothing below waits: what was judged is still true when it is carried out.
        room = self._rooms.get(name)
        if room is None:
            if not (opens or is_host):
                raise Refused("no_such_room", f"there is no room {name} here, or it is closed")
            room = self._open(name, hello.access, person)
            is_host = True
        elif opens:
            raise _taken(name)
        if seat is not None and not room.honours(seat):
            seat = None
        if seat is None and is_host:
            seat = self._hosts_seat(room, person)
        if seat is not None:
            peer.id = seat.id
            person = Person(seat.id, person.name, person.headline, person.key)
        if seat is None and not is_host and room.state.access == "invite" and invited is None:
            if hello.invite:
                raise Refused("bad_invite", "this invite is no longer good: ask for a fresh one")
            raise Refused("invite_needed", f"{name} is by invitation: ask for the whole address")
        return self._seated(room, person, seat, is_host, invited, peer)

    def dismiss_all(self, code: str, text: str) -> None:
        """Tell everyone in every room goodbye."""
        for room in self._rooms.values():
            room.dismiss_all(code, text)

    def end_rooms(self) -> None:
        """Close every room for good."""
        for room in self._rooms.values():
            room.apply([RoomEnded(reason="server_closing")])

    def listed(self) -> list[dict[str, object]]:
        """The rooms that anybody may know of."""
        return [
            {
                "name": name,
                "stage": len(room.state.stage),
                "audience": room.state.audience_now,
                "access": room.state.access,
            }
            for name, room in sorted(self._rooms.items())
            if room.state.access == "open"
        ]

    def make_invite(
        self, room: str, role: Role = "listener", *, revoking: bool = True
    ) -> tuple[str, float]:
        """A fresh invite and when it ends; ``revoking`` ends earlier ones of the kind."""
        invite = new_token()
        expires_at = self._clock.now() + INVITE_SECONDS
        if revoking:
            self._store.revoke_invites(room, role)
        self._store.save_invite(token_hash(invite), room, role, expires_at)
        return invite, expires_at

    def admit_hosts(self, invite: str) -> None:
        """This invite, and no other, lets its holder open rooms here, without end."""
        self._store.revoke_invites(ANY_ROOM, "host")
        self._store.save_invite(token_hash(invite), ANY_ROOM, "host", float("inf"))

    def renew_invite(self, room: Room, *, revoking: bool = True) -> tuple[str, float]:
        """A fresh invite for the room's moderators to hand out."""
        room.invite, room.invite_ends = self.make_invite(room.state.name, revoking=revoking)
        return room.invite, room.invite_ends

    # Steps of entering.

    async def _seat(self, name: str, hello: Hello, person: Person, now: float) -> Seat | None:
        if hello.ticket is None:
            return None
        seat = await self._store.seat(token_hash(hello.ticket), now)
        if seat is None or seat.room != name or seat.key != person.key:
            return None
        return seat

    async def _judge_opening(self, name: str, hello: Hello, now: float) -> None:
        if name in self._rooms:
            raise _taken(name)
        if len(self._rooms) >= MAX_ROOMS:
            raise Refused("server_full", "this server has no place for another room")
        if self._open_hosting:
            return
        if hello.invite is None:
            raise Refused(
                "hosting_not_allowed", "opening rooms here takes an invite of the admin's"
            )
        hash_ = token_hash(hello.invite)
        if await self._store.invited_role(hash_, ANY_ROOM, now) != "host":
            raise Refused("hosting_not_allowed", "this invite does not allow opening rooms")

    async def _invited_role(self, name: str, hello: Hello, now: float) -> Role | None:
        if hello.invite is None:
            return None
        hash_ = token_hash(hello.invite)
        # Whoever may open rooms may look into any of them.
        return await self._store.invited_role(hash_, name, now) or await self._store.invited_role(
            hash_, ANY_ROOM, now
        )

    def _hosts_seat(self, room: Room, person: Person) -> Seat | None:
        """The host who comes back without a ticket takes their own place, not a second one."""
        for id in room.state.stage:
            someone = room.state.participants[id]
            if someone.role == "host" and someone.person.key == person.key:
                return Seat("", room.state.name, id, person.key, "host", False, None, 0.0)
        return None

    def _seated(
        self,
        room: Room,
        person: Person,
        seat: Seat | None,
        is_host: bool,
        invited: Role | None,
        peer: Peer,
    ) -> Room:
        now = self._clock.now()
        state = room.state
        if seat is not None and seat.id in state.participants:
            events = policy.resume(state, seat.id, now)
        else:
            role: Role = seat.role if seat else "host" if is_host else "listener"
            if role == "host" and self._has_host(state):
                role = "speaker"
            events = policy.enter(
                state,
                person,
                role=role,
                hand_at=seat.hand_at if seat else None,
                silenced=person.key in room.silenced or (seat is not None and seat.silenced),
                restored=seat is not None or is_host,
                now=now,
            )
        ticket = new_token()
        room.enter(peer, token_hash(ticket), events)
        joined = Joined(
            room=state.name,
            you=peer.id,
            view=policy.view(room.state, peer.id),
            server_time=now,
            resumed=seat is not None,
            ticket=ticket,
            invite=self._moderators_invite(room, peer.id),
            features=FEATURES,
        )
        tell(peer, joined)
        return room

    def _has_host(self, state: RoomState) -> bool:
        return any(state.participants[id].role == "host" for id in state.stage)

    def _moderators_invite(self, room: Room, id: str) -> str | None:
        if room.state.access == "invite" and id in room.state.moderators:
            if room.invite is None or room.invite_ends <= self._clock.now():
                # After a restart only hashes are left of what friends were given: it stays good.
                self.renew_invite(room, revoking=False)
            return room.invite
        return None

    # Opening.

    def _open(self, name: str, access: str, host: Person) -> Room:
        state = RoomState.opened(name, "invite" if access == "invite" else "open")
        self._store.save_room(name, access, False, self._clock.now())
        self._store.set_host(name, host.key)
        return self._start(state)

    def _start(self, state: RoomState) -> Room:
        room = Room(state, self._store, self._clock)
        self._rooms[state.name] = room
        self._nursery.start_soon(self._run, room)
        return room

    async def _run(self, room: Room) -> None:
        try:
            await room.run()
        except Exception:
            # One room's fault, ours even, must not end everybody else's.
            log.exception("room %s failed", room.state.name)
            self._store.end_room(room.state.name)
            room.dismiss_all("failed", "the room failed: the server's log says why")
        finally:
            del self._rooms[room.state.name]


def _taken(name: str) -> Refused:
    return Refused("room_taken", f"{name} is somebody else's room: join it, or pick a name")

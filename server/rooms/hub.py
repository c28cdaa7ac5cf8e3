"""All rooms of a server, by name, and what the server's admin sees and does of them."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context

import trio
from msgspec.structs import asdict, replace

from roomcli.errors import CommandRefused, ConnectionLost, StoreError
from roomcli.protocol import events as e
from roomcli.protocol.badges import leading_badges
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import BanNotice, Person, SilenceNotice

from ..allowances import Allowances, TokenBucket
from ..clock import Clock
from ..limits import MIB, Rate, ServerLimits
from ..news import News
from ..people.at_home import AtHome
from ..people.connected import Connected
from ..people.identities import Identities
from ..people.identity import token_hash
from ..people.sign_ins import SignIns
from ..store import Store
from ..streams.batch import new_batch
from . import rules
from .acquaintance import Acquaintance, Strangers
from .egress import full_of_voice
from .holdings import RoomHolder
from .invites import InviteSeal
from .other_rooms import NoOtherRooms, OtherRooms, SeenRoom
from .planned_rooms import NothingPlanned, PlannedRooms
from .refused_hellos import RefusedHellos
from .restoring import restored_room, stored_room
from .room import NewRoomVoice, Room
from .room_journal import NewRoomJournal
from .room_news import RoomNews
from .rules import RoomState
from .rules.answered import KEEP_ANSWER, KeptAnswer
from .shares import Shares, Whose, is_from_here
from .standing import NoCommunities, Standings
from .traffic import Traffic

log = logging.getLogger(__name__)

PAGE_ROOMS = 100
"""Rooms in one answer: with the longest names and topics it fits into a connection's queue, and a
slow reader gets it in time."""
TIDY_SECONDS = 3600.0
CROWD_SECONDS = 60.0
"""Seconds between two looks at whether a crowd of new people has come."""
LOG_LINES = Rate(1 / 6, 10)
"""Log lines about single people, which everybody who connects anew can cause."""
LATER_SECONDS = 0.001
"""How much later than the one before it a room is opened at least: its log tells milliseconds."""
CLOCK_SECONDS = 60.0
"""Seconds between two writes of the server's time."""


class Hub:
    """All rooms of a server, by name.

    ``allowances`` counts what people do in all rooms, ``at_home`` who is in none, ``connected``
    reaches everybody, ``room_news`` tells of the listed rooms. ``identities`` says whose key is
    whose, ``sign_ins`` who is connected by which. Tasks in ``background`` go on whoever leaves.
    ``seal`` signs invites, ``news`` reaches whoever runs the server, ``is_everybody`` tells whether
    a network may stand for everybody, ``limits`` hold for the whole server, and ``heard`` is how
    many voices are heard at once in a room. ``standings`` knows which rooms belong to communities,
    ``acquaintance`` what is known of people beyond their keys, ``planned`` who may open a room
    for what is planned there, and ``others`` which rooms other servers have. ``traffic`` counts the
    voice of all rooms; ``refusals`` what was refused to anybody, and ``goodbyes`` which connections
    were ended, by their codes.
    """

    def __init__(
        self,
        store: Store,
        nursery: trio.Nursery,
        clock: Clock,
        seal: InviteSeal,
        news: News | None = None,
        is_everybody: Callable[[str], bool] = is_from_here,
        limits: ServerLimits | None = None,
        heard: int = rules.DEFAULT_LIMITS.heard,
        acquaintance: Acquaintance | None = None,
    ) -> None:
        self.limits = limits or ServerLimits()
        self._heard = heard
        self.traffic = Traffic()
        self._batch = new_batch()
        self.refusals: Counter[str] = Counter()
        self.goodbyes: Counter[str] = Counter()
        self.standings: Standings = NoCommunities()
        self.acquaintance = acquaintance or Strangers()
        self.planned: PlannedRooms = NothingPlanned()
        self.others: OtherRooms = NoOtherRooms()
        self.new_voice: NewRoomVoice | None = None
        """Makes what carries the voice of a new room; None where connections are here."""
        self.new_journal: NewRoomJournal | None = None
        """Makes what keeps a new room; None where the store is all."""
        self.may_start: Callable[[str], bool] = lambda name: True
        """Whether a room may be opened here: no other server has it, or can have it soon."""
        self.opened_before: Callable[[str], float] = lambda name: 0.0
        """When the last room of a name was opened that has ended; 0 where none is known."""
        self.visiting: Callable[[], int] = lambda: 0
        """How many people of this server are in rooms that other servers have."""
        self.stops_at: float | None = None
        """When the server stops, by its own time; None while it is to go on."""
        self.allowances = Allowances(self.limits)
        self.seal = seal
        self.refused_hellos = RefusedHellos(nursery)
        self._log_lines = TokenBucket(*LOG_LINES, 0.0)
        self.news = news or News()
        self.shares = Shares(self._tell_used_up, is_everybody, self.limits)
        self.at_home = AtHome(lambda network: not is_everybody(network), self.limits)
        self.connected = Connected()
        self.identities = Identities(store, clock)
        self.identities.add_holder(RoomHolder(self, store))
        self.sign_ins = SignIns()
        self.room_news = RoomNews(self.all_listed, nursery)
        self._store = store
        self.background = nursery
        self._clock = clock
        self._rooms: dict[str, Room] = {}
        self._networks: dict[str, str] = {}
        self._left_out: dict[str, str] = {}
        store.bans.elsewhere.hear(self._note_ban)

    def _tell_used_up(self, text: str) -> None:
        code = "share_used_up"
        log.info("%(what)s", {"code": code, "what": text})  # of many at once the admin is told one
        self.news.tell(code, text)

    @property
    def _room_limits(self) -> rules.Limits:
        """The limits of a room that is opened now."""
        return rules.Limits(**asdict(self.limits.room), heard=self._heard)

    def may_log(self) -> bool:
        """Count one more log line about a single person; return whether to write it."""
        return not self._log_lines.take(1, trio.current_time())

    def now(self) -> float:
        """Return the server's time, in seconds since 1970."""
        return self._clock.now()

    async def restore(self) -> None:
        """Open the rooms again that were open at the stop; hosts have a minute to return.

        A room that cannot be read is left out, and its name stays taken. Raises StoreError if not
        even the names can be read.
        """
        for name in await self._store.rooms.names():
            try:
                now = self._clock.now()
                self._start(await restored_room(self._store, name, now, self._room_limits))
            except StoreError as error:
                self.leave_out(name, error)

    def leave_out(self, name: str, error: StoreError) -> None:
        """Keep everybody from a room that cannot be read."""
        log.error("room %(room)s is left out: %(why)s", {"room": name, "why": str(error)})
        self._left_out[name] = str(error)
        self.news.tell("rooms_left_out", self._told_left_out())

    def is_left_out(self, name: str) -> bool:
        """Whether a room could not be read."""
        return name in self._left_out

    async def open_handed(
        self,
        name: str,
        answers: Iterable[KeptAnswer] = (),
        known_for: float = 0.0,
        *,
        was_left: bool,
    ) -> None:
        """Open a room that another server had and the store has now; its host has a minute.

        ``answers`` are to the commands of the last minute, which are all known ``known_for``
        seconds back. Who comes back is told if that server was gone at once, and the room not
        ``was_left``. Raises StoreError, and ConnectionLost where another server may have it by now.
        """
        state = await stored_room(self._store, name, self._clock.now(), self._room_limits)
        if not self.may_start(name):
            raise ConnectionLost("another server may have the room by now")
        if name not in self._rooms:
            room = self._start(state)
            room.cut_short = set() if was_left else set(state.departed)
            room.given_again.inherit(answers, known_for)

    async def give_up(self, room: Room, text: str) -> None:
        """Have a room no more that goes on elsewhere; who is in it is told to come back."""
        room.give_up("server_closing", text)
        while self._rooms.get(room.name) is room:
            await trio.lowlevel.checkpoint()

    def _told_left_out(self) -> str:
        some = ", ".join(list(self._left_out)[:20])
        more = len(self._left_out) - 20
        names = some if more <= 0 else f"{some} and {more} more"
        return (
            f"{self._store.place} is damaged, and these rooms are left out: {names}; stop the"
            f" server and put a backup in its place (docs/self-hosting.md), or give them up:"
            f" {self.news.admin} rooms end NAME"
        )

    async def keep_tidy(self) -> None:
        """Renew seats and forget what has expired, now and every hour, until cancelled."""
        while True:
            self.renew_seats()
            await self._tell_of_full_log()
            await self._store.forget_old(self._clock.now())
            await self._forget_passing()
            for _ in range(int(TIDY_SECONDS / CROWD_SECONDS)):
                await trio.sleep(CROWD_SECONDS)
                if self._store.people.is_crowded:
                    await self._forget_passing()

    async def _forget_passing(self) -> None:
        try:
            await self._store.people.forget_passing(self._clock.now())
        except StoreError as error:
            log.error("whom nothing names any more is not known: %s", error)

    async def keep_time(self) -> None:
        """Save the server's time, now and every minute, until cancelled."""
        while True:
            self._store.latest_time.save(self._clock.now())
            await trio.sleep(CLOCK_SECONDS)

    async def _tell_of_full_log(self) -> None:
        try:
            size = await self._store.log.size()
        except StoreError as error:
            log.error("how long the moderation logs are is not known: %s", error)
            return
        if size > self.limits.disk.log_mib * MIB:
            text = f"the moderation logs take {size // MIB} MiB: of rooms that ended the oldest go"
            self.news.tell("log_full", text)

    def renew_seats(self) -> None:
        """Renew the tickets of everybody who is in a room."""
        for room in self._rooms.values():
            room.renew_seats()

    def room(self, name: str) -> Room | None:
        """Return the open room of this name, or None."""
        return self._rooms.get(name)

    def open_rooms(self) -> tuple[Room, ...]:
        """Return all rooms that are open."""
        return tuple(self._rooms.values())

    @property
    def rooms_left_out(self) -> int:
        """How many rooms could not be read, and are left out."""
        return len(self._left_out)

    def judge_left_out(self, name: str) -> None:
        """Raise CommandRefused for a room that was left out, so that nobody overwrites its data."""
        if name in self._left_out:
            raise CommandRefused(
                "failed", "what the server keeps of this room is damaged: ask its admin"
            )

    def judge_opening(self, key: str, network: str) -> None:
        """Raise CommandRefused if this person, their network or the server has enough rooms."""
        most = self.limits.rooms
        if len(self._rooms) >= most.open:
            self.news.tell("server_full", f"{most.open} rooms are open: nobody can open another")
            raise CommandRefused("server_full", "this server has no place for another room")
        if self._store.is_full:
            raise CommandRefused("server_full", "this server has no place for another room now")
        own = sum(room.owner == key for room in self._rooms.values()) + self.others.number_of(key)
        if own >= most.per_person:
            text = f"{own} rooms of yours are open here: end one before you open another"
            raise CommandRefused("too_many_rooms", text)
        near = sum(each == network for each in self._networks.values())
        near += self.others.number_from(network)
        if near >= most.per_address and not self.shares.is_everybody(network):
            self.news.tell("share_used_up", f"the network {network} has {near} rooms open")
            text = f"{near} rooms are open here from your network: that is as many as one may have"
            raise CommandRefused("too_many_rooms", text)
        self.shares.refuse_excess("rooms", Whose(key, network), self.now())

    def judge_egress(self, people: int) -> None:
        """Raise CommandRefused if voice may be sent to no more than ``people`` of a room from here.

        These are without the one who is to come.
        """
        everybody = sum(each.number_here for each in self._rooms.values()) + self.visiting() + 1
        full = full_of_voice(people + 1, everybody, self.limits.egress)
        if full is not None:
            raise CommandRefused("egress_full", full)

    def open(
        self,
        name: str,
        access: str,
        owner: str,
        bans: list[BanNotice],
        network: str = "",
        silences: Iterable[SilenceNotice] = (),
    ) -> Room:
        """Open a new room with nobody in it yet.

        ``bans`` and ``silences`` are what its owner left of an earlier room of this name.
        ``network`` is where its owner is, and what the room counts for. Raises CommandRefused where
        another server may have a room of this name by now.
        """
        if not self.may_start(name):
            text = "servers were long in agreeing on who has the room: try again in a moment"
            raise CommandRefused("try_later", text)
        self.shares.charge("rooms", Whose(owner, network), 1, self.now())
        self.hosted_from(name, network)
        kind = "invite" if access == "invite" else "open"
        # Later than the one before in any case: servers tell by that which of them is the newer.
        at = max(self._clock.now(), self.opened_before(name) + LATER_SECONDS)
        state = RoomState.new(name, kind, self._room_limits, owner=owner, at=at)
        room = self._start(
            replace(
                state,
                bans={ban.key: ban for ban in bans},
                silences={each.key: each for each in silences},
            )
        )
        room.given_again.inherit((), KEEP_ANSWER)  # nothing was done here before
        return room

    def hosted_from(self, name: str, network: str) -> None:
        """Count the room for the network of its rightful host, after a restart too."""
        if network:
            self._networks[name] = network

    @property
    def number_in_rooms(self) -> int:
        """How many seats are taken in all rooms together."""
        return sum(room.number_of_people for room in self._rooms.values())

    def announce_stop(self, stops_at: float) -> None:
        """Tell everyone in a room, and who enters one from now on, when the server stops."""
        self.stops_at = stops_at
        for room in self._rooms.values():
            room.announce_stop(stops_at)

    def dismiss_all(self, code: str, text: str, *, elsewhere: bool = False) -> None:
        """Say goodbye to everyone, with the advice to come back, or to go on elsewhere."""
        for room in self._rooms.values():
            room.dismiss_all(code, text, elsewhere=elsewhere)
        self.at_home.close(e.Goodbye(code=code, text=text, retry=True, elsewhere=elsewhere))

    def hear_of_report(self) -> None:
        """Tell the admin, in the background, that a report was made."""
        self.background.start_soon(self.tell_of_reports)

    async def tell_of_reports(self) -> None:
        """Tell the admin how many reports wait, if any do."""
        try:
            count, bare = await self._store.reports.count_open()
        except StoreError as error:
            log.error("how many reports wait is not known: %s", error)
            return
        if count:
            what = "1 report waits" if count == 1 else f"{count} reports wait"
            without = f", {bare} without voice and chat" if bare else ""
            where = f"{self.news.admin} reports list"
            self.news.tell("reports_waiting", f"{what} for you{without}: {where}")

    def end_rooms(self) -> None:
        """Close every room for good, as the server ends with them, and say goodbye to everyone."""
        for room in self._rooms.values():
            room.apply([e.RoomEnded(reason="server_closing")])
        self.at_home.close(e.Goodbye(code="server_closing", text="the server has ended"))

    def listed(self, after: str = "") -> tuple[list[ListedRoom], str]:
        """Return a page of the public rooms after the name ``after``, and the page's last name.

        The name is where the next page begins; it is empty if there is none.
        """
        found = sorted(
            (room for room in self.seen_rooms() if room.name > after), key=lambda room: room.name
        )
        page = [room.listed() for room in found[:PAGE_ROOMS]]
        return page, found[PAGE_ROOMS - 1].name if len(found) > PAGE_ROOMS else ""

    def all_listed(self) -> Iterator[ListedRoom]:
        """Yield all rooms that everybody may know of, as people know them."""
        return (room.listed() for room in self.seen_rooms())

    def seen_rooms(self) -> Iterator[SeenRoom]:
        """Yield all rooms that everybody may know of, those of other servers too."""
        own = tuple(self._rooms.values())
        for room in own:
            if room.is_listed and self.others.far_room(room.name) is None:
                yield room
        yield from self.others.far_rooms()

    def seen_room(self, name: str) -> SeenRoom | None:
        """Return a room, of this server or of another, if everybody may know of it."""
        if (far := self.others.far_room(name)) is not None:
            return far
        room = self._rooms.get(name)
        return room if room is not None and room.is_listed else None

    def person_of(self, key: str) -> str:
        """Return the id here of the person with this key."""
        return self._store.people.id_of(self.identities.first_key(key))

    def rooms_by_owner(self, has: Callable[[str], bool]) -> tuple[Counter[str], Counter[str]]:
        """Return how many rooms are open here by owners' keys, and by the networks they count for.

        Left out are those that this server no longer ``has``, and networks that are everybody's.
        """
        own = [room for room in self._rooms.values() if has(room.name)]
        networks = Counter(self._networks.get(room.name, "") for room in own)
        for network in [each for each in networks if not each or self.shares.is_everybody(each)]:
            del networks[network]
        return Counter(room.owner for room in own), networks

    def invite_of(self, room: Room, id: str) -> str | None:
        """Return the newest invite for any number of listeners, if this person may hand it out."""
        invite = room.shareable_invite(id)
        return None if invite is None else self.seal.token(room.name, invite)

    def is_host_token(self, token: str | None) -> bool:
        """Whether this token gives the right to open rooms now."""
        if token is None:
            return False
        return self._store.host_tokens.is_valid(token_hash(token), self.now())

    @property
    def has_host_tokens(self) -> bool:
        """Whether anybody can show what gives the right to open rooms."""
        return self._store.host_tokens.has_any(self.now())

    def admit_hosts(self, invite: str) -> None:
        """Make this invite, and no other, good for opening rooms here, without end."""
        if self.is_host_token(invite):
            return
        with self._store.transaction():
            self._store.host_tokens.revoke_all()
            self._store.host_tokens.save(token_hash(invite), float("inf"))

    async def admit_first_hosts(self, invite: str) -> bool:
        """Make this invite good for opening rooms unless there is another; return whether it is.

        Of several servers that share a store and begin at once one has the first.
        """
        if not self.has_host_tokens:
            self._store.host_tokens.save(token_hash(invite), float("inf"))
            with contextlib.suppress(StoreError):  # then another server was first
                await self._store.flushed()
        return self.is_host_token(invite)

    # For the server's admin.

    def overview(self) -> list[dict[str, object]]:
        """Return descriptions of all rooms for the admin, by name, also of those left out."""
        rooms = [self._seen_by_admin(name, room.state) for name, room in self._rooms.items()]
        damaged = [
            self._seen_by_admin(name, RoomState.new(name, "open", owner="", at=0.0))
            | {"access": "damaged", "listed": False}
            for name in self._left_out
        ]
        return sorted(rooms + damaged, key=lambda room: str(room["name"]))

    def _seen_by_admin(self, name: str, state: RoomState) -> dict[str, object]:
        return {
            "name": name,
            "people": len(state.participants),
            "stage": len(state.stage),
            "audience": state.audience_now,
            "host": state.host_name,
            "access": state.access,
            "locked": state.locked,
            "listed": state.settings.listed,
            "opened_at": state.opened_at,
        }

    def end_room(self, name: str) -> bool:
        """Close a room for good; return False if no room has this name."""
        if self._left_out.pop(name, None) is not None:
            self._end_in_store(name)
            return True
        room = self._rooms.get(name)
        return room is not None and room.end_by_admin()

    def troubles(self) -> list[str]:
        """Return one line for each thing that is wrong with the server at present."""
        lines = [self._told_left_out()] if self._left_out else []
        if self._store.trouble is not None:
            since = time.strftime("%H:%M:%S", time.localtime(self._store.trouble.since))
            lines.append(
                f"since {since} the store cannot be written: {self._store.trouble.why};"
                f" {self._store.waiting} changes wait in memory"
            )
        return lines

    def rename(self, before: Person, after: Person) -> None:
        """Show a person by another name, headline or badges, in every room where they are."""
        if before != after:
            for room in tuple(self._rooms.values()):
                room.rename(before, after)

    def renew_badges(self, person: Person) -> None:
        """Show a person with the badges that count now, in every room where they are."""
        badges = leading_badges(self.acquaintance.badges_of(person))
        for room in tuple(self._rooms.values()):
            room.rename(person, replace(person, badges=badges))

    def covered_by_ban(self, key: str) -> list[str]:
        """Return by which keys those are known whom a ban of somebody with this key is about."""
        first = self.identities.first_key(key)
        return [first, *(each.key for each in self.identities.formerly(first))]

    def hold_server_ban(self, ban: BanNotice) -> None:
        """Remove who is banned from the server from every room, and close their connections."""
        why = f": {ban.reason}" if ban.reason else ""
        self.put_out(ban.key, f"you are banned from this server{why}")

    def _note_ban(self, key: str, before: BanNotice | None, now: BanNotice | None) -> None:
        """Hold a ban from the server that another server decided on."""
        if now is not None and now.holds(self.now()):
            self.hold_server_ban(now)

    def put_out(self, key: str, text: str) -> None:
        """Remove the person with this key from every room, and close their connections."""
        for room in self._rooms.values():
            room.put_out(key, text)
        self.at_home.end_person(key, e.Goodbye(code="banned", text=text))

    def put_out_of_community(self, rooms: Iterable[str], person: Person, text: str) -> None:
        """Remove somebody who is banned from a community from these rooms, which belong to it."""
        for name in rooms:
            room = self._rooms.get(name)
            if room is not None:
                room.put_out_of_community(person, text)

    def end_membership(
        self, rooms: Iterable[str], person: Person, text: str, *, removed: bool
    ) -> None:
        """Let somebody leave these rooms of a community, as far as they are for its members."""
        for name in rooms:
            room = self._rooms.get(name)
            if room is not None:
                room.end_membership(person, text, removed=removed)

    def is_open_for_another(self, room: str, key: str) -> bool:
        """Whether a room of this name is open, and not that of the person with this key."""
        found = self._rooms.get(room)
        return found is not None and found.owner != key

    def _start(self, state: RoomState) -> Room:
        formerly = self.identities.formerly
        room = Room(
            *(state, self._store, self._clock, self.shares, self.hear_of_report, formerly),
            blocks=self._has_blocked,
            traffic=self.traffic,
            limits=self.limits,
            batch=self._batch,
            new_voice=self.new_voice,
            new_journal=self.new_journal,
        )
        self._rooms[state.name] = room
        # A room's work counts for nobody's CPU share, not even for that of who opened it.
        Context().run(self.background.start_soon, self._run, room)
        return room

    def _end_in_store(self, name: str) -> None:
        with self._store.transaction(name):
            self._store.rooms.end(name)

    def _has_blocked(self, person: str, other: str) -> bool:
        return self.acquaintance.blocks(person, other)

    async def _run(self, room: Room) -> None:
        try:
            try:
                await room.run()
            finally:
                del self._rooms[room.name]
                self._networks.pop(room.name, None)
            await room.tell_rest()
        except Exception:
            # An error in one room, even a bug of ours, must not end the others.
            log.exception("room %(room)s failed", {"room": room.name})
            room.fail("the room failed: the server's log says why")

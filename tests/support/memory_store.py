"""A store without a database: everything is in memory, and counts as kept at once.

What each method does, the protocols in ``server/store`` say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.chat import CHAT_KEPT, ChatMessage
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import BanNotice, Person, SilenceNotice
from roomcli.protocol.profile import Profile
from server.calendar.rules import CalendarEvent
from server.changes import Changes
from server.communities.rules import KeptCommunity, Relation
from server.people.claims.state import Claim
from server.people.keyring import KnownPerson
from server.rooms.rules.kept import KeptRoom
from server.store import EVERYWHERE, Seat, Store
from server.store.calendar import CalendarChoices
from server.store.communities import StoredCommunity
from server.store.reports import FiledReport, Resolution
from server.store.rooms import KeptRole
from server.store.ties import TieKind
from server.store.writes import WriteTrouble


class Counter:
    """Counts transactions; each is kept when it ends."""

    waiting = 0
    fullness = 0.0
    is_lost = False
    trouble: WriteTrouble | None = None

    def __init__(self) -> None:
        self.queued = 0

    @contextlib.contextmanager
    def transaction(self, room: str = "") -> Iterator[None]:
        self.queued += 1
        yield

    async def flushed(self, number: int | None = None, until: float | None = None) -> None:
        pass


class SeatShelf:
    def __init__(self) -> None:
        self._seats: dict[str, dict[str, Seat]] = {}

    def find(self, ticket_hash: str, now: float) -> Seat | None:
        for seats in self._seats.values():
            for seat in seats.values():
                if seat.ticket_hash == ticket_hash and seat.expires_at > now:
                    return seat
        return None

    def of_room(self, room: str) -> Mapping[str, Seat]:
        return self._seats.setdefault(room, {})

    def save(self, seat: Seat) -> None:
        self.forget(seat.room, seat.id)
        self._seats.setdefault(seat.room, {})[seat.id] = seat

    def forget(self, room: str, id: str) -> None:
        self._seats.get(room, {}).pop(id, None)

    def forget_room(self, room: str) -> None:
        self._seats.pop(room, None)

    def forget_old(self, now: float) -> None:
        for seats in self._seats.values():
            for seat in [each for each in seats.values() if each.expires_at <= now]:
                del seats[seat.id]


class ChatShelf:
    def __init__(self) -> None:
        self._messages: dict[str, dict[int, ChatMessage | None]] = {}

    async def of_room(self, room: str) -> list[ChatMessage]:
        messages = self._messages.get(room, {}).values()
        return [each for each in messages if each is not None][-CHAT_KEPT:]

    async def newest_number(self, room: str) -> int:
        return max(self._messages.get(room, {0: None}))

    def save(self, room: str, message: ChatMessage) -> None:
        self._messages.setdefault(room, {})[message.number] = message

    def remove(self, room: str, number: int) -> None:
        self._messages.setdefault(room, {})[number] = None

    def forget_room(self, room: str) -> None:
        self._messages.pop(room, None)

    def forget_old(self, now: float) -> None:
        pass


class RoomShelf:
    def __init__(self, seats: SeatShelf, chat: ChatShelf) -> None:
        self._rooms: dict[str, KeptRoom] = {}
        self._seats, self._chat = seats, chat

    async def names(self) -> list[str]:
        return sorted(self._rooms)

    async def load(self, name: str) -> KeptRoom:
        if name not in self._rooms:
            raise StoreError("it is not there")
        return self._rooms[name]

    async def roles_of(self, key: str) -> list[KeptRole]:
        return []  # one server has this store, and all rooms open

    async def check(self, room: KeptRoom) -> None:
        pass

    async def read_anew(self, name: str) -> None:
        pass

    def save(self, room: KeptRoom) -> None:
        self._rooms[room.name] = room

    def end(self, name: str) -> None:
        self._rooms.pop(name, None)
        self._seats.forget_room(name)
        self._chat.forget_room(name)


class BanShelf:
    def __init__(self) -> None:
        self._bans: dict[tuple[str, str, str], BanNotice] = {}
        self.changes = 0
        self.elsewhere: Changes[BanNotice] = Changes()

    def from_server(self, key: str, now: float) -> BanNotice | None:
        ban = self._bans.get((EVERYWHERE, "", key))
        return ban if ban is not None and ban.holds(now) else None

    async def of_room(self, room: str, owner: str, now: float) -> list[BanNotice]:
        bans = [ban for place, ban in self._bans.items() if place[:2] == (room, owner)]
        return sorted(filter(lambda ban: ban.holds(now), bans), key=lambda ban: (ban.at, ban.key))

    async def page(
        self, now: float, after: str = "", limit: int = -1
    ) -> list[tuple[str, str, BanNotice]]:
        good = [
            (room, owner, ban)
            for (room, owner, key), ban in sorted(self._bans.items())
            if ban.holds(now) and f"{room}/{owner}/{key}" > after
        ]
        return good if limit < 0 else good[:limit]

    async def of_keys(self, keys: Collection[str], now: float) -> list[tuple[str, str, BanNotice]]:
        return [each for each in await self.page(now) if each[2].key in keys]

    def save(self, room: str, owner: str, ban: BanNotice) -> None:
        self.changes += 1
        self._bans[room, owner, ban.key] = ban

    def lift(self, room: str, owner: str, key: str) -> None:
        self.changes += 1
        self._bans.pop((room, owner, key), None)

    def forget_old(self, now: float) -> None:
        self._bans = {place: ban for place, ban in self._bans.items() if ban.holds(now)}


class SilenceShelf:
    def __init__(self) -> None:
        self._silences: dict[tuple[str, str], dict[str, SilenceNotice]] = {}

    async def of_room(self, room: str, owner: str) -> list[SilenceNotice]:
        silences = self._silences.get((room, owner), {}).values()
        return sorted(silences, key=lambda silence: (silence.at, silence.key))

    async def of_person(self, key: str) -> list[tuple[str, str, SilenceNotice]]:
        return [
            (*place, silences[key]) for place, silences in self._silences.items() if key in silences
        ]

    def save(self, room: str, owner: str, silence: SilenceNotice) -> None:
        self._silences.setdefault((room, owner), {})[silence.key] = silence

    def lift(self, room: str, owner: str, key: str) -> None:
        self._silences.get((room, owner), {}).pop(key, None)

    def forget_old(self, now: float) -> None:
        pass


class LogShelf:
    def __init__(self) -> None:
        self._logs: dict[tuple[str, float], list[LogEntry]] = {}

    async def page(self, room: str, opened_at: float, after: int, limit: int) -> list[LogEntry]:
        return self._logs.get((room, opened_at), [])[after : after + limit]

    async def head(self, room: str, opened_at: float) -> LogEntry | None:
        log = self._logs.get((room, opened_at))
        return log[-1] if log else None

    async def newest(self, room: str, opened_at: float) -> LogEntry | None:
        return await self.head(room, opened_at)

    async def size(self) -> int:
        return 0

    def append(self, room: str, opened_at: float, entry: LogEntry) -> None:
        self._logs.setdefault((room, opened_at), []).append(entry)

    def forget(self, room: str, opened_at: float) -> None:
        self._logs.pop((room, opened_at), None)

    def forget_old(self, now: float) -> None:
        pass


class ReportShelf:
    def __init__(self) -> None:
        self._reports: dict[str, FiledReport] = {}

    async def page(self, open_only: bool, after: str = "", limit: int = -1) -> list[FiledReport]:
        reports = [
            replace(each, evidence=None)
            for each in sorted(self._reports.values(), key=lambda each: (-each.at, each.id))
        ]
        behind = [each.id for each in reports].index(after) + 1 if after in self._reports else 0
        reports = [each for each in reports[behind:] if not open_only or each.resolution is None]
        return reports if limit < 0 else reports[:limit]

    async def find(self, id: str) -> FiledReport | None:
        return self._reports.get(id)

    async def count_open(self) -> tuple[int, int]:
        reports = await self.page(open_only=True)
        return len(reports), sum(each.without_evidence for each in reports)

    async def reported_name(self, key: str) -> str:
        names = [each.reported.name for each in self._reports.values() if each.reported.key == key]
        return names[-1] if names else ""

    async def about(self, keys: Collection[str]) -> frozenset[str]:
        return frozenset(each.id for each in self._reports.values() if each.reported.key in keys)

    def save(self, report: FiledReport) -> None:
        self._reports[report.id] = report

    def resolve(self, id: str, by: str, note: str, at: float) -> None:
        resolution = Resolution(by=by, note=note, at=at)
        self._reports[id] = replace(self._reports[id], resolution=resolution)

    def forget_old(self, now: float) -> None:
        pass


class TokenShelf:
    def __init__(self) -> None:
        self._expiry: dict[str, float] = {}

    def is_valid(self, token_hash: str, now: float) -> bool:
        return self._expiry.get(token_hash, 0.0) > now

    def has_any(self, now: float) -> bool:
        return any(expires_at > now for expires_at in self._expiry.values())

    def save(self, token_hash: str, expires_at: float) -> None:
        self._expiry[token_hash] = expires_at

    def revoke_all(self) -> None:
        self._expiry.clear()

    def forget_old(self, now: float) -> None:
        pass


class PeopleShelf:
    def __init__(self) -> None:
        self._people: dict[str, Person] = {}

    def id_of(self, key: str) -> str:
        return f"person of {key}"[:32]

    def find(self, id: str) -> Person | None:
        return self._people.get(id)

    def save(self, person: Person, now: float) -> None:
        self._people[person.id] = person

    @property
    def is_crowded(self) -> bool:
        return False

    async def forget_passing(self, now: float) -> None:
        pass


class ProfileShelf:
    def __init__(self) -> None:
        self._profiles: dict[str, Profile] = {}
        self.changes: Changes[Profile] = Changes()
        self.elsewhere: Changes[Profile] = Changes()

    def __len__(self) -> int:
        return len(self._profiles)

    def everybody(self) -> Iterable[tuple[str, Profile]]:
        return tuple(self._profiles.items())

    def of_person(self, person: str) -> Profile | None:
        return self._profiles.get(person)

    def save(self, person: str, profile: Profile) -> None:
        before, self._profiles[person] = self._profiles.get(person), profile
        self.changes.announce(person, before, profile)

    def forget(self, person: str) -> None:
        before = self._profiles.pop(person, None)
        if before is not None:
            self.changes.announce(person, before, None)


class KeyringShelf:
    def __init__(self) -> None:
        self._persons: dict[str, KnownPerson] = {}
        self.elsewhere: Changes[KnownPerson] = Changes()

    def everybody(self) -> list[KnownPerson]:
        return list(self._persons.values())

    def is_damaged(self, id: str) -> bool:
        return False

    def save(self, person: KnownPerson) -> None:
        self._persons[person.id] = person

    def forget(self, id: str) -> None:
        self._persons.pop(id, None)


class CommunityShelf:
    def __init__(self) -> None:
        self._communities: dict[str, KeptCommunity] = {}
        self._people: dict[str, dict[str, Relation]] = {}

    async def load(self) -> list[StoredCommunity]:
        return [
            StoredCommunity(each, dict(self._people.get(id, {})))
            for id, each in self._communities.items()
        ]

    async def load_again(self, ids: Collection[str] | None) -> list[StoredCommunity]:
        return [each for each in await self.load() if ids is None or each.community.id in ids]

    def save(self, community: KeptCommunity) -> None:
        self._communities[community.id] = community

    def reserve(self, community: str, rooms: Collection[str], names: Collection[str]) -> None:
        pass  # one server has this store

    def save_person(self, community: str, person: str, relation: Relation) -> None:
        self._people.setdefault(community, {})[person] = relation

    def forget_person(self, community: str, person: str) -> None:
        self._people.get(community, {}).pop(person, None)

    def remove(self, community: str) -> None:
        self._communities.pop(community, None)
        self._people.pop(community, None)


class ClaimShelf:
    def __init__(self) -> None:
        self.kept: dict[str, Claim] = {}
        self.elsewhere: Changes[Claim] = Changes()

    def all_kept(self) -> Iterable[Claim]:
        return tuple(self.kept.values())

    def save(self, claim: Claim) -> None:
        self.kept[claim.id] = claim

    def remove(self, id: str) -> None:
        self.kept.pop(id, None)


class TieShelf:
    def __init__(self) -> None:
        self._ties: dict[tuple[str, TieKind], dict[str, float]] = {}
        self.changes: Changes[str] = Changes()
        self.elsewhere: Changes[str] = Changes()

    def __len__(self) -> int:
        return sum(map(len, self._ties.values()))

    def made_by(self, person: str, kind: TieKind) -> Mapping[str, float]:
        return self._ties.get((person, kind), {})

    def tied_to(self, target: str, kind: TieKind) -> frozenset[str]:
        ties = self._ties.items()
        return frozenset(who for (who, each), to in ties if each == kind and target in to)

    def tie(self, person: str, kind: TieKind, target: str, at: float) -> None:
        self._ties.setdefault((person, kind), {}).setdefault(target, at)
        self.changes.announce(person, None, target)

    def untie(self, person: str, kind: TieKind, target: str) -> None:
        self._ties.get((person, kind), {}).pop(target, None)
        self.changes.announce(person, target, None)


class TimeShelf:
    def __init__(self) -> None:
        self._latest = 0.0

    async def load(self) -> float:
        return self._latest

    def save(self, now: float) -> None:
        self._latest = max(self._latest, now)


class CalendarShelf:
    def __init__(self) -> None:
        self._events: dict[str, CalendarEvent] = {}
        self._choices: dict[str, CalendarChoices] = {}

    async def load(self) -> list[CalendarEvent]:
        return list(self._events.values())

    async def load_again(self, ids: Collection[str] | None) -> list[CalendarEvent]:
        return [each for id, each in self._events.items() if ids is None or id in ids]

    async def load_choices(self) -> dict[str, CalendarChoices]:
        return dict(self._choices)

    async def choices_again(self, people: Collection[str] | None) -> dict[str, CalendarChoices]:
        return {id: each for id, each in self._choices.items() if people is None or id in people}

    def save(self, before: CalendarEvent | None, after: CalendarEvent) -> None:
        self._events[after.id] = after

    def forget(self, id: str) -> None:
        self._events.pop(id, None)

    def save_choices(self, person: str, choices: CalendarChoices) -> None:
        self._choices[person] = choices


class NoCopies:
    async def forget_old(self, now: float) -> None:
        pass


def memory_store() -> Store:
    """Return an empty store."""
    seats, chat = SeatShelf(), ChatShelf()
    return Store(
        place="memory",
        rooms=RoomShelf(seats, chat),
        seats=seats,
        bans=BanShelf(),
        silences=SilenceShelf(),
        log=LogShelf(),
        chat=chat,
        reports=ReportShelf(),
        host_tokens=TokenShelf(),
        communities=CommunityShelf(),
        people=PeopleShelf(),
        calendar=CalendarShelf(),
        profiles=ProfileShelf(),
        claims=ClaimShelf(),
        ties=TieShelf(),
        keyrings=KeyringShelf(),
        latest_time=TimeShelf(),
        copies=NoCopies(),
        writes=Counter(),
    )

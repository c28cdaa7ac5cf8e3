"""The admins' commands: rooms, reports, and bans from the whole server."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol import commands as c
from roomcli.protocol.people import BanNotice, Person
from roomcli.protocol.text import MAX_NAME, MAX_REASON, cleaned

from ..clock import Clock
from ..cluster_state import ClusterState
from ..people.claims.configuration import ClaimsConfiguration
from ..store import EVERYWHERE, Store
from .monitor import Monitor
from .port import Failed

log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_NOTE = 1000
MAX_PLACE = 200
PAGE = 200
"""The most items of a list in one answer."""
YEARS = 100 * 366 * 24 * 3600


class AdministeredRooms(Protocol):
    """The open rooms, as the admins' commands need them."""

    def overview(self) -> list[dict[str, object]]:
        """Return a description of each open room, in the order of their names.

        Its fields are name, people, stage, audience, host, access, password, locked, listed,
        opened_at.
        """

    def end_room(self, name: str) -> bool:
        """Close a room for everyone; return False if no room has this name."""

    def covered_by_ban(self, key: str) -> list[str]:
        """Return by which keys those are known whom a ban of somebody with this key is about.

        The first is the person's own, the others were the same person until lately.
        """

    def hold_server_ban(self, ban: BanNotice) -> None:
        """Remove who is banned from the server from every room, and close their connections."""


class WithheldRoles(Protocol):
    """The roles that wait, as the admins' commands need them."""

    def withheld(self) -> list[tuple[Person, str]]:
        """Return who waits in which places for a role that a union of two persons withheld."""

    async def agree(self, key: str, place: str) -> int:
        """Give a person the role that was withheld in a place; return 0 if none can be."""


class _Agree(Struct, forbid_unknown_fields=True):
    key: c.Key
    place: Annotated[str, Meta(max_length=MAX_PLACE)]


class _Resolve(Struct, forbid_unknown_fields=True):
    note: Annotated[str, Meta(max_length=MAX_NOTE)] = ""
    by: c.ShortText = ""


class _Ban(Struct, forbid_unknown_fields=True):
    key: c.Key
    seconds: Annotated[int, Meta(ge=1, le=YEARS)] | None = None
    reason: c.ShortText = ""
    by: c.ShortText = ""


class Admin:
    """Answers the requests that come to the admins' port."""

    def __init__(
        self,
        rooms: AdministeredRooms,
        store: Store,
        clock: Clock,
        roles: WithheldRoles,
        claims: ClaimsConfiguration | None = None,
        monitor: Monitor | None = None,
        cluster: Callable[[], ClusterState] | None = None,
    ) -> None:
        self._cluster = cluster
        self._monitor = monitor
        self._roles = roles
        self.claims = claims or ClaimsConfiguration()
        """What may be proven here now; set anew when its file was read again."""
        self._rooms = rooms
        self._store = store
        self._clock = clock

    async def answer(self, method: str, target: str, body: bytes) -> object:
        """Carry out a request and return the answer.

        What the request changed is on disk then. Raises Failed.
        """
        try:
            return await self._dispatch(method, target, body)
        except StoreError as error:
            raise Failed(503, str(error)) from None

    async def _dispatch(self, method: str, target: str, body: bytes) -> object:
        if self._monitor is not None and self._monitor.knows(target):
            return await self._monitor.answer(method, target, body)
        parts = urlsplit(target)
        asked = dict(parse_qsl(parts.query))
        if method != "GET":
            log.info("an admin asks: %(method)s %(path)s", {"method": method, "path": parts.path})
        match method, parts.path.removeprefix("/").split("/"):
            case "GET", ["status"]:
                cluster = self._cluster() if self._cluster is not None else None
                return {"claims": self.claims.overview(), "cluster": cluster}
            case "GET", ["rooms"]:
                return self._rooms_behind(asked.get("after", ""))
            case "GET", ["rooms", name]:
                return self._room_named(name)
            case "POST", ["rooms", name, "end"]:
                return await self._end_room(name)
            case "GET", ["reports"]:
                return await self._reports(asked.get("all") != "1", asked.get("after", ""))
            case "GET", ["reports", id]:
                return await self._find_report(id)
            case "POST", ["reports", id, "resolve"]:
                return await self._resolve(id, _read(body, _Resolve))
            case "GET", ["bans"]:
                return await self._bans(asked.get("after", ""))
            case "POST", ["bans"]:
                return await self._ban(_read(body, _Ban))
            case "DELETE", ["bans", key]:
                return await self._lift(key)
            case "GET", ["roles"]:
                return self._waiting_roles(asked.get("after", ""))
            case "POST", ["roles"]:
                return await self._agree(_read(body, _Agree))
        raise Failed(404, f"there is no {method} {cleaned(parts.path, 100)} here")

    def _rooms_behind(self, after: str) -> object:
        rooms = [each for each in self._rooms.overview() if str(each["name"]) > after]
        return _page("rooms", rooms[: PAGE + 1], lambda room: str(room["name"]))

    def _room_named(self, name: str) -> object:
        for each in self._rooms.overview():
            if each["name"] == name:
                return each
        raise Failed(404, f"there is no room {cleaned(name, 64)} here")

    async def _end_room(self, name: str) -> object:
        if not self._rooms.end_room(name):
            raise Failed(404, f"there is no room {cleaned(name, 64)} here")
        await self._store.flushed()
        return {"ended": name}

    async def _reports(self, open_only: bool, after: str) -> object:
        reports = await self._store.reports.page(open_only, after, PAGE + 1)
        return _page("reports", reports, lambda report: report.id)

    async def _find_report(self, id: str) -> object:
        report = await self._store.reports.find(id)
        if report is None:
            raise Failed(404, f"there is no report {cleaned(id, 32)}")
        return report

    async def _resolve(self, id: str, asked: _Resolve) -> object:
        await self._find_report(id)
        note, by = cleaned(asked.note, MAX_NOTE), cleaned(asked.by, MAX_NAME)
        self._store.reports.resolve(id, by, note, self._clock.now())
        await self._store.flushed()
        return {"resolved": id}

    async def _bans(self, after: str) -> object:
        bans = [
            {"room": room, "owner": owner, **msgspec.structs.asdict(ban)}
            for room, owner, ban in await self._store.bans.page(self._clock.now(), after, PAGE + 1)
        ]
        return _page("bans", bans, lambda ban: f"{ban['room']}/{ban['owner']}/{ban['key']}")

    async def _ban(self, asked: _Ban) -> object:
        now = self._clock.now()
        first, *others = self._rooms.covered_by_ban(asked.key)
        ban = BanNotice(
            key=first,
            name=await self._store.reports.reported_name(asked.key),
            at=now,
            until=None if asked.seconds is None else now + asked.seconds,
            reason=cleaned(asked.reason, MAX_REASON),
            by=cleaned(asked.by, MAX_NAME),
        )
        with self._store.transaction():
            for key in (first, *others):
                each = replace(ban, key=key)
                self._store.bans.save(EVERYWHERE, "", each)
                self._rooms.hold_server_ban(each)
        await self._store.flushed()
        return ban

    async def _lift(self, key: str) -> object:
        if self._store.bans.from_server(key, self._clock.now()) is None:
            first, *_ = self._rooms.covered_by_ban(key)
            if self._store.bans.from_server(first, self._clock.now()) is None:
                raise Failed(404, f"no ban from this server for {cleaned(key, 32)}")
            key = first
        self._store.bans.lift(EVERYWHERE, "", key)
        await self._store.flushed()
        return {"lifted": key}

    def _waiting_roles(self, after: str) -> object:
        waiting = [
            {"key": person.key, "name": person.name, "place": place}
            for person, place in self._roles.withheld()
        ]
        behind = [each for each in waiting if f"{each['key']}/{each['place']}" > after]
        return _page("roles", behind[: PAGE + 1], lambda each: f"{each['key']}/{each['place']}")

    async def _agree(self, asked: _Agree) -> object:
        if not await self._roles.agree(asked.key, asked.place):
            place = cleaned(asked.place, MAX_PLACE)
            raise Failed(404, f"{asked.key} waits for nothing that can be given in {place}")
        await self._store.flushed()
        return {"agreed": asked.place}


def _page(what: str, found: list[T], place: Callable[[T], str]) -> dict[str, object]:
    """Return one page of a list, with ``next`` (where to go on) if there is another page."""
    page = found[:PAGE]
    more = {"next": place(page[-1])} if len(found) > PAGE else {}
    return {what: page, **more}


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise Failed(400, f"that cannot be read: {error}") from None

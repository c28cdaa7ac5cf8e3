"""The tables of communities and of their people: a row for each person in each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.text import cleaned

from ...communities.rules.state import CommunityBan, KeptCommunity, Relation, log_name
from ..communities import StoredCommunity
from .database import Database, unpacked
from .engine import Row, Statement
from .saving import saving
from .stamps import COMMUNITY, MEMBER, NAME, ROOM, ChangeStamps

_RELATION: Any = Relation
_SAVE = saving("communities", "id", "log", "state")
_SAVE_PERSON = saving("community_people", "community, person", "state")
_COMMUNITIES = "SELECT id, state FROM communities"
_PEOPLE = "SELECT community, person, state FROM community_people"
_FORGET_PERSON = "DELETE FROM community_people WHERE community = ? AND person = ?"


class CommunityTable:
    """Keeps the communities, to restore them after a restart."""

    def __init__(self, database: Database, stamps: ChangeStamps) -> None:
        self._database = database
        self._stamps = stamps

    async def load(self) -> list[StoredCommunity]:
        rows = await self._database.query(_COMMUNITIES)
        return self._communities_of(rows, await self._database.query(f"{_PEOPLE} ORDER BY rowid"))

    async def load_again(self, ids: Collection[str] | None) -> list[StoredCommunity]:
        of_communities, of_people = (
            "" if ids is None else f" WHERE {column} IN ({', '.join('?' * len(ids))})"
            for column in ("id", "community")
        )
        query, these = self._database.query_written, tuple(ids or ())
        rows = await query(f"{_COMMUNITIES}{of_communities}", these)
        return self._communities_of(
            rows, await query(f"{_PEOPLE}{of_people} ORDER BY rowid", these)
        )

    def _communities_of(self, rows: Iterable[Row], people: Iterable[Row]) -> list[StoredCommunity]:
        relations: dict[Any, dict[str, Relation]] = {}
        damaged: set[Any] = set()
        for community, person, state in people:
            try:
                relations.setdefault(community, {})[person] = unpacked(state, _RELATION)
            except StoreError:
                damaged.add(community)
        found = []
        for id, state in rows:
            try:
                community = unpacked(state, KeptCommunity)
                if id in damaged or community.id != id:
                    raise StoreError("some of its people cannot be read")
            except StoreError as error:
                text = f"the community {cleaned(str(id), 32)} is left out: {error}"
                self._database.tell_admin("community_unreadable", text)
                continue
            found.append(StoredCommunity(community, _in_order(relations.get(id, {}))))
        return found

    def save(self, community: KeptCommunity) -> None:
        state = msgspec.msgpack.encode(community)
        self._stamp_and_write(
            *(COMMUNITY, community.id, community.id),
            (_SAVE, (community.id, log_name(community.id), state)),
        )

    def reserve(self, community: str, rooms: Collection[str], names: Collection[str]) -> None:
        for kind, taken in ((ROOM, rooms), (NAME, names)):
            for each in taken:
                self._stamps.stamp(kind, each, community)

    def save_person(self, community: str, person: str, relation: Relation) -> None:
        state = msgspec.msgpack.encode(relation)
        self._stamp_and_write(
            *(MEMBER, f"{community}/{person}", community),
            (_SAVE_PERSON, (community, person, state)),
        )

    def forget_person(self, community: str, person: str) -> None:
        self._stamp_and_write(
            MEMBER, f"{community}/{person}", community, (_FORGET_PERSON, (community, person))
        )

    def remove(self, community: str) -> None:
        self._stamp_and_write(
            *(COMMUNITY, community, community),
            ("DELETE FROM communities WHERE id = ?", (community,)),
            ("DELETE FROM community_people WHERE community = ?", (community,)),
        )

    def _stamp_and_write(self, kind: str, id: str, community: str, *statements: Statement) -> None:
        with self._database.transaction():
            self._stamps.stamp(kind, id, community)
            self._database.enqueue_all(*statements)


def _in_order(people: dict[str, Relation]) -> dict[str, Relation]:
    """Return people in the order in which they came to this; each may have had a row before."""
    return dict(sorted(people.items(), key=lambda each: _since(each[1])))


def _since(relation: Relation) -> float:
    return relation.notice.at if isinstance(relation, CommunityBan) else relation.at

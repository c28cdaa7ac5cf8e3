"""The tables of communities and of their people: a row for each person in each."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.errors import StoreError
from roomcli.protocol.text import cleaned

from ...communities.rules.state import CommunityBan, KeptCommunity, Relation, log_name
from ..communities import StoredCommunity
from .database import Database, unpacked
from .saving import saving

_RELATION: Any = Relation
_SAVE = saving("communities", "id", "log", "state")
_SAVE_PERSON = saving("community_people", "community, person", "state")
_FORGET_PERSON = "DELETE FROM community_people WHERE community = ? AND person = ?"


class CommunityTable:
    """Keeps the communities, to restore them after a restart."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> list[StoredCommunity]:
        rows = await self._database.query("SELECT id, state FROM communities")
        people = await self._database.query(
            "SELECT community, person, state FROM community_people ORDER BY rowid"
        )
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
        self._database.enqueue(_SAVE, (community.id, log_name(community.id), state))

    def save_person(self, community: str, person: str, relation: Relation) -> None:
        state = msgspec.msgpack.encode(relation)
        self._database.enqueue(_SAVE_PERSON, (community, person, state))

    def forget_person(self, community: str, person: str) -> None:
        self._database.enqueue(_FORGET_PERSON, (community, person))

    def remove(self, community: str) -> None:
        self._database.enqueue_all(
            ("DELETE FROM communities WHERE id = ?", (community,)),
            ("DELETE FROM community_people WHERE community = ?", (community,)),
        )


def _in_order(people: dict[str, Relation]) -> dict[str, Relation]:
    """Return people in the order in which they came to this; each may have had a row before."""
    return dict(sorted(people.items(), key=lambda each: _since(each[1])))


def _since(relation: Relation) -> float:
    return relation.notice.at if isinstance(relation, CommunityBan) else relation.at

"""The table of persons' keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomcli.errors import StoreError

from ...changes import Changes
from ...people.keyring import KnownPerson
from .changed import ChangedKeys, KeyedRows, differences
from .database import Database
from .saving import saving
from .stamps import KEY, ChangeStamps

_SAVE = saving("keyrings", "id", "state")
_ROWS = KeyedRows("keyrings", "id", "state")
_STATES = "SELECT id, state FROM keyrings NOT INDEXED"
_IDS = "SELECT id FROM keyrings INDEXED BY sqlite_autoindex_keyrings_1"


class KeyringTable:
    """The persons of whose keys something is known; all of them are in memory too."""

    def __init__(self, database: Database, stamps: ChangeStamps) -> None:
        self._database = database
        self._stamps = stamps
        self._persons: dict[str, KnownPerson] = {}
        self._damaged: set[str] = set()
        self.elsewhere: Changes[KnownPerson] = Changes()

    async def load(self) -> None:
        """Load everybody who can be read. Raises StoreError if not even their number is known."""
        faults: list[StoreError] = []
        states, ids = await self._rows(_STATES, faults), await self._rows(_IDS, faults)
        if len(faults) == 2:
            raise faults[0]
        self._persons = {
            id: each for id, state in states if (each := _person_of(state)) is not None
        }
        known = {str(id) for id, *_ in (*states, *ids)}
        self._damaged = known - self._persons.keys()
        if self._damaged or faults:
            text = (
                f"{len(self._damaged)} people cannot sign in: what is kept of their keys is damaged"
            )
            self._database.tell_admin("keys_unreadable", text)

    async def refresh(self, changed: ChangedKeys) -> None:
        damaged: set[str] = set()

        def made(id: str, state: Any) -> KnownPerson | None:
            person = _person_of(state)
            if person is None:
                damaged.add(id)
            return person

        ids = changed.ids("keyrings")
        async for id, before, now in differences(
            *(self._database, _ROWS, ids, self._persons, made)
        ):
            if now is None:
                del self._persons[id]
            else:
                self._persons[id] = now
            self.elsewhere.announce(id, before, now)
        self._damaged = damaged | (self._damaged - set(ids) if ids is not None else set())

    async def _rows(self, query: str, faults: list[StoreError]) -> Sequence[tuple[Any, ...]]:
        try:
            return await self._database.query(query)
        except StoreError as fault:
            faults.append(fault)
            return []

    def everybody(self) -> list[KnownPerson]:
        return list(self._persons.values())

    def is_damaged(self, id: str) -> bool:
        return id in self._damaged

    def save(self, person: KnownPerson) -> None:
        self._persons[person.id] = person
        with self._database.transaction():
            for key in person.keys:  # of whichever person another server thinks they are
                self._stamps.stamp(KEY, key.id, person.id)
            self._database.enqueue(_SAVE, (person.id, msgspec.msgpack.encode(person)))

    def forget(self, id: str) -> None:
        if self._persons.pop(id, None) is not None:
            with self._database.transaction():
                self._stamps.stamp(KEY, id)
                self._database.enqueue("DELETE FROM keyrings WHERE id = ?", (id,))


def _person_of(state: Any) -> KnownPerson | None:
    try:
        return msgspec.msgpack.decode(state, type=KnownPerson)
    except (msgspec.MsgspecError, TypeError):  # on a damaged page it may be no bytes
        return None

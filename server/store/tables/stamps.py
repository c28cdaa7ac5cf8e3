"""Of two servers that change the same thing at once one is right, and the other is refused.

Each decides by what it has in memory. So what must not be decided upon by old memory has a stamp:
each change puts a new one on it, in its transaction, and names the one before. Where another server
has put one on it meanwhile the transaction is never written, and memory is read again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from .changed import ChangedKeys, KeyedRows
from .database import Database

KEY, CALENDAR, HOSTS = "key", "calendar", "hosts"
COMMUNITY, MEMBER, ROOM, NAME = "community", "member", "room", "name"
"""The kinds of things that have stamps; a stamp's name is its kind, ``/``, and an id."""
_ROWS = KeyedRows("roomcli_stamps", "name", "stamp")
PUT_STAMP = "SELECT roomcli_stamp(?, ?, ?)"
_FORGET = "SELECT * FROM roomcli_forget_stamps()"


class ChangeStamps:
    """The stamps of things, by their names; unless they are shared, one server alone changes them.

    A stamp is read before its thing, and counts after: who decides in between builds upon too old a
    one at worst, and is refused.
    """

    def __init__(self, database: Database, *, is_shared: bool) -> None:
        self._database = database
        self._is_shared = is_shared
        self._known: dict[str, str] = {}
        self._transaction = -1
        self._stamped: set[str] = set()
        """What was stamped in the transaction that is open."""
        self._since: set[str] = set()
        """What was stamped here since others' stamps were read."""

    async def read_stamps(self) -> None:
        """Load all stamps; what they are on is loaded after. Raises StoreError."""
        if self._is_shared:
            self._known = await self.put_elsewhere(ChangedKeys())

    def stamp(self, kind: str, id: str, whose: str = "") -> None:
        """Put a new stamp on a thing, in the transaction that is open; once in each.

        ``whose`` is the id of what others have to read again for it, if that is another.
        """
        name = f"{kind}/{id}"
        if not self._is_shared:
            return
        if self._transaction != self._database.queued:
            self._transaction, self._stamped = self._database.queued, set()
        if name in self._stamped:
            return
        self._stamped.add(name)
        self._since.add(name)
        before, now = self._known.get(name, ""), f"{secrets.token_hex(8)}/{whose or id}"
        self._known[name] = now
        self._database.enqueue(PUT_STAMP, (name, before, now))

    async def put_elsewhere(self, changed: ChangedKeys) -> dict[str, str]:
        """Return the stamps that others put on things, as they are now. Raises StoreError."""
        self._since.clear()
        names = changed.ids("roomcli_stamps")
        rows = await _ROWS.select(self._database, names)
        for name in tuple(self._known) if names is None else names:
            if name not in rows and name not in self._since:
                self._known.pop(name, None)
        return {name: stamp for name, (stamp,) in rows.items()}

    async def forget_old(self) -> None:
        """Forget the stamps of what is gone since a day. Raises StoreError."""
        if not self._is_shared:
            return
        for name, stamp, _ in await self._database.query(_FORGET):
            if self._known.get(name) == stamp:  # else it is there again
                del self._known[name]

    def adopt(self, stamps: dict[str, str], kind: str) -> None:
        """Let later changes build upon those of a kind: what they are on has been read since."""
        for id in stamped(stamps, kind):
            name = f"{kind}/{id}"
            if name not in self._since:
                self._known[name] = stamps[name]


def stamped(stamps: Mapping[str, str], kind: str) -> dict[str, str]:
    """Return the things of a kind among what has these stamps: their ids, and what to read again.

    A stamp says the latter after a ``/``; those of older servers do not, and mean the thing itself.
    """
    things = {}
    for name, stamp in stamps.items():
        if name.startswith(f"{kind}/"):
            id = name.removeprefix(f"{kind}/")
            things[id] = stamp.partition("/")[2] or id
    return things

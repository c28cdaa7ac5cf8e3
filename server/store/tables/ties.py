"""The table of ties."""

from __future__ import annotations

from collections.abc import Mapping

from roomcli.errors import StoreError

from ...changes import Changes
from ..ties import TIE_KINDS, TieKind
from .changed import ChangedKeys, KeyedRows, differences
from .database import Database
from .saving import saving

_ROWS = KeyedRows("ties", "person, kind, target", "at")
_NONE: Mapping[str, float] = {}


class TieTable:
    """The ties; they are in memory too, from either end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._from: dict[tuple[str, TieKind], dict[str, float]] = {}
        self._to: dict[tuple[str, TieKind], set[str]] = {}
        self._all: dict[tuple[str, TieKind, str], float] = {}
        self.changes: Changes[str] = Changes()
        self.elsewhere: Changes[str] = Changes()

    async def read_all(self) -> None:
        """Load every tie. Raises StoreError: whoever is blocked must stay so."""
        rows = await self._database.query("SELECT person, kind, target, at FROM ties ORDER BY at")
        for person, kind, target, at in rows:
            if kind not in TIE_KINDS:
                raise StoreError(f"there is a tie of an unknown kind: {kind!r}")
            self._remember(str(person), kind, str(target), float(at))

    async def refresh(self, changed: ChangedKeys) -> None:
        async for (person, kind, target), before, now in differences(
            *(self._database, _ROWS, changed.of("ties"), self._all, _at)
        ):
            if before is not None:
                self._unremember(person, kind, target)
            if now is not None:
                self._remember(person, kind, target, now)
            if (before is None) != (now is None):
                had, has = (None if each is None else target for each in (before, now))
                self.changes.announce(person, had, has)
                self.elsewhere.announce(person, had, has)

    def __len__(self) -> int:
        return len(self._all)

    def made_by(self, person: str, kind: TieKind) -> Mapping[str, float]:
        return self._from.get((person, kind), _NONE)

    def tied_to(self, target: str, kind: TieKind) -> frozenset[str]:
        return frozenset(self._to.get((target, kind), ()))

    def tie(self, person: str, kind: TieKind, target: str, at: float) -> None:
        if target in self.made_by(person, kind):
            return
        self._remember(person, kind, target, at)
        self._database.enqueue(
            saving("ties", "person, kind, target", "at"), (person, kind, target, at)
        )
        self.changes.announce(person, None, target)

    def untie(self, person: str, kind: TieKind, target: str) -> None:
        if target not in self.made_by(person, kind):
            return
        self._unremember(person, kind, target)
        self._database.enqueue(
            "DELETE FROM ties WHERE person = ? AND kind = ? AND target = ?", (person, kind, target)
        )
        self.changes.announce(person, target, None)

    def _remember(self, person: str, kind: TieKind, target: str, at: float) -> None:
        self._all[person, kind, target] = at
        self._from.setdefault((person, kind), {})[target] = at
        self._to.setdefault((target, kind), set()).add(person)

    def _unremember(self, person: str, kind: TieKind, target: str) -> None:
        del self._all[person, kind, target]
        del self._from[person, kind][target]
        self._to[target, kind].discard(person)
        if not self._from[person, kind]:
            del self._from[person, kind]
        if not self._to[target, kind]:
            del self._to[target, kind]


def _at(key: tuple[str, str, str], at: float) -> float | None:
    """Return since when there is a tie; None for one of a kind that only a newer server knows."""
    return float(at) if key[1] in TIE_KINDS else None

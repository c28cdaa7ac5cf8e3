"""Which rows statements write: of a transaction that is never written these are read again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .changed import Key
from .engine import Statement
from .stamps import PUT_STAMP

_SAVE = re.compile(
    r"INSERT INTO (\w+) \([\w, ]+\) VALUES \([?, ]+\) ON CONFLICT \(([\w, ]+)\) DO UPDATE .*"
)
"""The columns of the key come first in all such statements."""
_DELETE = re.compile(r"DELETE FROM (\w+) WHERE (\w+ = \?(?: AND \w+ = \?)*)")
"""It begins with columns of the key in all such statements."""
_ANY = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")


def written_rows(statements: Iterable[Statement]) -> dict[str, set[Key] | None]:
    """Return the keys of rows that statements write, by table; None for rows that may be any.

    Of several rows of which one statement writes all, the key is what their keys begin with.
    """
    rows: dict[str, set[Key] | None] = {}
    for statement, parameters in statements:
        if statement == PUT_STAMP:
            table, width = "roomcli_stamps", 1
        else:
            table, width = _table_and_width(statement)
        known = rows.setdefault(table, set())
        if width == 0:
            rows[table] = None
        elif known is not None:
            known.add(tuple(str(each) for each in parameters[:width]))
    rows.pop("", None)
    return rows


@lru_cache(maxsize=500)
def _table_and_width(statement: str) -> tuple[str, int]:
    """Return the table that a statement writes, and how many parameters are a key; 0 for none."""
    if found := _SAVE.fullmatch(statement):
        return found[1], found[2].count(",") + 1
    if found := _DELETE.fullmatch(statement):
        return found[1], found[2].count("?")
    found = _ANY.match(statement)
    return (found[1] if found else ""), 0

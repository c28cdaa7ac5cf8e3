"""The tables' SQL as PostgreSQL and psycopg want it."""

from __future__ import annotations

import re
from functools import lru_cache

_HINT = re.compile(r" (NOT INDEXED|INDEXED BY \w+)")
_BYTES = re.compile(r"CAST\((\w+) AS BLOB\)")


@lru_cache(maxsize=500)
def translated(statement: str) -> bytes:
    """Return a statement without SQLite's hints, and with psycopg's signs for parameters."""
    statement = _BYTES.sub(r"convert_to(\1, 'UTF8')", _HINT.sub("", statement))
    return statement.replace("%", "%%").replace("?", "%s").encode()

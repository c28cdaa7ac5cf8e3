"""Which store a server has: the database in its data folder, or the one that --store names."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

from roomcli.errors import ConfigError, UsageError
from roomcli.files import replace_private

from .data_folder import STORE_PLACE
from .limits import ServerLimits
from .store import Store
from .store.sqlite import open_store
from .store.tables.writer import Told

SCHEMES = ("postgresql", "postgres")
_SECRETS = ("password", "sslpassword")


@contextlib.asynccontextmanager
async def chosen_store(
    url: str | None, folder: Path, tell: Told, limits: ServerLimits, *, shared: bool = False
) -> AsyncIterator[Store]:
    """Open the store of a server: in the data folder, unless a URL says where else.

    Elsewhere it is ``shared`` with the other servers of a cluster. Raises UsageError for a URL that
    cannot be followed, ConfigError for a store that cannot be used, and where the data folder
    belongs to another store.
    """
    if url is None:
        judge_place(folder)
        async with open_store(folder, tell, limits) as store:
            yield store
        return
    judge_url(url)
    async with load_postgres().open_store(url, tell, limits, shared=shared) as store:
        note_place(folder, store.place)
        yield store


def load_postgres() -> ModuleType:
    """Return the package of the store in PostgreSQL. Raises ConfigError where it is missing."""
    try:
        from .store import postgres
    except ImportError:
        raise ConfigError("PostgreSQL needs psycopg: pip install 'roomcli[postgres]'") from None
    return postgres


def note_place(folder: Path, place: str) -> None:
    """Write down in a data folder which database its store is in, for :func:`judge_place`."""
    replace_private(folder / STORE_PLACE, f"{place}\n".encode())


def judge_url(url: str) -> None:
    """Raise UsageError for a URL that is none of PostgreSQL's, or that has a password in it."""
    try:
        parts = urlsplit(url)
        secrets = parts.password is not None or parse_qs(parts.query).keys() & set(_SECRETS)
    except ValueError:
        raise UsageError("--store wants postgresql://USER@HOST/DATABASE") from None
    if parts.scheme not in SCHEMES:
        raise UsageError("--store wants postgresql://USER@HOST/DATABASE")
    if secrets:
        raise UsageError(
            "--store may have no password, which everybody on this machine could read: put it into"
            " PGPASSWORD, ~/.pgpass or a service file"
        )


def judge_place(folder: Path) -> None:
    """Raise ConfigError for a data folder whose store is in a database elsewhere."""
    path = folder / STORE_PLACE
    if path.is_file():
        place = path.read_text("utf-8", "replace").strip()
        raise ConfigError(
            f"what this server keeps is in {place}, of which pg_dump makes backups: give serve"
            f" --store, or delete {path} to begin without any rooms"
        )

"""Moves what a server keeps from its data folder into a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from roomcli.errors import ConfigError

from .data_folder import without_server
from .store.sqlite.rows import open_rows
from .store.sqlite.schema import DATABASE
from .store_choice import judge_place, judge_url, load_postgres, note_place


def move_store(folder: Path, url: str, tell: Callable[[str], None]) -> str:
    """Copy all that is kept into an empty database, and return what to call that.

    From then on no server starts on the folder without it; the file in the folder stays as it was.
    ``tell`` gets lines of progress. Raises UsageError for a URL that cannot be followed,
    ConfigError where nothing was moved: also while a server runs there.
    """
    judge_url(url)
    if not (folder / DATABASE).is_file():
        raise ConfigError(f"no server has kept anything in {folder}: say where with --data DIR")
    with without_server(folder, "stop it before you move its data"):
        judge_place(folder)
        with open_rows(folder / DATABASE) as source:
            place: str = load_postgres().fill_database(url, source, tell)
        note_place(folder, place)
    return place

"""Puts a backup back into a data folder on which no server runs.

All of it is unpacked and judged beside what is there before anything is replaced; what was there is
set aside under another name.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from roomcli.errors import ConfigError, StoreError

from ..data_folder import SET_ASIDE, data_folder, leave_to_owner, without_server
from ..store.sqlite.schema import DATABASE
from ..store.sqlite.whole_copy import judge_whole
from ..store_choice import judge_place
from .archive import BackupContents, read_archive

_UNPACKED = ".unpacked"


class RestoredBackup(NamedTuple):
    """What was restored, and under which names that lies which was there before."""

    contents: BackupContents
    set_aside: list[Path]


def restore_backup(file: Path, folder: Path, at: float) -> RestoredBackup:
    """Put what is in a backup into a data folder, which is made if it is missing.

    ``at`` is the time, in seconds since 1970. Nothing is replaced before all of the backup was read
    and found sound; a process that is killed amid that is made good by restoring again. Raises
    ConfigError, also while a server runs there; StoreError for a damaged database; OSError.
    """
    folder = data_folder(folder)
    judge_place(folder)
    suffix = f"{SET_ASIDE}{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime(at))}"
    with without_server(folder, "stop it before you restore"):
        places: dict[str, Path] = {}

        def place_of(name: str) -> Path:
            if name != DATABASE and name.startswith(DATABASE):
                raise ConfigError(f"{file} has a file that no backup has: {name}")
            # A database that is a link stays one.
            goes_to = folder / name if name != DATABASE else (folder / name).resolve()
            places[name] = goes_to
            return _unpacked(goes_to)

        try:
            contents = read_archive(file, place_of)
            if DATABASE not in places:
                raise ConfigError(f"{file} has no database in it")
            try:
                judge_whole(_unpacked(places[DATABASE]))
            except (ConfigError, StoreError) as error:
                raise type(error)(f"{file} cannot be restored: {error}") from None
            # The database last: without it a server would not take the rest for its own.
            names = sorted(places, key=lambda name: name == DATABASE)
            set_aside = [path for name in names for path in _replace(places[name], suffix)]
        finally:
            for each in places.values():
                _unpacked(each).unlink(missing_ok=True)
        leave_to_owner(folder)
    return RestoredBackup(contents, set_aside)


def _unpacked(path: Path) -> Path:
    return path.with_name(f".{path.name}{_UNPACKED}")


def _replace(path: Path, suffix: str) -> Iterator[Path]:
    """Put what was unpacked for ``path`` in its place; yield the names of what was there."""
    aside = path.with_name(f"{path.name}{suffix}")
    if os.path.lexists(path):
        _set_aside(path, aside)
        yield aside
    for journal in ("-wal", "-shm"):
        # They belong to the old database, which is opened with them under its new name.
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{journal}", f"{aside}{journal}")
            os.utime(f"{aside}{journal}")
    os.replace(_unpacked(path), path)


def _set_aside(path: Path, aside: Path) -> None:
    """Give a file this name too; it keeps its own until another takes its place."""
    try:
        os.link(path, aside, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # not every file system gives a file a second name
        os.rename(path, aside)
    os.utime(aside, follow_symlinks=False)  # it is kept for a while from now on

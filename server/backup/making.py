"""Makes a backup of a data folder, while a server runs on it or not."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from roomcli.errors import ConfigError, StoreError

from ..data_folder import SET_ASIDE
from ..store.sqlite.schema import DATABASE
from ..store.sqlite.whole_copy import copy_whole
from ..store_choice import judge_place
from .archive import (
    MAX_FILES,
    BackupContents,
    described,
    is_plain_name,
    read_contents,
    write_archive,
)

MAX_FILE = 16 * 1024**2
"""Bytes of the largest file beside the database that is taken along: those that belong to a server
have a few kilobytes."""


class MadeBackup(NamedTuple):
    """A backup that was made, and which files of the folder are not in it, with the reason."""

    contents: BackupContents
    left_out: list[str]


def make_backup(folder: Path, file: Path, at: float) -> MadeBackup:
    """Write all that is kept in a data folder to ``file``, which its owner alone can read.

    A backup that is there already is replaced once the new one is whole; nothing else is replaced.
    ``at`` is the time, in seconds since 1970. Raises ConfigError, StoreError, and OSError where the
    file cannot be written.
    """
    judge_place(folder)
    database = folder / DATABASE
    if not database.is_file():
        raise ConfigError(f"no server has kept anything in {folder}: say where with --data DIR")
    if file.absolute().parent.resolve() == folder.resolve():
        raise ConfigError(f"{file} is in the data folder: whatever befalls that befalls it too")
    if file.exists():
        read_contents(file)
    left_out: list[str] = []
    # Beside the backup: where there is room for it there should be for what goes into it.
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.absolute().parent) as beside:
        places = {DATABASE: Path(beside) / DATABASE}
        os.close(os.open(places[DATABASE], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            copy_whole(database.resolve(), places[DATABASE])
        except StoreError as error:
            raise StoreError(f"no backup of {folder} was made: {error}") from None
        for path in _files_beside(folder, left_out):
            # Copied first: the server may replace it just when it is written.
            places[path.name] = Path(shutil.copyfile(path, Path(beside) / path.name))
        if len(places) > MAX_FILES:
            raise ConfigError(f"{folder} has more than {MAX_FILES} files: most are no server's")
        files = tuple(described(place, name) for name, place in places.items())
        contents = BackupContents(made_at=at, files=files)
        unfinished = Path(beside) / ".unfinished"
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as written:
            write_archive(written, contents, places)
            written.flush()
            os.fsync(written.fileno())
        os.replace(unfinished, file)
    return MadeBackup(contents, left_out)


def _files_beside(folder: Path, left_out: list[str]) -> Iterator[Path]:
    """Yield what belongs to the server beside its database."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", DATABASE)) or SET_ASIDE in path.name:
            continue
        if path.is_symlink():
            left_out.append(f"{path.name}, which leads to {path.readlink()}")
        elif path.is_file() and not is_plain_name(path.name):
            left_out.append(f"{path.name}, whose name has unusual characters")
        elif path.is_file() and path.stat().st_size > MAX_FILE:
            left_out.append(f"{path.name}, which is too large")
        elif path.is_file():
            yield path

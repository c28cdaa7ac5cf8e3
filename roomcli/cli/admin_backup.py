"""``roomcli admin backup`` and ``restore``: all that a server keeps, as one file, and back again.

A backup is made from the data folder itself, so that it needs no server, and disturbs none.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.backup.making import make_backup
from server.backup.restoring import restore_backup
from server.data_folder import default_folder

from ..errors import ConfigError, ConnectionFailed
from .admin_line import ask_admin
from .tables import moment, print_lines

MIB = 1024**2


def back_up(options: argparse.Namespace) -> None:
    """Write all that a server keeps to a file; the server goes on meanwhile."""
    folder, file = _folder(options), options.file
    # What it holds in memory only is in no backup: whoever asks is told what is wrong there.
    with contextlib.suppress(ConnectionFailed, ConfigError):
        ask_admin(folder, dict[str, Any], "GET /status")
    with _file_errors_told(file):
        made = make_backup(folder, file, time.time())
    names = ", ".join(each.name for each in made.contents.files)
    print(f"{file} has {names} ({made.contents.size / MIB:.1f} MiB)")
    print_lines(f"left out: {each}" for each in made.left_out)
    print("who has it can do what your server can, and hear what was reported: keep it safe")


def restore(options: argparse.Namespace) -> None:
    """Put a backup into the data folder of a server that does not run."""
    folder, file = _folder(options), options.file
    with _file_errors_told(file):
        restored = restore_backup(file, folder, time.time())
    print(f"{folder} is as it was at {moment(restored.contents.made_at)}: start the server")
    if restored.set_aside:
        print("what was there before is kept as:")
        print_lines(f"  {each}" for each in restored.set_aside)
        print("the database of these goes after a week, by itself; delete the others")


def _folder(options: argparse.Namespace) -> Path:
    """Return the data folder that is meant; a host's own server keeps nothing, and is not asked."""
    return options.data or default_folder()


@contextlib.contextmanager
def _file_errors_told(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or file
        raise ConfigError(f"{where}: {error.strerror or error}") from None

"""The folder in which a server keeps its data, and in which its admins find it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from roomcli.errors import ConfigError
from roomcli.folders import data_place

ADMIN_SOCKET = "admin.sock"
"""The name, in the data folder, of the Unix socket for admins."""
TROUBLE = "roomcli-trouble"
"""The HTTP header of the admin socket's answers that lists what is wrong with the server.

It is repeated, once for each problem."""
MAX_TROUBLE = 2000
"""The most characters in one value of that header."""
HOST_TOKEN = "host-invite"
"""The name, in the data folder, of the file with the host token: its text lets people open
rooms."""
STORE_PLACE = "store-place"
"""The name, in the data folder, of the file that says in which database the store is, if it is in
none there."""
SET_ASIDE = ".before-restore-"
"""Stands in the names of files that made way for those of a backup, before the time of that."""


def default_folder() -> Path:
    """Return the data folder of a server that was given none."""
    return data_place() / "server"


def data_folder(chosen: Path | None) -> Path:
    """Return the data folder to use, and create it if it is missing. Raises ConfigError."""
    folder = chosen or default_folder()
    missing = [each for each in (folder, *folder.absolute().parents) if not each.exists()]
    try:
        # The mode is for a folder of our own only: one that was there may be anybody's.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.listdir(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise ConfigError(f"cannot use {folder} for data: {error.strerror}") from None
    for each in reversed(missing):
        _leave(each, each.absolute().parent)
    return folder


def lock_folder(descriptor: int) -> bool:
    """Lock an open data folder for one server; return False if another process has locked it.

    The system frees the lock when the process ends, in whatever way that happens.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def without_server(folder: Path, advice: str) -> Iterator[None]:
    """Keep servers from the folder meanwhile. Raises ConfigError if one runs on it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not lock_folder(descriptor):
            raise ConfigError(f"a server runs on {folder}: {advice}")
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def leave_to_owner(folder: Path) -> None:
    """Give files that root made in somebody else's folder to the owner of the folder.

    Otherwise the owner could not start the server again.
    """
    with contextlib.suppress(OSError):  # the folder vanished: FolderWatch tells of that
        for path in folder.iterdir():
            _leave(path, folder)


def _leave(path: Path, folder: Path) -> None:
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        owner, group = _owners(folder)
        if owner != 0 and _owners(path)[0] == 0:
            os.chown(path, owner, group, follow_symlinks=False)


def _owners(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_uid, found.st_gid

"""The folder in which a server keeps what must last, and where its admins find it."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from roomcli.errors import ConfigError
from roomcli.folders import data_place

ADMIN_SOCKET = "admin.sock"
"""The admins' port, in the folder."""
TROUBLE = "roomcli-trouble"
"""A header of each of its answers, once for every line of what is wrong with the server."""
MAX_TROUBLE = 2000
"""Characters of such a line."""
HOST_TOKEN = "host-invite"
"""The file, in the folder, of what lets its holder open rooms."""


def default_folder() -> Path:
    """The folder of a server that was told none."""
    return data_place() / "server"


def data_folder(chosen: Path | None) -> Path:
    """The folder to use, made if it is not there. Raises ConfigError."""
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


def leave_to_owner(folder: Path) -> None:
    """Give what root made in a folder of somebody else's to whom the folder belongs.

    They could not start the server again else.
    """
    with contextlib.suppress(OSError):  # it vanished: that is told
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

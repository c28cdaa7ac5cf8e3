"""The folder in which a server keeps what must last, and where its admins find it."""

from __future__ import annotations

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
    try:
        # The mode is for a folder of our own only: one that was there may be anybody's.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot use {folder} for data: {error.strerror}") from None
    return folder

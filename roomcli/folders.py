"""Where roomcli keeps things: configuration, data, logs and what lives only while it runs.

Folders are made when they are first needed, readable by their owner alone. The XDG variables
hold on macOS as well.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import ConfigError

APP = "roomcli"
MAX_LOG = 1024 * 1024


def config_file() -> Path:
    """The settings file; need not exist."""
    return _place("XDG_CONFIG_HOME", "config") / "config.toml"


def data_folder() -> Path:
    """What must last: keys, certificates, the stores of one's own servers."""
    return made(_place("XDG_DATA_HOME", "data"))


def log_folder() -> Path:
    """What went on, for when something went wrong."""
    return made(_place("XDG_STATE_HOME", "log"))


def opened_log(path: Path) -> int:
    """A log to append to, its owner's alone; a descriptor.

    What has grown too long becomes ``path.1`` in place of the one before it.
    """
    made(path.parent)
    if path.is_file() and path.stat().st_size > MAX_LOG:
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def runtime_folder() -> Path:
    """What lives only while roomcli runs: notes of servers, sockets.

    Without ``XDG_RUNTIME_DIR`` it is a short one under the temporary folder (macOS allows 104
    bytes for the path of a socket). Others can write there, so a folder that is not ours, or not
    only ours, is refused.
    """
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(given) and os.path.isdir(given):
        folder = Path(given) / APP
    else:
        import tempfile

        folder = Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise ConfigError(_cannot(folder, error)) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ConfigError(
            f"{folder} is not a folder of yours, though it should be: remove it, or point "
            "XDG_RUNTIME_DIR at a folder that is"
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def engine_socket(pid: int) -> Path:
    """Where the engine with process id ``pid`` listens for `roomcli ctl` while it is in a room."""
    return runtime_folder() / f"engine-{pid}.sock"


def engine_sockets() -> list[Path]:
    """Every engine's socket that is there, answering or left by a dead one, in order of name."""
    return sorted(runtime_folder().glob("engine-*.sock"))


def made(folder: Path) -> Path:
    """``folder``, created for its owner alone if it is not there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(_cannot(folder, error)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"cannot write in {folder}: give yourself the right to")
    return folder


def _place(variable: str, kind: str) -> Path:
    given = os.environ.get(variable, "")
    if os.path.isabs(given):  # the specification says to ignore relative ones
        base = Path(given) / APP
        return base / "log" if kind == "log" else base
    import platformdirs

    places = {
        "config": platformdirs.user_config_path(APP),
        "data": platformdirs.user_data_path(APP),
        "log": platformdirs.user_log_path(APP),
    }
    place = places[kind]
    if not place.is_absolute():
        raise ConfigError("you have no home folder here: set HOME, or the XDG_… variables")
    return place


def _cannot(folder: Path, error: OSError) -> str:
    return f"cannot make the folder {folder}: {error.strerror}"

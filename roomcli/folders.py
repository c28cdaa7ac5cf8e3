"""Where roomcli keeps its files: configuration, data, logs and runtime files.

Folders are made when they are first needed, readable by their owner alone. The XDG variables apply
on macOS as well. Root makes nothing in somebody else's home or folder, which ``sudo -E`` may point
to: the owner could not use it afterwards.
"""

from __future__ import annotations

import os
import pwd
import stat
import sys
from pathlib import Path

from .errors import ConfigError

APP = "roomcli"
MAX_LOG = 1024 * 1024
_PLACES = {
    "config": ".config/roomcli",
    "data": ".local/share/roomcli",
    "state": ".local/state/roomcli",
    "log": ".local/state/roomcli/log",
}
_PLACES_ON_MACOS = {
    "config": "Library/Application Support/roomcli",
    "data": "Library/Application Support/roomcli",
    "state": "Library/Application Support/roomcli",
    "log": "Library/Logs/roomcli",
}


def config_file() -> Path:
    """Return the path of the settings file; it need not exist."""
    return _place("XDG_CONFIG_HOME", "config") / "config.toml"


def data_folder() -> Path:
    """Return the folder for lasting files: keys, certificates, stores of the user's servers."""
    return made(data_place())


def data_place() -> Path:
    """Return the path of the data folder; it need not exist."""
    return _place("XDG_DATA_HOME", "data")


def state_folder() -> Path:
    """Return the folder for what the person did lately, which may get lost."""
    return made(_place("XDG_STATE_HOME", "state"))


def log_folder() -> Path:
    """Return the folder for logs, which tell what happened before something went wrong."""
    return made(_place("XDG_STATE_HOME", "log"))


def opened_log(path: Path) -> int:
    """Open a log to append to, readable by its owner alone; return the descriptor.

    A log that has grown too long is renamed to ``path.1``, in place of the previous one.
    """
    made(path.parent)
    full = path.is_file() and path.stat().st_size > MAX_LOG
    # Another user's log, such as one that root made before, must not keep anybody out of a room.
    if full or (path.exists() and not os.access(path, os.W_OK)):
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def runtime_folder() -> Path:
    """Return the folder for files that live only while roomcli runs: notes of servers, sockets.

    This is in ``XDG_RUNTIME_DIR`` if that is ours and can be used; after ``su`` it is another
    user's, and its path may be too long for a socket. Otherwise it is a short folder under the
    temporary folder. Other users can write there, so a folder that is not ours, or not ours alone,
    is refused. Raises ConfigError.
    """
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(given) and _owner(Path(given)) == os.getuid() and _takes_sockets(given):
        try:
            return _private(Path(given) / APP)
        except ConfigError:
            pass
    import tempfile

    try:
        return _private(Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}")
    except OSError:
        raise ConfigError("there is no folder for temporary files: set TMPDIR to one") from None


def _takes_sockets(folder: str) -> bool:
    """Whether a socket's path in our folder there is short enough for the system."""
    longest = os.path.join(folder, APP, "engine-4194304.sock")  # the largest process id of Linux
    return len(os.fsencode(longest)) < (104 if sys.platform == "darwin" else 108)


def _private(folder: Path) -> Path:
    """Return ``folder``, made if needed, if it is ours alone. Raises ConfigError."""
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
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"cannot write in {folder}: point XDG_RUNTIME_DIR at another folder")
    return folder


def engine_socket(pid: int) -> Path:
    """Return the path of the socket where the engine with this process id listens in a room.

    `roomcli ctl` connects to it.
    """
    return runtime_folder() / f"engine-{pid}.sock"


def engine_sockets() -> list[Path]:
    """Return the sockets of all engines, in order of name; some may be left by dead engines."""
    return sorted(runtime_folder().glob("engine-*.sock"))


def made(folder: Path) -> Path:
    """Return ``folder``, created for its owner alone if needed. Raises ConfigError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(_cannot(folder, error)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        owner = _owner(folder)
        if owner in (None, os.getuid()):
            raise ConfigError(f"cannot write in {folder}: give yourself the right to")
        raise ConfigError(
            f"cannot write in {folder}, which is {name_of_account(owner)}'s: `sudo chown -R"
            f" {os.getuid()} '{folder}'` makes it yours"
        )
    return folder


def name_of_account(uid: int) -> str:
    """Return the login of an account, or its number if the account table has no entry for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _place(variable: str, kind: str) -> Path:
    given = os.environ.get(variable, "")
    if os.path.isabs(given) and _is_for_us(given):  # the specification ignores relative ones
        base = Path(given) / APP
        return base / "log" if kind == "log" else base
    places = _PLACES_ON_MACOS if sys.platform == "darwin" else _PLACES
    return _home() / places[kind]


def _home() -> Path:
    """Return the folder in HOME if it is for this account, else the account's home."""
    given = os.environ.get("HOME", "")
    if os.path.isabs(given) and _is_for_us(given):
        return Path(given)
    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container with an account that is not in the table
        home = ""
    if not (os.path.isabs(home) and _is_for_us(home)):
        raise ConfigError("you have no home folder here: set HOME, or the XDG_… variables")
    return Path(home)


def _is_for_us(folder: str) -> bool:
    """Whether the owner of ``folder`` can use what we make there."""
    if os.getuid() != 0:
        return True  # the caller reports a folder that we cannot write to
    place = Path(folder)
    owners = (_owner(each) for each in (place, *place.parents))
    return next((owner for owner in owners if owner is not None), 0) == 0


def _owner(path: Path) -> int | None:
    """Return the user id of the owner; None if the path does not exist or cannot be seen."""
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _cannot(folder: Path, error: OSError) -> str:
    return f"cannot make the folder {folder}: {error.strerror}"

"""Where roomcli keeps things: configuration, data, logs and what lives only while it runs.

Folders are made when they are first needed, readable by their owner alone. The XDG variables
hold on macOS as well. Root makes nothing in a home or folder of somebody else's, as ``sudo -E`` has
it: they could not use it afterwards.
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
    "log": ".local/state/roomcli/log",
}
_PLACES_ON_MACOS = {
    "config": "Library/Application Support/roomcli",
    "data": "Library/Application Support/roomcli",
    "log": "Library/Logs/roomcli",
}


def config_file() -> Path:
    """The settings file; need not exist."""
    return _place("XDG_CONFIG_HOME", "config") / "config.toml"


def data_folder() -> Path:
    """What must last: keys, certificates, the stores of one's own servers."""
    return made(data_place())


def data_place() -> Path:
    """Where the data folder is; need not exist."""
    return _place("XDG_DATA_HOME", "data")


def log_folder() -> Path:
    """What went on, for when something went wrong."""
    return made(_place("XDG_STATE_HOME", "log"))


def opened_log(path: Path) -> int:
    """A log to append to, its owner's alone; a descriptor.

    What has grown too long becomes ``path.1`` in place of the one before it.
    """
    made(path.parent)
    full = path.is_file() and path.stat().st_size > MAX_LOG
    # Somebody else's, root's of before for instance, must not keep anybody out of a room.
    if full or (path.exists() and not os.access(path, os.W_OK)):
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def runtime_folder() -> Path:
    """What lives only while roomcli runs: notes of servers, sockets.

    Without a ``XDG_RUNTIME_DIR`` that is ours and can be used (it is another's after ``su``, and
    its path may be too long for a socket) it is a short one under the temporary folder. Others can
    write there, so a folder that is not ours, or not only ours, is refused.
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
    """Whether the path of a socket in our folder there is short enough for the system."""
    longest = os.path.join(folder, APP, "engine-4194304.sock")  # the greatest process id of Linux
    return len(os.fsencode(longest)) < (104 if sys.platform == "darwin" else 108)


def _private(folder: Path) -> Path:
    """``folder``, made if it is not there, if it is ours alone. Raises ConfigError."""
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
        owner = _owner(folder)
        if owner in (None, os.getuid()):
            raise ConfigError(f"cannot write in {folder}: give yourself the right to")
        raise ConfigError(
            f"cannot write in {folder}, which is {name_of_account(owner)}'s: `sudo chown -R"
            f" {os.getuid()} '{folder}'` makes it yours"
        )
    return folder


def name_of_account(uid: int) -> str:
    """The login of an account, or its number where it has no entry in the table."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _place(variable: str, kind: str) -> Path:
    given = os.environ.get(variable, "")
    if os.path.isabs(given) and _is_for_us(given):  # the specification says to ignore relative ones
        base = Path(given) / APP
        return base / "log" if kind == "log" else base
    places = _PLACES_ON_MACOS if sys.platform == "darwin" else _PLACES
    return _home() / places[kind]


def _home() -> Path:
    """The home of the account, where the variable HOME has none that is for it."""
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
    """Whether what we make there is of use to whose folder it is."""
    if os.getuid() != 0:
        return True  # where we may not write it will be said
    place = Path(folder)
    owners = (_owner(each) for each in (place, *place.parents))
    return next((owner for owner in owners if owner is not None), 0) == 0


def _owner(path: Path) -> int | None:
    """Whose it is; None if it is not there, or not to be seen."""
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _cannot(folder: Path, error: OSError) -> str:
    return f"cannot make the folder {folder}: {error.strerror}"

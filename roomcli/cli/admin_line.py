"""Send a request to the server that uses a data folder, over the admin socket in the folder."""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import socket
import sys
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from server.data_folder import ADMIN_SOCKET, MAX_TROUBLE, TROUBLE

from ..errors import CommandRefused, ConfigError, ConnectionFailed
from ..protocol.text import cleaned
from .inquiry import reason

T = TypeVar("T")

PATIENCE = 10.0
MAX_ANSWER = 64 * 1024 * 1024


class AdminText(NamedTuple):
    """An answer as it came: its HTTP status, its bytes, and what is wrong with the server."""

    status: int
    content: bytes
    troubles: list[str]


def ask_admin(folder: Path, kind: type[T], line: str, body: dict[str, Any] | None = None) -> T:
    """Send a request line like ``GET /rooms`` and return the answer, decoded as ``kind``.

    Raises ConnectionFailed when no server answers there, ConfigError when the folder belongs to
    somebody else, and CommandRefused when the server says no.
    """
    answer = ask_text(folder, line, body)
    for trouble in answer.troubles:
        _tell_once(trouble)
    try:
        if answer.status >= 400:
            why = msgspec.json.decode(answer.content, type=dict[str, str])["error"]
            raise CommandRefused("admin", why)
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, KeyError):
        raise nonsense(folder) from None


def ask_text(folder: Path, line: str, body: dict[str, Any] | None = None) -> AdminText:
    """Send a request line and return the answer, of whatever kind it is.

    Raises ConnectionFailed, ConfigError.
    """
    method, _, path = line.partition(" ")
    content = None if body is None else json.dumps(body).encode()
    connection = _Connection(folder)
    try:
        connection.request(method, path, content)
        response = connection.getresponse()
        answer = response.read(MAX_ANSWER)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        raise ConnectionFailed(
            f"no server runs on {folder}: if it keeps its data elsewhere, say so with --data DIR"
        ) from None
    except PermissionError:
        raise ConfigError(
            f"{folder} is not yours: be the user who runs the server (sudo -u USER roomcli admin …)"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionFailed(f"no answer from the server on {folder}: {reason(error)}") from None
    finally:
        connection.close()
    troubles = response.headers.get_all(TROUBLE) or []
    return AdminText(response.status, answer, [cleaned(each, MAX_TROUBLE) for each in troubles])


@functools.cache
def _tell_once(trouble: str) -> None:
    """Print ``trouble`` once, even if one command sends several requests."""
    print(f"roomcli: {trouble}", file=sys.stderr)


def answers(folder: Path) -> bool:
    """Whether a server runs on this data folder."""
    connection = _Connection(folder)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def nonsense(folder: Path) -> ConnectionFailed:
    """Return the error to raise for an answer that cannot be decoded."""
    return ConnectionFailed(
        f"what the server on {folder} answers makes no sense: is it another version?"
    )


class _Connection(http.client.HTTPConnection):
    """HTTP connection over the Unix socket in a server's data folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__("admin", timeout=PATIENCE)
        self._folder = folder

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        # A socket's path may have 104 bytes, and folders may lie deeper.
        with contextlib.chdir(self._folder):
            self.sock.connect(ADMIN_SOCKET)

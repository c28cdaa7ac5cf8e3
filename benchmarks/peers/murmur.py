"""Mumble's server, of the system's package, with its own settings but for what limits a crowd."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from ..processes import START, LineProcess
from ..report import NotMeasured

HOST = "127.0.0.1"
NAMES = ("murmurd", "mumble-server")
"""The program's name up to 1.4, and since."""
SETTINGS = """\
database={folder}/murmur.sqlite
host={host}
port={port}
uname={user}
users=20000
bandwidth=558000
autobanAttempts=0
bonjour=false
ice=
welcometext=
"""
_FOLDERS = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


def program() -> str | None:
    """Return the path of the server, or None where it is not installed."""
    return next((path for name in NAMES if (path := shutil.which(name, path=_FOLDERS))), None)


def missing_murmur() -> str | None:
    """Say what to install where the server is not."""
    return None if program() else "needs Mumble's server: apt install mumble-server"


def murmur_version() -> str:
    """Return what the server says of its version."""
    done = subprocess.run([program() or NAMES[0], "-version"], capture_output=True, text=True)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[-1].rpartition(" -- ")[2] if lines else "unknown"


@contextlib.contextmanager
def murmur(folder: Path) -> Iterator[tuple[LineProcess, str]]:
    """Run the server on a free port with everything in ``folder``; yield it and its URL."""
    port = _free_port()
    settings = folder / "murmur.ini"
    settings.write_text(
        SETTINGS.format(folder=folder, host=HOST, port=port, user=getpass.getuser())
    )
    command = [program() or NAMES[0], "-fg", "-ini", str(settings)]
    server = LineProcess.start(command, keep_errors=True)
    try:
        _wait_for(server, port)
        yield server, f"wss://{HOST}:{port}"
    finally:
        server.process.terminate()
        server.finish()


def _free_port() -> int:
    """Return a port that is free for TCP and for UDP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        ):
            stream.bind((HOST, 0))
            port = int(stream.getsockname()[1])
            with contextlib.suppress(OSError):
                datagrams.bind((HOST, port))
                return port


def _wait_for(server: LineProcess, port: int) -> None:
    """Wait until it listens: it makes a certificate first."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and server.process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1.0):
            return
        time.sleep(0.05)
    words = " / ".join(server.errors.strip().splitlines()[-3:])
    raise NotMeasured(f"Mumble's server does not listen: {words}")

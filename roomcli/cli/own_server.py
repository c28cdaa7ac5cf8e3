"""Run a server as a child process for as long as its host stays."""

from __future__ import annotations

import errno
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from .. import folders
from ..errors import ConnectionFailed, RoomcliError
from ..protocol import DEFAULT_PORT
from ..protocol.address import Address, parse_address
from ..protocol.local import Notices, Problem
from . import notes

PORTS = range(DEFAULT_PORT, DEFAULT_PORT + 20)
START = 20.0
GRACE = 5.0
MAX_LINE = 64 * 1024
COMMAND = (sys.executable, "-m", "roomcli", "serve")


@dataclass(frozen=True)
class OwnServer:
    """A server that listens; ``host_token`` lets its holder open rooms on it.

    ``notices`` passes on what the server tells only the person who runs it.
    """

    address: Address
    host_token: str
    notices: Notices = lambda tell: None


@contextmanager
def own_server(room: str, *, local: bool, command: Sequence[str] = COMMAND) -> Iterator[OwnServer]:
    """Start a server for ``room``; at the end of the block stop it and remove its note.

    The server ends with this process in any case, because the pipe between them closes then.
    """
    child, server = _start_on_free_port(local, command)
    note = None
    try:
        note = notes.write_note(notes.Note(child.pid, str(server.address), room, server.host_token))
        yield server
    finally:
        if note is not None:
            with suppress(OSError):
                note.unlink()
        child.stop()


def own_server_folders() -> list[Path]:
    """Return the data folders of all servers that ``host`` has started, running or not."""
    return sorted(folders.data_folder().glob("server-*"))


@contextmanager
def demo_server(data: Path, command: Sequence[str] = COMMAND) -> Iterator[Address]:
    """Start a server on a free loopback port, with no note and with all its data in ``data``."""
    arguments = [*command, "--listen", "127.0.0.1:0", "--data", str(data), "--no-tls", "--jsonl"]
    child = _Child(arguments)
    try:
        yield _listening(child).address
    finally:
        child.stop()


class _Child:
    """The server's process, its output, and the pipe whose end tells it to stop."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._log = folders.log_folder() / "server.log"
        descriptor = folders.opened_log(self._log)
        self._log_start = os.fstat(descriptor).st_size
        theirs, self._ours = os.pipe()
        try:
            self._process = subprocess.Popen(
                [*arguments, "--parent-fd", str(theirs)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=descriptor,
                pass_fds=(theirs,),
                start_new_session=True,  # Ctrl+C here is ours to handle: the room goes last
            )
        except OSError as error:
            os.close(self._ours)
            raise ConnectionFailed(f"cannot start the server: {error.strerror}") from None
        finally:
            os.close(theirs)
            os.close(descriptor)
        self.pid = self._process.pid
        assert self._process.stdout is not None
        self._first: queue.Queue[bytes] = queue.Queue()
        self._notices: dict[str, Problem] = {}
        self._listeners: list[Callable[[Problem], None]] = []
        self._telling = threading.Lock()
        self._reader = threading.Thread(
            target=self._drain_output, args=(self._process.stdout,), daemon=True
        )
        self._reader.start()

    def first_line(self, patience: float) -> bytes:
        """Return the first line of its output, or empty if it ended or took too long."""
        try:
            return self._first.get(timeout=patience)
        except queue.Empty:
            return b""

    def notices(self, tell: Callable[[Problem], None]) -> None:
        """Call ``tell``, on a thread, for every notice to the server's admin, past and future."""
        with self._telling:
            for notice in self._notices.values():
                tell(notice)
            self._listeners.append(tell)

    def _drain_output(self, stream: IO[bytes]) -> None:
        """Read the output until it ends, because a full pipe would stop the server."""
        with suppress(OSError, ValueError):
            self._first.put(stream.readline(MAX_LINE))
            while line := stream.readline(MAX_LINE):
                notice = _notice(line)
                if notice is not None:
                    with self._telling:
                        self._notices[notice.code] = notice
                        for tell in self._listeners:
                            tell(notice)

    def last_words(self) -> str:
        """Return the last line that the server has logged since its start."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_start)
                lines = log.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        last = next((each.strip() for each in reversed(lines) if each.strip()), "")
        return last.removeprefix("roomcli-server: ").removeprefix("roomcli: ")

    def stop(self) -> None:
        """Ask the server to stop, and kill it if it does not."""
        os.close(self._ours)
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(GRACE)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _start_on_free_port(local: bool, command: Sequence[str]) -> tuple[_Child, OwnServer]:
    for port in PORTS:
        if not is_free(port, local):
            continue
        # A store and a certificate for each port: two servers never share them, and the usual
        # port keeps its pin.
        data = folders.made(folders.data_folder() / f"server-{port}")
        listen = f"127.0.0.1:{port}" if local else f":{port}"
        arguments = [*command, "--listen", listen, "--data", str(data), "--jsonl"]
        child = _Child([*arguments, "--no-tls"] if local else arguments)
        try:
            return child, _listening(child)
        except ConnectionFailed:
            child.stop()
            if is_free(port, local):
                raise
            # another program took the port meanwhile: try the next one
        except BaseException:
            child.stop()
            raise
    raise ConnectionFailed(
        f"no free port for a server: {PORTS.start} to {PORTS.stop - 1} are all taken"
    )


def _listening(child: _Child) -> OwnServer:
    line = child.first_line(START)
    try:
        said = json.loads(line)
        address = parse_address(said["url"])
        here = replace(address, host="127.0.0.1", room="", invite=None)
        # The token comes in a file, because nothing that goes through a pipe may hold it.
        token = Path(said["host_invite_file"]).read_text("ascii").strip()
        return OwnServer(here, token, child.notices)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RoomcliError):
        time.sleep(0.1 if not line else 0)  # its last words may still be on their way
        why = child.last_words() or ("it said nothing" if not line else "it said something else")
        raise ConnectionFailed(f"the server did not start: {why}") from None


def is_free(port: int, local: bool) -> bool:
    """Whether a server could listen on ``port`` and would be the one reached on loopback."""
    if notes.answers(Address("127.0.0.1", port, tls=False), 0.5):
        return False  # macOS lets two listen on one port, one of them on all interfaces
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1" if local else "0.0.0.0", port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise ConnectionFailed(f"cannot listen on port {port}: {error.strerror}") from None
    return True


def _notice(line: bytes) -> Problem | None:
    """Return the notice for the admin in a line of output, or None if the line holds none."""
    try:
        said = json.loads(line)
        if said["event"] == "notice":
            return Problem(code=str(said["code"]), text=str(said["text"]))
    except (ValueError, KeyError, TypeError):
        pass
    return None

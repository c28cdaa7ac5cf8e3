"""Child processes that never outlive the benchmark: not after Ctrl+C, not after a kill.

Each has a session of its own, so that Ctrl+C reaches the benchmark alone, which then ends them in
order. Each also ends by itself when its standard input (the server: its ``--parent-fd``) ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .report import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
GRACE = 5.0


class ChildFailed(NotMeasured):
    """A process of the benchmark ended, or said nothing in time."""


class Child:
    """A child process that reads and writes one JSON object per line."""

    def __init__(self, process: subprocess.Popen[bytes], errors: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._input = process.stdin
        self._output = process.stdout
        self._errors = errors
        self._buffer = b""

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def write(self, message: object) -> None:
        """Write a message as one line to the process.

        Raises ChildFailed if the process has ended.
        """
        try:
            self._input.write(json.dumps(message).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            raise ChildFailed(self._last_words("ended")) from None

    def next_line(self, patience: float) -> dict[str, Any]:
        """Return the next line. Raises ChildFailed at the end or after ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._output], [], [], left)[0]:
                raise ChildFailed(self._last_words(f"said nothing for {patience:.0f} s"))
            data = os.read(self._output.fileno(), 1 << 16)
            if not data:
                raise ChildFailed(self._last_words("ended"))
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        said = json.loads(line)
        if not isinstance(said, dict):
            raise ChildFailed(self._last_words("said something else"))
        return said

    def lines_for(self, seconds: float) -> list[dict[str, Any]]:
        """Return the lines that the process writes within ``seconds``."""
        deadline = time.monotonic() + seconds
        said: list[dict[str, Any]] = []
        while True:
            left = deadline - time.monotonic()
            if b"\n" not in self._buffer and (
                left <= 0 or not select.select([self._output], [], [], left)[0]
            ):
                return said
            said.append(self.next_line(1.0))

    def event(self, name: str, patience: float) -> dict[str, Any]:
        """Return the next event of this name and skip others. Raises ChildFailed if none comes."""
        deadline = time.monotonic() + patience
        while True:
            said = self.next_line(max(0.0, deadline - time.monotonic()))
            if said.get("event") == name:
                return said
            if said.get("event") in ("left", "refused"):
                raise ChildFailed(f"expected {name}, got {said}")

    def kill(self) -> None:
        """Kill the process without warning, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def finish(self) -> None:
        """End the input of the process, give it time, then kill it; it is reaped in any case."""
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
                break
        self._output.close()

    def _last_words(self, what: str) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        words = self._errors.read_text(errors="replace").strip().splitlines()
        reason = " / ".join(words[-3:]) or f"no reason given, exit code {self._process.returncode}"
        return f"a child process {what}: {reason}"


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], *, pass_fds: Sequence[int] = ()
) -> Iterator[Child]:
    """Run a command as a child process until the block ends."""
    with tempfile.NamedTemporaryFile(prefix="stderr") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env={**os.environ, **environment},
            start_new_session=True,
            pass_fds=pass_fds,
        )
        child = Child(process, Path(errors.name))
        try:
            yield child
        finally:
            child.finish()


@contextlib.contextmanager
def module(
    name: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Run ``python -m name arguments`` as a child process until the block ends."""
    with running([sys.executable, "-m", name, *arguments], environment or {}) as child:
        yield child


@contextlib.contextmanager
def server(folder: Path, *, tls: bool = False) -> Iterator[tuple[Child, str]]:
    """Run a real server on a free loopback port with its data in ``folder``; yield it and its URL.

    The server ends with the block.
    """
    command = [sys.executable, "-m", "server", "--listen", "127.0.0.1:0", "--jsonl"]
    command += ["--data", str(folder / "server")] + ([] if tls else ["--no-tls"])
    theirs, ours = os.pipe()
    try:
        command += ["--parent-fd", str(theirs)]
        with running(command, own_world(folder), pass_fds=[theirs]) as child:
            os.close(theirs)
            theirs = -1
            try:
                yield child, str(child.event("listening", 30)["url"])
            finally:
                os.close(ours)
                ours = -1
    finally:
        for descriptor in (theirs, ours):
            if descriptor >= 0:
                os.close(descriptor)


@contextlib.contextmanager
def lasting_server(folder: Path, port: int = 0) -> Iterator[tuple[Child, str]]:
    """Run a server whose rooms survive it, on this loopback port (0: a free one). Linux only."""
    # With a --parent-fd the rooms would end with their server: the kernel ends this one for us.
    command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "server", "--jsonl"]
    command += ["--listen", f"127.0.0.1:{port}", "--no-tls", "--data", str(folder / "server")]
    with running(command, own_world(folder)) as child:
        try:
            yield child, str(child.event("listening", 30)["url"])
        finally:
            child.kill()


def own_world(folder: Path) -> dict[str, str]:
    """Return an environment in which roomcli reads and writes only below ``folder``."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime),
        **{f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")},
    }

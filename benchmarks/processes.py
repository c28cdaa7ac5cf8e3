"""The one way in which benchmarks and tests start processes, none of which outlives them.

Each has a session of its own, so that Ctrl+C reaches the benchmark or the tests alone, which then
end them in order; and a guard kills what is left when whoever started them was killed.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

from .report import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
GRACE = 5.0
"""Seconds for a process to end in, each time that it is asked more firmly."""
START = 60.0
"""Seconds until a server listens, on a busy machine too."""
READ_OUT = 20.0
"""Seconds until what an ended process said has been read; longer only if another has its output."""

Said = dict[str, Any]


class ChildFailed(NotMeasured):
    """A process ended, or said nothing in time."""


class _Guard:
    """The process that kills what is left when this one is gone; started when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, pid: int) -> None:
        """Have this process killed, if it is still there when this one ends or is killed."""
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.guard"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    cwd=ROOT,
                    start_new_session=True,
                )
                atexit.register(self._process.communicate)
            assert self._process.stdin is not None
            self._process.stdin.write(b"%d\n" % pid)
            self._process.stdin.flush()


guard = _Guard()


def start(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] | None = None,
    inherited: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process that does not outlive this one; ``environment`` is all of its environment.

    Where none is given it has this one's, and its errors go where this one's go. It has the open
    files whose numbers are ``inherited``, under the same numbers.
    """
    process = subprocess.Popen(
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=ROOT,
        env=environment,
        pass_fds=tuple(inherited),
        start_new_session=True,
    )
    guard.watch(process.pid)
    return process


def end(process: subprocess.Popen[bytes], *first: signal.Signals) -> None:
    """Ask a process to end with these signals, one after the other, then kill it; it is reaped."""
    for number in (*first, signal.SIGKILL):
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
            return
    process.wait()


class LineProcess:
    """A process that reads and writes lines; they are read as they come, whatever one waits for."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes] | None = None) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._input = process.stdin
        self._output = process.stdout
        self._errors = errors
        self.helpers: list[int] = []
        """Processes through which everybody reaches it, as a proxy's."""
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        keep_errors: bool = False,
    ) -> Self:
        """Start the command. Its errors are kept for its last words, or go where this one's go."""
        errors = tempfile.TemporaryFile() if keep_errors else None  # noqa: SIM115 - closed by _close
        pipe = subprocess.PIPE
        return cls(start(command, environment, stdin=pipe, stdout=pipe, stderr=errors), errors)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def errors(self) -> str:
        """What it has written to its errors so far, if they are kept."""
        if self._errors is None:
            return ""
        # Not by reading the file: the process goes on to write where its offset is.
        return os.pread(self._errors.fileno(), 2**24, 0).decode(errors="replace")

    def write_line(self, line: str) -> None:
        """Write one line to it. Raises ChildFailed if it has ended."""
        try:
            self._input.write(line.encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            raise ChildFailed(self._last_words("ended")) from None

    def read_line(self, patience: float) -> str:
        """Return the next line. Raises ChildFailed at the end or after ``patience`` seconds."""
        try:
            line = self._lines.get(timeout=max(0.0, patience))
        except queue.Empty:
            raise ChildFailed(self._last_words(f"said nothing for {patience:.0f} s")) from None
        if line is None:
            self._lines.put(None)
            raise ChildFailed(self._last_words("ended"))
        return line.decode(errors="replace").rstrip("\n")

    def read_until(self, text: str, patience: float) -> list[str]:
        """Return the lines up to one that contains ``text``. Raises ChildFailed if none does."""
        deadline, lines = time.monotonic() + patience, list[str]()
        while not lines or text not in lines[-1]:
            try:
                lines.append(self.read_line(deadline - time.monotonic()))
            except ChildFailed as error:
                raise ChildFailed(f"no {text!r}: {error}; the last: {lines[-8:]}") from None
        return lines

    def ended(self, patience: float) -> int:
        """End its input, wait for its end and return its exit code. Raises TimeoutExpired."""
        self._input.close()
        return self.process.wait(patience)

    def kill(self) -> None:
        """Kill it and what it has started without warning, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def finish(self) -> None:
        """End its input, give it time, then kill it; it is reaped in any case."""
        with contextlib.suppress(OSError):
            self._input.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        end(self.process, signal.SIGTERM)
        self._close()

    def _read(self) -> None:
        for line in self._output:
            self._lines.put(line)
        self._lines.put(None)

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._input.close()
        self._reader.join(READ_OUT)
        if not self._reader.is_alive():
            self._output.close()
        if self._errors is not None:
            self._errors.close()

    def _last_words(self, what: str) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.5)
        words: list[str] = []
        if self._errors is not None and not self._errors.closed:
            self._errors.seek(0)
            words = self._errors.read().decode(errors="replace").strip().splitlines()
        reason = " / ".join(words[-3:]) or f"no reason given, exit code {self.process.returncode}"
        return f"a child process {what}: {reason}"


class Child(LineProcess):
    """A process that reads and writes one JSON object per line."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes] | None = None) -> None:
        super().__init__(process, errors)
        self.seen: list[Said] = []
        """All that was waited for or passed over."""

    def write(self, message: object) -> None:
        """Write a message as one line to it. Raises ChildFailed if it has ended."""
        self.write_line(json.dumps(message))

    def next_line(self, patience: float) -> Said:
        """Return the next line. Raises ChildFailed at the end or after ``patience`` seconds."""
        try:
            said = json.loads(self.read_line(patience))
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise ChildFailed(self._last_words("said something else"))
        self.seen.append(said)
        return said

    def lines_for(self, seconds: float) -> list[Said]:
        """Return the lines that the process writes within ``seconds``."""
        deadline, said = time.monotonic() + seconds, list[Said]()
        while (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                line = self._lines.get(timeout=left)
                if line is None:
                    self._lines.put(None)
                    raise ChildFailed(self._last_words("ended"))
                said.append(json.loads(line))
        return said

    def event(
        self,
        name: str,
        patience: float,
        when: Callable[[Said], bool] | None = None,
        *,
        instead: Collection[str] = ("left", "refused"),
    ) -> Said:
        """Return the next event of this name for which ``when`` holds, and skip others.

        Raises ChildFailed if it does not come in time, or one of those comes ``instead``.
        """
        deadline = time.monotonic() + patience
        while True:
            said = self.next_line(max(0.0, deadline - time.monotonic()))
            if said.get("event") == name and (when is None or when(said)):
                return said
            if said.get("event") in instead:
                raise ChildFailed(f"expected {name}, got {said}")


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Run a command as a child process until the block ends."""
    child = Child.start(command, environment, keep_errors=True)
    try:
        yield child
    finally:
        child.finish()


@contextlib.contextmanager
def burning(count: int) -> Iterator[None]:
    """Keep so many cores busy until the block ends."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            process = start([sys.executable, "-c", "while True: pass"])
            stack.callback(end, process)
        yield


@contextlib.contextmanager
def module(
    name: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Run ``python -m name arguments`` as a child process until the block ends."""
    with running([sys.executable, "-m", name, *arguments], environment) as child:
        yield child


def server_command(
    data: Path, *options: str, listen: str = "127.0.0.1:0", program: Sequence[str] = ("server",)
) -> list[str]:
    """Return the command of a server that keeps ``data`` there and says where it listens."""
    where = ("--listen", listen, "--jsonl", "--data", str(data))
    return [sys.executable, "-m", *program, *where, *options]


@contextlib.contextmanager
def server(
    folder: Path, *options: str, tls: bool = False, port: int = 0, host: str = "127.0.0.1"
) -> Iterator[tuple[Child, str]]:
    """Run a real server on a port (0: a free one) of an address; yield it and its URL.

    It keeps everything in ``folder``.
    """
    options = options if tls else ("--no-tls", *options)
    # At the end nobody is in it who had to be told before.
    options = ("--drain", "0", *options)
    command = server_command(folder / "server", *options, listen=f"{host}:{port}")
    with running(command, own_world(folder)) as child:
        try:
            yield child, str(child.event("listening", START)["url"])
        finally:
            child.process.terminate()


def own_world(folder: Path) -> dict[str, str]:
    """Return an environment in which roomcli finds and leaves nothing outside ``folder``."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name[:7] != "ROOMCLI"}
    homes = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
    return kept | homes | {"HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime)}

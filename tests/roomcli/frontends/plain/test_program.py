"""Tests of the plain room in a process of its own: typed lines, readers, and signals."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.processes import LineProcess
from roomcli.frontends.plain.typed_lines import MAX_LINE, NOT_TEXT, TOO_LONG

from ....support.patience import PATIENCE
from ....support.terminal import children, lives, until

SCRIPTED = [sys.executable, "-m", "tests.support.fake_engine", "--plain", "--you", "speaker"]


@contextlib.contextmanager
def running(command: Sequence[str], **environment: str) -> Iterator[LineProcess]:
    """Run a command in a process that the block does not leave behind."""
    process = LineProcess.start(command, os.environ | environment)
    try:
        yield process
    finally:
        process.kill()


def plain(**environment: str) -> contextlib.AbstractContextManager[LineProcess]:
    """Run the scripted room as plain lines in a process of its own."""
    return running(SCRIPTED, **environment)


def write(process: LineProcess, typed: bytes) -> None:
    """Write bytes to a process as they are."""
    assert process.process.stdin is not None
    process.process.stdin.write(typed)
    process.process.stdin.flush()


def test_end_of_input_leaves() -> None:
    with plain() as process:
        process.read_until("You are in standup", PATIENCE)
        process.write_line("/unmute")
        process.read_until("You are on air", PATIENCE)
        assert process.ended(PATIENCE) == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_a_terminal_lacks_end_nothing(encoding: str) -> None:
    with plain(PYTHONIOENCODING=f"{encoding}:strict") as process:
        process.read_until("/help lists", PATIENCE)
        write(process, b"caf\xe9 \xff\xfe\n\xe2\x82")
        write(process, b"\xac 5\n")
        process.read_until("You: caf" if encoding == "latin-1" else NOT_TEXT, PATIENCE)
        process.read_until("€ 5" if encoding == "utf-8" else "(euro sign) 5", PATIENCE)
        write(process, b"the last")
        assert process.ended(PATIENCE) == 0
        process.read_until("You: the last", PATIENCE)


def test_a_line_that_is_too_long_is_said_and_the_next_one_sent() -> None:
    with plain() as process:
        process.read_until("/help lists", PATIENCE)
        process.write_line("x" * (MAX_LINE + 1))
        process.write_line("and on")
        *_, refused, said = process.read_until("You: and on", PATIENCE)
        assert refused == TOO_LONG
        assert "xxx" not in said


def test_a_reader_that_left_ends_the_room() -> None:
    pipe = subprocess.PIPE
    with processes.start(SCRIPTED, os.environ, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        while b"/help lists" not in process.stdout.readline():
            assert process.poll() is None
        process.stdout.close()
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        assert process.wait(PATIENCE) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_no_engine(number: signal.Signals) -> None:
    with plain() as process:
        process.read_until("/help lists", PATIENCE)
        (engine,) = children(process.pid)
        os.kill(process.pid, number)
        ended = 130 if number is not signal.SIGKILL else -signal.SIGKILL
        assert process.process.wait(PATIENCE) == ended
        until(lambda: not lives(engine), "the engine's end", 3.0)


ASKED_FOR_A_PASSWORD = """
import os, sys, threading
from pathlib import Path
from roomcli.frontends.plain.program import run_plain
from roomcli.protocol.local import Enter

word = b'{"event":"left","code":"password_needed","text":"","exit_code":4}'
engine = f"import os, sys; os.write(int(sys.argv[-1]), {word!r} + bytes([10]))"
enter = Enter(url="wss://rooms.example/r/standup", name="Ann")
outcome = run_plain(enter, engine_command=[sys.executable, "-c", engine], log=Path(sys.argv[1]))
print(outcome.code, threading.active_count(), flush=True)
print(os.read(0, 100).decode(), flush=True)
"""


def test_what_is_typed_after_the_room_is_not_taken(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASKED_FOR_A_PASSWORD, str(tmp_path / "log")]
    with running(command) as process:
        process.read_until("password_needed 1", PATIENCE)  # nobody reads any more
        process.write_line("sesame")
        process.read_until("sesame", PATIENCE)

"""Tests of the plain room in a process of its own: typed lines, readers, and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from roomcli.frontends.plain.program import NOT_TEXT, text_of

from .... import ROOT
from ....support.patience import PATIENCE
from ....support.terminal import children, lives, until


def plain(**environment: str) -> subprocess.Popen[str]:
    """Start the scripted room as plain lines in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.fake_engine", "--plain", "--you", "speaker"],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    )


def lines_until(process: subprocess.Popen[str], text: str) -> None:
    """Read lines up to one that holds ``text``; only pytest's timeout limits the wait."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    pytest.fail(f"it ended before {text!r}")


def test_end_of_input_leaves() -> None:
    with plain() as process:
        assert process.stdin is not None
        lines_until(process, "You are in standup")
        process.stdin.write("/unmute\n")
        process.stdin.flush()
        lines_until(process, "You are on air")
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("typed", "encoding", "text"),
    [
        ("é".encode(), "utf-8", "é"),
        ("é".encode(), "ascii", "é"),
        ("\ufeffé".encode(), "utf-8", "é"),
        ("é".encode(), "latin-1", "é"),
        ("é".encode("latin-1"), "latin-1", "é"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("é".encode("latin-1"), "utf-8", None),
        ("é".encode("latin-1"), "ascii", None),
        (b"\xff\xfe\x00", "utf-8", None),
        (b"\xed\xa0\x80", "utf-8", None),
        (b"\xe9", "no such encoding", None),
    ],
)
def test_what_is_typed_is_text_or_nothing(typed: bytes, encoding: str, text: str | None) -> None:
    assert text_of(typed, encoding) == text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_a_terminal_lacks_end_nothing(encoding: str) -> None:
    with plain(PYTHONIOENCODING=f"{encoding}:strict") as process:
        assert process.stdin is not None
        lines_until(process, "/help lists")
        os.write(process.stdin.fileno(), b"caf\xe9 \xff\xfe\n\xe2\x82")
        os.write(process.stdin.fileno(), b"\xac 5\n")
        if encoding == "latin-1":
            lines_until(process, "You: caf")
        else:
            lines_until(process, NOT_TEXT)
        lines_until(process, "€ 5" if encoding == "utf-8" else "\\u20ac 5")
        os.write(process.stdin.fileno(), b"the last")
        process.stdin.close()
        lines_until(process, "You: the last")
        assert process.wait(PATIENCE) == 0


def test_a_reader_that_left_ends_the_room() -> None:
    with plain() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines_until(process, "/help lists")
        process.stdout.close()
        process.stdin.write("hello\n")
        process.stdin.flush()
        assert process.wait(PATIENCE) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_no_engine(number: signal.Signals) -> None:
    with plain() as process:
        lines_until(process, "/help lists")
        (engine,) = children(process.pid)
        os.kill(process.pid, number)
        assert process.wait(PATIENCE) == (130 if number is not signal.SIGKILL else -signal.SIGKILL)
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
    with subprocess.Popen(
        [sys.executable, "-c", ASKED_FOR_A_PASSWORD, str(tmp_path / "log")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        lines_until(process, "password_needed 1")  # nobody reads any more
        process.stdin.write("sesame\n")
        process.stdin.flush()
        lines_until(process, "sesame")

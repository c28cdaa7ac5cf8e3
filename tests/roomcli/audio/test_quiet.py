"""Tests that output of C libraries stays off the screen, and that later output does not."""

from __future__ import annotations

import os
import subprocess
import sys

from roomcli.audio.quiet import quiet_stderr

OVERLAPPING = """
import os
from roomcli.audio.quiet import quiet_stderr
first, second = quiet_stderr(), quiet_stderr()
with first:
    os.write(2, b"one")
    second.__enter__()
    os.write(2, b"two")
os.write(2, b"three")
second.__exit__(None, None, None)
os.write(2, b"heard")
"""


def test_it_is_quiet_as_long_as_anybody_wants_it() -> None:
    # Of two threads the one that began last may end last: what was there before must come back.
    run = subprocess.run([sys.executable, "-c", OVERLAPPING], capture_output=True, timeout=60)
    assert run.stderr == b"heard"


def test_nothing_is_left_open_where_there_is_no_standard_error() -> None:
    code = "import os; os.close(2)\n" + OVERLAPPING.replace("os.write", "(lambda *_: None)")
    code += "print(len(os.listdir('/dev/fd')))"
    run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, timeout=60)
    assert run.returncode == 0
    plain = "import os; os.close(2); print(len(os.listdir('/dev/fd')))"
    expected = subprocess.run([sys.executable, "-c", plain], stdout=subprocess.PIPE, timeout=60)
    assert run.stdout == expected.stdout


def test_descriptors_come_back() -> None:
    before = os.listdir("/dev/fd")
    for _ in range(3):
        with quiet_stderr(), quiet_stderr():
            pass
    assert os.listdir("/dev/fd") == before

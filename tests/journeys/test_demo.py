"""Tests of the demo: a real server and cast, and a guest who becomes host and moderates."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from ..support.patience import PATIENCE
from ..support.processes import Journey


class Guest:
    """A process of ``roomcli demo --plain``, with its lines and what is typed into it."""

    def __init__(self, journey: Journey) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "roomcli", "demo", "--plain"),
                *("--mic", "tone:440", "--speaker", "none", "--name", "Gwen"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=journey.environment("Gwen"),
        )
        self.lines: list[str] = []

    def type(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read_until(self, text: str) -> None:
        """Read lines until one holds ``text``; fail the test if they end before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if text in line:
                return
        pytest.fail(f"it ended before {text!r}: {self.lines}")


def test_the_guest_hosts_a_room_of_people_who_stay(journey: Journey) -> None:
    guest = Guest(journey)
    watchdog = threading.Timer(3 * PATIENCE, guest.process.kill)
    watchdog.start()
    try:
        guest.read_until("You are on stage, muted")
        guest.type("/silence Ann")
        guest.read_until("You silenced Ann")
        guest.type("/move_to_audience Ann")
        guest.read_until("Ann")
        guest.type("/move_to_audience Ben")
        guest.read_until("Ben")
        guest.read_until("raised a hand")
        guest.type("/unmute")
        guest.read_until("You are on air")
        guest.type("/leave")
        guest.read_until("/leave again, or yes, leaves")
        guest.type("/leave")
        assert guest.process.wait(PATIENCE) == 0
        assert not any("lost the connection" in line for line in guest.lines)
    finally:
        watchdog.cancel()
        guest.process.kill()
        guest.process.communicate()

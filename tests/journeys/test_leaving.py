"""Tests that leaving while sound cards are being opened ends like any other leaving."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.sound_server import SoundServer

from ..support.early_leavers import MOMENTS
from ..support.processes import Journey, room_on


def test_leaving_at_any_moment_ends_with_its_exit_code(
    journey: Journey, pulse: SoundServer
) -> None:
    url, _ = journey.serve("--no-tls", "--open-hosting")
    where = room_on(url, "standup")
    host = journey.participant("host", "host", where, "--mic", "none")
    host.joined()
    leavers = subprocess.run(
        [sys.executable, "-m", "tests.support.early_leavers", where, str(journey.folder)],
        env=journey.environment("guests"),
        capture_output=True,
        text=True,
    )
    assert leavers.stdout == f"{[0] * MOMENTS}\n", leavers.stderr
    assert host.ended() == 0

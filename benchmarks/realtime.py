"""Measure whether sound stays in time while the screen draws a full room.

``python -m benchmarks.realtime [--listeners 300] [--speakers 10] [--seconds 60] [--json]``.
`roomcli join` runs in a terminal against a real server and plays on a null sink of a PulseAudio
server of the benchmark's own, by libpulse; some talk all the time, so that the screen draws as
often as it ever does. The peer is ``--plain``, which draws nothing. Then both cores burn as well.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import machine, processes, sound_server
from .full_room import FIRST_SPEAKER, full_room
from .processes import ChildFailed
from .report import Figures, conclude, parser, publish, ratios, rounded
from .sound_server import SoundServer
from .startup import ENTERED, roomcli
from .terminal import running_in

PATIENCE = 60.0
WARM_UP = 20.0
"""Seconds in which an engine finds out what this machine needs, as it would after its start."""
COLUMNS, ROWS = 160, 50
LATENESS = re.compile(r"callbacks up to (\d+) ms late")
"""How the engine's log tells it of a device that is closed."""


def run(listeners: int, speakers: int, seconds: float, burners: int) -> dict[str, object]:
    """Measure the engine beside plain lines, beside the screen, and while the cores burn too."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="time")))
        sounds = stack.enter_context(sound_server.sound_server())
        sounds.null_sink("ear")
        url = stack.enter_context(full_room(folder, listeners, speakers, audible=True))
        alone = heard(folder / "alone", url, sounds, seconds, "--plain")
        ours = heard(folder / "screen", url, sounds, seconds)
        burnt = heard(folder / "burnt", url, sounds, seconds, burners=burners)
    return {
        "benchmark": "realtime",
        "settings": {
            "listeners": listeners,
            "speakers": speakers,
            "seconds": seconds,
            "burn": burners,
            "columns": COLUMNS,
            "rows": ROWS,
        },
        **ours,
        "burning": burnt,
        "peers": {"plain": alone},
        "ratio_to": {"plain": ratios(ours, alone)},
        "machine": machine.description(),
    }


def heard(
    home: Path, url: str, sounds: SoundServer, seconds: float, *options: str, burners: int = 0
) -> Figures:
    """Return how an engine does beside its screen, and beside so many busy processes."""
    home.mkdir()
    world = processes.own_world(home) | sounds.environment | {"PULSE_SINK": "ear"}
    join = [*roomcli(), "join", url, "--name", ENTERED, "--mic", "none", *options]
    with running_in(join, world, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for(FIRST_SPEAKER, PATIENCE)
        with processes.burning(burners):
            terminal.read_for(WARM_UP)
            before = terminal.written
            terminal.read_for(seconds)
            drawn = (terminal.written - before) / seconds / 1024
            figures = _figures(_quality(world))
    return figures | {"drawn_kib_s": rounded(drawn)} | _lateness(home)


def _quality(world: Mapping[str, str]) -> dict[str, Any]:
    """Return what the engine tells of the last minute."""
    asked = subprocess.run(
        [*roomcli(), "ctl", "show_quality"], env=world, capture_output=True, text=True
    )
    if asked.returncode:
        raise ChildFailed(f"the engine told nothing: {asked.stderr.strip()}")
    told: dict[str, Any] = json.loads(asked.stdout)
    return told


def _figures(told: dict[str, Any]) -> Figures:
    played = told["speaker"]
    delays = [each["delay_ms"] for each in told["voices"].values() if each["frames"]]
    return {
        "gaps": played["gaps"],
        "missing_ms": played["missing_ms"],
        "stalls": played["stalls"],
        "cushion_ms": played["cushion_ms"],
        "device_ms": played["latency_ms"],
        "jitter_buffer_ms": round(sum(delays) / len(delays), 1) if delays else None,
        "concealed_ms": sum(each["concealed_ms"] for each in told["voices"].values()),
    }


def _lateness(home: Path) -> Figures:
    """Return by how much the callbacks were late that 99.9 % were not later than.

    The engine says it in its log at its end.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for log in sorted((home / "state").rglob("*.log")):
            if found := LATENESS.search(log.read_text()):
                return {"late_p999_ms": float(found[1])}
        time.sleep(0.1)
    raise ChildFailed("the engine's log does not say how late its device was called")


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Sound in time beside a screen that draws a full room, and beside busy cores.")
    options.add_argument("--listeners", type=int, default=300)
    options.add_argument("--speakers", type=int, default=10)
    options.add_argument("--seconds", type=float, default=60.0, help="of each of the three runs")
    options.add_argument("--burn", type=int, default=2, help="busy processes in the third one")
    given = options.parse_args()
    if not 2 <= given.speakers <= 24 or given.listeners < 1 or not 5 <= given.seconds <= 60:
        options.error("--speakers: 2 to 24; --listeners from 1; --seconds: 5 to 60")
    if not 0 <= given.burn <= 64:
        options.error("--burn: 0 to 64")
    if lacking := SoundServer.missing():
        options.error(f"it needs {', '.join(lacking)}")
    publish(run(given.listeners, given.speakers, given.seconds, given.burn), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)

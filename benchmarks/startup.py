"""Measure start-up: the version against a bare Python, the screen against an empty Textual app.

``python -m benchmarks.startup [--runs 15] [--json]``. Runs alternate, so that a busy machine is
busy for both; medians count. The screen is timed from the start of ``roomcli join`` in a terminal
of 80 x 24 to the moment when the first whole frame has been written.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import machine, processes
from .peers import empty_textual
from .processes import ROOT
from .report import Figures, conclude, parser, publish, quantile, ratios, rounded
from .terminal import seconds_until

FIRST_FRAME = "Leave"
"""Text in the bottom line of the room's screen, which is painted last in every state."""
ENTERED = "Benchmarker"
"""The visitor's name, which appears once the room is known."""
PATIENCE = 30.0


def run(runs: int, *, screen: bool = True) -> dict[str, object]:
    """Measure version, bare Python, screen and empty app, each against its peer in turn."""
    with tempfile.TemporaryDirectory(prefix="startup") as name:
        folder = Path(name)
        world = processes.own_world(folder)
        world.pop("PYTHONDONTWRITEBYTECODE", None)  # who has installed roomcli has its bytecode too

        def roomcli_command(*words: str) -> Callable[[], float]:
            return lambda: _seconds(words, world)

        version, python = _alternating(
            runs,
            roomcli_command(*roomcli(), "--version"),
            roomcli_command(sys.executable, "-c", "pass"),
        )
        ours: Figures = {"version_ms": version}
        bare: Figures = {"version_ms": python}
        peers: dict[str, Figures] = {"python": bare}
        if screen:
            with _room(folder) as url:
                join = [*roomcli(), "join", url, "--name", ENTERED, "--mic", "none"]
                join += ["--speaker", "none"]
                empty = [sys.executable, "-m", "benchmarks.peers.empty_textual"]
                frame, empty_frame = _alternating(
                    max(1, runs // 2),
                    lambda: seconds_until(FIRST_FRAME, join, world, PATIENCE),
                    lambda: seconds_until(empty_textual.TEXT, empty, world, PATIENCE),
                )
                entered = [
                    seconds_until(ENTERED, join, world, PATIENCE) for _ in range(max(1, runs // 4))
                ]
            ours |= {"first_frame_ms": frame, "entered_ms": _median_ms(entered)}
            peers["empty_textual"] = {"first_frame_ms": empty_frame}
    return {
        "benchmark": "startup",
        "settings": {"runs": runs, "screen": screen},
        **ours,
        "peers": peers,
        "ratio_to": {peer: ratios(ours, figures) for peer, figures in peers.items()},
        "machine": machine.description(),
    }


def roomcli() -> list[str]:
    """Return the command for roomcli: the console script, or the module if it is not installed."""
    script = Path(sys.executable).parent / "roomcli"
    return [str(script)] if script.exists() else [sys.executable, "-m", "roomcli"]


def _alternating(
    runs: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[float | None, float | None]:
    """Time both functions in turn and return medians in ms; a first run of each fills caches."""
    ours()
    theirs()
    pairs = [(ours(), theirs()) for _ in range(runs)]
    return _median_ms([first for first, _ in pairs]), _median_ms([second for _, second in pairs])


def _median_ms(seconds: Sequence[float]) -> float | None:
    median = quantile(seconds, 0.5)
    return None if median is None else rounded(median * 1000)


def _seconds(command: Sequence[str], world: dict[str, str]) -> float:
    started = time.monotonic()
    subprocess.run(
        command,
        check=True,
        cwd=ROOT,
        env=world,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
    return time.monotonic() - started


@contextlib.contextmanager
def _room(folder: Path) -> Iterator[str]:
    """Open a room with a host in it and yield its address."""
    with processes.server(folder) as (_, url):
        url = f"{url}/r/startup"
        host = ["host", url, "--jsonl", "--name", "Host", "--mic", "none", "--speaker", "none"]
        home = folder / "host"
        home.mkdir()
        with processes.module("roomcli", *host, environment=processes.own_world(home)) as child:
            child.event("joined", PATIENCE)
            yield url


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Start-up, beside a bare Python and an empty Textual app.")
    options.add_argument("--runs", type=int, default=15, help="of each; medians count")
    options.add_argument("--no-screen", action="store_true", help="the version alone")
    given = options.parse_args()
    if not 1 <= given.runs <= 200:
        options.error("--runs: 1 to 200")
    publish(run(given.runs, screen=not given.no_screen), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)

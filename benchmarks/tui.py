"""Measure how long a key takes to the screen while hundreds are in the room and some talk.

``python -m benchmarks.tui --listeners 500 [--speakers 24] [--columns 80 --rows 24] [--json]``.
Linux and macOS. `roomcli join` runs in a terminal against a real server with a real crowd; the peer
is a Textual program with nothing but an input line, typed into while the same room goes on. Keys
come at random moments: arrows until the mark is on the next person, then letters of a chat message
until they are seen.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from . import machine, processes
from .full_room import FIRST_SPEAKER, full_room
from .peers import textual_input
from .report import Figures, conclude, parser, publish, quantile, ratios, rounded
from .startup import ENTERED, roomcli
from .terminal import TimedTerminal, running_in

PATIENCE = 60.0
PAUSES = (0.08, 0.25)
"""Range of seconds between two keys: faster than most people type, and in step with nothing."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SEEN = 4
"""Last letters of the typed text that have to be on the screen."""
LINE = 20
"""Letters after which the line is emptied."""
ARROWS = ("\x1b[C", "\x1b[D")
SWEEP = 20
"""Steps to the right, followed by as many to the left, so that there is always a next person."""
BACKSPACE, ESCAPE = "\x7f", "\x1b"


def run(listeners: int, speakers: int, keys: int, columns: int, rows: int) -> dict[str, object]:
    """Measure keys in the room and then, on as busy a machine, in the peer."""
    with tempfile.TemporaryDirectory(prefix="tui") as name:
        folder = Path(name)
        world = processes.own_world(folder)
        with full_room(folder, listeners, speakers) as url:
            join = [*roomcli(), "join", url, "--name", ENTERED, "--mic", "none"]
            join += ["--speaker", "none"]
            with running_in(join, world, columns=columns, rows=rows) as terminal:
                terminal.wait_for(FIRST_SPEAKER, PATIENCE)
                terminal.read_for(3.0)
                picks = picked(terminal, keys // 2)
                terminal.press("t")
                terminal.read_for(1.0)
                ours = typed(terminal, keys)
            line = [sys.executable, "-m", "benchmarks.peers.textual_input"]
            with running_in(line, world, columns=columns, rows=rows) as terminal:
                terminal.wait_for(textual_input.READY, PATIENCE)
                theirs = typed(terminal, keys)
    figures, peer = _quantiles(ours), _quantiles(theirs)
    return {
        "benchmark": "tui",
        "settings": {
            "listeners": listeners,
            "speakers": speakers,
            "keys": keys,
            "columns": columns,
            "rows": rows,
        },
        **figures,
        "picking": _quantiles(picks),
        "peers": {"textual_input": peer},
        "ratio_to": {"textual_input": ratios(figures, peer)},
        "machine": machine.description(),
    }


def typed(terminal: TimedTerminal, keys: int) -> list[float]:
    """Type letters one by one; return for each the milliseconds until it is seen in the line."""
    chance, line = random.Random(3), ""
    took: list[float] = []
    for _ in range(keys):
        if len(line) >= LINE:
            terminal.press(BACKSPACE * LINE)
            terminal.read_for(0.5)
            line = ""
        line += chance.choice(LETTERS)
        pressed = terminal.press(line[-1])
        seen = terminal.wait_for(line[-SEEN:], PATIENCE)
        took.append((seen - pressed) * 1000)
        terminal.read_for(chance.uniform(*PAUSES))
    return took


def picked(terminal: TimedTerminal, keys: int) -> list[float]:
    """Move from person to person; return for each key the milliseconds until the mark has moved."""
    chance = random.Random(5)
    took: list[float] = []
    # The first arrow picks the first person; each of the others has to move the mark.
    terminal.press(ARROWS[0])
    terminal.wait_for("▸", PATIENCE)
    terminal.read_for(1.0)  # until all of that is drawn, as it is between two keys
    for number in range(keys):
        pressed = terminal.press(ARROWS[number // SWEEP % 2])
        took.append((terminal.wait_for("▸", PATIENCE) - pressed) * 1000)
        terminal.read_for(chance.uniform(*PAUSES))
    terminal.press(ESCAPE)
    terminal.read_for(1.0)
    return took


def _quantiles(milliseconds: list[float]) -> Figures:
    return {
        "p50_ms": rounded(quantile(milliseconds, 0.50)),
        "p99_ms": rounded(quantile(milliseconds, 0.99)),
        "max_ms": rounded(max(milliseconds)),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("From key to screen in a full room, beside a bare input line.")
    options.add_argument("--listeners", type=int, default=500)
    options.add_argument("--speakers", type=int, default=24)
    options.add_argument("--keys", type=int, default=150)
    options.add_argument("--columns", type=int, default=80)
    options.add_argument("--rows", type=int, default=24)
    given = options.parse_args()
    _judge(options, given)
    publish(run(given.listeners, given.speakers, given.keys, given.columns, given.rows), given.json)
    return 0


def _judge(options: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    if not 2 <= given.speakers <= 24 or given.listeners < SWEEP or given.keys < 2:
        options.error(f"--speakers: 2 to 24; --listeners from {SWEEP}; --keys from 2")
    if given.columns < 40 or given.rows < 12:
        options.error("--columns from 40, --rows from 12")


if __name__ == "__main__":
    conclude(main)

"""A program's sound on stage: piped in beside the keys, heard by others, paused."""

from __future__ import annotations

import shlex
import sys
import wave
from pathlib import Path

import numpy as np

from .. import ROOT
from ..support.processes import Journey, room_on
from ..support.terminal import needs_tmux, terminal, until

pytestmark = needs_tmux

TONE = (
    "import sys, numpy as np\n"
    "tone = (9000 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)).astype('<i2').tobytes()\n"
    "while True: sys.stdout.buffer.write(tone)"
)
"""A program that has more sound than anybody wants, at 440 Hz."""


def last_level(path: Path) -> float:
    """Return how loud the last tenth of a second in a recording is."""
    if not path.exists():
        return 0.0
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    return float(np.sqrt(np.mean(sound[-4800:] ** 2))) if len(sound) else 0.0


def test_a_program_is_heard_on_stage_and_paused_by_keys_of_the_terminal(journey: Journey) -> None:
    url, _ = journey.serve("--no-tls", "--open-hosting")
    heard = journey.folder / "heard.wav"
    program = shlex.join((sys.executable, "-c", TONE))
    ann = (sys.executable, "-m", "roomcli", "host", room_on(url, "standup"), "--name", "Ann")
    line = f"{program} | {shlex.join(ann)} --mic - --speaker none"
    (journey.folder / "piped.sh").write_text(f"cd {shlex.quote(str(ROOT))}\n{line}\n")
    with terminal("piped", journey.environment("Ann")) as shell:
        shell.types_text(f". {journey.folder}/piped.sh")
        shell.presses("Enter")
        shell.sees("nobody hears you")
        ben = journey.participant(
            "Ben", "join", room_on(url, "standup"), "--speaker", f"file:{heard}"
        )
        ben.joined()
        shell.sees("Whoever runs this line")
        shell.presses("Enter")
        shell.misses("Whoever runs this line")
        shell.presses("Space")
        shell.sees("● ON AIR")
        shell.sees("the pipe 0:0")
        until(lambda: last_level(heard) > 0.1, "the tone")
        shell.types_text("/pause")
        shell.presses("Enter")
        shell.sees("paused")
        until(lambda: last_level(heard) < 0.001, "silence")
        assert ben.ended() == 0

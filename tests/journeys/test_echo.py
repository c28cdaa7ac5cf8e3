"""Tests of `roomcli echo` by real processes: what is heard is what was said, and it is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from benchmarks.speech_quality import write_wav
from roomcli.audio.levels import decibels
from roomcli.audio.samples import RATE, Samples

from ..support.patience import PATIENCE
from ..support.processes import Journey
from ..support.sound import SPEECH, align, likeness, samples_of

SECONDS = 5
TAKES = 5
"""Takes at most: late voice is dropped on a busy machine, and nothing makes one take like another
speech."""
NOISE = np.random.default_rng(3).standard_normal(SECONDS * RATE).astype(np.float32)
SAID = samples_of(SPEECH)[: SECONDS * RATE] + NOISE * np.float32(0.0003)
"""Speech in a quiet room: a microphone that gives no noise at all between words is broken."""


def echo(journey: Journey, said: Samples, *options: str) -> tuple[dict[str, Any], int, Samples]:
    """Run `roomcli echo --json` with files as devices; return what it says, its code, the sound."""
    mouth, ear = journey.folder / "mouth.wav", journey.folder / "ear.wav"
    write_wav(mouth, said)
    devices = ("--mic", f"file:{mouth}", "--speaker", f"file:{ear}")
    words = ("echo", "--json", "--seconds", str(SECONDS), *devices, *options)
    run = subprocess.run(
        [sys.executable, "-m", "roomcli", *words],
        env=journey.environment("Ann"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.stdout, run.stderr
    return json.loads(run.stdout), run.returncode, samples_of(ear)


def test_what_comes_back_from_a_server_is_what_was_said(journey: Journey) -> None:
    url, _ = journey.serve()
    takes: list[tuple[list[str], float]] = []
    part = SAID[: RATE * 7 // 10]  # a busy machine plays what follows later, after a longer pause
    while not takes or takes[-1][0] or takes[-1][1] < 0.8:
        assert len(takes) < TAKES, f"in no take came back what was said: {takes}"
        told, code, heard = echo(journey, SAID, "--server", url)
        assert (told["ok"], code) == ((False, 1) if told["findings"] else (True, 0))
        assert not heard[: RATE // 2].any(), "it comes a second later"
        back = align(part, heard)
        takes.append((told["findings"], likeness(part, back) if back.any() else 0.0))
    assert decibels(back) == pytest.approx(decibels(part), abs=3.0)
    assert told["speech_dbov"] - told["noise_dbov"] > 20
    assert told["frames_back"] > 50
    assert 0 < told["voice_rtt_ms"] <= told["worst_voice_rtt_ms"]


def test_a_script_is_told_what_is_wrong(journey: Journey) -> None:
    told, code, _ = echo(journey, np.clip(SAID * np.float32(12.0), -1.0, 1.0))
    assert (told["ok"], told["findings"], code) == (False, ["clipped"], 1)
    assert "too loud" in told["said"][0]

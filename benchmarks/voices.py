"""Voices for measuring: natural ones from telephone prompts, synthetic ones from espeak-ng.

Neither lies in the repository. On Debian ``apt install espeak-ng ffmpeg`` and
``asterisk-core-sounds-{en,fr,it}-g722`` bring them.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from roomcli.audio.samples import RATE, Samples, silence

from .report import NotMeasured
from .speech_quality import read_wav

PROMPTS = Path("/usr/share/asterisk/sounds")
NATURAL = {"allison": "en_US_f_Allison", "june": "fr_CA_f_June", "carlo": "it_IT_m_Carlo"}
ENGLISH = (
    "Good evening, and welcome to the stage. Tonight we talk about small tools that do one thing "
    "well. Please keep your questions short, and come up when you are called. The first speaker "
    "has fixed seven of them this week, and six were faster afterwards."
)
FRENCH = (
    "Bonsoir, et bienvenue sur la scène. Ce soir, nous parlons de petits outils qui font bien une "
    "seule chose. Posez des questions courtes, et montez quand on vous appelle."
)
SYNTHETIC = {
    "gb": ("en-gb", 155, ENGLISH),
    "us_f3": ("en-us+f3", 165, ENGLISH),
    "scotland_m7": ("en-gb-scotland+m7", 145, ENGLISH),
    "fr": ("fr", 150, FRENCH),
    "fr_f2": ("fr+f2", 160, FRENCH),
}
LEVEL = -26.0
"""The level of the active speech in dBov."""
_SHORTEST, _LONGEST = 30_000, 160_000
"""Bytes of a prompt (8,000 a second) that is a sentence."""


def voices(seconds: float) -> dict[str, Samples]:
    """Return each voice's speech, ``seconds`` long, at -26 dBov. Raises NotMeasured."""
    for program in ("espeak-ng", "ffmpeg"):
        if not shutil.which(program):
            raise NotMeasured(f"{program} is missing: apt install espeak-ng ffmpeg")
    said = {
        name: _levelled(_repeated(_natural(PROMPTS / folder), seconds))
        for name, folder in NATURAL.items()
    }
    for name, (voice, speed, text) in SYNTHETIC.items():
        said[name] = _levelled(_repeated(iter([_synthetic(voice, speed, text)]), seconds))
    return said


def level_of(sound: Samples) -> float:
    """Return the level of the speech in dBov: of the parts within 15.9 dB of itself (P.56)."""
    blocks = sound[: len(sound) // 480 * 480].reshape(-1, 480).astype(np.float64)
    powers = np.mean(blocks**2, axis=1) + 1e-12
    active = float(np.mean(powers))
    for _ in range(20):
        active = float(np.mean(powers[powers > active / 38.9]))
    return float(10.0 * np.log10(active))


def _levelled(sound: Samples) -> Samples:
    return sound * np.float32(10.0 ** ((LEVEL - level_of(sound)) / 20.0))


def _repeated(parts: Iterator[Samples], seconds: float) -> Samples:
    found = list(parts)
    if not found:
        raise NotMeasured(f"no prompts: {__doc__}")
    sounds: list[Samples] = []
    while sum(map(len, sounds)) < seconds * RATE:
        sounds += [found[len(sounds) // 2 % len(found)], silence(RATE // 2)]
    return np.concatenate(sounds)[: int(seconds * RATE)]


def _natural(folder: Path) -> Iterator[Samples]:
    for file in sorted(folder.glob("*.g722")):
        if _SHORTEST < file.stat().st_size < _LONGEST:
            yield _read(["ffmpeg", "-v", "error", "-f", "g722", "-i", str(file)])


def _synthetic(voice: str, speed: int, text: str) -> Samples:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "-w", file.name, text]
        subprocess.run(command, check=True)
        return _read(["ffmpeg", "-v", "error", "-i", file.name])


def _read(command: list[str]) -> Samples:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run([*command, "-ac", "1", "-ar", "48000", "-y", file.name], check=True)
        return read_wav(Path(file.name))

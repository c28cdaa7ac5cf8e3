"""What is wrong with a microphone's sound, and what to do about it, in words.

Pure; time is an argument, in seconds.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from ..audio.soundcheck import LEAST_DISTANCE, Finding, SoundReport
from .talk_watch import advice

STEADY: Final = 1.0
"""Seconds for which a verdict has to hold before a person is told."""


class SteadyVerdict:
    """Tells a verdict when it has changed for good, so that no line flickers."""

    def __init__(self) -> None:
        self._told: object = None
        self._found: object = None
        self._since = 0.0

    def is_news(self, report: SoundReport, now: float) -> bool:
        """Whether this report says what was not told yet, and has said so for a second."""
        found = (report.findings, report.speech is not None)
        if found != self._found:
            self._found, self._since = found, now
        if found == self._told or now - self._since < STEADY:
            return False
        self._told = found
        return True


def words_for(report: SoundReport, way_out: str) -> tuple[str, ...]:
    """Return a line for each finding; without any, one that says that all is well, or to speak.

    ``way_out`` says how to use another microphone.
    """
    if report.findings:
        return tuple(_finding(each, report, way_out) for each in report.findings)
    if report.speech is None or report.noise is None:
        return ("say a few words: nothing that sounds like speech has come yet",)
    distance = _distance(report.speech, report.noise)
    return (f"your sound is good: speech at {report.speech:.0f} dBov, noise {distance} below it",)


def _finding(finding: Finding, report: SoundReport, way_out: str) -> str:
    match finding:
        case "zeros" | "silent":
            return advice(
                way_out, macos=sys.platform == "darwin", over_ssh="SSH_CONNECTION" in os.environ
            )
        case "clipped":
            return (
                "too loud: your microphone distorts; lower its level in the sound settings, or "
                "move away from it"
            )
        case "quiet":
            return (
                f"too quiet, {report.speech:.0f} dBov: raise the microphone's level in the sound "
                "settings, or move nearer to it"
            )
        case "noisy":
            distance = _distance(report.speech or 0.0, report.noise or 0.0)
            return (
                f"noisy: your voice is only {distance} above the noise, {LEAST_DISTANCE:.0f} dB is "
                "good; move nearer to the microphone, away from fans and windows, or use a headset"
            )
        case "echo":
            return (
                "your microphone hears your speakers: headphones are better; the echo is taken "
                "out, at some cost to your voice while others speak"
            )


def _distance(speech: float, noise: float) -> str:
    return f"{min(speech - noise, 99.0):.0f} dB"

"""What is done to one's own voice, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...protocol.sound import SoundChanged, SoundPart, SoundSettings

WORDS: Final[Mapping[str, Mapping[object, str]]] = {
    "echo": {
        "auto": "echo is taken out whenever there is one",
        "on": "echo is taken out",
        "off": "echo is not taken out",
    },
    "noise": {True: "steady noise is taken out", False: "noise is not taken out"},
    "level": {True: "you are as loud as the others", False: "you are as loud as your microphone"},
    "high_pass": {True: "hum and rumble are taken out", False: "low sounds are sent too"},
    "music": {True: "all is sent as it is, as music wants it", False: "it is a voice, not music"},
    "gate": {
        "off": "everything is sent while you are unmuted, silence too",
        "low": "only loud speech is sent: for a loud place",
        "normal": "only speech is sent",
        "high": "soft speech is sent too, and more of the noise",
    },
}
"""Every value of every setting in words, in the order in which they are told."""
_PARTS: Final[Mapping[SoundPart, str]] = {
    "echo": "an echo is taken out",
    "noise": "noise is taken out",
    "level": "loudness is evened out",
    "high_pass": "hum and rumble are taken out",
}


def sound_lines(sound: SoundSettings) -> list[str]:
    """Return every setting in words after its name: ``echo: …``."""
    return [f"{name}: {words[getattr(sound, name)]}" for name, words in WORDS.items()]


def sound_changes(before: SoundSettings, after: SoundSettings) -> list[str]:
    """Return each setting that differs, in words."""
    return [
        words[getattr(after, name)]
        for name, words in WORDS.items()
        if getattr(before, name) != getattr(after, name)
    ]


def now_at_work(state: SoundChanged, lack: str) -> str:
    """Return what is done to one's voice at this moment, in words.

    ``lack`` says why no microphone is in use, for the case that none is.
    """
    if not state.bitrate:
        return f"no microphone is in use: {lack}"
    done = [words for part, words in _PARTS.items() if part in state.works]
    sent = "only speech is sent" if "gate" in state.works else "everything is sent"
    said = ", ".join(done) or "the sound stays as it is"
    return f"{said}; {sent}, at {round(state.bitrate / 1000)} kb/s"

"""How people name microphones and speakers: which words are a device, and which cannot be.

This reads only words, and whether a word is the name of a file. It imports little, so that a wrong
word is reported before anything else starts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from roomcli.errors import AudioError

from .device import DeviceInfo

Kind = Literal["device", "portaudio", "file", "pipe", "tone", "none"]

STANDARD_INPUT: Final = "-"
"""What ``--mic`` calls the raw samples on standard input."""

_SOUND_FILES: Final = {
    *(".wav", ".wave", ".w64", ".rf64", ".bwf", ".aif", ".aiff", ".au", ".caf", ".flac", ".mp3"),
    *(".ogg", ".oga", ".opus", ".m4a", ".aac", ".wma", ".webm", ".mp4", ".raw", ".pcm"),
}


def parse(spec: str | None, *, speaker: bool = False) -> tuple[Kind, str]:
    """Return the kind of device that a person names, and the text after the colon.

    For a sound card the text is its name, empty for the default one; ``portaudio:NAME`` is one of
    PortAudio's, where a sound server has others. Raises AudioError for words that cannot be a
    device.
    """
    text = (spec or "").strip()
    head, colon, rest = text.partition(":")
    kind = head.casefold()
    if is_default(text):
        return "device", ""
    if text == "none":
        return "none", ""
    if head == "tone":
        if speaker:
            raise AudioError("a tone can be a microphone, but not a speaker")
        hertz(rest)
        return "tone", rest
    if text == STANDARD_INPUT:
        raise AudioError("- is standard input, which only the option --mic - can be")
    if head == "fd" and colon:
        if speaker:
            raise AudioError("a pipe can be a microphone, but not a speaker")
        descriptor(rest)
        return "pipe", rest
    if head == "portaudio" and colon:
        return "portaudio", rest
    if head == "file" and colon:
        file_path(rest)
        return "file", rest
    if kind in ("file", "tone") and (colon or kind == "file"):
        raise AudioError(f"{text!r} is no device: did you mean {kind}:{rest or '…'}?")
    if kind in ("none", "default", "tone") and not colon:
        raise AudioError(f"there is no device called {text!r}: did you mean {kind}?")
    if _may_be_file(text):
        raise AudioError(f"there is no device called {text!r}: for the file say file:{text}")
    return "device", text


def hertz(text: str) -> float:
    """Return the pitch of ``tone:HZ``, 440 if none is given. Raises AudioError."""
    try:
        number = float(text or 440)
    except ValueError:
        number = 0.0
    if not 20 <= number <= 20_000:
        raise AudioError(f"tone:{text} is no tone: give 20 to 20000 Hz, as in tone:440")
    return number


def descriptor(text: str) -> int:
    """Return the number of ``fd:NUMBER``. Raises AudioError for what can be none."""
    if not (text.isdecimal() and len(text) < 7 and int(text) > 2):
        raise AudioError(f"fd:{text} is no pipe: give the number of one, as in fd:3")
    return int(text)


def file_path(text: str) -> Path:
    """Return the path of ``file:PATH``. Raises AudioError if it is missing, or that of a pipe."""
    path = Path(os.path.expanduser(text))
    if not text.strip() or str(path) == ".":
        raise AudioError("file: needs a path after it, like file:talk.wav")
    if _is_pipe(path):  # to open it would wait for another program, and nobody can go back in it
        raise AudioError(f"{path} is a pipe, and file: needs a file; raw sound comes in by fd:3")
    return path


def is_card(spec: str | None) -> bool:
    """Whether ``spec`` names a sound card, present or not."""
    try:
        return parse(spec)[0] in ("device", "portaudio")
    except AudioError:
        return False


def is_default(spec: str | None) -> bool:
    """Whether ``spec`` leaves the choice to the system."""
    return (spec or "").strip() in ("", "default")


def find_card(cards: Iterable[DeviceInfo], spec: str | None, direction: str) -> DeviceInfo | None:
    """Return the card that ``spec`` names, if any; ``direction`` is "input" or "output"."""
    capable = [card for card in cards if card.channels(direction)]
    wanted = parse(spec)[1]
    if not wanted:
        found = [card for card in capable if card.is_default(direction)] or capable
    elif wanted.isdecimal():
        found = [card for card in capable if card.index == int(wanted)]
    else:
        found = [card for card in capable if card.name == wanted]
        found += [card for card in capable if wanted.lower() in card.name.lower()]
    return found[0] if found else None


def _is_pipe(path: Path) -> bool:
    try:
        return path.is_fifo()
    except (OSError, ValueError):
        return False


def _may_be_file(text: str) -> bool:
    """Whether the text looks like a file; a card may share its name with a file that exists."""
    suffix = Path(text).suffix
    if suffix.casefold() in _SOUND_FILES:
        return True
    if not suffix and "/" not in text:
        return False
    try:
        return Path(os.path.expanduser(text)).is_file()
    except (OSError, ValueError, RuntimeError):
        return False

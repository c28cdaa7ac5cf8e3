"""Microphones and speakers, be they sound cards, files, a tone or nothing: one interface.

A device moves blocks of 10 ms in real time between itself and a ring of 48 kHz mono samples, on a
thread of its own, and calls ``wake`` after each. Its owner reads or fills the ring and polls
``check`` about once a second.

A sound card that failed must be closed. PortAudio sees cards that came or went only when it starts
anew, which happens here at every open and listing while no card is open: so to follow a headset
that was plugged in, close microphone and speakers both, then open them again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from roomcli.errors import AudioError

from .ring import Ring

Wake = Callable[[], None]


class Device(Protocol):
    """What microphones and speakers have in common."""

    name: str
    kind: str  # "device" | "file" | "tone" | "none"
    ring: Ring
    latency: float  # seconds that the device itself adds, as it reports
    failed: str | None  # one line for a person once the device has died

    def start(self, wake: Wake) -> None:
        """Begin; ``wake`` is called on the device's thread after each block of 10 ms.

        It must not wait or raise. Starting twice, or after ``close``, is a mistake.
        """

    def check(self, now: float) -> str | None:
        """Look whether the device is still alive; return ``failed``.

        ``now`` is in seconds of any monotonic clock, the same in each call.
        """

    def close(self) -> None:
        """Stop and give the device back; a second call does nothing."""


class InputDevice(Device, Protocol):
    """A microphone: the device writes what it captured into ``ring``."""


class OutputDevice(Device, Protocol):
    """Speakers: the device takes what it plays from ``ring``, silence where samples lack."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A sound card as ``roomcli devices`` lists it."""

    index: int
    name: str
    host_api: str
    inputs: int  # channels
    outputs: int
    rate: int  # its own, in Hz
    default_input: bool
    default_output: bool


def open_input(spec: str | None = None) -> InputDevice:
    """The microphone that ``spec`` names; AudioError if it cannot be used.

    None or "default", a number or part of a name from ``list_devices``, ``file:PATH`` (a WAV
    file, once, then silence), ``tone:HZ`` or ``none``.
    """
    kind, rest = _parse(spec)
    if kind == "none":
        from .paced_device import SilentInput

        return SilentInput()
    if kind == "tone":
        from .paced_device import ToneInput

        return ToneInput(_hertz(rest))
    if kind == "file":
        from .file_device import FileInput

        return FileInput(_path(rest))
    from .sound_card import SoundCardInput

    return SoundCardInput(rest)


def open_output(spec: str | None = None) -> OutputDevice:
    """The speakers that ``spec`` names, as for ``open_input``; a file is written anew."""
    kind, rest = _parse(spec)
    if kind == "none":
        from .paced_device import SilentOutput

        return SilentOutput()
    if kind == "tone":
        raise AudioError("a tone can be a microphone, but not a speaker: choose another --speaker")
    if kind == "file":
        from .file_device import FileOutput

        return FileOutput(_path(rest))
    from .sound_card import SoundCardOutput

    return SoundCardOutput(rest)


def list_devices() -> list[DeviceInfo]:
    """The sound cards of this machine; AudioError without PortAudio."""
    from .portaudio import devices

    return devices()


def _parse(spec: str | None) -> tuple[str, str]:
    """A device spec as its kind and what follows the colon; for sound cards the whole of it."""
    text = (spec or "").strip()
    if text in ("", "default"):
        return "device", ""
    if text == "none":
        return "none", ""
    head, _, rest = text.partition(":")
    if head in ("file", "tone") and (":" in text or head == "tone"):
        return head, rest
    return "device", text


def _hertz(text: str) -> float:
    try:
        hertz = float(text or 440)
    except ValueError:
        hertz = 0.0
    if not 20 <= hertz <= 20_000:
        raise AudioError(f"tone:{text} is no tone: give 20 to 20000 Hz, as in tone:440")
    return hertz


def _path(text: str) -> Path:
    if not text:
        raise AudioError("file: needs the path of a WAV file, as in file:talk.wav")
    return Path(text).expanduser()

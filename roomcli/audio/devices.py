"""Microphones and speakers, be they sound cards, files, a tone or nothing: one interface.

A device moves blocks of 10 ms in real time between itself and a ring of 48 kHz mono samples, on a
thread of its own, and calls ``wake`` after each. Its owner reads or fills the ring and polls
``check`` about once a second.

A sound card that failed must be closed. PortAudio sees cards that came or went only when it starts
anew, which happens here at every open and listing while no card is open: so to follow a headset
that was plugged in, close microphone and speakers both, then open them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from roomcli.errors import AudioError

from . import naming

if TYPE_CHECKING:  # what lists cards needs no numpy
    from .ring import Ring

Wake = Callable[[], None]


class AudioDevice(Protocol):
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


class InputDevice(AudioDevice, Protocol):
    """A microphone: the device writes what it captured into ``ring``."""


class OutputDevice(AudioDevice, Protocol):
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

    def channels(self, direction: str) -> int:
        """How many it has; ``direction`` is "input" or "output"."""
        return self.inputs if direction == "input" else self.outputs

    def is_default(self, direction: str) -> bool:
        """Whether it is the one that nobody names."""
        return self.default_input if direction == "input" else self.default_output


def open_input(spec: str | None = None) -> InputDevice:
    """The microphone that ``spec`` names; AudioError if it cannot be used.

    None or "default", a number or part of a name from ``list_devices``, ``file:PATH`` (a WAV
    file, once, then silence), ``tone:HZ`` or ``none``.
    """
    kind, rest = naming.parse(spec)
    if kind == "none":
        from .paced_device import SilentInput

        return SilentInput()
    if kind == "tone":
        from .paced_device import ToneInput

        return ToneInput(naming.hertz(rest))
    if kind == "file":
        from .file_device import FileInput

        return FileInput(naming.file_path(rest))
    from .sound_card import SoundCardInput

    return SoundCardInput(rest)


def look_for_input(spec: str | None = None) -> InputDevice:
    """As ``open_input``, but a sound card is only looked for; what comes stands for it, silent."""
    kind, rest = naming.parse(spec)
    if kind != "device":
        return open_input(spec)
    from .paced_device import SilentInput
    from .sound_card import SoundCardInput

    SoundCardInput.look_for(rest)
    return SilentInput()


def open_output(spec: str | None = None) -> OutputDevice:
    """The speakers that ``spec`` names, as for ``open_input``; a file is written anew."""
    kind, rest = naming.parse(spec, speaker=True)
    if kind == "none":
        from .paced_device import SilentOutput

        return SilentOutput()
    if kind == "file":
        from .file_device import FileOutput

        return FileOutput(naming.file_path(rest))
    from .sound_card import SoundCardOutput

    return SoundCardOutput(rest)


def list_devices() -> list[DeviceInfo]:
    """The sound cards of this machine; AudioError without PortAudio."""
    from .portaudio import devices

    return devices()


def list_devices_anew() -> list[DeviceInfo]:
    """The sound cards that there are now, though some may be open; AudioError without PortAudio.

    ``list_devices`` knows those that there were when the first of them was opened.
    """
    from .probe import probe

    return probe()


def is_card(spec: str | None) -> bool:
    """Whether ``spec`` names a sound card, be it there or not."""
    try:
        return naming.parse(spec)[0] == "device"
    except AudioError:
        return False


def find_card(cards: Iterable[DeviceInfo], spec: str | None, direction: str) -> DeviceInfo | None:
    """Which of the cards ``spec`` names; ``direction`` is "input" or "output"."""
    capable = [card for card in cards if card.channels(direction)]
    wanted = naming.parse(spec)[1]
    if not wanted:
        found = [card for card in capable if card.is_default(direction)] or capable
    elif wanted.isdecimal():
        found = [card for card in capable if card.index == int(wanted)]
    else:
        found = [card for card in capable if card.name == wanted]
        found += [card for card in capable if wanted.lower() in card.name.lower()]
    return found[0] if found else None

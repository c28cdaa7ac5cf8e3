"""Opens and lists microphones and speakers, whatever kind they are.

A sound card that failed must be closed. PortAudio sees cards that came or went only when it starts
anew, which happens here at every open and listing while no card is open: so to follow a headset
that was plugged in, close microphone and speakers both, then open them again.
"""

from __future__ import annotations

from . import naming
from .device import DeviceInfo, InputDevice, OutputDevice


def open_input(spec: str | None = None) -> InputDevice:
    """The microphone that ``spec`` names; AudioError if it cannot be used.

    None or "default", a number or part of a name from ``list_devices``, ``file:PATH`` (WAV,
    FLAC, Ogg or MP3, once, then silence), ``tone:HZ`` or ``none``.
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

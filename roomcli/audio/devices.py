"""Opens and lists microphones and speakers of every kind.

A sound card that failed must be closed. PortAudio sees cards that came or went only when it
restarts, which happens here at every open and listing while no card is open. So to use a headset
that was plugged in, close both microphone and speakers, then open them again.
"""

from __future__ import annotations

from . import naming
from .device import DeviceInfo, InputDevice, OutputDevice


def open_input(spec: str | None = None) -> InputDevice:
    """Return the microphone that ``spec`` names. Raises AudioError if it cannot be used.

    ``spec`` is None or "default", a number or part of a name from ``list_devices``, ``file:PATH``
    (WAV, FLAC, Ogg or MP3, played once, then silence), ``tone:HZ`` or ``none``.
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
    """Check a microphone as ``open_input``, but do not open a sound card.

    For a sound card that exists, this returns a silent microphone in its place. Raises AudioError.
    """
    kind, rest = naming.parse(spec)
    if kind != "device":
        return open_input(spec)
    from .paced_device import SilentInput
    from .sound_card import SoundCardInput

    SoundCardInput.look_for(rest)
    return SilentInput()


def open_output(spec: str | None = None) -> OutputDevice:
    """Return the speakers that ``spec`` names, as ``open_input``; a file is overwritten."""
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
    """Return the sound cards of this machine. Raises AudioError without PortAudio."""
    from .portaudio import devices

    return devices()


def list_devices_anew() -> list[DeviceInfo]:
    """Return the sound cards that exist now, even while some are open.

    ``list_devices`` knows only those that existed when the first open card was opened. Raises
    AudioError without PortAudio.
    """
    from .probe import probe

    return probe()

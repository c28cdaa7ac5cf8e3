"""Opens and lists microphones and speakers of every kind.

Sound cards are those of the desktop's sound server where one answers, else PortAudio's
(``sound_system.py``). A sound card that failed must be closed. PortAudio sees cards that came or
went only when it restarts, which happens here at every open and listing while no card is open. So
to use a headset that was plugged in, close both microphone and speakers, then open them again. A
sound server knows at all times what it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import naming
from .device import DeviceInfo, InputDevice, OutputDevice
from .pulse import buffer_size
from .sound_system import find_sound_system

if TYPE_CHECKING:  # what lists cards needs no numpy
    from .played_device import PlayedDevice


def open_input(spec: str | None = None) -> InputDevice:
    """Return the microphone that ``spec`` names. Raises AudioError if it cannot be used.

    ``spec`` is None or "default", a number or part of a name from ``list_devices``,
    ``portaudio:NAME`` past the sound server, ``file:PATH`` (WAV, FLAC, Ogg or MP3, played once,
    then silence), ``fd:NUMBER`` (raw samples from a pipe), ``tone:HZ`` or ``none``.
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
    if kind == "pipe":
        from .pipe_device import PipeInput

        return PipeInput(naming.descriptor(rest))
    if _is_server_asked(kind):
        from .pulse.source import PulseInput

        return PulseInput(rest)
    from .sound_card import SoundCardInput

    return SoundCardInput(rest)


def open_beside(path: str | None) -> PlayedDevice:
    """Return a sound file to be mixed with a microphone, which keeps its time. Raises AudioError.

    No file at all is refused too.
    """
    from .file_device import FileInput

    return FileInput(naming.file_path(path or ""), taken=True)


def look_for_input(spec: str | None = None) -> InputDevice:
    """Check a microphone as ``open_input``, but do not open a sound card.

    For a sound card that exists, this returns a silent microphone in its place. Raises AudioError.
    """
    if not naming.is_card(spec):
        return open_input(spec)
    from .paced_device import SilentInput

    look_for_card(spec, "input")
    return SilentInput()


def look_for_card(spec: str | None, direction: str) -> None:
    """Check that a sound card is there now. Raises AudioError, which names those that are.

    ``direction`` is "input" or "output".
    """
    kind, rest = naming.parse(spec, speaker=direction == "output")
    if _is_server_asked(kind):
        from .pulse import sink, source

        (source.PulseInput if direction == "input" else sink.PulseOutput).look_for(rest)
        return
    from . import sound_card

    (sound_card.SoundCardInput if direction == "input" else sound_card.SoundCardOutput).look_for(
        rest
    )


def open_output(spec: str | None = None) -> OutputDevice:
    """Return the speakers that ``spec`` names, as ``open_input``; a file is overwritten."""
    kind, rest = naming.parse(spec, speaker=True)
    if kind == "none":
        from .paced_device import SilentOutput

        return SilentOutput()
    if kind == "file":
        from .file_device import FileOutput

        return FileOutput(naming.file_path(rest))
    if _is_server_asked(kind):
        from .pulse.sink import PulseOutput

        return PulseOutput(rest)
    from .sound_card import SoundCardOutput

    return SoundCardOutput(rest)


def recall_buffer_sizes(grown: Mapping[str, int]) -> None:
    """Let the buffers of a sound server's speakers begin as often grown, by the server's names."""
    buffer_size.remembered.update(
        {id: times for id, times in grown.items() if 0 <= times <= buffer_size.MOST_STEPS}
    )


def buffer_sizes() -> dict[str, int]:
    """Return how often the buffers of a sound server's speakers have grown, those changed last."""
    return dict(buffer_size.remembered)


def describe_speakers() -> str:
    """Open the sound server's default speakers for a moment; return what it grants them.

    Empty without a server. Raises AudioError.
    """
    if not _is_server_asked("device"):
        return ""
    from .pulse.sink import PulseOutput

    speakers = PulseOutput()
    speakers.close()
    return speakers.description


def list_devices(spec: str | None = None) -> list[DeviceInfo]:
    """Return the sound cards among which ``spec`` names one. Raises AudioError if there is no way.

    Those are the sound server's where one answers, PortAudio's for ``portaudio:NAME``.
    """
    if is_seen_when_plugged_in(spec):
        from .pulse.connection import connect

        return connect().survey().cards()
    from .portaudio import devices

    return devices()


def list_devices_anew(spec: str | None = None) -> list[DeviceInfo]:
    """Return the sound cards that exist now, even while some are open.

    ``list_devices`` knows only those that existed when PortAudio's first open card was opened.
    Raises AudioError as that does.
    """
    if is_seen_when_plugged_in(spec):
        return list_devices(spec)
    from .probe import probe

    return probe()


def is_seen_when_plugged_in(spec: str | None) -> bool:
    """Whether a card is found as soon as it is there, though others are open."""
    return _is_server_asked(naming.parse(spec)[0])


def _is_server_asked(kind: naming.Kind) -> bool:
    return kind == "device" and find_sound_system().is_server

"""Finds, starts and silences PortAudio. The only module that imports ``sounddevice``."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import os
import sys
import threading
from types import ModuleType
from typing import Final, NoReturn

from roomcli.errors import AudioError

from .device import DeviceInfo
from .quiet import quiet_stderr

LACK: Final = (
    "no sound server answers and no PortAudio is here, so that there is neither microphone nor "
    "speakers: start PipeWire or PulseAudio, or install PortAudio with `apt install libportaudio2` "
    "or `brew install portaudio`"
)

_starting = threading.Lock()
_users = 0  # cards that are open; PortAudio may be started anew only while there are none


def devices() -> list[DeviceInfo]:
    """Return the sound cards that exist now, or that existed when the first open one was opened."""
    sounddevice = acquire()
    try:
        return known(sounddevice)
    finally:
        release_portaudio()


def known(sounddevice: ModuleType) -> list[DeviceInfo]:
    """Return the sound cards that PortAudio knows."""
    first_in, first_out = sounddevice.default.device
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    return [
        DeviceInfo(
            index=int(card["index"]),
            name=str(card["name"]),
            host_api=apis[card["hostapi"]],
            inputs=int(card["max_input_channels"]),
            outputs=int(card["max_output_channels"]),
            rate=round(card["default_samplerate"]),
            default_input=card["index"] == first_in,
            default_output=card["index"] == first_out,
        )
        for card in sounddevice.query_devices()
    ]


def acquire() -> ModuleType:
    """Return ``sounddevice`` with a fresh list of cards; ``release_portaudio`` gives it back.

    PortAudio looks for cards only when it starts, so it is restarted for its first user. Raises
    AudioError without PortAudio.
    """
    global _users
    with _starting:
        sounddevice = library()
        if _users == 0:
            with quiet_stderr():
                sounddevice._terminate()
                sounddevice._initialize()
        _users += 1
        return sounddevice


def release_portaudio() -> None:
    """Count one user of PortAudio less."""
    global _users
    with _starting:
        _users -= 1


def end_process(code: int) -> NoReturn:
    """End this process at once, whatever the sound systems are doing.

    A thread that opens a card when its owner leaves cannot be stopped, nor always waited for, and
    the usual end of a process (Python's, PortAudio's, that of ALSA's plugins) frees what the thread
    still uses.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or none at all
            stream.flush()
    os._exit(code)


def library() -> ModuleType:
    """Return ``sounddevice``, imported at the first use: its import starts PortAudio."""
    try:
        with quiet_stderr():
            import sounddevice
    except (OSError, ImportError) as error:
        raise AudioError(LACK) from error
    except Exception as error:  # sounddevice.PortAudioError cannot be named before the import
        raise AudioError(f"PortAudio does not start: {error}") from error
    _hush_alsa()
    return sounddevice  # type: ignore[no-any-return]


@functools.cache
def _hush_alsa() -> None:
    """Keep messages of ALSA's library ("underrun occurred") off the screen, for good.

    The library's handler runs on the sound thread, where Python must not be waited for. So a C
    function that does nothing with its arguments takes its place: ``labs``. (Null would bring back
    the printing handler.)
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        nothing = ctypes.cast(ctypes.CDLL(None).labs, ctypes.c_void_p)
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)

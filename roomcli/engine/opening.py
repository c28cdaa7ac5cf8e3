"""Opens and closes devices without waiting longer than the caller wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import trio

from ..audio.device import AudioDevice
from ..errors import AudioError

CLOSE_SECONDS = 1.0
"""Seconds that the closing of a device is waited for."""

D = TypeVar("D", bound=AudioDevice)


async def open_device(open_device: Callable[[str | None], D], spec: str | None) -> D:
    """Return the device that ``spec`` names, opened in a thread. Raises AudioError.

    The thread is needed since a sound server may take seconds or hang. When cancelled, this does
    not wait for the thread; a device that opens later is closed there.
    """
    deciding = threading.Lock()
    given_up = False
    arrived: D | None = None

    def open_it() -> D:
        nonlocal arrived
        try:
            device = open_device(spec)
        except AudioError:
            raise
        except Exception as error:  # no error of a driver may end the room
            raise AudioError(f"cannot open {spec or 'the default device'}: {error}") from error
        with deciding:
            if not given_up:
                arrived = device
                return device
        device.close()
        raise AudioError("nobody waits for it any more")

    try:
        return await trio.to_thread.run_sync(open_it, abandon_on_cancel=True)
    except trio.Cancelled:
        with deciding:
            given_up = True
        if arrived is not None:
            arrived.close()
        raise


async def close_device(device: AudioDevice) -> None:
    """Close a device in a thread; leave the thread behind if it hangs.

    It may hang when the sound server died.
    """
    with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_SECONDS):
        await trio.to_thread.run_sync(device.close, abandon_on_cancel=True)

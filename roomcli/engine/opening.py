"""Opening and closing a device without waiting for it longer than anybody wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import trio

from ..audio.device import AudioDevice
from ..errors import AudioError

CLOSE_SECONDS = 1.0
"""How long the end of a device is waited for."""

D = TypeVar("D", bound=AudioDevice)


async def open_device(open_device: Callable[[str | None], D], spec: str | None) -> D:
    """The device that ``spec`` names; AudioError when there is none.

    It is opened in a thread, since a sound server may take seconds or hang. Cancelled, this does
    not wait for it: a device that comes when nobody wants it any more is closed there.
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
        except Exception as error:  # whatever a driver comes up with: it must not end the room
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
    """Close it in a thread, and leave that behind when it hangs: a sound server that died may."""
    with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_SECONDS):
        await trio.to_thread.run_sync(device.close, abandon_on_cancel=True)

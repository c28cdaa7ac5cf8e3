"""Opens and closes devices without waiting longer than the caller wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

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


class Opener(Generic[D]):
    """Opens microphones, or speakers, one after the other; the next may be opened beforehand.

    ``spec`` names the one that is wanted; it is what ``opens`` takes.
    """

    def __init__(self, opens: Callable[[str | None], D], spec: str | None) -> None:
        self._opens = opens
        self.spec = spec
        self._next: D | None = None

    async def obtain(self) -> D:
        """Return the device that was opened beforehand, else open what is wanted.

        Raises AudioError.
        """
        device, self._next = self._next, None
        return device if device is not None else await open_device(self._opens, self.spec)

    async def prepare(self, spec: str | None) -> None:
        """Open another device, which is wanted from now on.

        Raises AudioError if that cannot be used; what was wanted before is still wanted then.
        """
        device = await open_device(self._opens, spec)
        self.spec, before, self._next = spec, self._next, device
        if before is not None:
            await close_device(before)

    async def discard(self) -> None:
        """Close what was opened beforehand and is not needed any more."""
        device, self._next = self._next, None
        if device is not None:
            await close_device(device)

"""Keeps speakers playing what the mixer has, whatever becomes of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import trio

from ..audio.device import OutputDevice
from ..audio.devices import open_output
from ..errors import AudioError
from ..protocol.local import Device, DeviceKind
from .device_keeper import DeviceKeeper
from .opening import close_device
from .other_device import WaysOut
from .playout import Playout

log = logging.getLogger(__name__)


class SpeakerKeeper(DeviceKeeper[OutputDevice]):
    """Plays on the wanted speakers, and to nobody while there are none.

    ``plays_on`` makes what plays on a device.
    """

    kind: DeviceKind = "speaker"
    _direction = "output"

    def __init__(
        self,
        spec: str | None,
        plays_on: Callable[[OutputDevice], Playout],
        tell: Callable[[Device], None],
        ways_out: WaysOut,
    ) -> None:
        super().__init__(open_output, spec, tell, ways_out)
        self.playout: Playout | None = None
        self._plays_on = plays_on

    async def run(self, microphone: DeviceKeeper[Any]) -> None:
        """Play until cancelled."""
        try:
            while True:
                with trio.CancelScope() as self._turn:
                    await self._take_turn(microphone)
        finally:
            await self._opener.discard()

    async def _take_turn(self, microphone: DeviceKeeper[Any]) -> None:
        """Play until the speakers fail, and until they are worth another attempt."""
        try:
            device = await self._next_device()
        except AudioError as error:
            await self._miss(error)
        else:
            problem = await self._played_for(device)
            self._report(device.name, problem)
            self._lookout.lose()
            if device.kind == "file":  # the recording so far must not be overwritten
                await self._played_on(open_output("none"))
        async with trio.open_nursery() as nursery:
            # A stand-in plays to nobody until the next attempt.
            nursery.start_soon(self._played_on, open_output("none"))
            await self._rest(microphone)
            nursery.cancel_scope.cancel()

    async def _played_for(self, device: OutputDevice) -> str:
        """Play until the device fails, and report it while it works; return why it failed."""
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._report_working, device)
            problem = await self._played_on(device)
            nursery.cancel_scope.cancel()
        self.trouble.stopped(trio.current_time() - began)
        return problem

    async def _played_on(self, device: OutputDevice) -> str:
        """Play until the device fails; return why."""
        playout = self.playout = self._plays_on(device)
        self.device = device
        try:
            return await playout.run()
        finally:
            self.playout = None
            log.info("played on %s", playout)
            await close_device(device)
            self._note_closed()

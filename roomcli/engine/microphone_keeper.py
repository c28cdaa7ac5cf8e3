"""Keeps a microphone in use while it is wanted, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio

from ..audio.device import InputDevice
from ..audio.devices import look_for_input, open_input
from ..errors import AudioError
from ..protocol.local import Device, DeviceKind
from .capture import Capture
from .device_keeper import DeviceKeeper
from .opening import close_device, open_device
from .other_device import WaysOut


class MicrophoneKeeper(DeviceKeeper[InputDevice]):
    """Captures from the wanted microphone; in the audience it is closed.

    ``captures_from`` makes what captures from a device; it may raise AudioError.
    """

    kind: DeviceKind = "microphone"
    _direction = "input"

    def __init__(
        self,
        spec: str | None,
        captures_from: Callable[[InputDevice], Capture],
        tell: Callable[[Device], None],
        ways_out: WaysOut,
    ) -> None:
        super().__init__(open_input, spec, tell, ways_out)
        self.capture: Capture | None = None
        self.is_open = False
        """Whether what it hears is sent, by whichever microphone."""
        self.problem = ""
        """Why the wanted microphone is not in use; empty while it is in use or being opened."""
        self._captures_from = captures_from
        self._wanted = trio.Event()

    @property
    def is_wanted(self) -> bool:
        """Whether a microphone should be in use."""
        return self._wanted.is_set()

    def want(self, wanted: bool) -> None:
        """Say whether a microphone should be in use."""
        if wanted and not self.is_wanted:
            self.problem = ""  # it was from an earlier time on stage
            self.trouble.begin_anew()
            self._wanted.set()
        elif not wanted and self.is_wanted:
            self._wanted = trio.Event()
            self._turn.cancel()

    async def run(self, speakers: DeviceKeeper[Any]) -> None:
        """Capture while the microphone is wanted, until cancelled."""
        try:
            while True:
                if not self.is_wanted:
                    await self._opener.discard()
                await self._wanted.wait()
                with trio.CancelScope() as self._turn:
                    if self.is_wanted:
                        await self._captured()
                        await self._rest(speakers)
        finally:
            await self._opener.discard()

    async def look_for_named(self) -> None:
        """Report a named microphone that is missing while the person is still in the audience.

        In the audience no microphone is opened, but the person should know before their turn comes.
        """
        if not self.spec or self.is_wanted:
            return
        try:
            (await open_device(look_for_input, self.spec)).close()
        except AudioError as error:
            if not self.is_wanted:
                self._report(self.spec, str(error))

    async def _prepare(self, spec: str | None) -> None:
        if self.is_wanted:
            await super()._prepare(spec)
            if not self.is_wanted:  # the person left the stage meanwhile
                await self._opener.discard()
        else:
            (await open_device(look_for_input, spec)).close()
            self._opener.spec = spec

    async def _captured(self) -> None:
        """Capture until the device fails, and report why it did."""
        try:
            device = await self._next_device()
        except AudioError as error:
            await self._miss(error)
            return
        try:
            capture = self._captures_from(device)
        except AudioError as error:
            await close_device(device)
            self._report_as(device.name, str(error), str(error))  # no other device would help
            self.trouble.missing()
            return
        self.device, self.capture, self.problem = device, capture, ""
        began = trio.current_time()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._report_working, device)
                if self.is_open:
                    capture.begin_sending()
                problem = await capture.run()
                nursery.cancel_scope.cancel()
        finally:
            self.capture = None
            await close_device(device)
            capture.give_back()
            self._note_closed()
        self.trouble.stopped(trio.current_time() - began)
        self._lookout.lose()
        self._report(device.name, problem)

    def _report(self, name: str, problem: str) -> None:
        """Report a change; the same trouble again is news only to somebody who is on air."""
        self._report_as(name, problem, self._advised(problem))

    def _report_as(self, name: str, problem: str, words: str) -> None:
        """Report it in these words."""
        self.problem = words
        news = self.trouble.is_news(problem)
        if news or (self.is_open and problem):
            self._tell(Device(kind=self.kind, name=name, problem=words))

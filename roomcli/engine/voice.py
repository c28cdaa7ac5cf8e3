"""The engine's two devices: opened, kept going, replaced when they fail."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import trio

from ..audio.devices import OutputDevice, look_for_input, open_input, open_output
from ..audio.levels import SILENT
from ..audio.mixer import Mixer
from ..errors import AudioError
from ..protocol.audio import UplinkFrame
from ..protocol.local import Device
from .capture import Capture, Numbering
from .opening import opened
from .playout import Playout

log = logging.getLogger(__name__)

REOPEN_SECONDS = 3.0
"""How long after a device failed it is tried again."""
NO_MICROPHONE = "it is set to none; --mic names one, and `roomcli devices` lists them"


class Voice:
    """Owns microphone and speakers; a missing device never stops the room.

    ``send`` gets the uplink frames, ``tell`` what a person should know of the devices.
    """

    def __init__(
        self,
        mic: str | None,
        speaker: str | None,
        send: Callable[[UplinkFrame], None],
        tell: Callable[[Device], None],
    ) -> None:
        self._mic = mic
        self._speaker = speaker
        self._send = send
        self._tell = tell
        self.mixer = Mixer()
        self._playout: Playout | None = None
        self._capture: Capture | None = None
        self._numbering = Numbering()
        self._wanted = trio.Event()
        self._using = trio.CancelScope()
        self._playing = trio.CancelScope()
        self._open = False
        self._problems: dict[str, str] = {}

    async def run(self) -> None:
        """Play, and capture while the microphone is wanted, until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep_playing)
                nursery.start_soon(self._keep_capturing)
                nursery.start_soon(self._look_for_microphone)
        finally:
            self.mixer.close()

    @property
    def level(self) -> int:
        """The microphone's level, 0 to 127 in -dBov."""
        return self._capture.level if self._capture else SILENT

    @property
    def listens(self) -> bool:
        """Whether a microphone is in use, be it open or not."""
        return self._capture is not None

    @property
    def speaks(self) -> bool:
        """Whether somebody speaks into the open microphone."""
        return self._capture is not None and self._capture.speaks

    @property
    def trouble(self) -> str | None:
        """Why the wanted microphone gives nothing: empty if it gives something, None while it is
        being opened. In the audience it is no trouble that there is none."""
        if not self._wanted.is_set():
            return ""
        if self._capture is not None:
            return NO_MICROPHONE if self._capture.device.kind == "none" else ""
        return self._problems.get("microphone") or None

    def want_microphone(self, wanted: bool) -> None:
        """Whether the device should be in use: it is let go in the audience."""
        if wanted and not self._wanted.is_set():
            self._problems.pop("microphone", None)  # of an earlier time on stage
            self._wanted.set()
        elif not wanted and self._wanted.is_set():
            self._wanted = trio.Event()
            self._using.cancel()

    def open(self) -> None:
        """Send what is said from now on."""
        self._open = True
        if self._capture is not None:
            self._capture.open()

    def close(self) -> None:
        """Send nothing from now on."""
        self._open = False
        if self._capture is not None:
            self._capture.close()

    def reopen(self) -> None:
        """Open sound cards anew: the machine slept, and they may not be what they were.

        A file is; and opened anew it would begin anew, a recording be lost.
        """
        if self._playout is not None and self._playout.device.kind == "device":
            self._playing.cancel()
        if self._capture is not None and self._capture.device.kind == "device":
            self._using.cancel()

    async def _keep_playing(self) -> None:
        while True:
            name = self._speaker or "default"
            patience = REOPEN_SECONDS
            try:
                device = await opened(open_output, self._speaker)
            except AudioError as error:
                problem = str(error)
            else:
                name = device.name
                self._report("speaker", name, "")
                problem = await self._played_on(device, math.inf)
                if device.kind == "file":
                    patience = math.inf  # what was recorded so far must not be overwritten
            if problem:
                self._report("speaker", name, problem)
                # A stand-in plays to nobody until the next attempt.
                await self._played_on(open_output("none"), patience)

    async def _played_on(self, device: OutputDevice, seconds: float) -> str:
        """Play until the device fails, and why it did; empty when it should be opened anew."""
        playout = self._playout = Playout(device, self.mixer)
        try:
            with trio.move_on_after(seconds) as self._playing:
                return await playout.run()
        finally:
            self._playout = None
            log.info("played on %s", playout)
            device.close()
        return ""

    async def _look_for_microphone(self) -> None:
        """In the audience no microphone is opened; but of one that was named and is not there one
        should know before one's turn comes."""
        if not self._mic or self._wanted.is_set():
            return
        try:
            (await opened(look_for_input, self._mic)).close()
        except AudioError as error:
            if not self._wanted.is_set():
                self._report("microphone", self._mic, str(error))

    async def _keep_capturing(self) -> None:
        while True:
            await self._wanted.wait()
            with trio.CancelScope() as self._using:
                if self._wanted.is_set():
                    self._report("microphone", *await self._captured())
                    await trio.sleep(REOPEN_SECONDS)

    async def _captured(self) -> tuple[str, str]:
        """Capture until the device fails; its name, and why it did."""
        try:
            device = await opened(open_input, self._mic)
        except AudioError as error:
            return self._mic or "default", str(error)
        try:
            capture = Capture(device, self._send, self._numbering)
        except AudioError as error:
            device.close()
            return device.name, str(error)
        self._report("microphone", device.name, "")
        self._capture = capture
        try:
            if self._open:
                capture.open()
            return device.name, await capture.run()
        finally:
            self._capture = None
            capture.release()

    def _report(self, kind: str, name: str, problem: str) -> None:
        """Tell of a change; the same trouble again is news only to somebody who speaks."""
        speaks = kind == "microphone" and self._open and bool(problem)
        if speaks or self._problems.get(kind) != problem:
            self._problems[kind] = problem
            if kind == "speaker":
                self._tell(Device(kind="speaker", name=name, problem=problem))
            else:
                self._tell(Device(kind="microphone", name=name, problem=problem))

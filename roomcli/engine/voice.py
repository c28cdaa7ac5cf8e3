"""The engine's two devices: opened, kept running, replaced when they fail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

import trio

from ..audio.device import AudioDevice, OutputDevice
from ..audio.devices import look_for_input, open_input, open_output
from ..audio.levels import SILENCE
from ..audio.mixer import Mixer
from ..audio.processing.chain import PLAIN, Processing, ProcessingChain
from ..audio.processing.reference import EchoReference
from ..audio.uplink import Numbering
from ..errors import AudioError
from ..protocol.audio import UplinkFrame
from ..protocol.local import Device
from .capture import CHECK_SECONDS, Capture
from .lookout import Lookout
from .opening import close_device, open_device
from .playout import Playout
from .trouble import DeviceTrouble

log = logging.getLogger(__name__)

Kind = Literal["microphone", "speaker"]
NO_MICROPHONE = "it is set to none; --mic names one, and `roomcli devices` lists them"


class AudioDevices:
    """Owns microphone and speakers; a missing device never stops the room.

    ``send`` gets the uplink frames, ``tell`` the news about devices that a person should see.
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
        self._reference = EchoReference()
        self._processing = Processing()
        self._playout: Playout | None = None
        self._capture: Capture | None = None
        self._numbering = Numbering()
        self._wanted = trio.Event()
        self._using = trio.CancelScope()
        self._playing = trio.CancelScope()
        self._open = False
        self._delay_is_low = False
        self._playout_closed = trio.Event()
        self._capture_closed = trio.Event()
        self._problem = ""
        """Why the wanted microphone is not in use; empty while it is in use or being opened."""
        self._troubles: dict[Kind, DeviceTrouble] = {
            "microphone": DeviceTrouble(),
            "speaker": DeviceTrouble(),
        }

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
        """The microphone's level in dBov."""
        return self._capture.level if self._capture else SILENCE

    @property
    def listens(self) -> bool:
        """Whether a microphone device is in use, on air or not."""
        return self._capture is not None

    @property
    def speaks(self) -> bool:
        """Whether somebody speaks into the open microphone."""
        return self._capture is not None and self._capture.speaks

    @property
    def trouble(self) -> str | None:
        """Why the microphone gives no sound; empty if it works, None while it is opened.

        In the audience, no microphone is wanted and the answer is empty.
        """
        if not self._wanted.is_set():
            return ""
        if self._capture is not None:
            return NO_MICROPHONE if self._capture.device.kind == "none" else ""
        return self._problem or None

    def want_microphone(self, wanted: bool) -> None:
        """Say whether the microphone device should be in use; in the audience it is closed."""
        if wanted and not self._wanted.is_set():
            self._problem = ""  # it was from an earlier time on stage
            self._troubles["microphone"] = DeviceTrouble()
            self._wanted.set()
        elif not wanted and self._wanted.is_set():
            self._wanted = trio.Event()
            self._using.cancel()

    def press(self, ago: float) -> None:
        """Keep the sound from ``ago`` seconds before now on, until it is sent or closed."""
        if self._capture is not None:
            self._capture.press(ago)

    def begin_sending(self) -> None:
        """Send the sound since the press."""
        self._open = True
        if self._capture is not None:
            self._capture.begin_sending()

    def release(self, then: Callable[[], object], ago: float) -> None:
        """Send the sound until ``ago`` seconds before now, nothing after it, then call ``then``."""
        self._open = False
        if self._capture is None:
            then()
        else:
            self._capture.release(then, ago)

    def close(self) -> None:
        """Send nothing from now on."""
        self._open = False
        if self._capture is not None:
            self._capture.close()

    def keep_delay_low(self, low: bool) -> None:
        """Send short frames and keep little sound ready, or be as careful as usual."""
        self._delay_is_low = low
        if self._capture is not None:
            self._capture.send_short_frames(low)
        if self._playout is not None:
            self._playout.keep_smallest_cushion(low)

    def reopen(self) -> None:
        """Open sound cards again, since they may have changed while the machine slept.

        Files stay open: a played file would start from its beginning, and a recording would be
        lost.
        """
        if self._plays_on_card:
            self._playing.cancel()
        if self._listens_to_card:
            self._using.cancel()

    @property
    def _plays_on_card(self) -> bool:
        return self._playout is not None and self._playout.device.kind == "device"

    @property
    def _listens_to_card(self) -> bool:
        return self._capture is not None and self._capture.device.kind == "device"

    async def _keep_playing(self) -> None:
        lookout = Lookout(self._speaker, "output")
        while True:
            try:
                device = await open_device(open_output, self._speaker)
            except AudioError as error:
                self._report("speaker", self._speaker or "default", str(error))
                await lookout.miss()
                self._troubles["speaker"].missing()
            else:
                problem = await self._played_for(device)
                if not problem:
                    continue
                self._report("speaker", device.name, problem)
                lookout.lose()
                if device.kind == "file":  # the recording so far must not be overwritten
                    await self._played_on(open_output("none"))
            async with trio.open_nursery() as nursery:
                # A stand-in plays to nobody until the next attempt.
                nursery.start_soon(self._played_on, open_output("none"))
                await self._rest("speaker", lookout)
                nursery.cancel_scope.cancel()

    async def _played_for(self, device: OutputDevice) -> str:
        """Play until the device fails, and report it while it works; return why it failed."""
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._report_working, "speaker", device)
            problem = await self._played_on(device)
            nursery.cancel_scope.cancel()
        if problem:
            self._troubles["speaker"].stopped(trio.current_time() - began)
        return problem

    async def _played_on(self, device: OutputDevice) -> str:
        """Play until the device fails; return why, or empty when it should be opened again."""
        playout = self._playout = Playout(device, self.mixer, self._reference)
        playout.keep_smallest_cushion(self._delay_is_low)
        try:
            with trio.CancelScope() as self._playing:
                return await playout.run()
        finally:
            self._playout = None
            log.info("played on %s", playout)
            await close_device(device)
            self._playout_closed.set()
            self._playout_closed = trio.Event()
        return ""

    async def _rest(self, kind: Kind, lookout: Lookout) -> None:
        """Wait until a device is worth another attempt, with a new list of cards if that helps."""
        await trio.sleep(self._troubles[kind].pause)
        if kind == "microphone" and self._plays_on_card and await lookout.sees():
            closed = self._playout_closed
            self._playing.cancel()
        elif kind == "speaker" and self._listens_to_card and await lookout.sees():
            closed = self._capture_closed
            self._using.cancel()
        else:
            return
        await closed.wait()

    async def _look_for_microphone(self) -> None:
        """Report a named microphone that is missing while the person is still in the audience.

        In the audience no microphone is opened, but the person should know before their turn comes.
        """
        if not self._mic or self._wanted.is_set():
            return
        try:
            (await open_device(look_for_input, self._mic)).close()
        except AudioError as error:
            if not self._wanted.is_set():
                self._report("microphone", self._mic, str(error))

    async def _keep_capturing(self) -> None:
        lookout = Lookout(self._mic, "input")
        while True:
            await self._wanted.wait()
            with trio.CancelScope() as self._using:
                if self._wanted.is_set():
                    await self._captured(lookout)
                    await self._rest("microphone", lookout)

    async def _captured(self, lookout: Lookout) -> None:
        """Capture until the device fails, and report why it did."""
        trouble = self._troubles["microphone"]
        try:
            device = await open_device(open_input, self._mic)
        except AudioError as error:
            self._report("microphone", self._mic or "default", str(error))
            await lookout.miss()
            trouble.missing()
            return
        try:
            chain = ProcessingChain(
                self._processing if device.kind == "device" else PLAIN, self._reference
            )
            capture = Capture(device, self._send, chain, self._numbering)
        except AudioError as error:
            await close_device(device)
            self._report("microphone", device.name, str(error))
            trouble.missing()
            return
        self._capture, self._problem = capture, ""
        capture.send_short_frames(self._delay_is_low)
        began = trio.current_time()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._report_working, "microphone", device)
                if self._open:
                    capture.begin_sending()
                problem = await capture.run()
                nursery.cancel_scope.cancel()
        finally:
            self._capture = None
            await close_device(device)
            capture.give_back()
            self._capture_closed.set()
            self._capture_closed = trio.Event()
        trouble.stopped(trio.current_time() - began)
        lookout.lose()
        self._report("microphone", device.name, problem)

    async def _report_working(self, kind: Kind, device: AudioDevice) -> None:
        """Report that a device works, after a proof if it kept failing, and each other name of it.

        A sound server takes the sound to another card when one is unplugged, or made the default.
        """
        if proof := self._troubles[kind].proof:
            await trio.sleep(proof)
        name = device.name
        self._report(kind, name, "")
        while True:
            await trio.sleep(CHECK_SECONDS)
            if device.name != name:
                name = device.name
                self._tell(Device(kind=kind, name=name, problem=""))

    def _report(self, kind: Kind, name: str, problem: str) -> None:
        """Report a change; the same trouble again is news only to somebody who is on air."""
        news = self._troubles[kind].is_news(problem)
        if kind == "microphone":
            self._problem = problem
            news = news or (self._open and bool(problem))
        if news:
            self._tell(Device(kind=kind, name=name, problem=problem))

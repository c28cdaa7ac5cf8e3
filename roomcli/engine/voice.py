"""The engine's two devices, and what is done with their sound."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import trio

from ..audio.device import InputDevice, OutputDevice
from ..audio.encoder_control import EncoderControl
from ..audio.gate import Sensitivity
from ..audio.levels import SILENCE
from ..audio.mixer import Mixer
from ..audio.naming import parse
from ..audio.opus import warm_up
from ..audio.processing.chain import ProcessingChain
from ..audio.processing.reference import EchoReference
from ..audio.samples import BLOCK, FRAME
from ..audio.uplink import Numbering
from ..errors import AudioError
from ..protocol.audio import UplinkFrame
from ..protocol.local import Device, DeviceKind, DeviceStatus, Problem
from ..protocol.playing import Playing
from ..protocol.sound import ChangeSound, SoundChanged
from .capture import Capture, MicrophoneTap
from .health import CaptureTotals, PlayoutTotals
from .microphone_keeper import MicrophoneKeeper
from .other_device import IN_ROOM, WaysOut
from .own_sound import PLAYED_KINDS, OwnSound, processing_of, sensitivity_of
from .player import Player
from .playout import Playout
from .self_hearing import OWN_VOICE
from .speaker_keeper import SpeakerKeeper

SPEECH = -46
"""Level in dBov of a voice that is worth lowering what is played for."""


class AudioDevices:
    """Owns microphone and speakers; a missing device never stops the room.

    ``send`` gets the uplink frames, ``tell`` the news about devices that a person should see;
    ``tell_playing`` gets those about what they play. ``sound`` is what the person wants to be done
    to their voice, ``ways_out`` how they come to another device.
    """

    def __init__(
        self,
        mic: str | None,
        speaker: str | None,
        send: Callable[[UplinkFrame], None],
        tell: Callable[[Device], None],
        sound: OwnSound | None = None,
        tell_playing: Callable[[Playing | Problem], None] | None = None,
        ways_out: WaysOut = IN_ROOM,
    ) -> None:
        self._send = send
        self._ways_out = ways_out
        self.mixer = Mixer()
        self.encoding = EncoderControl()
        self.player = Player(tell_playing or _untold, self._others_speak, self.mixer.sidetone.push)
        self._reference = EchoReference()
        self._sound = sound or OwnSound()
        self._tap: MicrophoneTap | None = None
        self._numbering = Numbering()
        self._microphone = MicrophoneKeeper(mic, self._captures_from, tell, ways_out)
        self._speakers = SpeakerKeeper(speaker, self._plays_on, tell, ways_out)
        self._is_on_stage = self._is_tried = False
        self._changing = trio.Lock()
        self._delay_is_low = False

    async def run(self) -> None:
        """Play, and capture while the microphone is wanted, until cancelled."""
        with contextlib.suppress(AudioError):  # who is heard, or speaks, is told what is missing
            warm_up()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._speakers.run, self._microphone)
                nursery.start_soon(self._microphone.run, self._speakers)
                nursery.start_soon(self._microphone.look_for_named)
                nursery.start_soon(self.player.run)
        finally:
            self.mixer.close()

    @property
    def _capture(self) -> Capture | None:
        return self._microphone.capture

    @property
    def _playout(self) -> Playout | None:
        return self._speakers.playout

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

    def totals(self) -> tuple[CaptureTotals | None, PlayoutTotals | None]:
        """Return what microphone and speakers have counted; None for one that is not in use."""
        capture, playout = self._capture, self._playout
        return (
            capture.totals() if capture is not None else None,
            playout.totals() if playout is not None else None,
        )

    @property
    def own_sound(self) -> SoundChanged:
        """How the voice of the microphone is treated, and what is at work of it now."""
        kind = self._microphone_kind
        capture = self._capture if kind != "none" else None
        return SoundChanged(
            sound=self._sound.for_kind(kind),
            works=capture.works if capture is not None else (),
            played=kind in PLAYED_KINDS,
            bitrate=capture.bitrate if capture is not None else 0,
        )

    @property
    def sensitivity(self) -> Sensitivity:
        """How easily the voice gate opens for the microphone."""
        return sensitivity_of(self._sound.for_kind(self._microphone_kind))

    @property
    def frame_length(self) -> int:
        """Samples of the frames that are sent."""
        return BLOCK if self._delay_is_low else FRAME

    def change_sound(self, change: ChangeSound) -> None:
        """Treat the voice of the microphone otherwise, at once."""
        kind = self._microphone_kind
        self._sound.change(change, kind)
        if self._capture is not None:
            self._capture.adopt(self._sound.for_kind(kind))

    @property
    def may_be_dead(self) -> bool:
        """Whether silence of the microphone is a fault; what is played may be silent."""
        return self._microphone_kind not in PLAYED_KINDS

    @property
    def _microphone_kind(self) -> str:
        return (
            self._capture.device.kind
            if self._capture is not None
            else parse(self._microphone.spec)[0]
        )

    @property
    def trouble(self) -> str | None:
        """Why the microphone gives no sound; empty if it works, None while it is opened.

        In the audience, no microphone is wanted and the answer is empty.
        """
        if not self._microphone.is_wanted:
            return ""
        if self._capture is not None:
            has_sound = self._capture.device.kind != "none" or self.player.has_file
            return "" if has_sound else f"it is set to none; {self._ways_out['microphone']}"
        return self._microphone.problem or None

    def want_microphone(self, wanted: bool) -> None:
        """Say whether the microphone device should be in use; in the audience it is closed."""
        self._is_on_stage = wanted
        self._open_if_wanted()

    def try_microphone(self, tried: bool) -> None:
        """Say whether the person looks at the microphone's level, which the audience may too."""
        self._is_tried = tried
        self._open_if_wanted()

    def spec(self, kind: DeviceKind) -> str | None:
        """Return what names the wanted device; None is the system's default."""
        return (self._microphone if kind == "microphone" else self._speakers).spec

    def status(self) -> list[DeviceStatus]:
        """Return what the sound system grants to the devices in use."""
        both = (self._microphone.status, self._speakers.status)
        return [each for each in both if each is not None]

    async def change_device(self, kind: DeviceKind, spec: str | None) -> None:
        """Use another microphone or other speakers; those in use go on until they are there.

        Raises AudioError if they cannot be used; then nothing has changed.
        """
        async with self._changing:
            if kind == "microphone":
                await self._microphone.change_device(spec, self._speakers)
            else:
                await self._speakers.change_device(spec, self._microphone)

    def tap(self, tap: MicrophoneTap | None) -> None:
        """Let somebody hear the microphone, on air or not, from now on; None: nobody.

        It is in use meanwhile, in the audience too.
        """
        self._tap = tap
        if self._capture is not None:
            self._capture.tap(tap)
        self._open_if_wanted()

    def press(self, ago: float) -> None:
        """Keep the sound from ``ago`` seconds before now on, until it is sent or closed."""
        if self._capture is not None:
            self._capture.press(ago)

    def begin_sending(self) -> None:
        """Send the sound since the press."""
        self._microphone.is_open = True
        if self._capture is not None:
            self._capture.begin_sending()

    def release(self, then: Callable[[], object], ago: float) -> None:
        """Send the sound until ``ago`` seconds before now, nothing after it, then call ``then``."""
        self._microphone.is_open = False
        if self._capture is None:
            then()
        else:
            self._capture.release(then, ago)

    def close(self) -> None:
        """Send nothing from now on."""
        self._microphone.is_open = False
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
        for each in (self._speakers, self._microphone):
            if each.uses_card:
                each.give_way()

    def _open_if_wanted(self) -> None:
        tapped = self._tap is not None
        self._microphone.want(self._is_on_stage or self._is_tried or tapped)

    def _plays_on(self, device: OutputDevice) -> Playout:
        playout = Playout(device, self.mixer, self._reference)
        playout.keep_smallest_cushion(self._delay_is_low)
        return playout

    def _captures_from(self, device: InputDevice) -> Capture:
        """Return what captures from a microphone that was opened. Raises AudioError."""
        sound = self._sound.for_kind(device.kind)
        chain = ProcessingChain(processing_of(sound), self._reference)
        numbering, control = self._numbering, self.encoding
        capture = Capture(device, self._send, chain, numbering, control, self.player)
        capture.adopt(sound)
        capture.send_short_frames(self._delay_is_low)
        capture.tap(self._tap)
        self.player.take_microphone(device)
        return capture

    def _others_speak(self) -> bool:
        levels = self.mixer.levels(trio.current_time())
        return any(level >= SPEECH for name, level in levels.items() if name != OWN_VOICE)


def _untold(news: Playing | Problem) -> None:
    """Take what nobody asked for."""

"""What a person plays to the room: a file beside their microphone, or the microphone itself.

It gets lower while anybody speaks, others or oneself. A file waits while the microphone is shut.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import trio
from msgspec.structs import replace

from ..audio.device import InputDevice
from ..audio.devices import open_beside
from ..audio.ducking import Ducking
from ..audio.gate import VoiceGate
from ..audio.limiter import Limiter
from ..audio.played_device import PlayedDevice
from ..audio.samples import Samples
from ..errors import AudioError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import Problem
from ..protocol.playing import Pause, PlayCommand, Playing, PlaySound, Seek, StopPlaying
from .opening import close_device, open_device
from .replies import Answered

CHECK_SECONDS = 0.1
NOTHING = "nothing is played: /play FILE plays a file"
IS_MICROPHONE = "it is your microphone: /pause lets it wait"


class Player:
    """Plays one file at a time, or a microphone that is a file or a pipe; pauses and winds it.

    ``tell`` gets what a person should know; ``others_speak`` says whether anybody is heard now;
    ``hear`` gets what goes out beside the voice, for one's own ears.
    """

    def __init__(
        self,
        tell: Callable[[Playing | Problem], None],
        others_speak: Callable[[], bool],
        hear: Callable[[Samples], None],
    ) -> None:
        self._tell = tell
        self._hear = hear
        self._others_speak = others_speak
        self._nursery: trio.Nursery | None = None
        self._opening = trio.CancelScope()
        self._file: PlayedDevice | None = None
        self._microphone: PlayedDevice | None = None
        self._on_air = self._begun = False
        self._told: Playing | None = None
        self._ducking = Ducking()
        self._own_voice = _OwnVoice()
        self._limiter = Limiter()

    async def run(self) -> None:
        """Open what is to be played, and tell what becomes of it, until cancelled."""
        try:
            async with trio.open_nursery() as self._nursery:
                while True:
                    await trio.sleep(CHECK_SECONDS)
                    self._tell_changes()
        finally:
            self._nursery = None
            if self._file is not None:
                await close_device(self._file)

    @property
    def has_file(self) -> bool:
        """Whether there is a file to be played beside the microphone."""
        return self._file is not None

    @property
    def sounds(self) -> bool:
        """Whether a file goes out beside the microphone."""
        file = self._file
        return file is not None and self._on_air and not (file.paused or file.ended)

    @property
    def state(self) -> Playing | None:
        """What is played, and how far it is; None if nothing is."""
        played = self._file or self._microphone
        if played is None:
            return None
        name, position = Path(played.name).name, round(played.position, 1)
        state = Playing(name=name, state="playing", position=position, duration=played.duration)
        if played.ended:
            return replace(state, state="ended")
        if played.paused:
            return replace(state, state="paused")
        opened = self._begun if played.duration is None else self._on_air
        return state if opened else replace(state, state="waiting")

    def take_microphone(self, device: InputDevice) -> None:
        """Note the microphone in use; one that is a file or a pipe is what is played."""
        is_played = device.kind in ("file", "pipe")
        self._microphone = cast(PlayedDevice, device) if is_played else None
        self._on_air = self._begun = False

    def lose_microphone(self) -> None:
        """Note that the microphone is closed: what is played waits."""
        self._microphone = None
        self._on_air = self._begun = False

    def mix(self, voice: Samples, *, on_air: bool) -> Samples:
        """Return the next block of the microphone with what is played beside it."""
        self._on_air, self._begun = on_air, self._begun or on_air
        if self._file is not None:
            self._file.held = not on_air
        if self._microphone is not None and self._microphone.duration is not None:
            self._microphone.held = self._begun and not on_air
        if self._file is None:
            if self._microphone is None:
                return voice
            return self._ducking.process(voice, speech=self._others_speak())
        speaks = self._microphone is None and self._own_voice.speaks(voice)
        beside = self._ducking.process(
            self._file.take_block(), speech=speaks or self._others_speak()
        )
        if on_air:
            self._hear(beside)
        return self._limiter.process(voice + beside)

    def obey(self, command: PlayCommand, answered: Answered) -> None:
        """Carry out a command; ``answered`` gets ``done`` or ``refused``."""
        if isinstance(command, PlaySound) and command.file:
            self._open_file(command.file, answered)
            return
        try:
            self._steer(command)
        except AudioError as error:
            name = c.command_name(command)
            answered(e.Refused(command=name, code="cannot_play", text=str(error)))
        else:
            answered(e.Done(ref=0))
            self._tell_changes()

    def _steer(self, command: PlayCommand) -> None:
        """Change how the one that is played goes on. Raises AudioError."""
        played = self._file or self._microphone
        if played is None:
            raise AudioError(NOTHING)
        match command:
            case PlaySound():
                if played.ended:
                    played.seek(0.0)
                played.paused = False
            case Pause():
                played.paused = True
            case Seek(to=None, by=0.0):
                raise AudioError("say where: /seek 1:30, or /seek +10")
            case Seek(to=to, by=by):
                played.seek(played.position + by if to is None else to)
                self._told = None
            case StopPlaying():
                self._end_file()

    def _open_file(self, path: str, answered: Answered) -> None:
        """Play a file, in place of one that is being opened or played."""
        self._opening.cancel()
        scope = self._opening = trio.CancelScope()

        async def open_file() -> None:
            answer: e.Done | e.Refused = _refused("another file is played")
            with scope:
                try:
                    file = await open_device(open_beside, path)
                except AudioError as error:
                    answer = _refused(str(error))
                else:
                    file.start(_keeps_time)
                    before, self._file, self._told = self._file, file, None
                    answer = e.Done(ref=0)
                    if before is not None:
                        await close_device(before)
            answered(answer)
            self._tell_changes()

        assert self._nursery is not None
        self._nursery.start_soon(open_file)

    def _end_file(self) -> None:
        """Play the file no longer. Raises AudioError if there is none."""
        state, file = self.state, self._file
        if file is None or state is None:
            raise AudioError(IS_MICROPHONE)
        self._opening.cancel()
        self._file = None
        self._tell(replace(state, state="stopped"))
        assert self._nursery is not None
        self._nursery.start_soon(close_device, file)

    def _tell_changes(self) -> None:
        """Tell what has changed."""
        if self._file is not None and (problem := self._file.failed):
            self._end_file()
            self._tell(Problem(code="cannot_play", text=problem))
        told, self._told = self._told, self.state
        if self._told is not None and _kind(self._told) != _kind(told):
            self._tell(self._told)


class _OwnVoice:
    """Tells from blocks of 10 ms whether the owner of the microphone speaks."""

    def __init__(self) -> None:
        self._gate = VoiceGate()
        self._first_half: Samples | None = None

    def speaks(self, block: Samples) -> bool:
        """Take the next block; return whether it is within a talk spurt."""
        if self._first_half is None:
            self._first_half = block
        else:
            self._gate.process(np.concatenate((self._first_half, block)))
            self._first_half = None
        return self._gate.hears_speech


def _kind(state: Playing | None) -> tuple[str, str] | None:
    """Return of what a change is news; that time passes is none."""
    return None if state is None else (state.name, state.state)


def _refused(why: str) -> e.Refused:
    return e.Refused(command="play_sound", code="cannot_play", text=why)


def _keeps_time() -> None:
    """Take the wake-up calls of a file: whoever takes its sound keeps time."""

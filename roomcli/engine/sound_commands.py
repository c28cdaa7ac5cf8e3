"""Commands about one's own sound in a room: which part of the engine carries out which."""

from __future__ import annotations

import time

import trio

from ..errors import AudioError
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import (
    ChooseMicrophone,
    ChooseSpeakers,
    HearYourself,
    ListDevices,
    PlayChimes,
    PushToTalk,
    ToggleMicrophone,
)
from ..protocol.playing import Pause, PlaySound, Seek, StopPlaying
from ..protocol.sound import ChangeSound
from .chiming import Chiming
from .device_choice import DeviceChoice
from .microphone import age_of
from .own_microphone import OwnMicrophone
from .own_voice import OwnVoiceTest
from .replies import Answered
from .voice import AudioDevices

MicrophoneCommand = c.Mute | c.Unmute | ToggleMicrophone | PushToTalk
DeviceCommand = ChooseMicrophone | ChooseSpeakers | ListDevices
PlayerCommand = PlaySound | Pause | Seek | StopPlaying
OwnEars = HearYourself | PlayChimes
SoundCommand = MicrophoneCommand | DeviceCommand | PlayerCommand | ChangeSound | OwnEars


class SoundCommands:
    """Gives each command to the part that it is for."""

    def __init__(
        self,
        voice: AudioDevices,
        microphone: OwnMicrophone,
        device_choice: DeviceChoice,
        own_voice: OwnVoiceTest,
        chiming: Chiming,
    ) -> None:
        self._voice = voice
        self._microphone = microphone
        self._device_choice = device_choice
        self._own_voice = own_voice
        self._chiming = chiming

    def obey(self, command: SoundCommand, answered: Answered) -> None:
        """Carry out a command; ``answered`` gets the answers, of the server or of a part here."""
        match command:
            case c.Mute() | c.Unmute() | ToggleMicrophone() | PushToTalk():
                ago = age_of(command, time.monotonic())
                self._microphone.obey(command, answered, trio.current_time(), ago)
            case ChooseMicrophone() | ChooseSpeakers() | ListDevices():
                self._device_choice.obey(command, answered)
            case PlaySound() | Pause() | Seek() | StopPlaying():
                self._voice.player.obey(command, answered)
            case ChangeSound():
                self._voice.change_sound(command)
                answered(self._voice.own_sound)
                answered(e.Done(ref=0))
            case HearYourself(on=on):
                answered(self._hear_yourself(on=on))
            case PlayChimes(on=on):
                self._chiming.on = on
                answered(e.Done(ref=0))

    def _hear_yourself(self, *, on: bool) -> e.Done | e.Refused:
        """Let the person hear themselves while muted, or no longer."""
        name = "hear_yourself"
        if on and self._microphone.is_open:
            text = "you are on air: mute first, then you can hear yourself"
            return e.Refused(command=name, code="on_air", text=text)
        try:
            if on:
                self._own_voice.switch_on()
            else:
                self._own_voice.switch_off()
        except AudioError as error:
            return e.Refused(command=name, code="no_codec", text=str(error))
        return e.Done(ref=0)

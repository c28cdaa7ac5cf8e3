"""Home: one is in no room, and may try the devices: their levels, and a tone for the speakers."""

from __future__ import annotations

from collections.abc import Callable

import trio

from ..audio.device import DeviceInfo, InputDevice
from ..audio.devices import list_devices, open_input, open_output
from ..audio.levels import SILENCE, Meter, decibels
from ..audio.samples import BLOCK
from ..errors import AudioError
from ..protocol import events as e
from ..protocol.health import WatchStats
from ..protocol.local import (
    ChannelCommand,
    Device,
    Levels,
    OpenDevices,
    PlayTone,
    Problem,
    RenewMicrophone,
    WatchDevices,
)
from ..protocol.sound import ChangeSound, SoundChanged
from .opening import close_device, open_device
from .own_sound import OwnSound
from .wake import Wake

LEVEL_SECONDS = 0.1
TONE_SECONDS = 0.7


class Home:
    """Home, where one is in no room: serves ``open_devices`` and ``play_tone``.

    ``tell`` gives events to the frontend; ``sound`` is what the person wants to be done to their
    voice in the next room.
    """

    def __init__(self, tell: Callable[[e.Event], None], sound: OwnSound) -> None:
        self._tell = tell
        self._sound = sound
        self._speaker: str | None = None
        self._plays = False
        self._metering = trio.CancelScope()
        self._nursery: trio.Nursery | None = None

    async def run(self, until: trio.Event) -> None:
        """Be at home until the event; all devices are closed at the end."""
        async with trio.open_nursery() as self._nursery:
            await until.wait()
            self._nursery.cancel_scope.cancel()
        self._nursery = None

    def obey(self, command: ChannelCommand) -> None:
        """Carry out a command of the frontend, while at home."""
        if self._nursery is None:
            return
        match command:
            case OpenDevices(mic=mic, speaker=speaker):
                self._speaker = speaker
                self._metering.cancel()
                self._metering = trio.CancelScope()
                self._nursery.start_soon(self._meter, mic, speaker, self._metering)
            case PlayTone():
                if not self._plays:  # a second tone over the first would not help
                    self._plays = True
                    self._nursery.start_soon(self._play_tone)
            case ChangeSound(ref=ref):
                self._sound.change(command, "device")
                self._tell(SoundChanged(sound=self._sound.for_kind("device"), ref=ref))
                if ref is not None:
                    self._tell(e.Done(ref=ref))
            case RenewMicrophone() | WatchDevices() | WatchStats():
                pass  # of the room that was left
            case _:
                text = "enter a room first"
                self._tell(Problem(code="no_room", text=text, ref=command.ref))

    async def _meter(self, mic: str | None, speaker: str | None, scope: trio.CancelScope) -> None:
        with scope:
            known = await trio.to_thread.run_sync(_known_devices, abandon_on_cancel=True)
            outputs = tuple(each.name for each in known if each.outputs)
            inputs = tuple(each.name for each in known if each.inputs)
            self._tell(Device(kind="speaker", name=speaker or "default", choices=outputs))
            try:
                device = await open_device(open_input, mic)
            except AudioError as error:
                self._tell_microphone(mic or "default", str(error), inputs)
                return
            self._tell_microphone(device.name, "", inputs)
            self._tell_microphone(device.name, await self._metered(device), inputs)

    def _tell_microphone(self, name: str, problem: str, choices: tuple[str, ...]) -> None:
        self._tell(Device(kind="microphone", name=name, problem=problem, choices=choices))

    async def _metered(self, device: InputDevice) -> str:
        """Report the levels until the device fails; return why it failed."""
        wake = Wake()
        meter = Meter()
        try:
            device.start(wake.from_thread)
            while (failure := device.check(trio.current_time())) is None:
                await trio.sleep(LEVEL_SECONDS)
                level = SILENCE
                while device.ring.fill >= BLOCK:
                    heard = decibels(device.ring.read(BLOCK)[0])
                    level = round(meter.update(heard, BLOCK))
                self._tell(Levels(microphone=level))
        except AudioError as error:
            failure = str(error)
        finally:
            device.close()
        return failure

    async def _play_tone(self) -> None:
        name = self._speaker or "default"
        try:
            output = await open_device(open_output, self._speaker)
            tone = open_input("tone:660")
            wake = Wake()
            try:
                output.start(wake.from_thread)
                tone.start(wake.from_thread)
                with trio.move_on_after(TONE_SECONDS):
                    while True:
                        await wake.wait(LEVEL_SECONDS)
                        while tone.ring.fill >= BLOCK and output.ring.free >= BLOCK:
                            output.ring.write(tone.ring.read(BLOCK)[0])
            finally:
                tone.close()
                await close_device(output)
        except AudioError as error:
            self._tell(Device(kind="speaker", name=name, problem=str(error)))
        finally:
            self._plays = False


def _known_devices() -> list[DeviceInfo]:
    try:
        return list_devices()
    except AudioError:
        return []

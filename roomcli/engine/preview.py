"""Before a room: the devices' levels, and a tone to hear whether the speakers work."""

from __future__ import annotations

import functools

import trio

from ..audio.devices import DeviceInfo, InputDevice, list_devices, open_input, open_output
from ..audio.levels import SILENT, Meter
from ..audio.samples import BLOCK
from ..errors import AudioError
from ..protocol.local import Device, Enter, Levels, OpenDevices, PlayTone, Problem
from .channel import Channel
from .wake import Wake

LEVEL_SECONDS = 0.1
TONE_SECONDS = 0.7


class Preview:
    """Serves ``open_devices`` and ``play_tone`` until ``enter`` comes."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._speaker: str | None = None

    async def run(self) -> Enter | None:
        """The command that ends it; None when the channel ends. Raises ProtocolError."""
        async with trio.open_nursery() as nursery:
            metering = trio.CancelScope()
            try:
                while True:
                    command = await self._channel.receive()
                    match command:
                        case None | Enter():
                            return command
                        case OpenDevices(mic=mic, speaker=speaker):
                            self._speaker = speaker
                            metering.cancel()
                            metering = trio.CancelScope()
                            nursery.start_soon(self._meter, mic, speaker, metering)
                        case PlayTone():
                            nursery.start_soon(self._play_tone)
                        case _:
                            text = "enter a room first"
                            self._channel.send(Problem(code="no_room", text=text))
            finally:
                nursery.cancel_scope.cancel()

    async def _meter(self, mic: str | None, speaker: str | None, scope: trio.CancelScope) -> None:
        with scope:
            known = await trio.to_thread.run_sync(_known_devices)
            self._tell_speaker(speaker, known)
            choices = tuple(each.name for each in known if each.inputs)
            try:
                device = await trio.to_thread.run_sync(open_input, mic)
            except AudioError as error:
                self._channel.send(
                    Device(
                        kind="microphone",
                        name=mic or "default",
                        problem=str(error),
                        choices=choices,
                    )
                )
                return
            self._channel.send(Device(kind="microphone", name=device.name, choices=choices))
            await self._send_levels(device)

    def _tell_speaker(self, speaker: str | None, known: list[DeviceInfo]) -> None:
        choices = tuple(each.name for each in known if each.outputs)
        self._channel.send(Device(kind="speaker", name=speaker or "default", choices=choices))

    async def _send_levels(self, device: InputDevice) -> None:
        wake = Wake()
        meter = Meter()
        try:
            device.start(wake.from_thread)
            while (failure := device.check(trio.current_time())) is None:
                await trio.sleep(LEVEL_SECONDS)
                level: float = SILENT
                while device.ring.fill >= BLOCK:
                    level = meter.update(device.ring.read(BLOCK)[0])
                self._channel.send(Levels(microphone=int(level)))
            self._channel.send(Device(kind="microphone", name=device.name, problem=failure))
        finally:
            device.close()

    async def _play_tone(self) -> None:
        try:
            output = await trio.to_thread.run_sync(open_output, self._speaker)
            tone = await trio.to_thread.run_sync(functools.partial(open_input, "tone:660"))
        except AudioError as error:
            self._channel.send(
                Device(kind="speaker", name=self._speaker or "default", problem=str(error))
            )
            return
        wake = Wake()
        try:
            output.start(wake.from_thread)
            tone.start(wake.from_thread)
            with trio.move_on_after(TONE_SECONDS):
                while True:
                    await wake.wait(LEVEL_SECONDS)
                    while tone.ring.fill >= BLOCK and output.ring.room >= BLOCK:
                        output.ring.write(tone.ring.read(BLOCK)[0])
        finally:
            tone.close()
            output.close()


def _known_devices() -> list[DeviceInfo]:
    try:
        return list_devices()
    except AudioError:
        return []

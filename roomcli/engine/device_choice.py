"""What a person asks of their devices in a room: which there are, and which to use from now on."""

from __future__ import annotations

from collections.abc import Callable

import trio

from ..audio import naming
from ..audio.device import DeviceInfo
from ..audio.devices import is_seen_when_plugged_in, list_devices_anew
from ..audio.naming import find_card
from ..errors import AudioError
from ..protocol import events as e
from ..protocol.local import (
    ChooseMicrophone,
    ChooseSpeakers,
    DeviceChosen,
    DeviceKind,
    DeviceList,
    ListDevices,
)
from .replies import Answered
from .voice import AudioDevices

LOOK_SECONDS = 2.0
"""Seconds between two looks at what was plugged in or granted, while devices are watched."""
DEFAULT = "default"
MOST_LISTED = 100
"""Devices of a kind that are told."""


class DeviceChoice:
    """Answers what a person asks of ``devices``, and tells what follows from it by ``tell``."""

    def __init__(self, devices: AudioDevices, tell: Callable[[e.Event], None]) -> None:
        self._devices = devices
        self._tell = tell
        self._watching = trio.CancelScope()
        self._nursery: trio.Nursery | None = None

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        """Serve until cancelled; it has begun when ``task_status`` says so."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    def obey(
        self, command: ChooseMicrophone | ChooseSpeakers | ListDevices, answered: Answered
    ) -> None:
        """Carry out a command; ``answered`` gets the answer."""
        assert self._nursery is not None, "a room runs this before it obeys"
        match command:
            case ChooseMicrophone(device=device):
                self._nursery.start_soon(self._choose, "microphone", device, answered)
            case ChooseSpeakers(device=device):
                self._nursery.start_soon(self._choose, "speaker", device, answered)
            case ListDevices():
                self._nursery.start_soon(self._answer_list, answered)

    def watch_devices(self, on: bool) -> None:
        """Say whether a person looks at what there is to choose from."""
        assert self._nursery is not None, "a room runs this before it obeys"
        self._devices.try_microphone(on)
        self._watching.cancel()
        if on:
            self._watching = trio.CancelScope()
            self._nursery.start_soon(self._watch, self._watching)

    async def _choose(self, kind: DeviceKind, device: str, answered: Answered) -> None:
        name = "choose_microphone" if kind == "microphone" else "choose_speakers"
        try:
            spec = await self._meant(kind, device)
            await self._devices.change_device(kind, spec)
        except AudioError as error:
            answered(e.Refused(command=name, code="no_device", text=str(error)))
        else:
            self._tell(DeviceChosen(kind=kind, device=spec or DEFAULT))
            answered(e.Done(ref=0))

    async def _meant(self, kind: DeviceKind, device: str) -> str | None:
        """Return what names the device now and the next time: numbers change. Raises AudioError."""
        if naming.is_default(device):
            return None
        sort, rest = naming.parse(device, speaker=kind == "speaker")
        if rest.isdecimal() and naming.is_card(device):
            direction = "input" if kind == "microphone" else "output"
            if card := find_card(await _cards_now(device), device, direction):
                prefix = "portaudio:" if sort == "portaudio" else ""
                return f"{prefix}{card.name}"
        return device.strip()

    async def _answer_list(self, answered: Answered) -> None:
        try:
            answered(_list_of(await _cards_now(None)))
        except AudioError as error:
            answered(e.Refused(command="list_devices", code="no_device", text=str(error)))
        else:
            answered(e.Done(ref=0))

    async def _watch(self, scope: trio.CancelScope) -> None:
        told: list[e.Event] = []
        looks_again = True
        listed = DeviceList()
        with scope:
            while True:
                if looks_again:
                    try:
                        listed = _list_of(await _cards_now(None))
                        looks_again = await _is_seen_when_plugged_in()
                    except AudioError:  # a sound server that is away may come back
                        listed = DeviceList()
                news = [listed, *self._devices.status()]
                for each in news:
                    if each not in told:
                        self._tell(each)
                told = news
                await trio.sleep(LOOK_SECONDS)


def _list_of(cards: list[DeviceInfo]) -> DeviceList:
    return DeviceList(
        microphones=tuple(each.name for each in cards if each.inputs)[:MOST_LISTED],
        speakers=tuple(each.name for each in cards if each.outputs)[:MOST_LISTED],
    )


async def _cards_now(spec: str | None) -> list[DeviceInfo]:
    """Return the cards that there are now. Raises AudioError."""
    return await trio.to_thread.run_sync(list_devices_anew, spec, abandon_on_cancel=True)


async def _is_seen_when_plugged_in() -> bool:
    """Whether looking again costs nothing. Raises AudioError."""
    return await trio.to_thread.run_sync(is_seen_when_plugged_in, None, abandon_on_cancel=True)

"""A voice with scripted devices, for the tests of what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import trio

from roomcli.audio.device import DeviceInfo
from roomcli.engine import lookout, voice
from roomcli.engine.voice import AudioDevices
from roomcli.errors import AudioError
from roomcli.protocol.audio import UplinkFrame
from roomcli.protocol.local import Device

from ..roomcli.engine.test_capture import ScriptedCard
from .patience import PATIENCE


class Shelf:
    """Gives out cards as they are asked for, and knows them all."""

    def __init__(self, *cards: ScriptedCard | AudioError | Exception) -> None:
        self._cards = list(cards)
        self.given: list[ScriptedCard] = []

    def open(self, spec: str | None = None) -> ScriptedCard:
        card = self._cards.pop(0) if self._cards else ScriptedCard()
        if isinstance(card, Exception):
            raise card
        self.given.append(card)
        return card

    def __len__(self) -> int:
        return len(self._cards)

    def clear(self) -> None:
        """What is asked for from now on is there."""
        self._cards.clear()

    @property
    def started(self) -> bool:
        """Whether the newest one is used: its owner knows it."""
        return bool(self.given) and self.given[-1].wake is not None

    @property
    def in_use(self) -> list[ScriptedCard]:
        return [card for card in self.given if not card.closed]


class Studio:
    """A voice with scripted devices."""

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        mics: Shelf,
        speakers: Shelf,
        mic: str | None = None,
        speaker: str | None = None,
    ) -> None:
        def open_output(spec: str | None = None) -> ScriptedCard:
            return ScriptedCard("none") if spec == "none" else self._open(speakers, spec)

        patch.setattr(voice, "open_input", partial(self._open, mics))
        patch.setattr(voice, "open_output", open_output)
        self.cards = ["a card"]
        patch.setattr(lookout, "list_devices", self._known)
        patch.setattr(lookout, "list_devices_anew", lambda: listed(self.cards))
        self._shelves = (mics, speakers)
        self._last_known: list[str] = []
        self.told: list[Device] = []
        self.frames: list[UplinkFrame] = []
        self.voice = AudioDevices(mic, speaker, self.frames.append, self.told.append)

    def _open(self, shelf: Shelf, spec: str | None = None) -> ScriptedCard:
        self._look()
        return shelf.open(spec)

    def _known(self) -> list[DeviceInfo]:
        self._look()
        return listed(self._last_known)

    def _look(self) -> None:
        """As PortAudio: it looks for cards only while none is open."""
        if not any(shelf.in_use for shelf in self._shelves):
            self._last_known = [*self.cards]

    def problems(self, kind: str) -> list[str]:
        return [device.problem for device in self.told if device.kind == kind]


def listed(names: list[str]) -> list[DeviceInfo]:
    return [DeviceInfo(n, each, "ALSA", 2, 2, 48_000, False, False) for n, each in enumerate(names)]


async def settled(until: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Devices are opened in real threads: look again and again."""
    with trio.fail_after(seconds):
        while not until():  # noqa: ASYNC110 - what a thread does sets no event
            await trio.sleep(0.005)

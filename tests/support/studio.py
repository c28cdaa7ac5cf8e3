"""Audio devices that are scripted, for tests of what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import trio

from roomcli.audio.device import DeviceInfo
from roomcli.engine import lookout, microphone_keeper, speaker_keeper
from roomcli.engine.other_device import IN_ROOM
from roomcli.engine.voice import AudioDevices
from roomcli.errors import AudioError
from roomcli.protocol.audio import UplinkFrame
from roomcli.protocol.local import Device, Problem
from roomcli.protocol.playing import Playing

from ..roomcli.engine.test_capture import ScriptedCard
from .patience import PATIENCE


class Shelf:
    """Hands out the scripted cards in order, and remembers them all."""

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
        """Remove the cards that are left; from now on every request gets a working card."""
        self._cards.clear()

    @property
    def started(self) -> bool:
        """Whether the newest card has been started by its owner."""
        return bool(self.given) and self.given[-1].wake is not None

    @property
    def in_use(self) -> list[ScriptedCard]:
        return [card for card in self.given if not card.closed]


class Studio:
    """The engine's audio devices, with scripted cards under them."""

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

        patch.setattr(microphone_keeper, "open_input", partial(self._open, mics))
        patch.setattr(speaker_keeper, "open_output", open_output)
        self.cards = ["a card"]
        patch.setattr(lookout, "is_seen_when_plugged_in", lambda spec: False)
        patch.setattr(lookout, "list_devices", self._known)
        patch.setattr(lookout, "list_devices_anew", lambda spec: listed(self.cards))
        self._shelves = (mics, speakers)
        self._last_known: list[str] = []
        self.told: list[Device] = []
        self.frames: list[UplinkFrame] = []
        self.told_playing: list[Playing | Problem] = []
        self.voice = AudioDevices(
            mic,
            speaker,
            self.frames.append,
            self.told.append,
            tell_playing=self.told_playing.append,
        )

    def _open(self, shelf: Shelf, spec: str | None = None) -> ScriptedCard:
        self._look()
        return shelf.open(spec)

    def _known(self, spec: str | None = None) -> list[DeviceInfo]:
        self._look()
        return listed(self._last_known)

    def _look(self) -> None:
        """Look for cards only while none is open, as PortAudio does."""
        if not any(shelf.in_use for shelf in self._shelves):
            self._last_known = [*self.cards]

    def problems(self, kind: str) -> list[str]:
        """Return what was told to be wrong, without how to use another device."""
        told = [device for device in self.told if device.kind == kind]
        return [each.problem.removesuffix(f"; {IN_ROOM[each.kind]}") for each in told]


def listed(names: list[str]) -> list[DeviceInfo]:
    return [DeviceInfo(n, each, "ALSA", 2, 2, 48_000, False, False) for n, each in enumerate(names)]


async def settled(until: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until ``until`` is true. It is polled, since devices are opened in threads."""
    with trio.fail_after(seconds):
        while not until():  # noqa: ASYNC110 - what a thread does sets no event
            await trio.sleep(0.005)

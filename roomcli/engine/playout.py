"""The way from the mixer to the speakers, with as deep a cushion as this machine needs."""

from __future__ import annotations

import trio

from ..audio.device import OutputDevice
from ..audio.mixer import Mixer
from ..audio.processing.reference import EchoReference
from ..audio.samples import BLOCK
from ..errors import AudioError
from .cushion import Cushion, CushionInTime, CushionOnRequest
from .health import PlayoutTotals
from .standstill import StandstillWatch
from .wake import Wake

CHECK_SECONDS = 0.25


class Playout:
    """Plays on one output device."""

    def __init__(self, device: OutputDevice, mixer: Mixer, reference: EchoReference) -> None:
        self.device = device
        self._mixer = mixer
        self._reference = reference
        self._underruns = 0
        self._stalls = 0
        self._wake = Wake()
        self._clock = trio.lowlevel.current_clock()
        self._cushion: Cushion = (
            CushionInTime()
            if device.takes_blocks
            else CushionOnRequest(trio.current_time(), device.least_ready)
        )

    @property
    def cushion(self) -> int:
        """Samples by which sound is mixed before the device needs it."""
        return self._cushion.depth

    def keep_smallest_cushion(self, smallest: bool) -> None:
        """Say whether as little sound as can be is to lie ready."""
        self._cushion.smallest = smallest

    async def run(self) -> str:
        """Play until the device fails; return what happened, as text for a person."""
        ring = self.device.ring
        self._fill()
        try:
            self.device.start(self._took)
        except AudioError as error:
            return str(error)
        watch, missed = StandstillWatch(trio.current_time()), ring.underruns
        while (failure := self.device.check(trio.current_time())) is None:
            due = self._due
            await self._wake.wait(min(max(due - trio.current_time(), 0.0), CHECK_SECONDS))
            now, depth = trio.current_time(), self.cushion
            self._cushion.look(ring.underruns, due, now)
            # A deeper cushion takes up what was missing.
            missing = max(ring.underruns - missed - max(self.cushion - depth, 0), 0)
            missed = ring.underruns
            stood = watch.has_stood(now)
            self._stalls += stood
            if stood or missing:
                self._mixer.stood_still(now, missing)
            self._fill()
        return failure

    def totals(self) -> PlayoutTotals:
        """Return what the device is, and what it missed so far."""
        device = self.device
        return PlayoutTotals(
            device.name,
            device.latency,
            self.cushion,
            device.ring.underruns,
            device.gaps,
            self._stalls,
            is_silent=device.kind == "none",
        )

    def __str__(self) -> str:
        samples = self.device.ring.underruns
        return f"{self.device.name}: cushion {self.cushion}, {samples} samples came too late"

    def _took(self) -> None:
        """Note that the device took sound; called on its thread."""
        if self._cushion.took(self.device.ring.asked, self._clock.current_time()):
            self._wake.from_thread()

    @property
    def _due(self) -> float:
        """When the next block has to be mixed."""
        ring = self.device.ring
        return self._cushion.due(ring.fill, ring.asked)

    def _fill(self) -> None:
        ring = self.device.ring
        if missing := ring.underruns - self._underruns:
            self._reference.skip_played(missing)
            self._underruns = ring.underruns
        while ring.free >= BLOCK and self._due <= (now := trio.current_time()):
            block = self._mixer.pull(now)
            needed = self._cushion.needed(ring.fill, ring.asked, now)
            self._reference.add(block, needed + self.device.latency)
            ring.write(block)

"""From the mixer to the speakers: a cushion just as deep as this machine needs."""

from __future__ import annotations

import trio

from ..audio.devices import OutputDevice
from ..audio.mixer import Mixer
from ..audio.samples import BLOCK
from .wake import Wake

CHECK_SECONDS = 0.25
LEAST_CUSHION = 2 * BLOCK
MOST_CUSHION = 8 * BLOCK
CALM_BLOCKS = 3000
"""Blocks without an underrun (30 s) after which the cushion may be thinner again."""


class Playout:
    """One output device in use. The device asks for a block every 10 ms; the cushion is what
    lies ready beyond that, and grows when the device found too little."""

    def __init__(self, device: OutputDevice, mixer: Mixer) -> None:
        self.device = device
        self._mixer = mixer
        self._cushion = LEAST_CUSHION
        self._underruns = 0
        self._calm = 0
        self._wake = Wake()

    @property
    def cushion(self) -> int:
        """Samples that lie ready."""
        return self._cushion

    async def run(self) -> str:
        """Play until the device fails; returns what happened, for a person."""
        ring = self.device.ring
        self._fill()
        self.device.start(self._wake.from_thread)
        while (failure := self.device.check(trio.current_time())) is None:
            await self._wake.wait(CHECK_SECONDS)
            self._adapt(ring.underruns)
            self._fill()
        return failure

    def __str__(self) -> str:
        samples = self.device.ring.underruns
        return f"{self.device.name}: cushion {self._cushion}, {samples} samples came too late"

    def _fill(self) -> None:
        ring = self.device.ring
        while ring.fill < self._cushion and ring.room >= BLOCK:
            ring.write(self._mixer.pull(trio.current_time()))

    def _adapt(self, underruns: int) -> None:
        if underruns > self._underruns:
            self._underruns = underruns
            self._calm = 0
            self._cushion = min(self._cushion + BLOCK, MOST_CUSHION)
            return
        self._calm += 1
        if self._calm >= CALM_BLOCKS:
            self._calm = 0
            self._cushion = max(self._cushion - BLOCK, LEAST_CUSHION)

"""The way from the mixer to the speakers, with as deep a cushion as this machine needs."""

from __future__ import annotations

import trio

from ..audio.device import OutputDevice
from ..audio.mixer import Mixer
from ..audio.processing.reference import EchoReference
from ..audio.samples import BLOCK, RATE
from ..errors import AudioError
from .standstill import StandstillWatch
from .wake import Wake

CHECK_SECONDS = 0.25
MOST_CUSHION = 8 * BLOCK
SETTLE_SECONDS = 0.2
"""Seconds after the start, or after the cushion grew, in which underruns do not count."""
STALL_SECONDS = 0.5
"""A pause of the whole machine, in seconds, against which no cushion helps."""
CALM_SECONDS = 30.0
"""Seconds without an underrun after which the cushion may shrink again."""


class Cushion:
    """How many samples should be ready beyond what the device asks for, ``least`` at least.

    The cushion grows when the device had too few samples, once per cause. Times are seconds,
    monotonic.
    """

    def __init__(self, now: float, least: int) -> None:
        self.depth = self._least = least
        self._underruns = 0
        self._looked_at = now
        self._settled_at = now + SETTLE_SECONDS
        self._calm_since = now

    def look(self, underruns: int, now: float) -> None:
        """Adapt the depth to ``underruns``, the device's missing samples; call after each block."""
        if now - self._looked_at > STALL_SECONDS:
            self._settled_at = now + SETTLE_SECONDS
        self._looked_at = now
        if underruns > self._underruns:
            self._underruns = underruns
            self._calm_since = now
            if now >= self._settled_at:
                self._settled_at = now + SETTLE_SECONDS
                self.depth = min(self.depth + BLOCK, MOST_CUSHION)
        elif now - self._calm_since >= CALM_SECONDS:
            self._calm_since = now
            self.depth = max(self.depth - BLOCK, self._least)


class Playout:
    """Plays on one output device, which asks for a block every 10 ms."""

    def __init__(self, device: OutputDevice, mixer: Mixer, reference: EchoReference) -> None:
        self.device = device
        self._mixer = mixer
        self._reference = reference
        self._underruns = 0
        self._wake = Wake()
        self._cushion = Cushion(trio.current_time(), device.least_ready)

    @property
    def cushion(self) -> int:
        """Samples that are kept ready."""
        return self._cushion.depth

    async def run(self) -> str:
        """Play until the device fails; return what happened, as text for a person."""
        ring = self.device.ring
        self._fill()
        try:
            self.device.start(self._wake.from_thread)
        except AudioError as error:
            return str(error)
        watch, missed = StandstillWatch(trio.current_time()), ring.underruns
        while (failure := self.device.check(trio.current_time())) is None:
            await self._wake.wait(CHECK_SECONDS)
            now, depth = trio.current_time(), self.cushion
            self._cushion.look(ring.underruns, now)
            # A deeper cushion takes up what was missing.
            missing = max(ring.underruns - missed - max(self.cushion - depth, 0), 0)
            missed = ring.underruns
            if watch.has_stood(now) or missing:
                self._mixer.stood_still(now, missing)
            self._fill()
        return failure

    def __str__(self) -> str:
        samples = self.device.ring.underruns
        return f"{self.device.name}: cushion {self.cushion}, {samples} samples came too late"

    def _fill(self) -> None:
        ring = self.device.ring
        if missing := ring.underruns - self._underruns:
            self._reference.skip_played(missing)
            self._underruns = ring.underruns
        while ring.fill < self.cushion and ring.free >= BLOCK:
            now = trio.current_time()
            block = self._mixer.pull(now)
            self._reference.add(block, now + self.device.latency + ring.fill / RATE)
            ring.write(block)

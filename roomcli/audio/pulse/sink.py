"""Speakers of PulseAudio's or PipeWire's."""

from __future__ import annotations

import logging
import time
from typing import Any

from roomcli.audio.samples import BLOCK, RATE

from . import layouts as at
from .buffer_size import remember
from .card import PulseCard
from .idleness import CpuIdleness
from .place import SPEAKERS
from .stream import SAMPLE

log = logging.getLogger(__name__)


class PulseOutput(PulseCard):
    """Speakers of the sound server's."""

    takes_blocks = False

    _side = SPEAKERS

    def __init__(self, spec: str = "") -> None:
        self.least_ready = BLOCK // 4
        self._idleness = CpuIdleness()
        self._on_dry = at.ON_CHANGE(self._guard(self._ran_dry))
        self._on_resized = at.ON_SUCCESS(self._guard(self._resized))
        super().__init__(spec)

    @property
    def gaps(self) -> int:
        """How often the sound server had nothing to play."""
        return self.size.gaps

    @property
    def _granted_bytes(self) -> int:
        return int(self._stream.granted.tlength)

    def _buffers(self) -> at.BufferAttributes:
        whole, step = (
            round(seconds * RATE) * SAMPLE for seconds in (self.size.seconds, self.size.step)
        )
        return at.BufferAttributes(at.UNSET, whole, step, step, at.UNSET)

    def connect_stream(self, stream: int, id: bytes | None, flags: int) -> int:
        """Connect the stream, with as little buffer as the card has turned out to need."""
        asked = self._buffers()
        return int(self._pulse.pa_stream_connect_playback(stream, id, asked, flags, None, None))

    def follow_grant(self) -> None:
        """Note where the stream is, and what the server grants it."""
        super().follow_grant()
        # The server holds what a late owner needs; so much that none is missing when it asks.
        self.least_ready = self._step

    @property
    def _step(self) -> int:
        """The samples that the server asks for at a time."""
        return max(int(self._stream.granted.minreq) // SAMPLE, 1)

    def _watch_stream(self, stream: int) -> None:
        self._pulse.pa_stream_set_write_callback(stream, self._on_request, None)
        self._pulse.pa_stream_set_underflow_callback(stream, self._on_dry, None)
        if not self._supply(stream):
            self._fill_up(stream)

    def _requested(self, stream: int, size: int, _: Any) -> None:
        self._note_call()
        self._supply(stream)
        if self.ring.fill < self.least_ready:
            self._wake()

    def _supply(self, stream: int) -> int:
        """Write as much as is asked for and there; return the samples written."""
        wanted = self._pulse.pa_stream_writable_size(stream) // SAMPLE
        count = min(wanted, self.ring.fill, len(self._block)) if wanted < 1 << 29 else 0
        if count > 0:
            self._play(stream, count)
        return count

    def _supply_a_step(self, stream: int) -> None:
        """Write at least a step: a stream that has run dry waits for one, and asks no more."""
        if self._supply(stream) < self._step:
            self._fill_up(stream)

    def _fill_up(self, stream: int) -> None:
        """Write as little as lets the stream run, silent where nothing is there."""
        self._play(stream, self._step)

    def _play(self, stream: int, count: int) -> None:
        count = min(count, len(self._block))
        self.ring.read_into(self._block[:count])
        self._pulse.pa_stream_write(stream, self._address, count * SAMPLE, None, 0, 0)
        self._pass(count)

    def _ran_dry(self, stream: int, _: Any) -> None:
        self._calls += 1
        self._supply_a_step(stream)
        if self.size.run_dry(time.monotonic()):
            self._resize(stream)

    def follow_timing(self) -> None:
        """Note how long sound takes at this moment; hold less of it when all is calm."""
        super().follow_timing()
        now = time.monotonic()
        if (idle := self._idleness.measure_share(now)) is not None:
            self.size.note_idleness(idle, now)
        if self.size.relax(now) and self._stream.handle is not None:
            self._resize(self._stream.handle)

    def _resize(self, stream: int) -> None:
        """Ask for a buffer of the size that has turned out to be needed."""
        remember(self._stream.card, self.size.grown)
        log.info("%s: %.1f ms are asked for", self.name, self.size.seconds * 1000)
        asked = self._buffers()
        self._connection.let_run(
            self._pulse.pa_stream_set_buffer_attr(stream, asked, self._on_resized, None)
        )

    def _resized(self, stream: int, succeeded: int, _: Any) -> None:
        if stream == self._stream.handle:
            self._stream.read_grant(stream)
            self._supply_a_step(stream)
            log.info("%s", self.description)

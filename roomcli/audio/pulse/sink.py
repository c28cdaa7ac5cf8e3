"""Speakers of PulseAudio's or PipeWire's."""

from __future__ import annotations

import logging
import time
from typing import Any

from roomcli.audio.samples import BLOCK, RATE

from . import layouts as at
from .card import SAMPLE, PulseCard, remembered
from .connection import text_of

log = logging.getLogger(__name__)


class PulseOutput(PulseCard):
    """Speakers of the sound server's."""

    takes_blocks = False

    _direction = "output"
    _option = "--speaker"
    _default_in = "PULSE_SINK"
    _what = "speakers"
    _title = b"voices of the room"

    def __init__(self, spec: str = "") -> None:
        self.least_ready = BLOCK // 4
        self._on_dry = at.ON_CHANGE(self._guard(self._ran_dry))
        super().__init__(spec)

    @property
    def _granted_bytes(self) -> int:
        return int(self.granted.tlength)

    def _buffers(self) -> at.BufferAttributes:
        whole, step = (
            round(seconds * RATE) * SAMPLE for seconds in (self.size.seconds, self.size.step)
        )
        return at.BufferAttributes(at.UNSET, whole, step, step, at.UNSET)

    def _connect_stream(self, id: bytes | None, flags: int) -> int:
        asked = self._buffers()
        return int(
            self._pulse.pa_stream_connect_playback(self._stream, id, asked, flags, None, None)
        )

    def _place_changed(self, stream: int, _: Any = None) -> None:
        super()._place_changed(stream)
        # The server holds what a late owner needs; so much that none is missing when it asks.
        self.least_ready = max(int(self.granted.minreq) // SAMPLE, 1)

    def _watch_stream(self, stream: int) -> None:
        self._pulse.pa_stream_set_write_callback(stream, self._on_request, None)
        self._pulse.pa_stream_set_underflow_callback(stream, self._on_dry, None)
        if not self._supply(stream):
            self._fill_up(stream)

    def _requested(self, stream: int, size: int, _: Any) -> None:
        self._note_call(self.granted.minreq)
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

    def _fill_up(self, stream: int) -> None:
        """Write as little as lets the stream run, silent where nothing is there."""
        self._play(stream, max(int(self.granted.minreq) // SAMPLE, 1))

    def _play(self, stream: int, count: int) -> None:
        count = min(count, len(self._block))
        self.ring.read_into(self._block[:count])
        self._pulse.pa_stream_write(stream, self._address, count * SAMPLE, None, 0, 0)
        self._pass(count)

    def _ran_dry(self, stream: int, _: Any) -> None:
        self._calls += 1
        if not self._supply(stream):
            self._fill_up(stream)
        if self.size.run_dry(time.monotonic()):
            self._resize(stream)

    def _timing_changed(self, stream: int, _: Any) -> None:
        super()._timing_changed(stream, _)
        if self.size.relax(time.monotonic()):
            self._resize(stream)

    def _resize(self, stream: int) -> None:
        """Ask for a buffer of the size that has turned out to be needed."""
        remembered[text_of(self._pulse.pa_stream_get_device_name(stream))] = self.size.grown
        log.info("%s: %.1f ms are asked for", self.name, self.size.seconds * 1000)
        asked = self._buffers()
        self._connection.let_run(
            self._pulse.pa_stream_set_buffer_attr(stream, asked, self._on_resized, None)
        )

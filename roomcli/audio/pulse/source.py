"""A microphone of PulseAudio's or PipeWire's."""

from __future__ import annotations

import ctypes
from typing import Any

from roomcli.audio.samples import RATE

from . import layouts as at
from .card import PulseCard
from .place import MICROPHONE
from .stream import SAMPLE


class PulseInput(PulseCard):
    """A microphone of the sound server's."""

    _side = MICROPHONE

    def __init__(self, spec: str = "") -> None:
        self._data, self._size = ctypes.c_void_p(), ctypes.c_size_t()
        super().__init__(spec)

    @property
    def _granted_bytes(self) -> int:
        return int(self._stream.granted.fragsize)

    def connect_stream(self, stream: int, id: bytes | None, flags: int) -> int:
        """Connect the stream, with short fragments."""
        fragment = round(self.size.period * RATE) * SAMPLE
        asked = at.BufferAttributes(at.UNSET, at.UNSET, at.UNSET, at.UNSET, fragment)
        return int(self._pulse.pa_stream_connect_record(stream, id, asked, flags))

    def _watch_stream(self, stream: int) -> None:
        self._pulse.pa_stream_set_read_callback(stream, self._on_request, None)

    def _requested(self, stream: int, size: int, _: Any) -> None:
        self._note_call()
        pulse, data, size_of = self._pulse, self._data, self._size
        while 0 < pulse.pa_stream_readable_size(stream) < 1 << 31:
            if pulse.pa_stream_peek(stream, data, size_of) < 0 or not size_of.value:
                return
            self._take(data.value, size_of.value // SAMPLE)
            pulse.pa_stream_drop(stream)

    def _take(self, address: int | None, count: int) -> None:
        """Take ``count`` samples from there; without an address they are missing."""
        at_once = len(self._block)
        for start in range(0, count, at_once):
            some = min(at_once, count - start)
            if address:
                ctypes.memmove(self._address, address + start * SAMPLE, some * SAMPLE)
            else:
                self._block[:some] = 0.0
            self.ring.write(self._block[:some])
            self._pass(some)

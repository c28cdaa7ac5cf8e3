"""One stream of libpulse's to or from a card; all of it is called on the mainloop's thread.

The server is asked for 48 kHz, mono: it resamples and mixes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final, Protocol

from roomcli.audio.samples import RATE
from roomcli.errors import AudioError

from . import layouts as at
from .connection import PulseConnection, text_of

SAMPLE: Final = 4  # bytes
_SPEC: Final = at.SampleSpec(at.FLOAT32LE, RATE, 1)
_CORKED, _INTERPOLATED, _TIMED, _FIXED, _ADJUSTED = 0x0001, 0x0002, 0x0008, 0x0200, 0x2000
_READY, _FAILED, _TERMINATED = 2, 3, 4

Guard = Callable[[Callable[..., None]], Callable[..., None]]
"""Returns a function so that it raises nothing into libpulse."""


class StreamOwner(Protocol):
    """Whoever has a stream, and hears what becomes of it."""

    def connect_stream(self, stream: int, id: bytes | None, flags: int) -> int:
        """Connect a stream in the owner's direction; the number is below 0 if it is refused."""

    def become_ready(self) -> None:
        """Take note that the stream is there, and may run."""

    def be_refused(self, why: str) -> None:
        """Take note that the stream is no more."""

    def follow_grant(self) -> None:
        """Take note that the stream is at another card, or has another buffer."""

    def follow_timing(self) -> None:
        """Take note that the server told how long sound takes."""


class PulseStream:
    """A stream that can be made again, at another card."""

    def __init__(
        self, connection: PulseConnection, title: bytes, owner: StreamOwner, guard: Guard
    ) -> None:
        self.handle: int | None = None
        """What libpulse knows the stream by; None while there is none."""
        self.granted = at.BufferAttributes()
        self._connection = connection
        self._pulse = connection.pulse
        self._title = title
        self._owner = owner
        self._runs = False
        self._delay, self._sign = ctypes.c_uint64(), ctypes.c_int()
        self._on_state = at.ON_CHANGE(guard(self._state_changed))
        self._on_grant = at.ON_CHANGE(guard(self._grant_changed))
        self._on_timing = at.ON_CHANGE(guard(self._timing_changed))

    def connect_to(self, id: str | None) -> None:
        """Make a stream to the card with this id. Raises AudioError if it is refused at once."""
        pulse = self._pulse
        about = pulse.pa_proplist_new()
        pulse.pa_proplist_sets(about, b"media.role", b"phone")
        stream = pulse.pa_stream_new_with_proplist(
            self._connection.context, self._title, _SPEC, None, about
        )
        pulse.pa_proplist_free(about)
        if not stream:
            raise AudioError(self._connection.last_error())
        self.handle = stream
        self._runs = False
        pulse.pa_stream_set_state_callback(stream, self._on_state, None)
        pulse.pa_stream_set_moved_callback(stream, self._on_grant, None)
        pulse.pa_stream_set_buffer_attr_callback(stream, self._on_grant, None)
        pulse.pa_stream_set_latency_update_callback(stream, self._on_timing, None)
        # Without _FIXED a card that was asked for is left whenever the default changes.
        flags = _INTERPOLATED | _TIMED | _ADJUSTED | _CORKED | (_FIXED if id else 0)
        if self._owner.connect_stream(stream, id.encode() if id else None, flags) < 0:
            why = self._connection.last_error()
            self.leave()
            raise AudioError(why)

    def leave(self) -> None:
        """End the stream; its callbacks come no more."""
        stream, self.handle = self.handle, None
        self._runs = False
        if stream is None:
            return
        pulse, none = self._pulse, at.ON_CHANGE()
        pulse.pa_stream_set_state_callback(stream, none, None)
        pulse.pa_stream_set_moved_callback(stream, none, None)
        pulse.pa_stream_set_buffer_attr_callback(stream, none, None)
        pulse.pa_stream_set_latency_update_callback(stream, none, None)
        pulse.pa_stream_set_underflow_callback(stream, none, None)
        pulse.pa_stream_set_write_callback(stream, at.ON_REQUEST(), None)
        pulse.pa_stream_set_read_callback(stream, at.ON_REQUEST(), None)
        pulse.pa_stream_disconnect(stream)
        pulse.pa_stream_unref(stream)

    @property
    def may_run(self) -> bool:
        """Whether the stream is there, and does not run yet."""
        if self.handle is None or self._runs:
            return False
        return bool(self._pulse.pa_stream_get_state(self.handle) == _READY)

    def run(self) -> None:
        """Let sound pass."""
        self._runs = True
        self._connection.let_run(self._pulse.pa_stream_cork(self.handle, 0, None, None))

    @property
    def card(self) -> str:
        """The id of the card at which the stream is; empty without a stream."""
        if self.handle is None:
            return ""
        return text_of(self._pulse.pa_stream_get_device_name(self.handle))

    def told_latency(self) -> float | None:
        """Return the seconds from here to the ear, or from the mouth to here; None if not known.

        Below zero, told as 0, what is played has overtaken what was written, or a monitor's sink
        has.
        """
        if self._pulse.pa_stream_get_latency(self.handle, self._delay, self._sign) < 0:
            return None
        return 0.0 if self._sign.value else self._delay.value / 1e6

    def _state_changed(self, stream: int, _: Any) -> None:
        state = self._pulse.pa_stream_get_state(stream)
        if state == _READY:
            self.read_grant(stream)
            self._owner.become_ready()
        elif state in (_FAILED, _TERMINATED) and not self._connection.lost:
            why = self._connection.last_error()
            self.leave()
            self._owner.be_refused(why)

    def _grant_changed(self, stream: int, _: Any) -> None:
        self.read_grant(stream)

    def read_grant(self, stream: int) -> None:
        """Read back what the server grants to the stream, and tell the owner."""
        granted = self._pulse.pa_stream_get_buffer_attr(stream)
        if granted:
            ctypes.memmove(ctypes.byref(self.granted), granted, ctypes.sizeof(at.BufferAttributes))
        self._owner.follow_grant()

    def _timing_changed(self, stream: int, _: Any) -> None:
        self._owner.follow_timing()

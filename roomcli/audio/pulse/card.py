"""What microphones and speakers of PulseAudio and PipeWire have in common.

The server is asked for 48 kHz, mono: it resamples and mixes. Its callbacks come on the mainloop's
thread; they only copy between the stream and a ring, into a block that was made before.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

import numpy as np

from roomcli.audio.ring import Ring
from roomcli.audio.samples import BLOCK, RATE, Samples
from roomcli.audio.signs_of_life import SignsOfLife
from roomcli.errors import AudioError

from . import layouts as at
from .buffer_size import BufferSize
from .connection import PATIENCE, connect, text_of
from .endpoints import Direction, Landscape
from .lateness import Lateness
from .mainloop import await_answer

log = logging.getLogger(__name__)

OPENING: Final = 4.0
"""Seconds in which a stream is there: a Bluetooth headset wakes up."""
_OFTEN, _SOON = 5, 10.0
"""How often within so many seconds a stream is made again, before that is given up."""
SAMPLE: Final = 4  # bytes
_SPEC: Final = at.SampleSpec(at.FLOAT32LE, RATE, 1)
_CORKED, _INTERPOLATED, _TIMED, _FIXED, _ADJUSTED = 0x0001, 0x0002, 0x0008, 0x0200, 0x2000
_READY, _FAILED, _TERMINATED = 2, 3, 4
remembered: dict[str, int] = {}
"""How often the buffers for sinks have grown, by their ids."""


class PulseCard:
    """Base of both directions: a stream to or from one of the server's cards."""

    kind = "device"
    _direction: Direction
    _option: str  # how a person names another one
    _default_in: str  # the variable in which libpulse looks for another default
    _what: str
    _title: bytes  # what the desktop's mixer shows beside "roomcli"

    def __init__(self, spec: str = "") -> None:
        """Open the card that ``spec`` names. Raises AudioError."""
        self.ring = Ring(RATE)
        self.failed: str | None = None
        self.name = spec or "default"
        self.latency = 0.0
        self.granted = at.BufferAttributes()
        self._wake: Callable[[], None] = lambda: None
        self._calls = 0
        self._life = SignsOfLife()
        self._lateness = Lateness()
        self._started = self._closing = self._running = False
        self._stream: int | None = None
        self._opened: Future[None] = Future()
        self._block: Samples = np.zeros(RATE // 10, dtype=np.float32)
        self._address = self._block.ctypes.data
        self._moved = 0  # samples between stream and ring, for the moments to wake
        self._delay, self._sign = ctypes.c_uint64(), ctypes.c_int()
        self._on_state = at.ON_CHANGE(self._guard(self._state_changed))
        self._on_place = at.ON_CHANGE(self._guard(self._place_changed))
        self._on_resized = at.ON_SUCCESS(self._guard(self._resized))
        self._on_timing = at.ON_CHANGE(self._guard(self._timing_changed))
        self._on_request = at.ON_REQUEST(self._guard(self._requested))
        self._connection = connect()
        self._pulse = self._connection.pulse
        self._landscape = self._connection.survey()
        self._wanted = self._find_wanted(spec)
        self._wanted_name = self._landscape.name_of(self._wanted or "", self._direction)
        self._is_missing = False
        self._refusals: deque[float] = deque(maxlen=_OFTEN)
        self.size = BufferSize()
        try:
            self._connection.mainloop.run_there(self._enlist, PATIENCE)
            await_answer(self._opened, OPENING)
        except BaseException:
            self.close()
            raise
        log.info("%s", self.description)

    @property
    def description(self) -> str:
        """What was asked for and what was granted, in a line for people."""
        asked, buffered = self.size.seconds * 1000, self._granted_bytes / SAMPLE / RATE * 1000
        words = (
            f"{self.name}: {buffered:.1f} ms buffered ({asked:.1f} asked for), "
            f"latency {self.latency * 1000:.0f} ms"
        )
        late = self._lateness.quantile(0.999)
        return f"{words}, callbacks up to {late} ms late (99.9 %)" if self._calls else words

    def start(self, wake: Callable[[], None]) -> None:
        """Let the stream run; ``wake`` is called after each 10 ms of sound."""
        self._wake = wake
        self._started = True
        self._connection.mainloop.order(self._run_if_ready)

    def check(self, now: float) -> str | None:
        """Check for a server that stopped without a word; ``now`` in seconds, monotonic."""
        if self._started and not self._closing and self._life.have_ceased(self._calls, now):
            self._fail("gives no sign of life")
        return self.failed

    def close(self) -> None:
        """End the stream; a second call does nothing."""
        if self._closing:
            return
        self._closing = True
        if self._calls:
            log.info("used: %s", self.description)
        with contextlib.suppress(AudioError):
            self._connection.mainloop.run_there(self._withdraw, PATIENCE)

    @classmethod
    def look_for(cls, spec: str) -> None:
        """Check that the card exists now. Raises AudioError, which names the cards that do."""
        cls._find(spec, connect().survey())

    @classmethod
    def _find(cls, spec: str, landscape: Landscape) -> str | None:
        """Return the id of the card, None for the server's choice. Raises AudioError."""
        if not spec and os.environ.get(cls._default_in):
            return None
        found = landscape.find_endpoint(spec, cls._direction)
        if not spec:
            if found is None:
                raise AudioError(
                    f"no {cls._what} found: {landscape.server} has none; plug one in, or use "
                    f"{cls._option} none"
                )
            return None
        if found is None:
            capable = [
                f"{card.index} {card.name}"
                for card in landscape.cards()
                if card.channels(cls._direction)
            ]
            names = ", ".join(capable) or "none at all"
            raise AudioError(f"no {cls._what} called {spec!r}; there are: {names}")
        return found.id

    def _find_wanted(self, spec: str) -> str | None:
        return self._find(spec, self._landscape)

    # What follows runs on the mainloop's thread.

    def hear_of_landscape(self, landscape: Landscape) -> None:
        """Return to the wanted card once it has come back; fail where none is left."""
        self._landscape = landscape
        was_missing = self._is_missing
        self._is_missing = self._wanted is not None and not landscape.has(
            self._wanted, self._direction
        )
        if self._is_missing or self._wanted is None:
            try:
                self._find("", landscape)  # a server goes on with what its own speakers play
            except AudioError:
                self._fail("has gone, and there is no other")
                return
        if was_missing and not self._is_missing and self._stream is not None:
            self._leave_stream()
            self._rejoin(self._wanted)
        else:
            self._name_place()

    def lose_server(self, why: str) -> None:
        """Fail, since the connection is lost."""
        self._leave_stream()
        if not self._opened.done():
            self._opened.set_exception(AudioError(why))
        self._fail(why)

    def _enlist(self) -> None:
        self._connection.dependents.add(self)
        self._join_stream(self._wanted)

    def _withdraw(self) -> None:
        self._connection.dependents.discard(self)
        self._leave_stream()

    def _join_stream(self, id: str | None) -> None:
        """Make a stream to the card with this id. Raises AudioError if it is refused at once."""
        pulse = self._pulse
        about = pulse.pa_proplist_new()
        pulse.pa_proplist_sets(about, b"media.role", b"phone")
        stream = pulse.pa_stream_new_with_proplist(
            self._connection.context, self._title, _SPEC, None, about
        )
        pulse.pa_proplist_free(about)
        if not stream:
            raise AudioError(self._cannot(self._connection.last_error()))
        self._stream = stream
        self._running = False
        self.size = BufferSize(remembered.get(id or "", self.size.grown))
        pulse.pa_stream_set_state_callback(stream, self._on_state, None)
        pulse.pa_stream_set_moved_callback(stream, self._on_place, None)
        pulse.pa_stream_set_buffer_attr_callback(stream, self._on_place, None)
        pulse.pa_stream_set_latency_update_callback(stream, self._on_timing, None)
        # Without _FIXED a card that was asked for is left whenever the default changes.
        flags = _INTERPOLATED | _TIMED | _ADJUSTED | _CORKED | (_FIXED if id else 0)
        if self._connect_stream(id.encode() if id else None, flags) < 0:
            why = self._connection.last_error()
            self._leave_stream()
            raise AudioError(self._cannot(why))

    def _leave_stream(self) -> None:
        stream, self._stream = self._stream, None
        self._running = False
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

    def _state_changed(self, stream: int, _: Any) -> None:
        state = self._pulse.pa_stream_get_state(stream)
        if state == _READY:
            self._place_changed(stream)
            if not self._opened.done():
                self._opened.set_result(None)
            self._run_if_ready()
        elif state in (_FAILED, _TERMINATED) and not self._connection.lost:
            self._be_refused(self._connection.last_error())

    def _be_refused(self, why: str) -> None:
        """Go to another card if the stream's own has gone; fail if that keeps happening."""
        self._leave_stream()
        if not self._opened.done():
            self._opened.set_exception(AudioError(self._cannot(why)))
            return
        now = time.monotonic()
        self._refusals.append(now)
        if len(self._refusals) == _OFTEN and now - self._refusals[0] < _SOON:
            self._fail(f"is refused ({why})")
            return
        self._connection.inquire(self._fall_back, lambda gone: self._fail(gone))

    def _fall_back(self, landscape: Landscape) -> None:
        self._landscape = landscape
        if self._closing or self.failed or self._stream is not None:
            return
        if self._wanted is not None and landscape.has(self._wanted, self._direction):
            self._rejoin(self._wanted)
            return
        self._is_missing = self._wanted is not None
        try:
            self._find("", landscape)
        except AudioError:
            self._fail("has gone, and there is no other")
            return
        self._rejoin(None)

    def _rejoin(self, id: str | None) -> None:
        try:
            self._join_stream(id)
        except AudioError as error:
            self._fail(str(error))

    def _place_changed(self, stream: int, _: Any = None) -> None:
        """Note where the stream is, and what the server grants it."""
        granted = self._pulse.pa_stream_get_buffer_attr(stream)
        if granted:
            ctypes.memmove(ctypes.byref(self.granted), granted, ctypes.sizeof(at.BufferAttributes))
        self.size.settle(time.monotonic())
        if not self.latency:
            self.latency = self._granted_bytes / SAMPLE / RATE  # until the server has said more
        self._name_place()
        if self.name == text_of(self._pulse.pa_stream_get_device_name(stream)):
            self._connection.inquire(self.hear_of_landscape)  # it came just now

    def _resized(self, stream: int, succeeded: int, _: Any) -> None:
        if stream == self._stream:
            self._place_changed(stream)
            log.info("%s", self.description)

    def _name_place(self) -> None:
        if self._stream is None:
            return
        id = text_of(self._pulse.pa_stream_get_device_name(self._stream))
        name = self._landscape.name_of(id, self._direction)
        if self._wanted is not None and self._is_missing and id != self._wanted:
            name = f"{name}, until {self._wanted_name} is back"
        self.name = name

    def _timing_changed(self, stream: int, _: Any) -> None:
        # Below zero what is played has overtaken what was written, or a monitor's sink has.
        if self._pulse.pa_stream_get_latency(stream, self._delay, self._sign) >= 0:
            told = 0.0 if self._sign.value else self._delay.value / 1e6
            if told or self._direction == "input":
                self.latency = told

    def _run_if_ready(self) -> None:
        if self._stream is None or not self._started or self._running or self._closing:
            return
        if self._pulse.pa_stream_get_state(self._stream) != _READY:
            return
        self._running = True
        self._lateness.pause()
        self.size.settle(time.monotonic())
        self._watch_stream(self._stream)
        self._connection.let_run(self._pulse.pa_stream_cork(self._stream, 0, None, None))

    def _note_call(self, due: int) -> None:
        """Note that libpulse called; ``due`` are the bytes of sound between two calls."""
        self._calls += 1
        self._lateness.note_call(time.monotonic(), due / (SAMPLE * RATE))

    def _pass(self, count: int) -> None:
        """Note ``count`` samples between stream and ring; wake the owner for each block."""
        before, self._moved = self._moved, self._moved + count
        if before // BLOCK != self._moved // BLOCK:
            self._wake()

    @property
    def _granted_bytes(self) -> int:
        raise NotImplementedError

    def _connect_stream(self, id: bytes | None, flags: int) -> int:
        raise NotImplementedError

    def _watch_stream(self, stream: int) -> None:
        raise NotImplementedError

    def _requested(self, stream: int, size: int, _: Any) -> None:
        raise NotImplementedError

    def _guard(self, function: Callable[..., None]) -> Callable[..., None]:
        """Return the function so that it raises nothing into libpulse."""

        def guarded(*arguments: Any) -> None:
            try:
                function(*arguments)
            except Exception as error:
                self._fail(f"failed ({error!r})")

        return guarded

    def _fail(self, how: str) -> None:
        if self.failed is None and not self._closing:
            self.failed = f"{self.name}: {how}; choose another one with {self._option}"
            with contextlib.suppress(Exception):  # it may be what failed
                self._wake()

    def _cannot(self, why: str) -> str:
        return (
            f"cannot use {self.name} as {self._direction} ({why}): choose another one with "
            f"{self._option}; `roomcli devices` lists them"
        )

"""What microphones and speakers of PulseAudio and PipeWire have in common.

The server's callbacks come on the mainloop's thread; they only copy between the stream and a ring,
into a block that was made before.
"""

from __future__ import annotations

import contextlib
import logging
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
from .buffer_size import BufferSize, remembered
from .connection import PATIENCE, connect
from .endpoints import Landscape
from .lateness import Lateness
from .mainloop import await_answer
from .place import CardPlace, CardSide
from .stream import SAMPLE, PulseStream

log = logging.getLogger(__name__)

OPENING: Final = 4.0
"""Seconds in which a stream is there: a Bluetooth headset wakes up."""
_OFTEN, _SOON = 5, 10.0
"""How often within so many seconds a stream is made again, before that is given up."""


class PulseCard:
    """Base of both directions: a stream to or from one of the server's cards."""

    kind = "device"
    _side: CardSide

    def __init__(self, spec: str = "") -> None:
        """Open the card that ``spec`` names. Raises AudioError."""
        self.ring = Ring(RATE)
        self.failed: str | None = None
        self.name = spec or "default"
        self.latency = 0.0
        self.buffered: float | None = None
        self.size = BufferSize()
        self._wake: Callable[[], None] = lambda: None
        self._calls = 0
        self._life = SignsOfLife()
        self._lateness = Lateness()
        self._started = self._closing = False
        self._opened: Future[None] = Future()
        self._block: Samples = np.zeros(RATE // 10, dtype=np.float32)
        self._address = self._block.ctypes.data
        self._moved = 0  # samples between stream and ring, for the moments to wake
        self._refusals: deque[float] = deque(maxlen=_OFTEN)
        self._on_request = at.ON_REQUEST(self._guard(self._requested))
        self._connection = connect()
        self._pulse = self._connection.pulse
        self._place = CardPlace(self._side, spec, self._connection.survey())
        self._stream = PulseStream(self._connection, self._side.title, self, self._guard)
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
        asked, buffered = self.size.seconds * 1000, (self.buffered or 0.0) * 1000
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
        cls._side.find_wanted(spec, connect().survey())

    # What follows runs on the mainloop's thread.

    def hear_of_landscape(self, landscape: Landscape) -> None:
        """Return to the wanted card once it has come back; fail where none is left."""
        try:
            is_back = self._place.survey(landscape)
        except AudioError:
            self._fail("has gone, and there is no other")
            return
        if is_back and self._stream.handle is not None:
            self._stream.leave()
            self._rejoin()
        else:
            self._name_place()

    def lose_server(self, why: str) -> None:
        """Fail, since the connection is lost."""
        self._stream.leave()
        if not self._opened.done():
            self._opened.set_exception(AudioError(why))
        self._fail(why)

    def become_ready(self) -> None:
        """Take note that the stream is there."""
        if not self._opened.done():
            self._opened.set_result(None)
        self._run_if_ready()

    def be_refused(self, why: str) -> None:
        """Go to another card if the stream's own has gone; fail if that keeps happening."""
        if not self._opened.done():
            self._opened.set_exception(AudioError(self._cannot(why)))
            return
        now = time.monotonic()
        self._refusals.append(now)
        if len(self._refusals) == _OFTEN and now - self._refusals[0] < _SOON:
            self._fail(f"is refused ({why})")
            return
        self._connection.inquire(self._fall_back, lambda gone: self._fail(gone))

    def follow_grant(self) -> None:
        """Note where the stream is, and what the server grants it."""
        self.buffered = self._granted_bytes / SAMPLE / RATE
        self.size.settle(time.monotonic())
        if not self.latency:
            self.latency = self.buffered  # until the server has said more
        if not self._name_place():
            self._connection.inquire(self.hear_of_landscape)  # it came just now

    def follow_timing(self) -> None:
        """Note how long sound takes at this moment."""
        told = self._stream.told_latency()
        if told is not None and (told or self._side.direction == "input"):
            self.latency = told

    def connect_stream(self, stream: int, id: bytes | None, flags: int) -> int:
        """Connect the stream in this direction."""
        raise NotImplementedError

    def _enlist(self) -> None:
        self._connection.dependents.add(self)
        try:
            self._go_to_place()
        except AudioError as error:
            raise AudioError(self._cannot(str(error))) from None

    def _withdraw(self) -> None:
        self._connection.dependents.discard(self)
        self._stream.leave()

    def _go_to_place(self) -> None:
        self.size = BufferSize(remembered.get(self._place.likely_card, self.size.grown))
        self._stream.connect_to(self._place.card)

    def _rejoin(self) -> None:
        try:
            self._go_to_place()
        except AudioError as error:
            self._fail(self._cannot(str(error)))

    def _fall_back(self, landscape: Landscape) -> None:
        if self._closing or self.failed or self._stream.handle is not None:
            return
        try:
            self._place.survey(landscape)
        except AudioError:
            self._fail("has gone, and there is no other")
            return
        self._rejoin()

    def _name_place(self) -> bool:
        """Take the name of the place; return False if that is not known yet: the old one stays."""
        if self._stream.handle is None:
            return True
        name = self._place.name_of(self._stream.card)
        self.name = name or self.name
        return name is not None

    def _run_if_ready(self) -> None:
        if not self._started or self._closing or not self._stream.may_run:
            return
        assert self._stream.handle is not None
        self._lateness.pause()
        self.size.settle(time.monotonic())
        self._watch_stream(self._stream.handle)
        self._stream.run()

    def _note_call(self) -> None:
        """Note that libpulse called."""
        self._calls += 1
        now = time.monotonic()
        self.size.note_lateness(self._lateness.note_call(now), now)

    def _pass(self, count: int) -> None:
        """Note ``count`` samples between stream and ring; wake the owner for each block."""
        before, self._moved = self._moved, self._moved + count
        if before // BLOCK != self._moved // BLOCK:
            self._wake()

    @property
    def _granted_bytes(self) -> int:
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
            self.failed = f"{self.name}: {how}"
            with contextlib.suppress(Exception):  # it may be what failed
                self._wake()

    def _cannot(self, why: str) -> str:
        return f"cannot use {self.name} as {self._side.direction}: {why}"

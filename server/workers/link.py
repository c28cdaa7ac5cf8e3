"""One end of the link between a worker and its parent.

What waits is written together. Voice, which the parent keeps and counts but does not pass on, waits
for a moment, so that it takes a message now and then and not one a frame. It is left out while the
other end is behind, control never: where too much of it waits, the other end does not work any
more, and the link is cut.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
import trio

from roomcli.errors import ProtocolError

from .frames import FrameSent, Splitter, VoicesHeard, encode_all

log = logging.getLogger(__name__)

READ_BYTES = 256 * 1024
MOST_VOICES = 512
"""Voice frames that may wait for the link."""
MANY_VOICES = 128
"""Voice frames that wait for nothing more."""
VOICE_SECONDS = 0.1
"""Seconds that voice waits for more."""
MOST_CONTROL = 100_000
"""Messages that may wait beside voice; with more, the other end is taken for dead."""

MOST_KINDS = 32
"""Unknown kinds of messages of which the log tells."""

Out = TypeVar("Out", bound=msgspec.Struct)
In = TypeVar("In")


class WorkerLink(Generic[Out, In]):
    """Writes messages to ``stream`` and reads them from it. :meth:`run` has to run."""

    def __init__(self, stream: trio.SocketStream, decoder: msgspec.msgpack.Decoder[In]) -> None:
        self._stream = stream
        self._decoder = decoder
        self._messages: list[Out] = []
        self._voices: dict[int, list[tuple[str, bytes, float]]] = {}
        self._voices_waiting = 0
        self._pause = trio.CancelScope()
        self._last: FrameSent | None = None
        self._running = trio.CancelScope()
        self._passed_over: set[int] = set()
        self.voices_dropped = 0
        """Voice frames that were not sent since the other end was behind."""

    def send(self, message: Out) -> None:
        """Send a message, in order; never waits."""
        self._messages.append(message)
        if len(self._messages) > MOST_CONTROL:
            self._running.cancel()
        self._last = message if isinstance(message, FrameSent) else None
        self._pause.deadline = -math.inf

    def add_receiver(self, connection: int, frame: bytes) -> bool:
        """Add a connection to those that get this frame, if it was the last message.

        Return whether it was.
        """
        if self._last is None or self._last.frame is not frame:
            return False
        self._last.connections.append(connection)
        return True

    def hear(self, room: int, voice: tuple[str, bytes, float]) -> None:
        """Send a voice frame to the parent, with others that come in the next moment."""
        if self._voices_waiting == MOST_VOICES:
            self.voices_dropped += 1
            return
        self._voices.setdefault(room, []).append(voice)
        self._voices_waiting += 1
        if self._voices_waiting == 1:
            due = trio.current_time() + VOICE_SECONDS
            self._pause.deadline = min(self._pause.deadline, due)
        elif self._voices_waiting >= MANY_VOICES:
            self._pause.deadline = -math.inf

    async def run(self, take: Callable[[In], None]) -> None:
        """Write what is sent, and give what comes to ``take``, until the other end is gone."""
        with self._running:
            async with self._stream, trio.open_nursery() as nursery:
                nursery.start_soon(self._write_messages)
                with contextlib.suppress(trio.BrokenResourceError, ProtocolError):
                    await self._read_messages(take)
                nursery.cancel_scope.cancel()

    async def _write_messages(self) -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            while True:
                with self._pause:
                    await trio.sleep_forever()
                self._pause = trio.CancelScope()
                messages, self._messages, self._last = self._messages, [], None
                voices, self._voices, self._voices_waiting = self._voices, {}, 0
                heard = [VoicesHeard(room, each) for room, each in voices.items()]
                await self._stream.send_all(encode_all([*messages, *heard]))

    async def _read_messages(self, take: Callable[[In], None]) -> None:
        splitter = Splitter(self._pass_over)
        while received := await self._stream.receive_some(READ_BYTES):
            for message in splitter.split(bytes(received), self._decoder):
                try:
                    take(message)
                except Exception:
                    # An error in one message, even a bug of ours, must not end everybody's room.
                    log.exception("a message of the link failed")

    def _pass_over(self, tag: int) -> None:
        if tag not in self._passed_over and len(self._passed_over) < MOST_KINDS:
            self._passed_over.add(tag)
            log.warning("messages of kind %(kind)s are of a later version: left out", {"kind": tag})

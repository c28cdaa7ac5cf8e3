"""The outbound stream: the one writer of a connection.

For the client's WebSocket library, and until the opening handshake is over, it is an ordinary
stream. Beside the library, voice and control frames are pushed without a task and without waiting.
Its rules:

- the tail of a partial send is finished before anything else goes out;
- ``send_all`` commits its bytes to the queue before its first checkpoint, since the library
  encodes before it locks;
- pushes begin when the opening handshake is over and end with the first Close frame;
- voice is dropped when it gets old in the queue, control never: when that overflows, the
  connection is cut;
- a task that waits for writability exists only while the connection is blocked;
- closing flushes once, for a second at the most, then the socket is cut.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from ..errors import ConnectionFailed
from ..protocol import MAX_MESSAGE
from .frames import CLOSE
from .quiet_reader import QuietReader
from .receiving import ReceivingHalf
from .records import PlainRecords, Records, TlsRecords, reason_of

NOTSENT_LOWAT = 2048
"""Unsent bytes that the kernel may hold; behind a frozen peer, more would only grow stale."""
HIGH_WATER = 64 * 1024
MAX_CONTROL = MAX_MESSAGE + HIGH_WATER
"""Bytes that may wait beside voice: the longest message, behind what may wait already."""
MAX_VOICE = 16
FLUSH_SECONDS = 1.0
_NOTHING = memoryview(b"")


class OutboundStream(ReceivingHalf, trio.abc.Stream):
    """A TCP connection with one writer, TLS below its queues, and no stale voice.

    ``raw`` is a connected socket, which the stream owns from now on. ``nursery`` runs the task that
    waits for writability. Voice older than ``voice_max_age`` seconds is dropped instead of sent;
    when more than ``most_queued`` bytes of anything else wait, the connection is cut.
    ``admission`` waits until the peer, who has sent something, may be read. ``quiet_reader`` reads
    instead of whoever receives while the peer is quiet.
    """

    def __init__(
        self,
        raw: socket.socket,
        nursery: trio.Nursery,
        *,
        voice_max_age: float,
        most_queued: int = MAX_CONTROL,
        records: Records | None = None,
        clock: Callable[[], float] = trio.current_time,
        admission: Callable[[], Awaitable[None]] | None = None,
        quiet_reader: QuietReader | None = None,
    ) -> None:
        raw.setblocking(False)
        _tune(raw)
        super().__init__(raw, nursery, records or PlainRecords(), admission, quiet_reader)
        self._clock = clock
        self._voice_max_age = voice_max_age
        self._most_queued = most_queued
        self._tail = _NOTHING
        self._control: deque[bytes] = deque()
        self._control_bytes = 0
        self._voice: deque[tuple[float, bytes]] = deque()
        self._pushing = False
        self._waiting = False
        self._flush_by = float("inf")
        self._sent_some = trio.lowlevel.ParkingLot()
        self.voice_dropped = 0
        """Voice frames that grew too old in the queue."""

    # Methods of a stream.

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes of an opening handshake, of an answer that is no WebSocket, or whole frames.

        They are queued before any checkpoint. After a Close frame nothing is pushed.
        """
        if self.broken is not None:
            raise trio.BrokenResourceError(self.broken)
        if self._pushing and data[:1] == bytes((CLOSE,)):
            self._begin_closing()
        self._commit(bytes(data))
        await trio.lowlevel.checkpoint()
        while self._control_bytes > HIGH_WATER and self.broken is None:
            await self._sent_some.park()
        if self.broken is not None:
            raise trio.BrokenResourceError(self.broken)

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()
        while self._control_bytes > HIGH_WATER and self.broken is None:
            await self._sent_some.park()

    async def aclose(self) -> None:
        """Send what is queued, for at most a second, and cut the connection."""
        if self.broken is None:
            self._begin_closing()
            with trio.CancelScope(deadline=self._flush_by, shield=True):
                await self._flush()
                self._append_to_tail(self._records.goodbye())
                await self._flush()
            self.cut("closed")
        await trio.lowlevel.checkpoint()

    # Methods for the owner of the connection.

    async def handshake(self, tls: TlsRecords) -> None:
        """Do the TLS handshake and use TLS from now on. Raises ConnectionFailed."""
        self._records = tls
        try:
            while not tls.handshake():
                self._send_pending()
                received = await self._receive()
                if not received:
                    raise ConnectionFailed("the other side ended the TLS handshake")
                tls.feed(received)
        except ssl.SSLError as error:
            self._send_pending()
            raise ConnectionFailed(f"TLS: {reason_of(error)}") from error
        except trio.BrokenResourceError as error:
            raise ConnectionFailed(
                f"the connection broke during the TLS handshake: {error}"
            ) from None
        self._send_pending()

    def begin_pushes(self) -> None:
        """Allow pushes of frames: the opening handshake is over."""
        self._pushing = True

    def push_control(self, frame: bytes) -> None:
        """Queue a whole WebSocket frame that must arrive; never blocks."""
        if self.is_free:
            self.write_sealed(self.seal(frame))
        elif self._pushing and self.broken is None:
            self._commit(frame)

    def push_close(self, frame: bytes) -> None:
        """Queue the Close frame, after which nothing is pushed."""
        if self._pushing and self.broken is None:
            self._begin_closing()
            self._commit(frame)

    def push_voice(self, frame: bytes) -> None:
        """Queue a whole WebSocket frame that is worthless when late; never blocks."""
        if self.is_free:
            self.write_sealed(self.seal(frame))
        elif self._pushing and self.broken is None:
            self._voice.append((self._clock(), frame))
            if len(self._voice) > MAX_VOICE:
                self._voice.popleft()
                self.voice_dropped += 1
            self._pump()

    # For who writes to many connections at once: seal, write, and tell what the socket took.

    @property
    def is_free(self) -> bool:
        """Whether a frame that is pushed goes to the socket at once, as nearly always."""
        return not (
            self._waiting
            or self._tail
            or self._control
            or self._voice
            or self.broken is not None
            or not self._pushing
        )

    def seal(self, frame: bytes) -> bytes:
        """Return a frame as it goes to the socket, which has to be free; it must be written then.

        Where TLS has ended that is nothing, and the connection is cut.
        """
        # A push to many connections must not fail because of one of them.
        try:
            return self._records.seal(frame)
        except ssl.SSLError as error:
            self.cut(f"TLS: {reason_of(error)}")
            return b""

    def write_sealed(self, data: bytes) -> None:
        """Write sealed bytes to the socket, which is free."""
        try:
            sent = self._raw.send(data)
        except OSError as error:
            sent = -(error.errno or errno.EIO)
        if sent != len(data):
            self.note_sent(data, sent)

    def note_sent(self, data: bytes, sent: int) -> None:
        """Note how many of these sealed bytes the socket took, or which errno, below zero."""
        if sent < 0 and -sent not in (errno.EAGAIN, errno.EWOULDBLOCK):
            self.cut(f"connection lost: {os.strerror(-sent)}")
        elif sent < len(data):
            self._tail = memoryview(data)[max(sent, 0) :]
            self._pump()

    def peer_address(self) -> tuple[Any, ...]:
        """Return the address and port that the connection has reached. Raises OSError."""
        address: tuple[Any, ...] = self._raw.getpeername()
        return address

    def drop_voice(self) -> None:
        """Drop the voice that waits in the queue: whom it is for is no longer there."""
        self.voice_dropped += len(self._voice)
        self._voice.clear()

    @property
    def voice_waiting(self) -> float:
        """The seconds that the oldest voice in the queue has waited; 0 without any."""
        return self._clock() - self._voice[0][0] if self._voice else 0.0

    @property
    def frames_waiting(self) -> int:
        """The frames in the queue, of control and voice, beside one that is half sent."""
        return len(self._control) + len(self._voice)

    @property
    def bytes_waiting(self) -> int:
        """The bytes that wait beside voice, with those of a frame that is half sent."""
        return self._control_bytes + len(self._tail)

    @property
    def blocked(self) -> bool:
        """Whether the peer, or the way to it, takes no more bytes at the moment."""
        return self._waiting

    def cut(self, why: str) -> None:
        """End the connection at once, even with frames in the queue."""
        if self.broken is None:
            self.broken = why
            rested, recipient = self._stop_resting(), self._recipient
            self._recipient = None  # which refers to the stream
            if rested and recipient is not None:
                recipient.receive_data(b"")
            self._control.clear()
            self._voice.clear()
            self._tail = _NOTHING
            with contextlib.suppress(OSError):
                self._raw.shutdown(socket.SHUT_RDWR)
            trio.lowlevel.notify_closing(self._raw)
            self._raw.close()
            self._sent_some.unpark_all()

    # The one writer.

    def _begin_closing(self) -> None:
        """Stop pushes, and set one deadline for the rest, however many tasks wait for it."""
        self._pushing = False
        self._voice.clear()
        self._flush_by = min(self._flush_by, trio.current_time() + FLUSH_SECONDS)

    def _commit(self, data: bytes) -> None:
        self._control.append(data)
        self._control_bytes += len(data)
        if self._control_bytes > self._most_queued:
            self.cut("control_overflow")
        else:
            self._pump()

    def _send_pending(self) -> None:
        if pending := self._records.pending():
            self._append_to_tail(pending)
            self._pump()

    def _append_to_tail(self, data: bytes) -> None:
        if not data or self.broken is not None:
            return
        self._tail = memoryview(bytes(self._tail) + data)
        if len(self._tail) > self._most_queued:
            # The peer makes TLS answer again and again, and reads none of the answers.
            self.cut("control_overflow")

    def _pump(self) -> None:
        if not self._waiting and self._is_blocked_writing():
            self._waiting = True
            self._nursery.start_soon(self._drain)

    def _is_blocked_writing(self) -> bool:
        """Write what the socket takes; return True when bytes are left that it did not take."""
        while self.broken is None:
            while self._tail:
                try:
                    sent = self._raw.send(self._tail)
                except BlockingIOError:
                    return True
                except OSError as error:
                    self.cut(f"connection lost: {error.strerror or error}")
                    return False
                # An empty view, too, would keep all that it is a part of.
                self._tail = self._tail[sent:] if sent < len(self._tail) else _NOTHING
            unit = self._next_unit()
            if unit is None:
                break
            self._tail = memoryview(self.seal(unit))
        if self._sent_some:
            self._sent_some.unpark_all()
        return False

    async def _drain(self) -> None:
        try:
            while self._is_blocked_writing():
                await trio.lowlevel.wait_writable(self._raw)
        except (trio.ClosedResourceError, OSError):
            self.cut("connection lost")
        finally:
            self._waiting = False
            self._sent_some.unpark_all()

    async def _flush(self) -> None:
        while self._waiting:  # until the task is done, or cancelled with its nursery
            await self._sent_some.park()
        self._waiting = True  # frames pushed meanwhile must not wait for the same socket
        await self._drain()

    def _next_unit(self) -> bytes | None:
        if self._control:
            unit = self._control.popleft()
            self._control_bytes -= len(unit)
            return unit
        if self._voice:
            oldest = self._clock() - self._voice_max_age
            while self._voice:
                queued_at, frame = self._voice.popleft()
                if queued_at >= oldest:
                    return frame
                self.voice_dropped += 1
        return None


def _tune(raw: socket.socket) -> None:
    """Set the socket to send at once and to keep little in the kernel, where it can do so."""
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.IPPROTO_TCP, option, NOTSENT_LOWAT)

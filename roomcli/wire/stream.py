"""The outbound stream: the one writer of a connection.

For a WebSocket library it is an ordinary stream. Beside the library, voice and control frames are
pushed without a task and without waiting. Its rules:

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
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable

import trio

from ..errors import ConnectionFailed
from ..protocol import MAX_MESSAGE
from .frames import CLOSE
from .records import PlainRecords, Records, TlsRecords
from .sieve import Sieve

NOTSENT_LOWAT = 2048
"""Unsent bytes that the kernel may hold; behind a frozen peer, more would only grow stale."""
HIGH_WATER = 64 * 1024
MAX_CONTROL = MAX_MESSAGE + HIGH_WATER
"""Bytes that may wait beside voice: the longest message, behind what may wait already."""
MAX_VOICE = 16
FLUSH_SECONDS = 1.0
RECEIVE_BYTES = 4 * 1024
"""Bytes that are read at once; a peer that sends more is read again in its next turn."""


class OutboundStream(trio.abc.Stream):
    """A TCP connection with one writer, TLS below its queues, and no stale voice.

    ``raw`` is a connected socket, which the stream owns from now on. ``nursery`` runs the task that
    waits for writability. Voice older than ``voice_max_age`` seconds is dropped instead of sent.
    ``admission`` waits until the peer, who has sent something, may be read.
    """

    def __init__(
        self,
        raw: socket.socket,
        nursery: trio.Nursery,
        *,
        voice_max_age: float,
        records: Records | None = None,
        clock: Callable[[], float] = trio.current_time,
        admission: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        raw.setblocking(False)
        _tune(raw)
        self._raw = raw
        self._socket = trio.socket.from_stdlib_socket(raw)
        self._records = records or PlainRecords()
        self._nursery = nursery
        self._clock = clock
        self._voice_max_age = voice_max_age
        self._tail = memoryview(b"")
        self._control: deque[bytes] = deque()
        self._control_bytes = 0
        self._voice: deque[tuple[float, bytes]] = deque()
        self._unread = b""
        self._admission = admission
        self._sieve: Sieve | None = None
        self._pushing = False
        self._waiting = False
        self._flush_by = float("inf")
        self._sent_some = trio.lowlevel.ParkingLot()
        self.broken: str | None = None
        """Why the connection is cut; None while it works."""
        self.voice_dropped = 0
        """Voice frames that grew too old in the queue."""

    # Methods for trio-websocket.

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes for the WebSocket library; they are queued before any checkpoint."""
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

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return plain bytes from the peer; empty at its end."""
        most = max_bytes or RECEIVE_BYTES
        while self._sieve is None or not self._sieve.over:
            plain = await self._received(most)
            if self._sieve is None or not plain:
                return plain
            if left := self._sieve.sift(plain):
                return left
        # Nothing more is read, and no end is reported: the owner of the connection ends it.
        await trio.sleep_forever()
        raise AssertionError

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
                self._append_to_tail(tls.pending())
                self._pump()
                received = await self._receive()
                if not received:
                    raise ConnectionFailed("the other side ended the TLS handshake")
                tls.feed(received)
        except ssl.SSLError as error:
            self._append_to_tail(tls.pending())
            self._pump()
            raise ConnectionFailed(f"TLS: {_reason(error)}") from error
        except trio.BrokenResourceError as error:
            raise ConnectionFailed(
                f"the connection broke during the TLS handshake: {error}"
            ) from None
        self._append_to_tail(tls.pending())
        self._pump()

    def unread(self, data: bytes) -> None:
        """Put bytes back, so that the next ``receive_some`` returns them again."""
        self._unread = data + self._unread

    def sift_by(self, sieve: Sieve) -> None:
        """Pass all received bytes through the sieve from now on."""
        self._sieve = sieve

    def begin_pushes(self) -> None:
        """Allow pushes of frames: the opening handshake is over."""
        self._pushing = True

    def push_control(self, frame: bytes) -> None:
        """Queue a whole WebSocket frame that must arrive; never blocks."""
        if self._pushing and self.broken is None:
            self._commit(frame)

    def push_voice(self, frame: bytes) -> None:
        """Queue a whole WebSocket frame that is worthless when late; never blocks."""
        if not self._pushing or self.broken is not None:
            return
        if self._waiting or self._tail or self._control or self._voice:
            self._voice.append((self._clock(), frame))
            if len(self._voice) > MAX_VOICE:
                self._voice.popleft()
                self.voice_dropped += 1
            self._pump()
        else:
            self._send_at_once(frame)

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
    def blocked(self) -> bool:
        """Whether the peer, or the way to it, takes no more bytes at the moment."""
        return self._waiting

    def cut(self, why: str) -> None:
        """End the connection at once, even with frames in the queue."""
        if self.broken is None:
            self.broken = why
            self._control.clear()
            self._voice.clear()
            self._tail = memoryview(b"")
            with contextlib.suppress(OSError):
                self._raw.shutdown(socket.SHUT_RDWR)
            self._socket.close()
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
        if self._control_bytes > MAX_CONTROL:
            self.cut("control_overflow")
        else:
            self._pump()

    def _append_to_tail(self, data: bytes) -> None:
        if not data or self.broken is not None:
            return
        self._tail = memoryview(bytes(self._tail) + data)
        if len(self._tail) > MAX_CONTROL:
            # The peer makes TLS answer again and again, and reads none of the answers.
            self.cut("control_overflow")

    def _pump(self) -> None:
        if not self._waiting and self._is_blocked_writing():
            self._waiting = True
            self._nursery.start_soon(self._drain)

    def _send_at_once(self, frame: bytes) -> None:
        """Send a frame before which nothing waits: what every frame to every listener costs."""
        data = self._sealed(frame)
        try:
            sent = self._raw.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.cut(f"connection lost: {error.strerror or error}")
            return
        if sent < len(data):
            self._tail = memoryview(data)[sent:]
            self._pump()

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
                self._tail = self._tail[sent:]
            unit = self._next_unit()
            if unit is None:
                break
            self._tail = memoryview(self._sealed(unit))
        if self._sent_some:
            self._sent_some.unpark_all()
        return False

    def _sealed(self, unit: bytes) -> bytes:
        # A push to many connections must not fail because TLS has ended on one of them.
        try:
            return self._records.seal(unit)
        except ssl.SSLError as error:
            self.cut(f"TLS: {_reason(error)}")
            return b""

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

    # Reading.

    async def _received(self, most: int) -> bytes:
        if self._unread:
            await trio.lowlevel.checkpoint()
            data, self._unread = self._unread[:most], self._unread[most:]
            return data
        plain = self._read_plain(most)
        if plain is not None:
            # One record held more bytes than are read in one turn.
            if self._admission is not None:
                await self._admission()
            return plain
        while plain is None:
            self._records.feed(await self._receive())
            plain = self._read_plain(most)
        return plain

    def _read_plain(self, most: int) -> bytes | None:
        try:
            plain = self._records.read(most)
        except ssl.SSLError as error:
            self.cut(f"TLS: {_reason(error)}")
            raise trio.BrokenResourceError(self.broken) from error
        if pending := self._records.pending():
            self._append_to_tail(pending)
            self._pump()
        return plain

    async def _receive(self) -> bytes:
        if self.broken is not None:
            raise trio.BrokenResourceError(self.broken)
        try:
            # Not by Trio's own receive, which first tries, nearly always in vain, and then waits.
            while True:
                await trio.lowlevel.wait_readable(self._raw)
                if self._admission is not None:
                    await self._admission()
                with contextlib.suppress(BlockingIOError):
                    return self._raw.recv(RECEIVE_BYTES)
        except (OSError, trio.ClosedResourceError) as error:
            self.cut(f"connection lost: {error}")
            raise trio.BrokenResourceError(self.broken) from None


def _tune(raw: socket.socket) -> None:
    """Set the socket to send at once and to keep little in the kernel, where it can do so."""
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if option is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.IPPROTO_TCP, option, NOTSENT_LOWAT)


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "certificate refused"
    if error.errno == errno.EPERM:
        return "protocol error"
    return (getattr(error, "reason", None) or "protocol error").replace("_", " ").lower()

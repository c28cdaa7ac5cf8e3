"""The half of a stream that receives, by the connection's own task or by the reader of quiet ones.

While nothing but signs of life is expected of the peer, the task that receives sleeps and the
reader of quiet connections reads in its place. It settles by the sieve what is small, and wakes the
task for the rest: for bytes that are left for the WebSocket library, for the end, and for a flood,
which waits for its turn like everybody else's work.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from abc import abstractmethod
from collections.abc import Awaitable, Callable

import trio

from .quiet_reader import QuietReader
from .records import Records, reason_of
from .sieve import Sieve

RECEIVE_BYTES = 4 * 1024
"""Bytes that are read at once; a peer that sends more is read again in its next turn."""
FRAMES_A_PASS = 8
"""Frames of a quiet peer that are looked at in one pass of its reader; others come in the next."""


class ReceivingHalf(trio.abc.ReceiveStream):
    """What comes from the peer. ``raw`` does not block.

    ``admission`` waits until the peer, who has sent something, may be read. Without a
    ``quiet_reader`` the connection's own task reads in any case.
    """

    def __init__(
        self,
        raw: socket.socket,
        records: Records,
        admission: Callable[[], Awaitable[None]] | None,
        quiet_reader: QuietReader | None,
    ) -> None:
        self._raw = raw
        self.descriptor = raw.fileno()
        """The number by which the system knows the socket, as long as the connection works."""
        self._records = records
        self._admission = admission
        self._sieve: Sieve | None = None
        self._unread = b""
        self._quiet_reader = quiet_reader
        self._is_quiet = False
        self._sleeper: trio.lowlevel.Task | None = None
        self._left = b""
        self._ended = False
        self.broken: str | None = None
        """Why the connection is cut; None while it works."""

    @abstractmethod
    def cut(self, why: str) -> None:
        """End the connection at once."""

    @abstractmethod
    def _send_pending(self) -> None:
        """Send what TLS itself has to say after it has read something."""

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return plain bytes from the peer; empty at its end."""
        most = max_bytes or RECEIVE_BYTES
        while (sieve := self._sieve) is None or not sieve.over:
            if self._left:
                left, self._left = self._left, b""
                return left
            if sieve is not None and self._may_sleep(sieve):
                await self._sleep_until_woken()
                continue
            plain = b""
            if sieve is None or not sieve.holds_frames:
                plain = await self._received(most)
                if sieve is None or not plain:
                    return plain
            if left := sieve.sift(plain):
                return left
        # Nothing more is read, and no end is reported: the owner of the connection ends it.
        await trio.sleep_forever()
        raise AssertionError

    def unread(self, data: bytes) -> None:
        """Put bytes back, so that the next ``receive_some`` returns them again."""
        self._unread = data + self._unread

    def sift_by(self, sieve: Sieve) -> None:
        """Pass all received bytes through the sieve from now on."""
        self._sieve = sieve

    def set_quiet(self, quiet: bool) -> None:
        """Leave the reading to the reader of quiet connections, or read all that comes at once."""
        self._is_quiet = quiet and self._quiet_reader is not None
        if not quiet:
            self._wake()

    # Reading by the reader of quiet connections.

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self._raw.fileno()

    def read_quietly(self) -> bool:
        """Read some of what has come, as :class:`~.quiet_reader.QuietConnection` says."""
        sieve, plain = self._sieve, b""
        if self._sleeper is None or sieve is None:
            return False
        if not sieve.holds_frames:
            try:
                received = self._read_at_once()
            except BlockingIOError:
                return False
            except OSError as error:
                self.cut(f"connection lost: {error}")
                return False
            except trio.BrokenResourceError:
                return False
            if received is None:  # a part of a record
                return False
            plain, self._ended = received, not received
        self._left = sieve.sift(plain, FRAMES_A_PASS)
        if self._left or self._ended or sieve.over or sieve.floods:
            self._wake()
            return False
        return sieve.holds_frames or self._records.holds_some

    def _may_sleep(self, sieve: Sieve) -> bool:
        """Whether the peer is quiet, and nothing of what has come is left to the own task."""
        if not self._is_quiet or self._ended or self.broken is not None:
            return False
        return not (sieve.floods or sieve.holds_frames or self._unread or self._records.holds_some)

    async def _sleep_until_woken(self) -> None:
        reader = self._quiet_reader
        assert reader is not None
        reader.add(self)
        self._sleeper = trio.lowlevel.current_task()

        def give_up(_: object) -> trio.lowlevel.Abort:
            self._sleeper = None
            reader.remove(self)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(give_up)
        if self._admission is not None:
            await self._admission()

    def _wake(self) -> None:
        """Let the connection's own task go on, if it sleeps; nothing is read meanwhile."""
        if self._sleeper is not None and self._quiet_reader is not None:
            sleeper, self._sleeper = self._sleeper, None
            self._quiet_reader.remove(self)
            trio.lowlevel.reschedule(sleeper)

    def _read_at_once(self) -> bytes | None:
        plain = self._read_plain(RECEIVE_BYTES) if self._records.holds_some else None
        if plain is None:
            self._records.feed(self._raw.recv(RECEIVE_BYTES))
            plain = self._read_plain(RECEIVE_BYTES)
        return plain

    # Reading by the connection's own task.

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
            self.cut(f"TLS: {reason_of(error)}")
            raise trio.BrokenResourceError(self.broken) from error
        self._send_pending()
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

"""The half of a stream that receives, by a task of the connection or by the reader of quiet ones.

A task that reads exists only while the peer is expected to send more than signs of life. Else the
reader of quiet connections reads: it settles by the sieve what is small, and lets a task read the
rest: bytes that are left for the recipient, the end, and a flood, which waits for its turn like
everybody else's work.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Protocol

import trio

from .quiet_reader import QuietReader
from .records import Records, reason_of
from .sieve import Sieve

RECEIVE_BYTES = 4 * 1024
"""Bytes that are read at once; a peer that sends more is read again in its next turn."""
FRAMES_A_PASS = 8
"""Frames of a quiet peer that are looked at in one pass of its reader; others come in the next."""


class Recipient(Protocol):
    """Gets what comes from the peer."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to be read."""

    def receive_data(self, received: bytes) -> None:
        """Take bytes; empty ones are the end."""

    async def wait_for_room(self) -> None:
        """Wait until more may be taken."""


class ReceivingHalf(trio.abc.ReceiveStream):
    """What comes from the peer. ``raw`` does not block; ``nursery`` runs the task that reads.

    ``admission`` waits until the peer, who has sent something, may be read. Without a
    ``quiet_reader`` a task of the connection's own reads in any case.
    """

    def __init__(
        self,
        raw: socket.socket,
        nursery: trio.Nursery,
        records: Records,
        admission: Callable[[], Awaitable[None]] | None,
        quiet_reader: QuietReader | None,
    ) -> None:
        self._raw = raw
        self.descriptor = raw.fileno()
        """The number by which the system knows the socket, as long as the connection works."""
        self._nursery = nursery
        self._records = records
        self._admission = admission
        self._recipient: Recipient | None = None
        self._sieve: Sieve | None = None
        self._unread = b""
        self._quiet_reader = quiet_reader
        self._is_quiet = False
        self._rests = False
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
        """Return plain bytes from the peer; empty at its end. Not after :meth:`read_on`."""
        return await self._received(max_bytes or RECEIVE_BYTES)

    def unread(self, data: bytes) -> None:
        """Put bytes back, so that they are read again."""
        self._unread = data + self._unread

    def read_on(self, recipient: Recipient, sieve: Sieve) -> None:
        """Give all that comes from now on to ``recipient``, but for what the sieve takes out."""
        self._recipient, self._sieve = recipient, sieve
        self._read_by_task()

    def set_quiet(self, quiet: bool) -> None:
        """Leave the reading to the reader of quiet connections, or read all that comes at once."""
        self._is_quiet = quiet and self._quiet_reader is not None
        if not quiet and self._stop_resting():
            self._read_by_task()

    # Reading by the reader of quiet connections.

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self._raw.fileno()

    def read_quietly(self) -> bool:
        """Read some of what has come, as :class:`~.quiet_reader.QuietConnection` says."""
        sieve, plain = self._sieve, b""
        if not self._rests or sieve is None:
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
            if self._stop_resting():
                self._read_by_task()
            return False
        return sieve.holds_frames or self._records.holds_some

    def _may_rest(self) -> bool:
        """Whether the peer is quiet, and nothing of what has come is left to a task."""
        sieve = self._sieve
        if not self._is_quiet or sieve is None or self._left or self._ended:
            return False
        if self.broken is not None or self._unread:
            return False
        return not (sieve.floods or sieve.holds_frames or self._records.holds_some)

    def _rest(self) -> None:
        """Leave the reading to the reader of quiet connections."""
        assert self._quiet_reader is not None
        self._rests = True
        self._quiet_reader.add(self)

    def _stop_resting(self) -> bool:
        """Let the reader of quiet connections read no longer; return whether it did."""
        rested, self._rests = self._rests, False
        if rested and self._quiet_reader is not None:
            self._quiet_reader.remove(self)
        return rested

    def _read_at_once(self) -> bytes | None:
        plain = self._read_plain(RECEIVE_BYTES) if self._records.holds_some else None
        if plain is None:
            self._records.feed(self._raw.recv(RECEIVE_BYTES))
            plain = self._read_plain(RECEIVE_BYTES)
        return plain

    # Reading by a task of the connection's own.

    def _read_by_task(self) -> None:
        if self._recipient is not None and self._sieve is not None:
            self._nursery.start_soon(self._read_until_quiet, self._recipient, self._sieve)

    async def _read_until_quiet(self, recipient: Recipient, sieve: Sieve) -> None:
        """Read until the peer is quiet, or nothing more is to be read."""
        try:
            if self._admission is not None:
                await self._admission()
            await self._hand_on(recipient, sieve)
        except trio.BrokenResourceError:
            pass
        finally:
            # No end is reported of a connection that its owner should end.
            if not self._rests and not sieve.over:
                recipient.receive_data(b"")

    async def _hand_on(self, recipient: Recipient, sieve: Sieve) -> None:
        while not sieve.over:
            if self._may_rest():
                self._rest()
                return
            data, self._left = self._left, b""
            if not data and not self._ended:
                data = await self._sifted(sieve)
            if data:
                recipient.receive_data(data)
                await recipient.wait_for_room()
            if self._ended or recipient.has_ended:
                return

    async def _sifted(self, sieve: Sieve) -> bytes:
        """Return what the sieve leaves of the next bytes, which may be nothing."""
        received = b""
        if not sieve.holds_frames:
            received = await self._received(RECEIVE_BYTES)
            self._ended = not received
        return sieve.sift(received)

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

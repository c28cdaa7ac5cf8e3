"""Sends many datagrams at once: on Linux by ``sendmmsg``, elsewhere one by one.

Each datagram's result is looked at: what the system has no room for is dropped and counted, since
voice is never sent late; what it refuses (no route, a port that nobody listens on) is told to the
caller.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
import sys
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from roomcli.wire.udp.sealing import Sealer, seal_for_all

from .addresses import ENDS_WORDS, NativeEnds, leaving_from

MOST = 256
"""Datagrams in one call."""

# struct mmsghdr of a 64-bit Linux: name, its size, vectors, how many, control, its size, flags, and
# where the kernel says how many bytes it sent. A vector is an address and a length.
_HEADER = struct.Struct("@PIPNPNi4xI4x")
_VECTOR = struct.Struct("@PN")

SystemCall = Callable[[int, int, int, int], int]
"""Socket, address of the headers, how many, flags; returns how many were sent, or -1 and errno."""


class Refusal(NamedTuple):
    """A datagram that the system refused to send."""

    to: NativeEnds
    error: int
    """The errno."""


class Recipients:
    """Clients who are sent the same again and again, at most :data:`MOST`."""

    def __init__(self, to: Sequence[NativeEnds], sealers: Sequence[Sealer]) -> None:
        self.to = to
        self.sealers = sealers
        self.words = b"".join([each.words for each in to])
        """Their ends, as the system wants them, one after the other."""


class Batch(Protocol):
    """Datagrams on their way out by one socket."""

    sent: int
    """How many went out."""
    dropped: int
    """How many there was no room for."""

    def add(self, to: NativeEnds, sealer: Sealer, message: bytes) -> None:
        """Encrypt a message for a client, to go out with the rest."""

    def add_for_all(self, recipients: Recipients, message: bytes) -> None:
        """Encrypt a message for each of some clients.

        Raises OverflowError, and adds nothing, if the counters of one are used up.
        """

    def flush(self) -> list[Refusal]:
        """Send what was added; return what was refused, of that and of what went before."""


class SendmmsgBatch:
    """A batch that goes out by one system call.

    What is the same in every header is written once, and the rest field by field, one copy for all.
    """

    def __init__(self, bound: socket.socket, call: SystemCall | None = None) -> None:
        self._socket = bound
        self._call = call or sendmmsg()
        headers, vectors = bytearray(MOST * _HEADER.size), bytearray(MOST * _VECTOR.size)
        self._headers_at = _place(headers)
        for number in range(MOST):
            vector = _place(vectors) + number * _VECTOR.size
            _HEADER.pack_into(headers, number * _HEADER.size, 0, 0, vector, 1, 0, 0, 0, 0)
        words, step = memoryview(headers).cast("Q"), _HEADER.size // 8
        self._columns = [words[at::step] for at in (0, 1, 4, 5)]  # as in the words of the ends
        self._addresses, self._lengths = (memoryview(vectors).cast("Q")[at::2] for at in (0, 1))
        self._to: list[NativeEnds] = []
        self._words: list[bytes] = []
        self._sealed: list[bytes] = []
        self._refused: list[Refusal] = []
        self.sent = 0
        self.dropped = 0

    def add(self, to: NativeEnds, sealer: Sealer, message: bytes) -> None:
        if len(self._to) == MOST:
            self._send_all()
        self._sealed.append(sealer.seal(message))
        self._to.append(to)
        self._words.append(to.words)

    def add_for_all(self, recipients: Recipients, message: bytes) -> None:
        if len(self._to) + len(recipients.to) > MOST:
            self._send_all()
        self._sealed += seal_for_all(recipients.sealers, message)
        self._to += recipients.to
        self._words.append(recipients.words)

    def flush(self) -> list[Refusal]:
        self._send_all()
        refused, self._refused = self._refused, []
        return refused

    def _send_all(self) -> None:
        done, count, descriptor = 0, len(self._to), self._socket.fileno()
        if not count:
            return
        sealed = b"".join(self._sealed)  # the kernel reads it where it lies
        self._write_headers(count, sealed)
        while done < count:
            at = self._headers_at + done * _HEADER.size
            sent = self._call(descriptor, at, count - done, 0)
            if sent > 0:
                self.sent += sent
                done += sent
                continue
            # An error is told for the first datagram alone; those before it went out.
            error = ctypes.get_errno()
            if error == errno.EINTR:
                continue
            if error in (errno.EAGAIN, errno.ENOBUFS):
                self.dropped += count - done
                break
            self._refused.append(Refusal(self._to[done], error))
            done += 1
        self._to.clear()
        self._words.clear()
        self._sealed.clear()

    def _write_headers(self, count: int, sealed: bytes) -> None:
        lengths = array("Q", map(len, self._sealed))
        begin = ctypes.cast(ctypes.c_char_p(sealed), ctypes.c_void_p).value or 0
        self._lengths[:count] = lengths
        self._addresses[:count] = array("Q", accumulate(lengths[:-1], initial=begin))
        ends = memoryview(b"".join(self._words)).cast("Q")
        for number, column in enumerate(self._columns):
            column[:count] = ends[number::ENDS_WORDS]


class PlainBatch:
    """A batch that goes out one by one, where there is no such call."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self._waiting: list[tuple[NativeEnds, bytes]] = []
        self.sent = 0
        self.dropped = 0

    def add(self, to: NativeEnds, sealer: Sealer, message: bytes) -> None:
        self._waiting.append((to, sealer.seal(message)))

    def add_for_all(self, recipients: Recipients, message: bytes) -> None:
        sealed = seal_for_all(recipients.sealers, message)
        self._waiting += zip(recipients.to, sealed, strict=True)

    def flush(self) -> list[Refusal]:
        waiting, self._waiting = self._waiting, []
        refused = []
        for number, (to, datagram) in enumerate(waiting):
            try:
                beside = leaving_from(to.ends.local)
                self._socket.sendmsg([datagram], beside, 0, to.ends.peer)
                self.sent += 1
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.ENOBUFS):
                    self.dropped += len(waiting) - number
                    break
                refused.append(Refusal(to, error.errno or errno.EIO))
        return refused


def new_batch(bound: socket.socket) -> Batch:
    """Return the best batch that this system has."""
    if sys.platform == "linux" and sys.maxsize > 1 << 32:
        try:
            return SendmmsgBatch(bound)
        except (OSError, AttributeError):  # no C library that can be loaded, or none with it
            pass
    return PlainBatch(bound)


def sendmmsg() -> SystemCall:
    """Return the system call. Raises OSError or AttributeError where there is none."""
    call = ctypes.CDLL(None, use_errno=True).sendmmsg
    call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
    call.restype = ctypes.c_int
    return call


def _place(memory: bytearray) -> int:
    """Return the address of memory, which is never to change its size."""
    return ctypes.addressof((ctypes.c_char * len(memory)).from_buffer(memory))

"""Sends many datagrams at once: on Linux by ``sendmmsg``, elsewhere one by one.

They are encrypted into one arena, which is used again for the next batch. Each datagram's result is
looked at: what the system has no room for is dropped and counted, since voice is never sent late;
what it refuses (no route, a port that nobody listens on) is told to the caller.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
import sys
from collections.abc import Callable
from typing import NamedTuple, Protocol

from roomcli.wire.udp.sealing import OVERHEAD, Sealer

from .addresses import NativeEnds, leaving_from

MOST = 256
"""Datagrams in one call."""
ARENA = 256 * 1024
"""Bytes of the datagrams of one call."""

_VECTOR = struct.Struct("@PN")
# struct mmsghdr of a 64-bit Linux: name, its size, vectors, how many, control, its size, flags, and
# where the kernel says how many bytes it sent.
_HEADER = struct.Struct("@PIPNPNi4xI4x")

SystemCall = Callable[[int, int, int, int], int]
"""Socket, address of the headers, how many, flags; returns how many were sent, or -1 and errno."""


class Refusal(NamedTuple):
    """A datagram that the system refused to send."""

    to: NativeEnds
    error: int
    """The errno."""


class Batch(Protocol):
    """Datagrams on their way out by one socket."""

    sent: int
    """How many went out."""
    dropped: int
    """How many there was no room for."""

    def add(self, to: NativeEnds, sealer: Sealer, message: bytes) -> None:
        """Encrypt a message for a client, to go out with the rest."""

    def flush(self) -> list[Refusal]:
        """Send what was added; return what was refused, of that and of what went before."""


class SendmmsgBatch:
    """A batch that goes out by one system call."""

    def __init__(self, bound: socket.socket, call: SystemCall | None = None) -> None:
        self._socket = bound
        self._call = call or sendmmsg()
        self._arena = bytearray(ARENA)
        self._view = memoryview(self._arena)
        self._headers = bytearray(MOST * _HEADER.size)
        self._vectors = bytearray(MOST * _VECTOR.size)
        self._arena_at, self._headers_at, self._vectors_at = map(
            _place, (self._arena, self._headers, self._vectors)
        )
        self._to: list[NativeEnds] = []
        self._end = 0
        self._refused: list[Refusal] = []
        self.sent = 0
        self.dropped = 0

    def add(self, to: NativeEnds, sealer: Sealer, message: bytes) -> None:
        if len(self._to) == MOST or self._end + len(message) + OVERHEAD > ARENA:
            self._send_all()
        number, begin = len(self._to), self._end
        self._end = end = sealer.seal_into(message, self._view, begin)
        vector = number * _VECTOR.size
        _VECTOR.pack_into(self._vectors, vector, self._arena_at + begin, end - begin)
        _HEADER.pack_into(
            self._headers,
            number * _HEADER.size,
            to.name_at,
            to.name_size,
            self._vectors_at + vector,
            1,
            to.control_at,
            to.control_size,
            0,
            0,
        )
        self._to.append(to)

    def flush(self) -> list[Refusal]:
        self._send_all()
        refused, self._refused = self._refused, []
        return refused

    def _send_all(self) -> None:
        done, count, descriptor = 0, len(self._to), self._socket.fileno()
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
        self._end = 0


class PlainBatch:
    """A batch that goes out one by one, where there is no such call."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self._waiting: list[tuple[NativeEnds, bytes]] = []
        self.sent = 0
        self.dropped = 0

    def add(self, to: NativeEnds, sealer: Sealer, message: bytes) -> None:
        self._waiting.append((to, sealer.seal(message)))

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

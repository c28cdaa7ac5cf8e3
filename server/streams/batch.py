"""Sends a bundle of voice to many connections at once: on Linux by one system call, where it may.

A connection whose socket is free takes part in the batch; one in which something waits queues the
voice by itself, as its rules say.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import socket
import sys
from array import array
from typing import Protocol

from roomcli.wire.stream import OutboundStream

from .ring import ENTRIES, SendRing

log = logging.getLogger(__name__)

FEW = 8
"""Up to so many sends cost less one by one."""
ARENA = 512 * 1024
"""Bytes of the frames of one call."""


class StreamBatch(Protocol):
    """Voice on its way to many connections, which must be flushed before anybody waits."""

    def add(self, stream: OutboundStream, frame: bytes) -> None:
        """Send a framed bundle to this connection, with the rest or at once."""

    def flush(self) -> None:
        """Send what was added."""


class PlainStreamBatch:
    """A batch that sends one by one."""

    def add(self, stream: OutboundStream, frame: bytes) -> None:
        stream.push_voice(frame)

    def flush(self) -> None:
        pass


class RingBatch:
    """A batch that goes out by one system call."""

    def __init__(self, ring: SendRing) -> None:
        self._ring = ring
        self._arena = bytearray(ARENA)
        self._arena_at = ctypes.addressof((ctypes.c_char * ARENA).from_buffer(self._arena))
        self._end = 0
        self._last = b""
        self._last_at = self._arena_at
        self._streams: list[OutboundStream] = []
        self._descriptors, self._addresses, self._lengths = array("I"), array("Q"), array("I")

    def add(self, stream: OutboundStream, frame: bytes) -> None:
        if not stream.is_free:
            stream.push_voice(frame)
            return
        data = stream.seal(frame)
        if not data:
            return
        if data is not self._last:
            self._place(data)
        self._streams.append(stream)
        self._descriptors.append(stream.descriptor)
        self._addresses.append(self._last_at)
        self._lengths.append(len(data))
        if len(self._streams) == ENTRIES:
            self.flush()

    def flush(self) -> None:
        if not self._streams:
            return
        if len(self._streams) > FEW:
            unlike = self._ring.send(self._descriptors, self._addresses, self._lengths)
            for number, sent in unlike.items():
                self._streams[number].note_sent(self._data(number), sent)
        else:
            for number, stream in enumerate(self._streams):
                stream.write_sealed(self._data(number))
        self._streams.clear()
        for fields in (self._descriptors, self._addresses, self._lengths):
            del fields[:]
        self._end, self._last = 0, b""

    def _place(self, data: bytes) -> None:
        """Put the bytes to send where the kernel is to read them."""
        if self._end + len(data) > ARENA:
            self.flush()
        self._arena[self._end : self._end + len(data)] = data
        self._last, self._last_at = data, self._arena_at + self._end
        self._end += len(data)

    def _data(self, number: int) -> bytes:
        begin = self._addresses[number] - self._arena_at
        return bytes(self._arena[begin : begin + self._lengths[number]])


def new_batch() -> StreamBatch:
    """Return the best batch that this system has."""
    if sys.platform == "linux":
        try:
            return RingBatch(_tried(SendRing()))
        except (OSError, AttributeError) as error:
            log.info("voice goes out one by one: %s", error)
    return PlainStreamBatch()


def _tried(ring: SendRing) -> SendRing:
    """Return the ring, once it has sent something. Raises OSError if it cannot."""
    here, there = socket.socketpair()
    word = ctypes.create_string_buffer(b"roomcli")
    with here, there:
        place, size = ctypes.addressof(word), len(word)
        unlike = ring.send(array("I", [here.fileno()]), array("Q", [place]), array("I", [size]))
        if unlike:
            raise OSError(errno.ENOSYS, "io_uring cannot send")
    return ring

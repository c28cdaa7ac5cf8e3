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
from itertools import accumulate, repeat
from typing import Protocol

from roomcli.wire.stream import OutboundStream

from .ring import ENTRIES, SendRing

log = logging.getLogger(__name__)

FEW = 8
"""Up to so many sends cost less one by one."""


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
        self._streams: list[OutboundStream] = []
        self._sealed: list[bytes] = []

    def add(self, stream: OutboundStream, frame: bytes) -> None:
        if not stream.is_free:
            stream.push_voice(frame)
        elif sealed := stream.seal(frame):
            self._streams.append(stream)
            self._sealed.append(sealed)
            if len(self._streams) == ENTRIES:
                self.flush()

    def flush(self) -> None:
        if not self._streams:
            return
        streams, self._streams = self._streams, []
        sealed, self._sealed = self._sealed, []
        if len(streams) > FEW:
            try:
                unlike = self._send_by_ring(streams, sealed)
            except OSError as error:
                # What went out is not known, and what comes next must not follow half a frame.
                unlike = dict.fromkeys(range(len(streams)), -(error.errno or errno.EIO))
            for number, sent in unlike.items():
                streams[number].note_sent(sealed[number], sent)
        else:
            for stream, data in zip(streams, sealed, strict=True):
                stream.write_sealed(data)

    def _send_by_ring(self, streams: list[OutboundStream], sealed: list[bytes]) -> dict[int, int]:
        """Send to each its bytes; return what came of those that were not sent whole."""
        lengths = array("I", map(len, sealed))
        all_same = sealed.count(sealed[0]) == len(sealed)  # as always without TLS
        data = sealed[0] if all_same else b"".join(sealed)  # the kernel reads it where it lies
        begin = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
        places = repeat(begin, len(sealed)) if all_same else accumulate(lengths[:-1], initial=begin)
        descriptors = array("I", [each.descriptor for each in streams])
        return self._ring.send(descriptors, array("Q", places), lengths)


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

"""Sends to many sockets by one system call: Linux's io_uring, as far as that needs it.

A ring is memory that the program shares with the kernel. Requests are written into one part of it
and results are read from another one; the call between the two carries all requests out. None of
them waits: a socket that takes nothing says so at once, and so each call returns with all results.
What is the same in every request is written once, and the rest field by field, one copy for all
requests: Python does nothing for a single one (io_uring_setup(2), io_uring_enter(2)).
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import socket
import struct
import weakref
from array import array
from collections.abc import Iterator

ENTRIES = 256
"""The most requests in one call."""

_SETUP, _ENTER = 425, 426  # the same for every processor
_SEND = 26
_WAIT_FOR_RESULTS = 1
_ONE_MAPPING = 1
_REQUESTS_AT = 0x10000000
_WRAPS = 1 << 32
# struct io_uring_params: ten numbers of its own, and ten each that say where in the memory the
# parts of the two rings lie.
_PARAMETERS = struct.Struct("=30I")
_ENTRIES, _KEPT, _FEATURES, _REQUESTS, _RESULTS = 0, 1, 5, 10, 20
_HEAD, _TAIL, _MADE, _ORDER = 0, 1, 5, 6
# struct io_uring_sqe: what to do, its flags, priority, descriptor, offset, address, length, the
# flags of send, a number that comes back with the result, and what send does not use.
_REQUEST = struct.Struct("=BBHiQQIIQ24x")
_FLAGS = getattr(socket, "MSG_NOSIGNAL", 0) | getattr(socket, "MSG_DONTWAIT", 0)
# struct io_uring_cqe: that number, the result, flags.
_RESULT = struct.Struct("=QiI")
_WORD = 4


class SendRing:
    """A ring of requests to send. Raises OSError where the system has none, or forbids it."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._call = ctypes.CFUNCTYPE(
            *(ctypes.c_long, ctypes.c_long, *[ctypes.c_uint] * 4, ctypes.c_void_p, ctypes.c_size_t),
            use_errno=True,
        )(("syscall", library))
        told = bytearray(_PARAMETERS.size)
        place = ctypes.addressof((ctypes.c_char * len(told)).from_buffer(told))
        self._descriptor = library.syscall(_SETUP, ENTRIES, ctypes.c_void_p(place))
        if self._descriptor < 0:
            raise _last_error()
        weakref.finalize(self, os.close, self._descriptor)
        parameters = _PARAMETERS.unpack(told)
        self._entries, self._kept = parameters[_ENTRIES], parameters[_KEPT]
        requests, results = parameters[_REQUESTS:_RESULTS], parameters[_RESULTS:]
        order, made = requests[_ORDER], results[_MADE]
        if not parameters[_FEATURES] & _ONE_MAPPING:
            raise OSError(errno.ENOSYS, "io_uring is too old")
        size = max(order + self._entries * _WORD, made + self._kept * _RESULT.size)
        rings = memoryview(mmap.mmap(self._descriptor, size))
        self._words = rings.cast("I")
        self._tail_at = requests[_TAIL] // _WORD
        self._taken_at, self._made_at = results[_HEAD] // _WORD, results[_TAIL] // _WORD
        self._made = rings[made : made + self._kept * _RESULT.size]
        self._sent = self._made.cast("i")[2 :: _RESULT.size // 4]
        memory = mmap.mmap(self._descriptor, self._entries * _REQUEST.size, offset=_REQUESTS_AT)
        for number in range(self._entries):
            self._words[order // _WORD + number] = number
            _REQUEST.pack_into(
                memory, number * _REQUEST.size, _SEND, 0, 0, 0, 0, 0, 0, _FLAGS, number
            )
        self._descriptors = memoryview(memory).cast("I")[1 :: _REQUEST.size // 4]
        self._addresses = memoryview(memory).cast("Q")[2 :: _REQUEST.size // 8]
        self._lengths = memoryview(memory).cast("I")[6 :: _REQUEST.size // 4]

    def send(
        self, descriptors: array[int], addresses: array[int], lengths: array[int]
    ) -> dict[int, int]:
        """Send to these sockets (arrays of ``I``, ``Q``, ``I``), up to :data:`ENTRIES` of them.

        Return, by their number, those that were not sent whole: how many bytes were, or an errno
        below zero (EAGAIN also where the kernel could not do all at once).
        """
        count, tail = len(descriptors), self._words[self._tail_at]
        for first, end, slot in _spans(tail, count, self._entries):
            until = slot + end - first
            self._descriptors[slot:until] = descriptors[first:end]
            self._addresses[slot:until] = addresses[first:end]
            self._lengths[slot:until] = lengths[first:end]
        done = self._perform_all(tail, count)
        taken = self._words[self._taken_at]
        spans = tuple(_spans(taken, done, self._kept))
        sent = b"".join(self._sent[slot : slot + end - at].tobytes() for at, end, slot in spans)
        unlike = {} if sent == lengths[:done].tobytes() else self._unlike(spans, tail, lengths)
        self._words[self._taken_at] = (taken + done) % _WRAPS
        return unlike | dict.fromkeys(range(done, count), -errno.EAGAIN)

    def _perform_all(self, tail: int, count: int) -> int:
        """Have so many requests carried out; return how many were, once their results are there.

        Where the kernel lacks the memory for more, these are taken back.
        """
        self._words[self._tail_at] = (tail + count) % _WRAPS
        made, left = self._words[self._made_at], count
        while left:
            taken = self._enter_kernel(left, left)
            if taken < 0:
                count -= left
                self._words[self._tail_at] = (tail + count) % _WRAPS
                break
            left -= taken
        while missing := (made + count - self._words[self._made_at]) % _WRAPS:
            if self._enter_kernel(0, missing) < 0:
                raise _last_error()
        return count

    def _enter_kernel(self, requests: int, results: int) -> int:
        """Submit so many requests and wait for so many results.

        Return how many were submitted; -1 if it failed.
        """
        while True:
            told: int = self._call(
                _ENTER, self._descriptor, requests, results, _WAIT_FOR_RESULTS, None, 0
            )
            if told >= 0 or ctypes.get_errno() != errno.EINTR:
                return told

    def _unlike(
        self, spans: tuple[tuple[int, int, int], ...], tail: int, lengths: array[int]
    ) -> dict[int, int]:
        unlike = {}
        for first, end, slot in spans:
            for at in range(slot, slot + end - first):
                number, sent, _ = _RESULT.unpack_from(self._made, at * _RESULT.size)
                index = (number - tail) % self._entries
                if sent != lengths[index]:
                    unlike[index] = sent
        return unlike


def _spans(begin: int, count: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of ``count`` items that lie side by side in a ring: first, end, and slot."""
    slot = begin % size
    first = min(count, size - slot)
    yield 0, first, slot
    if first < count:
        yield first, count, 0


def _last_error() -> OSError:
    error = ctypes.get_errno()
    return OSError(error, os.strerror(error))

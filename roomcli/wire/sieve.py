"""Reads a client's frames before the WebSocket library does (RFC 6455, section 5).

The sieve does two things. It takes out small, frequent messages: an acknowledgement comes twice a
second from everybody, a voice frame fifty times from each speaker, and the way through the library,
its queue and another task costs several times what reading the message costs. And it has every
frame judged: the library handles all frames of one read, thousands of pongs or empty fragments,
before any other task runs. Everything else passes unchanged, also frames that break the library's
rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

MAX_SMALL = 2048
"""Bytes of the longest message that is taken out."""
MIN_FRAGMENT = 64
"""Bytes that each fragment of a message must have, except the last; a smaller one is a fault."""
_FINAL, _OPCODE = 0x80, 0x0F
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_FINAL_BINARY = _FINAL | _BINARY
_MASKED, _LENGTH = 0x80, 0x7F
_LONGEST_CONTROL = 125
_SHORT_HEAD = 6
_SHORTEST, _LONGEST_SHORT = _SHORT_HEAD + 1, _SHORT_HEAD + 125
_NONE: frozenset[int] = frozenset()


class Watch(Protocol):
    """Judges what a client sends."""

    @property
    def over(self) -> bool:
        """Whether nothing more from the client should be read."""

    @property
    def floods(self) -> bool:
        """Whether more frames come, or came a moment ago, than may."""

    def admits_frame(self) -> bool:
        """Count one more frame; return whether it is within the limits."""

    def admits_ping(self) -> bool:
        """Count one more ping; return whether to answer it."""

    def fault(self) -> None:
        """Count a frame that no honest client sends."""


class Sieve:
    """Follows the frames of one connection from the first one."""

    def __init__(self, watch: Watch | None = None) -> None:
        self._watch = watch
        self._kinds = _NONE
        self._take: Callable[[bytes], None] = _leave
        self._rest = b""
        self._passing = 0
        self._dropping = 0
        self._fragmented = False
        self.holds_frames = False
        """Whether whole frames may be held here, beyond those that were asked for."""

    def take_out(self, kinds: frozenset[int], take: Callable[[bytes], None]) -> None:
        """Give each small message that begins with one of ``kinds`` to ``take`` from now on."""
        self._kinds, self._take = kinds, take

    def close(self) -> None:
        """Drop the references to ``take`` and the watch.

        Both refer to the connection, which refers to the sieve.
        """
        self._watch, self._take = None, _leave

    @property
    def over(self) -> bool:
        """Whether the watch says that nothing more should be read."""
        return self._watch is not None and self._watch.over

    @property
    def floods(self) -> bool:
        """Whether the watch says that too much comes."""
        return self._watch is not None and self._watch.floods

    def sift(self, data: bytes, most: int | None = None) -> bytes:
        """Return the received bytes that are left for the library, of ``most`` frames at the most.

        Other frames are held here until the next call.
        """
        if self._takes_all(data):
            return b""
        if self._rest:
            data, self._rest = self._rest + data, b""
        self.holds_frames = False
        left: list[bytes] = []
        at, end = 0, len(data)
        while at < end and not self.over:
            if self._dropping or self._passing:
                until = min(end, at + (self._dropping or self._passing))
                if self._dropping:
                    self._dropping -= until - at
                else:
                    self._passing -= until - at
                    left.append(data[at:until])
                at = until
                continue
            if most is not None:
                if not most:
                    self._rest, self.holds_frames = data[at:], True
                    break
                most -= 1
            head, size = _head_and_size(data, at)
            first = data[at]
            whole = head > 0 and end >= at + size
            if not head or (not whole and self._must_be_whole(first, head, size)):
                self._rest = data[at:]
                break
            if self._admits(first, size - head) and not (
                whole and self._is_taken(data, at, head, size)
            ):
                self._passing = size
                if not first & 0x08:
                    self._fragmented = not first & _FINAL
            else:
                self._dropping = size
        return b"".join(left)

    def _takes_all(self, data: bytes) -> bool:
        """Take what is just one short message that is to be taken out, as nearly all reads are.

        Return False, and do nothing, if it is anything else.
        """
        size = len(data)
        if (
            not _SHORTEST <= size <= _LONGEST_SHORT
            or data[0] != _FINAL_BINARY
            or data[1] != (_MASKED | size - _SHORT_HEAD)
            or data[6] ^ data[2] not in self._kinds
            or self._rest
            or self._passing
            or self._dropping
            or self._fragmented
        ):
            return False
        self.holds_frames = False
        watch = self._watch
        if watch is None or (not watch.over and watch.admits_frame()):
            self._take(_unmasked(data, _SHORT_HEAD, size))
        return True

    def _must_be_whole(self, first: int, head: int, size: int) -> bool:
        """Whether this frame is judged only when it has come whole."""
        if first & 0x08:
            return size - head <= _LONGEST_CONTROL
        return self._is_small(first, head, size)

    def _is_small(self, first: int, head: int, size: int) -> bool:
        return first == _FINAL_BINARY and not self._fragmented and head < size <= head + MAX_SMALL

    def _admits(self, first: int, length: int) -> bool:
        """Have a frame judged; return False if nobody should get it."""
        watch = self._watch
        if watch is None:
            return True
        admitted = watch.admits_frame()
        opcode = first & _OPCODE
        if opcode == _PONG:
            watch.fault()  # we send no pings, so no pong is an answer
            return False
        if opcode == _PING:
            return watch.admits_ping() and admitted
        if opcode == _CLOSE:
            return True
        if not first & _FINAL and length < MIN_FRAGMENT:
            watch.fault()
        if not self._fragmented and first & _FINAL and opcode in (_TEXT, _BINARY):
            return admitted
        # A fragment is never left out of its message: the connection as a whole has to answer.
        if not admitted:
            watch.fault()
        return True

    def _is_taken(self, data: bytes, at: int, head: int, size: int) -> bool:
        if not self._is_small(data[at], head, size) or not data[at + 1] & _MASKED:
            return False
        body = at + head
        if (data[body] ^ data[body - 4]) not in self._kinds:
            return False
        self._take(_unmasked(data, body, at + size))
        return True


def _leave(message: bytes) -> None:
    """Ignore the message; stands in until :meth:`Sieve.take_out` is called."""


def _unmasked(data: bytes, begin: int, end: int) -> bytes:
    """Return the message in ``data``, whose mask is the four bytes before it."""
    length = end - begin
    mask = (data[begin - 4 : begin] * (length // 4 + 1))[:length]
    message = int.from_bytes(data[begin:end]) ^ int.from_bytes(mask)
    return message.to_bytes(length)


def _head_and_size(data: bytes, at: int) -> tuple[int, int]:
    """Return the bytes of head and whole frame at ``at``; zeros if the head is incomplete."""
    if len(data) < at + 2:
        return 0, 0
    masked, length = data[at + 1] & _MASKED, data[at + 1] & _LENGTH
    head = 2 if length < 126 else 4 if length == 126 else 10
    if len(data) < at + head:
        return 0, 0
    if length >= 126:
        length = int.from_bytes(data[at + 2 : at + head])
    head += 4 if masked else 0
    return head, head + length

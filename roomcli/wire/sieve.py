"""Takes small, frequent messages out of what a client sends before the WebSocket library sees them.

An acknowledgement comes twice a second from everybody, a voice frame fifty times from whoever
talks. Through the library, its queue and another task each costs several times what it takes to
read it, and in a big room that is most of what the server does. All else passes as it came: longer
messages, fragments, ping, close, and whatever breaks the rules (RFC 6455, section 5).
"""

from __future__ import annotations

from collections.abc import Callable

MAX_SMALL = 2048
"""Bytes of the longest message that is taken out."""
_FINAL_BINARY = 0x82
_FINAL, _CONTROL = 0x80, 0x08
_MASKED, _LENGTH = 0x80, 0x7F


class Sieve:
    """Follows the frames of one connection from the first on.

    ``take`` gets each whole message that begins with one of the bytes in ``kinds``.
    """

    def __init__(self, kinds: frozenset[int], take: Callable[[bytes], None]) -> None:
        self._kinds = kinds
        self._take = take
        self._rest = b""
        self._passing = 0
        self._fragmented = False

    def sift(self, data: bytes) -> bytes:
        """What is left for the library of the bytes that came."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        left = b""
        at = 0
        while at < len(data):
            if self._passing:
                passed = data[at : at + self._passing]
                self._passing -= len(passed)
            else:
                head, size = _head_and_size(data, at)
                if not head or (self._is_small(data[at], head, size) and len(data) < at + size):
                    self._rest = data[at:]
                    break
                passed = data[at : at + size]
                if self._is_small(data[at], head, size) and self._is_taken(passed, head):
                    at += size
                    continue
                self._passing = size - len(passed)
                self._follow(data[at])
            left += passed
            at += len(passed)
        return left

    def _is_small(self, first: int, head: int, size: int) -> bool:
        return first == _FINAL_BINARY and not self._fragmented and head < size <= head + MAX_SMALL

    def _is_taken(self, frame: bytes, head: int) -> bool:
        if not frame[1] & _MASKED or (frame[head] ^ frame[head - 4]) not in self._kinds:
            return False
        size = len(frame) - head
        mask = (frame[head - 4 : head] * (size // 4 + 1))[:size]
        message = int.from_bytes(frame[head:]) ^ int.from_bytes(mask)
        self._take(message.to_bytes(size))
        return True

    def _follow(self, first: int) -> None:
        if not first & _CONTROL:
            self._fragmented = not first & _FINAL


def _head_and_size(data: bytes, at: int) -> tuple[int, int]:
    """Bytes of the head and of all of the frame that begins there; zeros while it is cut off."""
    if len(data) < at + 2:
        return 0, 0
    masked, length = data[at + 1] & _MASKED, data[at + 1] & _LENGTH
    head = {126: 4, 127: 10}.get(length, 2)
    if len(data) < at + head:
        return 0, 0
    if length >= 126:
        length = int.from_bytes(data[at + 2 : at + head])
    head += 4 if masked else 0
    return head, head + length

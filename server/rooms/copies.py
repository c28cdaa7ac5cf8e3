"""Which of a speaker's frames came already: each may come by UDP and TCP, and as a copy."""

from __future__ import annotations

REACH = 256
"""Frames behind the newest that are remembered: five seconds. What is numbered further behind has
begun anew."""

_SPAN = 1 << 32
_ALL = (1 << REACH) - 1


class CopyFilter:
    """The sequence numbers (32 bits, which wrap) of one voice that came lately."""

    __slots__ = ("_bits", "newest")

    def __init__(self) -> None:
        self.newest = -1
        """The number of the newest frame; -1 before there is one."""
        self._bits = 0  # bit n: newest - n came

    def is_new(self, sequence: int) -> bool:
        """Take note of a frame; return False if it came before."""
        ahead = (sequence - self.newest) % _SPAN
        if self.newest < 0 or REACH <= ahead <= _SPAN - REACH:
            self.newest, self._bits = sequence, 1
            return True
        if 0 < ahead < REACH:
            self.newest, self._bits = sequence, (self._bits << ahead) & _ALL | 1
            return True
        bit = 1 << (-ahead % _SPAN)
        is_new = not self._bits & bit
        self._bits |= bit
        return is_new

"""Which datagrams have come: each counts once, and what is missing is known.

(The sliding window of IPsec, RFC 4303, section 3.4.3, with the counts that a sender is told.)
"""

from __future__ import annotations

from ...protocol.datagrams import ReceptionReport

WINDOW = 1024
"""How far behind the highest counter a datagram may come and still be taken."""

_ALL = (1 << WINDOW) - 1


class ReplayWindow:
    """The counters that came under one id and direction."""

    __slots__ = ("_bits", "newest", "received", "runs")

    def __init__(self) -> None:
        self._bits = 1  # bit n: newest - n came; before the first, -1 counts as come
        self.newest = -1
        """The highest counter that came; -1 before there is one."""
        self.received = 0
        """How many came."""
        self.runs = 0
        """In how many runs those lie that did not come."""

    def may_take(self, counter: int) -> bool:
        """Whether a datagram with this counter may still come. It is to be authenticated first."""
        behind = self.newest - counter
        return behind < 0 or (behind < WINDOW and not self._bits >> behind & 1)

    def mark_taken(self, counter: int) -> bool:
        """Take note of an authentic datagram that was admitted; return whether it is the newest."""
        self.received += 1
        ahead = counter - self.newest
        if ahead > 0:
            self.runs += ahead > 1
            # A shift by what a hostile counter says could take half a gigabyte.
            self._bits = (self._bits << ahead) & _ALL | 1 if ahead < WINDOW else 1
            self.newest = counter
            return True
        behind = -ahead
        after = self._bits >> (behind - 1) & 1
        before = self._bits >> (behind + 1) & 1 if behind + 1 < WINDOW else 1
        self.runs += 1 - after - before  # closed, shortened, or split in two
        self._bits |= 1 << behind
        return False

    def reception(self, number: int) -> ReceptionReport | None:
        """Return what to tell the sender; None before anything came."""
        if not self.received:
            return None
        # Where the window ends a run may be closed that is not: a lie of one, which is corrected.
        runs = min(max(self.runs, 0), self.newest + 1 - self.received)
        return ReceptionReport(number, self.newest, self.received, runs)

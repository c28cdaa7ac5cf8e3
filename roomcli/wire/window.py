"""How far behind the peer is: the bound on stale voice, whatever stands between.

Sockets and proxies swallow minutes of voice while a peer is frozen; only what it acknowledges
tells what it has. The server keeps one window per listener, the engine one for its uplink.
"""

from __future__ import annotations

from ..protocol.audio import SAMPLE_RATE

ALLOWANCE = 0.750
"""Seconds a peer may be behind, its round trip not counted."""


class AckWindow:
    """Judges by acknowledged media times (48 kHz samples) whether more voice should be sent."""

    def __init__(self, allowance: float = ALLOWANCE) -> None:
        self._allowance = allowance
        self._newest_sent: int | None = None
        self._oldest_unacked: int | None = None
        self._may_try = False
        self.skipped = 0
        """Voice messages that were not sent since the peer was behind."""

    def admits(self, media_time: int, rtt: float) -> bool:
        """Whether a message of this media time may go out; if so it counts as sent.

        ``rtt`` is the connection's round trip in seconds.
        """
        if self._oldest_unacked is None:
            self._oldest_unacked = media_time
        elif media_time - self._oldest_unacked > (self._allowance + rtt) * SAMPLE_RATE:
            if not self._may_try:
                self.skipped += 1
                return False
            self._may_try = False
        self._newest_sent = media_time
        return True

    def acknowledged(self, media_time: int) -> None:
        """The peer has everything up to ``media_time``; what it cannot have is not believed."""
        if self._newest_sent is None or self._oldest_unacked is None:
            return
        if media_time > self._newest_sent:
            return
        # The newest may have grown old in a queue and been dropped: then nobody ever has it. So
        # each sign of life lets one message through, and its acknowledgement answers for all.
        self._may_try = media_time < self._newest_sent
        if media_time == self._newest_sent:
            self._oldest_unacked = None
        else:
            self._oldest_unacked = max(self._oldest_unacked, media_time)

"""The limit on how far a peer may be behind, so that it never gets stale voice.

Sockets and proxies buffer minutes of voice while a peer is frozen; only the peer's acknowledgements
say what it has. The server keeps one window per listener, the engine one for its uplink.
"""

from __future__ import annotations

from ..protocol.audio import RATE

ALLOWANCE = 0.750
"""Seconds that a peer may be behind, on top of the round trip."""
LARGE_ALLOWANCE = 1.500
"""The same for a listener in a large audience, where each acknowledges less often."""
MOST_PAUSE = 8
"""Acknowledgements that tell nothing new from one attempt to the next at most: four seconds."""


class AckWindow:
    """Decides by acknowledged media times (48 kHz samples) whether more voice should be sent."""

    __slots__ = (
        "_may_try", "_newest_acknowledged", "_oldest_unacked", "_open_until", "_repeats",
        "allowance", "behind", "newest_sent", "rtt", "skipped",
    )  # fmt: skip

    def __init__(self) -> None:
        self.allowance = ALLOWANCE
        """Seconds that the peer may be behind."""
        self.rtt = 0.0
        """The connection's round trip in seconds, which the peer may be behind beside that."""
        self._open_until = -1
        self.newest_sent: int | None = None
        """The media time of the newest message that was sent; None before there is one."""
        self._oldest_unacked: int | None = None
        self._may_try = False
        self._newest_acknowledged = -1
        self._repeats = 0
        self.skipped = 0
        """Voice messages that were not sent because the peer was behind."""
        self.behind = 0
        """Samples between the newest message that was sent and the newest that the peer had, as the
        last acknowledgement came; about a round trip, more if messages wait on their way."""

    def admits(self, media_time: int) -> bool:
        """Whether a message with this media time may be sent; if so, it counts as sent."""
        if media_time > self._open_until and not self._opens_again(media_time):
            self.skipped += 1
            return False
        self.newest_sent = media_time
        return True

    def _opens_again(self, media_time: int) -> bool:
        if self._oldest_unacked is None:
            self._oldest_unacked = media_time
        self._open_until = self._oldest_unacked + int((self.allowance + self.rtt) * RATE)
        if media_time <= self._open_until:
            return True
        may_try, self._may_try = self._may_try, False
        return may_try

    def passed_by(self, media_time: int) -> None:
        """Note the newest message that went another way, where nothing waits.

        What went this way before it has arrived, or does not matter any more.
        """
        if media_time > (-1 if self.newest_sent is None else self.newest_sent):
            self.newest_sent, self._oldest_unacked = media_time, None
            self._open_until = -1

    def acknowledged(self, media_time: int) -> None:
        """Note that the peer has everything up to ``media_time``; a time never sent is ignored."""
        if self.newest_sent is None or media_time > self.newest_sent:
            return
        if self._oldest_unacked is None:
            self.behind = self.newest_sent - media_time
            return
        # The newest message may have been dropped from a queue, and then is never acknowledged. So
        # each acknowledgement lets one message through, whose own acknowledgement covers all. Where
        # these do not arrive either, the next ones are let through ever more rarely.
        if media_time > self._newest_acknowledged:
            self._newest_acknowledged, self._repeats = media_time, 0
        self._may_try = media_time < self.newest_sent and _is_tried(self._repeats)
        self._repeats += 1
        self._open_until = -1
        self.behind = self.newest_sent - max(media_time, self._oldest_unacked)
        if media_time == self.newest_sent:
            self._oldest_unacked = None
        else:
            self._oldest_unacked = max(self._oldest_unacked, media_time)


def _is_tried(repeats: int) -> bool:
    """Whether to try once more after so many acknowledgements that told nothing new."""
    return repeats % MOST_PAUSE == 0 or repeats.bit_count() == 1

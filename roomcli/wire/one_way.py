"""How much longer than usual the way to the peer takes: the queue that stands on it.

A round trip cannot tell a queue on the way there from one on the way back. The peer's stamps can:
two clocks that are never compared keep their difference, so that only a queue changes what they
show. (LEDBAT, RFC 6817, measures so.)
"""

from __future__ import annotations

from collections import deque

from ..protocol.audio import Ack

_SAMPLES = 60
"""Answers (half a minute) of which the quickest counts as usual; a new route is learned in that
time, and clocks drift apart by 6 ms at most."""
_MICRO = 1_000_000


class OneWayDelay:
    """Measures by what the peer answers to our acknowledgements."""

    def __init__(self) -> None:
        self._samples: deque[int] = deque(maxlen=_SAMPLES)

    def received(self, ack: Ack) -> None:
        """Take an acknowledgement of the peer."""
        if ack.echo:
            self._samples.append(ack.stamp - ack.held - ack.echo)

    @property
    def queueing(self) -> float:
        """The seconds by which the newest took longer than the quickest."""
        if not self._samples:
            return 0.0
        return (self._samples[-1] - min(self._samples)) / _MICRO

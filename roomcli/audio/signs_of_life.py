"""Tells a dead sound card from one that pauses.

A sink that slept, or that is behind a network, asks for seconds of sound at once and then for none
until those seconds are over. Pure; times are in seconds.
"""

from __future__ import annotations

from typing import Final

_PATIENCE: Final = 6.0  # without a call: a Bluetooth headset wakes up, a sleeping sink pauses
_STEADY: Final = 10.0  # of calls without a pause, after which the patience is shorter
_PATIENCE_THEN: Final = 3.0
_PAUSE: Final = 0.6  # without a call: more than a busy machine makes of a look every quarter second


class SignsOfLife:
    """Watches how often a card calls back."""

    def __init__(self) -> None:
        self._calls = 0
        self._called_at: float | None = None
        self._paused_at = 0.0

    def have_ceased(self, calls: int, now: float) -> bool:
        """Whether a card with so many calls until ``now`` is dead; ask often."""
        if self._called_at is None:
            self._called_at = self._paused_at = now
        silence = now - self._called_at
        if calls == self._calls:
            steady = self._called_at - self._paused_at >= _STEADY
            return silence > (_PATIENCE_THEN if steady else _PATIENCE)
        if silence > _PAUSE:
            self._paused_at = now
        self._calls, self._called_at = calls, now
        return False

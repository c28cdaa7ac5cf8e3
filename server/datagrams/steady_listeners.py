"""Listeners to whom voice goes by UDP in each tick just as in the one before, as nearly always.

Some ten objects of each say whether and how it goes. They have left the processor's caches when the
next bundle comes: to look at all of them costs more than to encrypt. So they are looked at now and
then, and what a datagram needs is kept side by side until something changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle, islice

from .batch import Recipients
from .channel import VoicePath

ASKED_WITHIN = 0.16
"""Seconds within which each route is asked again whether it admits voice, or by the next bundle
where that comes later: a few times a second, as often as a route takes note of what goes."""


class SteadyListeners:
    """Listeners who are sent the same by one socket, at most ``batch.MOST`` of them."""

    def __init__(self, paths: Sequence[VoicePath]) -> None:
        self._channel = paths[0].channel  # any of them tells when something changes
        self._changes = self._channel.changes
        self._batch = paths[0].batch
        self._recipients = Recipients([e.to for e in paths], [e.sealer for e in paths])
        self._routes = [each.route for each in paths]
        self._turns = cycle(self._routes)
        self._sent_at = -math.inf

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing has changed of how voice goes to them."""
        return self._changes == self._channel.changes

    def send(self, messages: Sequence[bytes], media_time: int, now: float) -> bool:
        """Send the parts of a bundle to all of them, with all that waits.

        Return False if somebody's way has changed, so that each has to be looked at.
        """
        due = min(1.0, (now - self._sent_at) / ASKED_WITHIN)
        self._sent_at = now
        if not self.is_unchanged or not all(
            route.admits_voice(media_time, now)
            for route in islice(self._turns, math.ceil(due * len(self._routes)))
        ):
            return False
        try:
            for message in messages:
                self._batch.add_for_all(self._recipients, message)
        except OverflowError:  # all counters of one are used
            return False
        for route in self._routes:
            route.newest_voice = media_time
        self._channel.finish_round()
        return True

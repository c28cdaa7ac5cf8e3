"""What a person is told about a failing device, and how long to wait before the next attempt.

Pure; times are in seconds.
"""

from __future__ import annotations

RETRY = 3.0
"""Seconds until a device that could not be opened is tried again."""
RETRY_LATER = 6.0
"""Seconds until the next attempt when the device has been missing for long. With either pause a
device is found within 10 s."""
_LONG = 20
MOST_PAUSE = 30.0
"""The longest pause, for a device that stops working whenever it is opened."""
PROOF = 5.0
"""Seconds that a device which stopped working must work again until that is told."""
_SOUND = 60.0
"""Seconds of work after which earlier failures are forgotten."""


class DeviceTrouble:
    """The trouble with one microphone or speaker; the same trouble is told once.

    A device that works only for moments is one trouble, not many.
    """

    def __init__(self) -> None:
        self.told: str | None = None
        """The trouble that was told last; empty when the device works, None before anything is
        told."""
        self.failures = 0
        """How many troubles there were, of those that were news."""
        self.last_failure = ""
        self._stopped = 0
        self._missed = 0

    @property
    def pause(self) -> float:
        """Seconds to wait until the device is tried again."""
        if self._stopped:
            return min(RETRY * 2.0 ** (self._stopped - 1), MOST_PAUSE)
        return RETRY if self._missed < _LONG else RETRY_LATER

    @property
    def proof(self) -> float:
        """Seconds that the device has to work, once opened, until that is told."""
        return max(PROOF, self.pause) if self._stopped and self.told else 0.0

    def missing(self) -> None:
        """Note that the device could not be opened."""
        self._stopped = 0
        self._missed += 1

    def stopped(self, after: float) -> None:
        """Note that the device failed after it had worked for ``after`` seconds."""
        self._missed = 0
        self._stopped = 1 if after >= _SOUND else self._stopped + 1

    def begin_anew(self) -> None:
        """Forget the trouble, since another device is in use, or this one after a pause."""
        self.told = None
        self._stopped = self._missed = 0

    def is_news(self, problem: str) -> bool:
        """Whether to tell ``problem`` (empty: the device works); it then counts as told."""
        news = problem != self.told
        self.told = problem
        if news and problem:
            self.failures += 1
            self.last_failure = problem
        return news

"""What is told of a device that fails, and how long to wait until it is tried again.

Pure; times are in seconds.
"""

from __future__ import annotations

RETRY = 3.0
"""Until a device that could not be opened is tried again."""
RETRY_LATER = 6.0
"""The same when it has been missing for long. Either leaves time to find it within 10 s."""
_LONG = 20
MOST_PAUSE = 30.0
"""Until a device is tried again that stops working whenever it is opened."""
PROOF = 5.0
"""For how long a device that stopped working must work again until that is told."""
_SOUND = 60.0
"""After working for so long it is as good as new."""


class DeviceTrouble:
    """Follows one microphone or speaker: the same trouble is told once.

    A device that works for moments only is one trouble, not many.
    """

    def __init__(self) -> None:
        self.told: str | None = None
        """The trouble that was told last, empty when the device works."""
        self._stopped = 0
        self._missed = 0

    @property
    def pause(self) -> float:
        """How long to wait until it is tried again."""
        if self._stopped:
            return min(RETRY * 2.0 ** (self._stopped - 1), MOST_PAUSE)
        return RETRY if self._missed < _LONG else RETRY_LATER

    @property
    def proof(self) -> float:
        """For how long it has to work, once opened, until that is told."""
        return max(PROOF, self.pause) if self._stopped and self.told else 0.0

    def missing(self) -> None:
        """It could not be opened."""
        self._stopped = 0
        self._missed += 1

    def stopped(self, after: float) -> None:
        """It was opened, and worked for ``after`` seconds."""
        self._missed = 0
        self._stopped = 1 if after >= _SOUND else self._stopped + 1

    def is_news(self, problem: str) -> bool:
        """Whether this (empty: it works) is to be told; then it is taken for told."""
        news = problem != self.told
        self.told = problem
        return news

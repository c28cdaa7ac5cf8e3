"""When the microphone is open: by its owner's press alone, and for as long as the lease holds."""

from __future__ import annotations

LEASE = 3.0
"""Seconds without renewal until a leased microphone closes."""


class MicrophoneSwitch:
    """The switch between the microphone and the world; time is an argument, in seconds.

    ``request`` is the press; it opens only when the server has answered this very press, since
    answers to earlier ones may still be on their way. Everything else closes.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._presses = 0
        self._pending: int | None = None
        self._leased = False
        self._renewed_at = 0.0

    @property
    def is_pending(self) -> bool:
        """Whether a press waits for its answer."""
        return self._pending is not None

    def request(self, leased: bool, now: float) -> int:
        """The owner pressed: open as soon as the server has agreed; the number of the press."""
        self._presses += 1
        self._pending = self._presses
        self._leased = leased
        self._renewed_at = now
        return self._presses

    def confirm(self, press: int) -> bool:
        """The server agreed to this press; True when that opens the microphone."""
        if self._pending != press:
            return False
        self._pending = None
        was_open, self.is_open = self.is_open, True
        return not was_open

    def refuse(self, press: int) -> None:
        """This press opens nothing; what is open stays open."""
        if self._pending == press:
            self._pending = None

    def close(self) -> bool:
        """Close at once; True when it was open. A press that is under way is void too."""
        was_open, self.is_open, self._pending = self.is_open, False, None
        return was_open

    def renew(self, now: float) -> None:
        """The frontend still draws."""
        self._renewed_at = now

    def has_lapsed(self, now: float) -> bool:
        """Whether a leased microphone, open or about to be, has to close."""
        waiting = self.is_open or self.is_pending
        return waiting and self._leased and now - self._renewed_at > LEASE

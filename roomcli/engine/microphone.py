"""When the microphone is open: only after its owner's press, and only while the lease holds."""

from __future__ import annotations

LEASE = 3.0
"""Seconds without renewal until a leased microphone closes."""


class MicrophoneSwitch:
    """The switch of the microphone; time is an argument, in seconds.

    ``request`` is the press. The switch opens only when the server has answered this very press,
    since answers to earlier presses may still be on their way. Everything else closes the switch.
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
        """Note a press, which opens the switch when the server agrees; return its number."""
        self._presses += 1
        self._pending = self._presses
        self._leased = leased
        self._renewed_at = now
        return self._presses

    def confirm(self, press: int) -> bool:
        """Note that the server agreed to a press; return True when that opens the microphone."""
        if self._pending != press:
            return False
        self._pending = None
        was_open, self.is_open = self.is_open, True
        return not was_open

    def refuse(self, press: int) -> None:
        """Note that a press was refused; an open microphone stays open."""
        if self._pending == press:
            self._pending = None

    def close(self) -> bool:
        """Close at once, and cancel a pending press; return True if the microphone was open."""
        was_open, self.is_open, self._pending = self.is_open, False, None
        return was_open

    def renew(self, now: float) -> None:
        """Renew the lease: the frontend still draws."""
        self._renewed_at = now

    def has_lapsed(self, now: float) -> bool:
        """Whether a leased microphone, open or about to be, has to close."""
        waiting = self.is_open or self.is_pending
        return waiting and self._leased and now - self._renewed_at > LEASE

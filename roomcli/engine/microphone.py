"""When the microphone is open: by its owner's press alone, and for as long as the lease holds."""

from __future__ import annotations

LEASE = 3.0
"""Seconds without renewal until a leased microphone closes."""


class MicrophoneSwitch:
    """The switch between the microphone and the world; time is an argument, in seconds.

    ``request`` is the press; it opens only when the server confirms. Everything else closes.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._requested = False
        self._leased = False
        self._renewed_at = 0.0

    def request(self, leased: bool, now: float) -> None:
        """The owner pressed: open as soon as the server says that one is unmuted."""
        self._requested = True
        self._leased = leased
        self._renewed_at = now

    def confirm(self) -> bool:
        """The server says so; True when that opens the microphone. Unasked it opens nothing."""
        opens = self._requested and not self.is_open
        self.is_open = self.is_open or self._requested
        return opens

    def close(self) -> bool:
        """Close at once; True when it was open. A press that is under way is void too."""
        was_open, self.is_open, self._requested = self.is_open, False, False
        return was_open

    def renew(self, now: float) -> None:
        """The frontend still draws."""
        self._renewed_at = now

    def has_lapsed(self, now: float) -> bool:
        """Whether a leased microphone, open or about to be, has to close."""
        waiting = self.is_open or self._requested
        return waiting and self._leased and now - self._renewed_at > LEASE

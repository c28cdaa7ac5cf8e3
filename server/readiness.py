"""Whether the server lets newcomers in, as proxies and supervisors ask (``/readyz``)."""

from __future__ import annotations

from collections.abc import Callable

HEALTH = "/healthz"
"""Answered as long as the process runs; nothing is looked at for it."""
READINESS = "/readyz"
PROBES = (HEALTH, READINESS)
"""The paths by which a machine asks whether the server works."""


class Readiness:
    """Knows whether newcomers are let in: after the start, and before the end.

    ``is_overfull`` tells whether so much waits for the disk that they are refused; a disk that
    cannot be written for a moment is no reason, as rooms go on without it.
    """

    def __init__(
        self, is_overfull: Callable[[], bool] = lambda: False, *, is_started: bool = False
    ) -> None:
        self._is_overfull = is_overfull
        self._phase = "" if is_started else "the server is starting"

    def note_start(self) -> None:
        """Note that rooms are open, and connections about to be taken."""
        self._phase = ""

    def note_stop(self) -> None:
        """Note that the server begins to stop."""
        self._phase = "the server is stopping"

    @property
    def why_not(self) -> str:
        """Why newcomers are not let in, in one line; empty while they are."""
        if self._phase:
            return self._phase
        return "too much waits to be written to the disk" if self._is_overfull() else ""

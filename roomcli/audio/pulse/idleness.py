"""How much of the machine's CPU time is idle, as Linux tells."""

from __future__ import annotations

from pathlib import Path
from typing import Final

STAT: Final = Path("/proc/stat")
_EVERY: Final = 1.0
"""Seconds over which it is measured."""
_IDLE: Final = 3  # its place among the times of all CPUs; what waits for a disk comes next


class CpuIdleness:
    """Measures the idle share of all CPU time. Times are in seconds, monotonic."""

    def __init__(self, stat: Path = STAT) -> None:
        self._stat = stat
        self._at = float("-inf")
        self._idle = self._all = 0

    def measure_share(self, now: float) -> float | None:
        """Return the share, 0 to 1, once a second; None in between, or where it is not told."""
        if now - self._at < _EVERY:
            return None
        try:
            with self._stat.open("rb", buffering=0) as file:
                times = [int(each) for each in file.readline().split()[1:]]
        except (OSError, ValueError):
            self._at = float("inf")
            return None
        idle, all = sum(times[_IDLE : _IDLE + 2]), sum(times)
        is_first = self._at == float("-inf")
        passed, were_idle = all - self._all, idle - self._idle
        self._at, self._idle, self._all = now, idle, all
        return None if is_first or passed <= 0 else min(max(were_idle / passed, 0.0), 1.0)

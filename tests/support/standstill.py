"""Notice that the machine stood still, which no program can help and every sound suffers from."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

STEP = 0.005
"""Seconds from one look at the clock to the next."""


class MachineWatch:
    """Looks at the clock again and again in a thread of its own."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds by which a look came later than it should have, at the worst."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        last = time.monotonic()
        while not self._over.wait(STEP):
            now = time.monotonic()
            self.longest = max(self.longest, now - last - STEP)
            last = now

    def end(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()


@contextlib.contextmanager
def watched() -> Iterator[MachineWatch]:
    """Watch the machine within the block, in which this process should do nothing but wait."""
    watch = MachineWatch()
    try:
        yield watch
    finally:
        watch.end()

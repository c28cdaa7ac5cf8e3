"""Notices that the disk with the data is nearly full, while there is still time."""

from __future__ import annotations

import shutil
from pathlib import Path

import trio

from .news import News

LOOK_SECONDS = 60.0
LITTLE = 256 * 1024**2
"""Free bytes on the disk below which the admin is told."""
ENOUGH = 2 * LITTLE
"""Free bytes from which on there is no trouble any more."""
MIB = 1024**2


class DiskWatch:
    """Looks at how much of the disk is free. While it is little, ``trouble`` says so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.trouble: str | None = None

    def check_space(self) -> str | None:
        """Return a line for the admin about what changed since the last look, or None."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:  # the folder vanished: another watch tells of that
            return None
        if free < LITTLE:
            before, self.trouble = self.trouble, self._text_of(free)
            return self.trouble if before is None else None
        if free >= ENOUGH and self.trouble is not None:
            self.trouble = None
            return f"the disk of {self._folder} has {free // MIB} MiB left again"
        return None

    async def watch_space(self, news: News) -> None:
        """Look now and every minute until cancelled, and tell the admin of each change."""
        while True:
            # On a thread: nobody's voice waits for a disk.
            if text := await trio.to_thread.run_sync(self.check_space, abandon_on_cancel=True):
                news.tell("disk_nearly_full", text)
            await trio.sleep(LOOK_SECONDS)

    def _text_of(self, free: int) -> str:
        return (
            f"the disk of {self._folder} has {free // MIB} MiB left: make room on it; when it is"
            " full, rooms go on, but what happens in them is kept in memory only"
        )

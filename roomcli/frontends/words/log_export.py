"""Writes the moderation log to a file that everybody can check: ``roomcli audit verify FILE``.

The first line gives the room, when it was opened (to which the first entry is chained) and when the
file was made. Each further line is one entry. All lines are JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ...files import create_private
from ...protocol import commands as c
from ...protocol import events as e
from ...protocol.moderation_log import LogEntry

MOST_ENTRIES = 100_000
"""Most entries to read: no room has so many, but a server could go on for ever."""

_encoder = msgspec.json.Encoder()


@dataclass
class LogReading:
    """Reads the whole log, page by page: its methods return what to send next."""

    opened_at: float = 0.0
    entries: list[LogEntry] = field(default_factory=list)

    def first(self) -> c.ReadLog:
        """Return the first question."""
        return c.ReadLog()

    def receive_page(self, page: e.LogPage) -> c.ReadLog | None:
        """Keep a page that was read; return the next question, or None if all is read."""
        self.opened_at = page.opened_at
        self.entries += page.entries
        if not page.more or not page.entries or len(self.entries) >= MOST_ENTRIES:
            return None
        return c.ReadLog(after=page.entries[-1].number)


def export(path: Path, room: str, reading: LogReading, exported_at: float) -> None:
    """Write a log that was read into a new file which only its owner may read.

    Raises OSError, FileExistsError among them: nothing is ever overwritten.
    """
    head = {"room": room, "opened_at": reading.opened_at, "exported_at": exported_at}
    lines = (_encoder.encode(line) + b"\n" for line in (head, *reading.entries))
    create_private(path, b"".join(lines))

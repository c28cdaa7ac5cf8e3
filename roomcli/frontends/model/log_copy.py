"""The user's copy of the moderation log, checked against what the room said before.

Every event of the room carries the hash of the newest entry. Whoever rewrites the log contradicts
what was told to the people who were there; this module detects that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...protocol import events as e
from ...protocol.moderation_log import LogEntry, entry_hash, root

LOG_KEPT = 2000
"""Number of entries that a frontend keeps: the newest ones."""


@dataclass
class LogCopy:
    """Log entries in order of their number, and what is wrong with them, if anything.

    ``opened_at`` is known once a page was read. Entries that came live are a proof; between them
    and the entries of a page there may be a gap.
    """

    entries: list[LogEntry] = field(default_factory=list)
    opened_at: float | None = None
    fault: str | None = None
    _room: str = ""
    _head: str = ""
    _heads: dict[str, None] = field(default_factory=dict)

    def begin_log(self, room: str, head: str) -> None:
        """Start a room's log from the head that was told on joining."""
        self.entries, self.opened_at, self.fault = [], None, None
        self._room, self._head = room, head
        self._heads = {head: None} if head else {}

    def resume(self, head: str) -> None:
        """Continue after an absence: the entries told before it must still be in the log."""
        self._head = head
        self._witness(head)

    def check_event(self, event: e.ViewEvent) -> None:
        """Check an event against the hash chain; an entry comes before the events it explains."""
        if isinstance(event, e.ModerationLogged):
            self._append(event.entry)
        if event.log not in ("", self._head):
            self._accuse("its newest entry was never told")

    def add_page(self, page: e.LogPage) -> None:
        """Add a page of the log that was asked for."""
        self.opened_at = page.opened_at
        known = {each.number: each for each in self.entries}
        for entry in page.entries:
            if entry.number in known and known[entry.number].hash != entry.hash:
                self._accuse(f"entry {entry.number} is not what was told before")
        self._keep({**known, **{each.number: each for each in page.entries}}.values())
        if page.entries and not page.more and self._head not in ("", page.entries[-1].hash):
            self._accuse("it does not end with the entry that was told last")
        self._check()

    def _append(self, entry: LogEntry) -> None:
        if self._head and entry.previous != self._head:
            self._accuse(f"entry {entry.number} does not follow from the one before")
        elif entry.hash != entry_hash(entry):
            self._accuse(f"entry {entry.number} is not what was written")
        self._head = entry.hash
        self._witness(entry.hash)
        self._keep([*(each for each in self.entries if each.number != entry.number), entry])

    def _check(self) -> None:
        """Check the chain from the first entry up to the first gap."""
        previous, hashes = root(self._room, self.opened_at or 0.0), set()
        for number, entry in enumerate(self.entries, 1):
            if entry.number != number:
                return
            if entry.previous != previous:
                self._accuse(f"entry {number} does not follow from the one before")
            if entry.hash != entry_hash(entry):
                self._accuse(f"entry {number} is not what was written")
            hashes.add(previous)
            previous = entry.hash
        if previous == self._head and not self._heads.keys() <= {*hashes, previous}:
            self._accuse("an entry that was told before is gone")

    def _keep(self, entries: Iterable[LogEntry]) -> None:
        self.entries = sorted(entries, key=lambda each: each.number)[-LOG_KEPT:]

    def _witness(self, head: str) -> None:
        if head:
            self._heads[head] = None
            while len(self._heads) > LOG_KEPT:
                del self._heads[next(iter(self._heads))]

    def _accuse(self, fault: str) -> None:
        """Record a fault; only the first one is kept."""
        self.fault = self.fault or f"The moderation log was rewritten: {fault}"

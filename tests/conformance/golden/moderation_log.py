"""A moderation log for the golden vectors, and the same log as somebody rewrote it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from roomcli.protocol.moderation_log import LogEntry, root, sealed
from roomcli.protocol.people import Person

from .people import ADA, BOB, EVE, OPENED_AT, ROOM


def chained(*entries: LogEntry, opened_at: float = OPENED_AT) -> tuple[LogEntry, ...]:
    """Chain entries into a log: give each its number, its hash and the hash before it."""
    previous, done = root(ROOM, opened_at), []
    for number, entry in enumerate(entries, 1):
        done.append(sealed(replace(entry, number=number, previous=previous)))
        previous = done[-1].hash
    return tuple(done)


def entry(at: float, action: str, actor: Person | None = None, **fields: Any) -> LogEntry:
    """Make an entry that :func:`chained` will complete."""
    return LogEntry(number=1, at=at, action=action, actor=actor, previous="", **fields)


LOG = chained(
    entry(OPENED_AT, "open_room", ADA),
    # A tie between two digits that a double holds exactly: the even one is written.
    entry(1_800_000_001.0625, "change_settings", ADA, detail="topic=Brakes & 引擎, chat=off"),
    entry(1_800_000_002.5, "remove", ADA, target=BOB, reason='said "no" \\ left, é 👋🏽'),
    entry(1_800_000_003.0, "turn_over", target=EVE),
    entry(1_800_000_004.0, "unban", ADA, target=Person("", "Bob", key=BOB.key)),
)


def hashed_text(parts: list[str]) -> str:
    """Build the text under a hash of the log, written again here and not taken from the code."""
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in parts)
    return "[" + ",".join(f'"{each}"' for each in quoted) + "]"


def entry_text(entry: LogEntry) -> str:
    """Build the text under the hash of an entry."""
    people = [
        part
        for who in (entry.actor, entry.target)
        for part in ((who.id, who.name, who.key) if who else ("", "", ""))
    ]
    return hashed_text([entry.previous, str(entry.number), f"{entry.at:.3f}", entry.action,
                        *people, entry.detail, entry.reason])  # fmt: skip


def tampered() -> dict[str, tuple[LogEntry, ...]]:
    """Return logs that somebody has rewritten, by how they were changed."""
    changed = replace(LOG[2], reason="")
    elsewhere = chained(*LOG, opened_at=OPENED_AT + 1)
    return {
        "the first entry is missing": LOG[1:],
        "an entry is missing": (*LOG[:2], *LOG[3:]),
        "an entry is missing, and numbers go on": (*LOG[:2], replace(LOG[3], number=3)),
        "two entries are swapped": (LOG[0], LOG[2], LOG[1], *LOG[3:]),
        "an entry stands twice": (*LOG[:2], LOG[1], *LOG[2:]),
        "a reason is changed": (*LOG[:2], changed, *LOG[3:]),
        "a reason is changed, with its hash": (*LOG[:2], sealed(changed), *LOG[3:]),
        "the log of another room": elsewhere,
    }

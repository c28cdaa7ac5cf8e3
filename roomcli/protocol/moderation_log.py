"""The moderation log: who did what to whom and why, chained so that nobody can rewrite it.

Each entry holds the hash of the previous one, and every event of the room carries the newest hash:
everybody who was there can prove what the log said then (a hash chain after Haber and Stornetta,
1991).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from .people import Person
from .times import Seconds

Action = Literal[
    "open_room", "end_room", "room_closed", "lock", "unlock", "change_settings", "set_password",
    "make_room_invite", "revoke_room_invite",
    "silence", "lift_silence", "move_to_audience", "turn_over", "lower_all_hands",
    "remove", "ban", "unban", "remove_message",
    "let_in", "turn_away",
    "make_cohost", "hand_over", "succession", "host_returned",
]  # fmt: skip
"""What new entries of the log say was done."""
FormerAction = Literal["make_invite", "revoke_invite"]
"""Names of before that old entries have: their bytes are hashed, and stay."""
HASH_DIGITS = 32
"""Hexadecimal digits of SHA-256 that are kept: 128 bits."""
_FORMAT = "roomcli moderation log v1"


class LogEntry(Struct, frozen=True, kw_only=True):
    """One line of the log.

    ``number`` counts from 1. ``actor`` is who acted, None if the server did by its rules;
    ``target`` is whom it concerns, if anyone. ``detail`` says in words what was done, ``reason``
    why. ``previous`` is the hash of the previous entry; in the first entry it is the hash of the
    room (:func:`root`).
    """

    number: Annotated[int, Meta(ge=1, lt=2**53)]
    at: Seconds
    action: str
    actor: Person | None = None
    target: Person | None = None
    detail: str = ""
    reason: str = ""
    previous: str
    hash: str = ""


def root(room: str, opened_at: float) -> str:
    """Return the hash that the first entry of a room's log is chained to."""
    return _digest([_FORMAT, room, f"{opened_at:.3f}"])


def entry_hash(entry: LogEntry) -> str:
    """Return the shortened SHA-256 of the entry as a JSON array of texts in a fixed order."""
    return _digest(
        [
            entry.previous,
            str(entry.number),
            f"{entry.at:.3f}",
            entry.action,
            *_who(entry.actor),
            *_who(entry.target),
            entry.detail,
            entry.reason,
        ]
    )


def sealed(entry: LogEntry) -> LogEntry:
    """Return the entry with its own hash."""
    return replace(entry, hash=entry_hash(entry))


def first_fault(entries: Iterable[LogEntry], room: str, opened_at: float) -> str | None:
    """Return what is wrong with a log, in words; None if each entry follows from the previous."""
    previous = root(room, opened_at)
    for number, entry in enumerate(entries, 1):
        if entry.number != number:
            return f"entry {number} is missing: {entry.number} stands in its place"
        if entry.previous != previous:
            return f"entry {number} does not follow from the one before"
        if entry.hash != entry_hash(entry):
            return f"entry {number} is not what was written"
        previous = entry.hash
    return None


def _who(person: Person | None) -> list[str]:
    return [person.id, person.name, person.key] if person is not None else ["", "", ""]


def _digest(parts: list[str]) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]

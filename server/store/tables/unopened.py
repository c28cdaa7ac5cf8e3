"""What moderators left of rooms that are not open: when it ends, and what makes way."""

from __future__ import annotations

from ...limits import DAY, MIB, DiskLimits
from ..bans import EVERYWHERE
from .engine import Statement

_ROW_BYTES = 200
"""Bytes that a row takes besides its notice, roughly."""
_NOT_OPEN = f"room <> '{EVERYWHERE}' AND room NOT IN (SELECT name FROM rooms)"


def forget_unopened(table: str, at: str, now: float, limits: DiskLimits) -> tuple[Statement, ...]:
    """Return the statements that delete rows of bans or silences in rooms that are not open.

    Those end whose room nobody opened for long: it has no log any more, and the newest of its rows
    is old. Of too many those go of the rooms with most of them. ``at`` is a row's time, in SQL.
    """
    rooms = (
        f"SELECT room, owner, max({at}) AS newest, sum(length(notice) + {_ROW_BYTES}) AS size"
        f" FROM {table} WHERE {_NOT_OPEN} GROUP BY room, owner"
    )
    return (
        (
            f"DELETE FROM {table} WHERE {_NOT_OPEN}"
            " AND room NOT IN (SELECT room FROM moderation_log)"
            f" AND (room, owner) IN (SELECT room, owner FROM ({rooms}) AS whole WHERE newest <= ?)",
            (now - limits.bans_days * DAY,),
        ),
        (
            f"DELETE FROM {table} WHERE {_NOT_OPEN} AND (room, owner) IN (SELECT room, owner FROM"
            " (SELECT room, owner, sum(size) OVER (ORDER BY size, newest DESC, room, owner)"
            f" AS until_here FROM ({rooms}) AS whole) AS smallest_first WHERE until_here > ?)",
            (limits.bans_mib * MIB,),
        ),
    )

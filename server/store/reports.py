"""Reports, for the server's admins."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ..reports import Evidence, Report, Resolution
from .database import Database, Row

MAX_EVIDENCE = 1024**3
"""Bytes of evidence that are kept in all: whoever reports without end must not fill the disk."""

_WHOLE = "SELECT report, resolution, evidence FROM reports"
_BRIEF = "SELECT report, resolution, NULL FROM reports"


class Reports(Database):
    """The table of reports."""

    def save_report(self, report: Report) -> None:
        """A new report; its evidence is dropped where admins let too much pile up."""
        brief = replace(report, evidence=None, resolution=None)
        self._tell(
            "INSERT INTO reports (id, at, report, evidence) SELECT ?, ?, ?, CASE WHEN"
            " (SELECT coalesce(sum(length(evidence)), 0) FROM reports) < ? THEN ? END",
            (
                report.id,
                report.at,
                msgspec.json.encode(brief).decode(),
                MAX_EVIDENCE,
                msgspec.msgpack.encode(report.evidence),
            ),
        )

    async def reports(self, open_only: bool, after: str = "", limit: int = -1) -> list[Report]:
        """All of them, or those that nobody resolved, the latest first, without evidence.

        ``after`` is the id of the one behind which to begin, ``limit`` how many are enough.
        """
        which = "resolution IS NULL" if open_only else "TRUE"
        rows = await self._ask(
            f"{_BRIEF} WHERE {which} AND (? = '' OR (-at, id) > (SELECT -at, id FROM reports"
            " WHERE id = ?)) ORDER BY -at, id LIMIT ?",
            (after, after, limit),
        )
        return [_report(row) for row in rows]

    async def reported_name(self, key: str) -> str:
        """Under what name this key was reported last; empty if it never was."""
        rows = await self._ask(
            "SELECT json_extract(report, '$.reported.name') FROM reports"
            " WHERE json_extract(report, '$.reported.key') = ? ORDER BY at DESC LIMIT 1",
            (key,),
        )
        return str(rows[0][0]) if rows else ""

    async def count_open_reports(self) -> int:
        """How many nobody has resolved."""
        rows = await self._ask("SELECT count(*) FROM reports WHERE resolution IS NULL")
        return int(rows[0][0])

    async def report(self, id: str) -> Report | None:
        """The whole report; None if there is no such one."""
        rows = await self._ask(f"{_WHOLE} WHERE id = ?", (id,))
        return _report(rows[0]) if rows else None

    def resolve_report(self, id: str, by: str, note: str, at: float) -> None:
        """An admin is done with it; a later resolution replaces an earlier one."""
        resolution = Resolution(by=by, note=note, at=at)
        self._tell(
            "UPDATE reports SET resolution = ?, resolved_at = ? WHERE id = ?",
            (msgspec.json.encode(resolution).decode(), at, id),
        )


def _report(row: Row) -> Report:
    report, resolution, evidence = row
    return replace(
        msgspec.json.decode(report, type=Report),
        resolution=msgspec.json.decode(resolution, type=Resolution) if resolution else None,
        evidence=msgspec.msgpack.decode(evidence, type=Evidence | None) if evidence else None,
    )

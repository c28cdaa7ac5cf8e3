"""The table of reports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from roomcli.errors import StoreError

from ...limits import DAY, MIB, ServerLimits
from ..reports import Evidence, FiledReport, Resolution
from .database import ALL, Database, decoded
from .engine import Row, Statement

_MAKE_WAY = (
    "WITH held AS (SELECT id, at, resolution, length(evidence) AS size,"
    " json_extract(report, '$.room') AS room FROM reports WHERE evidence IS NOT NULL)"
    " UPDATE reports SET evidence = NULL WHERE (SELECT sum(size) FROM held) >= ? AND id IN"
    " (SELECT id FROM held WHERE room ="
    " (SELECT room FROM held GROUP BY room ORDER BY sum(size) DESC LIMIT 1)"
    " ORDER BY resolution IS NULL, at LIMIT 2)"
)
"""Deletes evidence when the space is full: of the room with most evidence, resolved reports
first."""
_SAVE = (
    "INSERT INTO reports (id, at, report, evidence) VALUES (?, ?, ?, CASE WHEN"
    " (SELECT coalesce(sum(length(evidence)), 0) FROM reports) < ? THEN ? END)"
    " ON CONFLICT (id) DO NOTHING"
)
_RESOLVE = "UPDATE reports SET resolution = ?, resolved_at = ? WHERE id = ?"
_BARE = "coalesce(length(evidence), 0) < 2"
"""Whether a report has no evidence: it never had, or that was deleted."""
_WHOLE = f"SELECT id, report, {_BARE}, resolution, evidence FROM reports"
_BRIEF = f"SELECT id, report, {_BARE}, resolution, NULL FROM reports"


class ReportTable:
    """The reports from all rooms."""

    def __init__(self, database: Database, limits: ServerLimits) -> None:
        self._database = database
        self._limits = limits

    def save(self, report: FiledReport) -> None:
        evidence = None if self._database.fullness >= 1 else report.evidence
        bare, most = evidence is None, self._limits.disk.reports_mib * MIB
        brief = replace(report, evidence=None, resolution=None, without_evidence=bare)
        self._database.enqueue_all(
            (_MAKE_WAY, (most,)),
            (
                _SAVE,
                (
                    report.id,
                    report.at,
                    msgspec.json.encode(brief).decode(),
                    most,
                    msgspec.msgpack.encode(evidence),
                ),
            ),
        )

    async def page(self, open_only: bool, after: str = "", limit: int = -1) -> list[FiledReport]:
        which = "resolution IS NULL" if open_only else "TRUE"
        rows, unwritten = await self._database.query_with_unwritten(
            f"{_BRIEF} WHERE {which} AND (? = '' OR (-at, id) > (SELECT -at, id FROM reports"
            " WHERE id = ?)) ORDER BY -at, id LIMIT ?",
            (after, after, limit if limit >= 0 else ALL),
        )
        if not unwritten:
            return self._readable({id: tuple(row) for id, *row in rows})
        found = _with_unwritten(*await self._database.query_with_unwritten(_BRIEF))
        known = sorted(
            (replace(each, evidence=None) for each in self._readable(found)),
            key=lambda each: (-each.at, each.id),
        )
        behind = [each.id for each in known].index(after) + 1 if after in found else 0
        known = [each for each in known[behind:] if not open_only or each.resolution is None]
        return known if limit < 0 else known[:limit]

    def _readable(self, found: dict[str, Row]) -> list[FiledReport]:
        """Return the reports that can be read, so that a damaged one does not hide the others."""
        readable = []
        for id, row in found.items():
            try:
                readable.append(_report_from_row(row))
            except StoreError as error:
                self._database.tell_admin("report_unreadable", f"report {id} is left out: {error}")
        return readable

    async def reported_name(self, key: str) -> str:
        rows = await self._database.query(
            "SELECT json_extract(report, '$.reported.name') FROM reports"
            " WHERE json_extract(report, '$.reported.key') = ? ORDER BY at DESC LIMIT 1",
            (key,),
        )
        return str(rows[0][0]) if rows else ""

    async def about(self, keys: Collection[str]) -> frozenset[str]:
        if not keys:
            return frozenset()
        places = ", ".join("?" for _ in keys)
        rows, unwritten = await self._database.query_with_unwritten(
            f"SELECT id FROM reports WHERE json_extract(report, '$.reported.key') IN ({places})",
            tuple(keys),
        )
        queued = {
            parameters[0]
            for statement, parameters in unwritten
            if statement == _SAVE and decoded(parameters[2], FiledReport).reported.key in keys
        }
        return frozenset({id for (id,) in rows} | queued)

    async def count_open(self) -> tuple[int, int]:
        rows, unwritten = await self._database.query_with_unwritten(
            f"SELECT count(*), count(*) FILTER (WHERE {_BARE})"
            " FROM reports WHERE resolution IS NULL"
        )
        if unwritten:
            waiting = await self.page(open_only=True)
            return len(waiting), sum(each.without_evidence for each in waiting)
        return rows[0][0], rows[0][1]

    async def find(self, id: str) -> FiledReport | None:
        found = _with_unwritten(
            *await self._database.query_with_unwritten(f"{_WHOLE} WHERE id = ?", (id,))
        )
        return _report_from_row(found[id]) if id in found else None

    def resolve(self, id: str, by: str, note: str, at: float) -> None:
        resolution = Resolution(by=by, note=note, at=at)
        self._database.enqueue(_RESOLVE, (msgspec.json.encode(resolution).decode(), at, id))

    def forget_old(self, now: float) -> None:
        self._database.enqueue(
            "UPDATE reports SET evidence = NULL WHERE resolved_at <= ? AND evidence IS NOT NULL",
            (now - self._limits.disk.reports_days * DAY,),
        )


def _with_unwritten(rows: list[Row], unwritten: list[Statement]) -> dict[str, Row]:
    """Return the columns of reports by their ids, from the disk and from the queue."""
    found = {id: tuple(row) for id, *row in rows}
    for statement, parameters in unwritten:
        if statement == _SAVE:
            id, _, report, _, evidence = parameters
            found.setdefault(id, (report, len(evidence) < 2, None, evidence))
        elif statement == _RESOLVE:
            resolution, _, id = parameters
            if id in found:
                report, bare, _, evidence = found[id]
                found[id] = (report, bare, resolution, evidence)
    return found


def _report_from_row(row: Sequence[Any]) -> FiledReport:
    report, bare, resolution, evidence = row
    return replace(
        decoded(report, FiledReport),
        without_evidence=bool(bare),
        resolution=decoded(resolution, Resolution) if resolution else None,
        evidence=msgspec.msgpack.decode(evidence, type=Evidence | None) if evidence else None,
    )

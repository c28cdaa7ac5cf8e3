"""Tests of the store's limits: when it is full, whoever has most makes way."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from server.store import reports as stored_reports
from server.store.sqlite import open_store

from ....support.evidence import report
from .test_store import ROOM, log_of


async def test_reports_without_end_do_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = report("r", voice=b"x" * 10_000)
    monkeypatch.setattr(stored_reports, "MAX_EVIDENCE", 50_000)
    async with open_store(tmp_path) as store:
        store.reports.save(report("real"))
        for number in range(12):
            store.reports.save(replace(noise, id=f"r{number}", at=number, room="noise"))
        store.reports.resolve("r10", "admin", "", 10.0)
        for number in range(12, 15):
            store.reports.save(replace(noise, id=f"r{number}", at=number, room="noise"))
        store.reports.save(report("new", at=20.0))

        async def kept() -> list[str]:
            reports = [
                await store.reports.find(each.id) for each in await store.reports.page(False)
            ]
            return [each.id for each in reports if each is not None and each.evidence is not None]

        # A room of endless reports makes way for itself and for others, not they for it.
        left = await kept()
        assert {"new", "r14", "r13", "real"} <= set(left)
        assert len(left) <= 7
        assert "r10" not in left, "what is resolved goes first"
        bare = [each.id for each in await store.reports.page(True) if each.without_evidence]
        assert set(bare) == {f"r{number}" for number in range(15) if number != 10} - set(left)
        assert await store.reports.count_open() == (16, len(bare))


async def test_logs_of_ended_rooms_make_way_where_all_are_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(tmp_path) as store:
        store.rooms.save(ROOM)
        for opened_at in (ROOM.opened_at, 500.0, 700.0, 600.0):
            for entry in log_of(2, opened_at):
                store.log.append("standup", opened_at, entry)
        each = await store.log.size() / 4
        for most, left in ((4, [500.0, 600.0, 700.0]), (2, [700.0]), (0, [])):
            monkeypatch.setattr("server.store.log.MAX_LOG", int(each * (most + 0.5)))
            await store.forget_old(1_000.0)
            kept = [at for at in (500.0, 600.0, 700.0) if await store.log.page("standup", at, 0, 9)]
            assert kept == left
        assert len(await store.log.page("standup", ROOM.opened_at, 0, 9)) == 2  # it is open

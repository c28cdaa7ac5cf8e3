"""Tests of the server's time of day over restarts of a machine with an unreliable clock."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol.people import BanNotice
from server.clock import Clock
from server.store.sqlite import open_store
from server.store.sqlite.schema import MIGRATIONS

from ..support.serving import Turned, serving

HOUR = 3600.0
DAY = 24 * HOUR


async def test_a_clock_that_is_set_back_lengthens_no_ban(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as server:
        server.pass_time(DAY)  # so late it was when it ran
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await host.do(c.Ban(id=guest.id, seconds=int(2 * HOUR)))
        server.pass_time(HOUR)
    assert "clock" not in caplog.text
    async with serving(tmp_path) as server:  # and now the machine's clock is a day behind
        assert "so that no ban gets longer" in caplog.text
        with pytest.raises(Turned) as turned:
            await server.client(key=guest.key, name="Ben")
        assert turned.value.refused.retry_after is not None
        assert turned.value.refused.retry_after <= HOUR
        server.pass_time(HOUR)
        await server.client(key=guest.key, name="Ben")


async def test_a_server_that_is_killed_right_after_a_ban_knows_when_it_was(tmp_path: Path) -> None:
    ban = BanNotice(key="c" * 32, name="Carla", at=time.time() + DAY, until=time.time() + 2 * DAY)
    async with open_store(tmp_path) as store:
        store.bans.save("standup", "a" * 32, ban)
        store.latest_time.save(5.0)  # what is earlier changes nothing
    async with open_store(tmp_path) as store:
        assert Clock(await store.latest_time.load()).now() >= ban.at


async def test_a_clock_that_was_right_all_along_is_left_alone(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        assert await store.latest_time.load() == 0.0
        store.latest_time.save(time.time() - HOUR)
        assert abs(Clock(await store.latest_time.load()).now() - time.time()) < 60


async def test_what_the_admin_deletes_is_not_believed_any_more(tmp_path: Path) -> None:
    """As docs/self-hosting.md says for a clock that was once far ahead."""
    async with open_store(tmp_path) as store:
        store.latest_time.save(time.time() + 1000 * DAY)
    with sqlite3.connect(tmp_path / "roomcli.sqlite3") as database:
        database.execute("DELETE FROM clock")
    database.close()
    async with open_store(tmp_path) as store:
        assert await store.latest_time.load() == 0.0


async def test_what_an_older_version_wrote_down_tells_how_late_it_was(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "roomcli.sqlite3") as old:
        for script in MIGRATIONS[:2]:
            old.executescript(script)
        old.execute("PRAGMA user_version = 2")
        old.execute("INSERT INTO moderation_log VALUES ('standup', 1.0, 1, 99.0, '{}')")
    old.close()
    async with open_store(tmp_path) as store:
        assert await store.latest_time.load() == 99.0

"""Tests of refused hellos in the log: one line each, and in a flood one line a minute."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from roomcli.protocol import events as e
from server.rooms.hub import LOG_LINES
from server.rooms.refused_hellos import AT_ONCE, MAX_COUNTED, SECONDS, RefusedHellos

from ...support.serving import serving


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines that were logged since the last call."""
    said = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return said


async def test_some_are_told_one_by_one(
    nursery: trio.Nursery, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    refused = RefusedHellos(nursery)
    for _ in range(3):
        for number in range(AT_ONCE):
            refused.note("192.0.2.1", "standup", f"code {number}")
        told = [f"192.0.2.1 may not enter standup: code {number}" for number in range(AT_ONCE)]
        assert lines(caplog) == told
        await trio.sleep(2 * SECONDS)
        assert lines(caplog) == []


async def test_a_flood_is_summed_up_until_it_is_over(
    nursery: trio.Nursery, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    refused = RefusedHellos(nursery)
    for minute in range(3):
        for number in range(500):
            code = "wrong_password" if number % 5 else "no_such_room"
            refused.note("192.0.2.1" if number % 2 else "192.0.2.2", "standup", code)
        assert len(lines(caplog)) == (0 if minute else AT_ONCE)
        await trio.sleep(SECONDS + 1)
        (line,) = lines(caplog)
    assert line == (
        "500 more hellos were refused in 60 s: 400 wrong_password, 100 no_such_room;"
        " by 2 addresses: 250 from 192.0.2.2, 250 from 192.0.2.1"
    )
    await trio.sleep(2 * SECONDS)
    refused.note("192.0.2.1", "standup", "locked")
    assert lines(caplog) == ["192.0.2.1 may not enter standup: locked"]


async def test_what_is_counted_by_has_an_end(
    nursery: trio.Nursery, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    refused = RefusedHellos(nursery)
    for number in range(5 * MAX_COUNTED):
        refused.note(f"2001:db8::{number:x}", "standup", "locked")
    lines(caplog)
    await trio.sleep(SECONDS + 1)
    (line,) = lines(caplog)
    assert line.startswith(f"{5 * MAX_COUNTED - AT_ONCE} more hellos were refused")
    assert f"by {MAX_COUNTED + 1} addresses" in line


async def test_who_connects_anew_cannot_fill_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether by other people's tickets or by voice that may not be heard."""
    caplog.set_level("INFO")
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        lines(caplog)
        for _ in range(2 * int(LOG_LINES.at_once)):
            guest = await server.client(name="Ben", ticket=host.joined.ticket)
            guest.speak(b"unheard")
            await guest.until(e.Refused)
            await guest.go()
        told = lines(caplog)
        assert any("might not be heard" in line for line in told)
        assert len(told) <= LOG_LINES.at_once + 1

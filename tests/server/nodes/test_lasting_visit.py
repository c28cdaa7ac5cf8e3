"""Tests of a room whose owner is killed: who is connected to other servers notices little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from benchmarks.valkey import ValkeyServer
from roomcli.protocol import FEATURES
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ...support.cluster_people import follow_move, is_kept, keep_alive
from ...support.joined_servers import joined_servers
from ...support.server_process import Start, listening
from ...support.told_events import check_told
from ...support.valkey import needed

pytestmark = needed("valkey")
WORD = b"\xf8while nobody decides"


@pytest.fixture
def starts(tmp_path: Path, valkey: ValkeyServer) -> Iterator[list[Start]]:
    """Return what starts three servers of one cluster, each with data of its own."""
    with joined_servers(tmp_path, valkey, names="abc") as starts:
        yield starts


async def test_who_is_at_other_servers_goes_on_talking_when_the_owner_is_killed(
    starts: list[Start], valkey: ValkeyServer, nursery: trio.Nursery
) -> None:
    one, two, three = (start() for start in starts)
    async with listening(one) as at_one, listening(two) as at_two, listening(three) as at_three:
        host = await at_one.client(intent="host")
        ben = await at_two.client(name="Ben", features=FEATURES)
        cleo = await at_three.client(name="Cleo", features=FEATURES)
        near = await at_two.client(name="Dan", features=FEATURES)
        older = await at_three.client(name="Eve")
        await at_one.bring_on_stage(host, ben)
        await host.do(c.MakeCohost(id=ben.id))
        await ben.until(e.RoleChanged)
        nursery.start_soon(keep_alive, ben, cleo, near, older)
        ben.speak(WORD)
        await cleo.heard(WORD)

        await is_kept(valkey, b"cohost")
        one.kill()
        await trio.to_thread.run_sync(one.wait)
        ben.speak(b"\xf8nobody decides")
        await cleo.heard(b"\xf8nobody decides")
        await near.heard(b"\xf8nobody decides")

        seat = ben.id
        for each in (ben, cleo, near):
            await follow_move(each)
        assert ben.id == seat
        assert not ben.view.stage[seat].muted
        last = (await older.to_the_end())[-1]
        assert isinstance(last, e.Goodbye)
        assert last.retry

        # The last may have come after the others: they learn of it by and by.
        await cleo.do(c.RaiseHand(topic="go on"))
        await ben.until(e.HandRaised, lambda event: event.id == cleo.id)
        ben.speak(b"\xf8somebody decides")
        await cleo.heard(b"\xf8somebody decides")
        await near.heard(b"\xf8somebody decides")
        await ben.do(c.Ban(id=near.id))
        left = (await near.until_out())[-1]
        assert isinstance(left, e.RoomLeft)
        assert left.reason == "banned"
        await check_told(at_two, ben, cleo, earlier=[at_one, at_three])
        nursery.cancel_scope.cancel()

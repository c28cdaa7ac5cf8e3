"""Tests of the links with servers whose rooms are visited from here."""

from __future__ import annotations

from typing import Any, cast

import pytest
import trio
import trio.testing

from roomcli.errors import ConnectionLost
from server.nodes.directory import NodeDirectory
from server.nodes.far_visits import FarVisits
from server.nodes.kept_voice import KeptVoice


async def test_a_server_that_does_not_answer_holds_up_nobody_who_visits_another(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, autojump_clock: object
) -> None:
    asked: list[str] = []

    async def dial(self: NodeDirectory, name: str) -> trio.SocketStream:
        asked.append(name)
        await trio.sleep_forever()
        raise AssertionError

    monkeypatch.setattr(NodeDirectory, "dial", dial)
    unused: Any = object()
    here = FarVisits(
        *(unused, NodeDirectory(unused), unused, unused, unused, KeptVoice("here"), nursery)
    )
    nursery.start_soon(here._link_to, "stuck")
    nursery.start_soon(here._link_to, "stuck")
    nursery.start_soon(here._link_to, "well")
    await trio.testing.wait_all_tasks_blocked()
    assert sorted(asked) == ["stuck", "well"]
    nursery.cancel_scope.cancel()


async def test_for_nobody_a_rooms_next_owner_is_searched_no_more(
    nursery: trio.Nursery, autojump_clock: object
) -> None:
    class LostOwnership:
        asked = 0

        async def owner_of(self, room: str, *, may_open: bool) -> str:
            self.asked += 1
            if self.asked == 3:
                raise RuntimeError("a fault of ours in this room")
            raise ConnectionLost("Valkey is gone")

    ownership, unused = LostOwnership(), cast("Any", None)
    visits = FarVisits(
        *(unused, NodeDirectory(unused), cast("Any", ownership), unused, unused),
        *(KeptVoice("here"), nursery),
    )
    with trio.move_on_after(2.0):
        await visits._next_owner("standup")
    assert ownership.asked > 3
    await trio.sleep(2.0)
    asked = ownership.asked
    await trio.sleep(60.0)
    assert ownership.asked == asked

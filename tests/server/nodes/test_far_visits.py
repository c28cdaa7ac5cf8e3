"""Tests of the links with servers whose rooms are visited from here."""

from __future__ import annotations

from typing import Any

import pytest
import trio

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

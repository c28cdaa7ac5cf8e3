"""Tests of how many people of one network may be in rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.limits import ConnectionLimits, ServerLimits
from server.public.gate import Gate
from server.public.inside import Inside

from ...support.serving import Turned, serving

TWO = ServerLimits(connections=ConnectionLimits(in_rooms_per_address=2))


def test_so_many_of_one_network_and_no_more() -> None:
    inside = Inside(lambda network: network != "proxy", TWO)
    for _ in range(2):
        inside.count_in("net")
        inside.count_in("proxy")
    with pytest.raises(CommandRefused, match="of your network") as refused:
        inside.count_in("net")
    assert refused.value.code == "too_many_connections"
    inside.count_in("proxy")
    inside.count_in("other")
    inside.count_out("net")
    inside.count_in("net")


async def test_who_leaves_or_is_refused_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "_is_limited", lambda self, network: True)
    async with serving(tmp_path, limits=TWO) as running:
        host = await running.client(intent="host")
        for _ in range(3):
            with pytest.raises(Turned) as turned:
                await running.client(running.room("nowhere"))
            assert turned.value.code == "no_such_room"
        guest = await running.client(name="Ben")
        with pytest.raises(Turned) as turned:
            await running.client(name="Cid")
        assert turned.value.code == "too_many_connections"
        await guest.ask(c.LeaveRoom())
        await host.until(e.Pulse, lambda pulse: pulse.audience == 0)
        await running.client(name="Cid")

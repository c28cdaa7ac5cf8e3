"""Tests of what rooms are told of people: from what they keep on this server."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ..support.serving import Turned, serving


async def test_who_fills_in_a_profile_is_a_guest_no_longer(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await host.do(c.ChangeSettings(guests="off"))
        zoe = await server.connected()
        await zoe.say_hello()
        with pytest.raises(Turned, match="no_guests"):
            await zoe.go_into()
        await zoe.do(c.ChangeProfile(headline="Bridges"))
        await zoe.go_into()
        await zoe.do(c.LeaveRoom(), c.DeleteProfile())
        with pytest.raises(Turned, match="no_guests"):
            await zoe.go_into()
        assert isinstance(zoe.got[-1], e.Refused)

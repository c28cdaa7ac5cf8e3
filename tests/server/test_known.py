"""Tests of what rooms are told of people: from what they keep on this server."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import Person
from server.known import KeptAcquaintance
from server.people.claims.state import OwnDomain

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


async def test_a_claim_that_was_checked_lets_in_where_claims_are_asked_for(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await host.do(c.ChangeSettings(claimed=("ada.example",)))
        ada = await server.connected()
        await ada.say_hello()
        with pytest.raises(Turned, match="claim_needed"):
            await ada.go_into()
        key = fingerprint(ada.key.public_key().public_bytes_raw())
        person = Person(server.store.people.id_of(key), "Ada", key=key)
        known = server.hub.acquaintance
        assert isinstance(known, KeptAcquaintance)
        known.claims.record(person, OwnDomain("ada.example"), key)
        await ada.go_into()

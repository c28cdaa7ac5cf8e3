"""Tests of a room by invitation: strangers are told the same as where there is no room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ...support.serving import Client, RunningServer, Turned, serving

TEXT = "no room of that name is open to you: if you were invited, use the whole line"


async def turned(server: RunningServer, room: str = "standup", **hello: Any) -> tuple[Any, ...]:
    """Return everything that somebody who is turned away is told."""
    key = hello.pop("key", None)
    with pytest.raises(Turned) as raised:
        await server.client(server.room(room), key, **hello)
    refused = raised.value.refused
    return refused.code, refused.text, refused.retry_after


async def secret_room(server: RunningServer) -> Client:
    """Open two rooms by invitation and return the host of the first."""
    host = await server.client(intent="host", access="invite")
    await server.client(server.room("other"), intent="host", access="invite")
    return host


async def made(host: Client, **terms: Any) -> e.RoomInviteMade:
    invite: e.RoomInviteMade = await host.question(c.MakeRoomInvite(**terms), e.RoomInviteMade)
    return invite


async def test_strangers_learn_nothing_of_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await secret_room(server)
        other = await server.client(server.room("third"), intent="host", access="invite")
        invite = (await made(host)).invite
        nothing = await turned(server, "nothing")
        assert nothing == ("no_such_room", TEXT, None)
        await host.do(c.SetPassword(password="sesame"), c.Lock(), c.ChangeSettings(capacity=1))
        for hello in (
            {},
            {"invite": "x" * 32},
            {"invite": invite[:-1]},
            {"invite": invite.partition("-")[0]},
            {"invite": invite.partition("-")[0] + "-\u00fc"},
            {"invite": other.joined.invite},
            {"ticket": "x" * 32},
            {"ticket": host.joined.ticket},
            {"password": "sesame"},
            {"password": "wrong"},
            {"chat_after": 5, "access": "invite"},
        ):
            for room in ("standup", "nothing"):
                assert await turned(server, room, **hello) == nothing
        # Whose key is banned, too; and where the room has just ended.
        await host.do(c.EndRoom())
        assert await turned(server) == nothing


async def test_who_was_invited_learns_that_it_is_over(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await secret_room(server)
        brief, one, gone = [
            await made(host, **terms) for terms in ({"seconds": 60}, {"uses": 1}, {})
        ]
        await server.client(server.room(invite=one.invite), name="Ben")
        await host.do(c.RevokeRoomInvite(id=gone.id))
        server.pass_time(61)
        for _ in range(2):
            for invite, why in ((brief, "expired"), (one, "as many"), (gone, "revoked")):
                code, text, *_ = await turned(server, invite=invite.invite)
                assert code == "bad_invite"
                assert why in text or "has expired" in text
            await made(host)  # which makes the room forget those that have expired
        assert (await turned(server, "other", invite=gone.invite))[0] == "no_such_room"
        await host.do(c.EndRoom())
        code, text, *_ = await turned(server, invite=gone.invite)
        assert (code, text) == ("no_such_room", "standup is not open now: ask whoever invited you")


async def test_who_may_open_rooms_learns_that_a_name_is_taken_and_nobody_else(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        server.hub.admit_hosts("the-token-of-the-server")
        admins: dict[str, Any] = {"host_token": "the-token-of-the-server"}
        await server.client(intent="host", access="invite", **admins)
        for hello in ({}, {"invite": "x" * 32}, {"host_token": "x" * 32}):
            nothing = await turned(server, "nothing", intent="host", **hello)
            assert nothing[0] == "hosting_not_allowed"
            assert await turned(server, intent="host", **hello) == nothing
        assert (await turned(server, intent="host", **admins))[0] == "room_taken"


async def test_a_room_open_to_all_is_no_secret(tmp_path: Path) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        server.hub.admit_hosts("the-token-of-the-server")
        await server.client(intent="host", host_token="the-token-of-the-server")
        key = Ed25519PrivateKey.generate()
        assert (await turned(server, key=key, intent="host"))[0] == "room_taken"
        await server.client(key=key)

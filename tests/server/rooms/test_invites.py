"""Tests of a room's door on a real server: invites as people share them, passwords, bans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import BanNotice
from server.store import EVERYWHERE

from ...support.serving import Client, RunningServer, Turned, serving


def key_of(client: Client) -> str:
    return fingerprint(client.key.public_key().public_bytes_raw())


async def shared(server: RunningServer, host: Client, **terms: Any) -> Address:
    """Make an invite and return the address that has it, as the host's friends get it."""
    made = await host.question(c.MakeRoomInvite(**terms), e.RoomInviteMade)
    return parse_address(str(server.room(invite=made.invite)))


async def turned(
    server: RunningServer, address: Address | None = None, **hello: Any
) -> tuple[str, float | None]:
    """Return the code with which somebody is turned away, and the seconds to wait."""
    with pytest.raises(Turned) as raised:
        await server.client(address, **hello)
    return raised.value.code, raised.value.refused.retry_after


async def test_an_invite_from_a_url_lets_so_many_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        address = await shared(server, host, uses=1)
        guest = await server.client(address, name="Ben")
        assert await turned(server, address, name="Mallory") == ("bad_invite", None)
        guest.send(c.LeaveRoom())
        await guest.until_out()
        again = await server.client(address, key=guest.key, name="Ben")
        assert again.view.role == "listener"
        listed = await host.question(c.ListRoomInvites(), e.RoomInviteList)
        assert [(each.uses, each.used, each.by) for each in listed.invites] == [
            (None, 0, "Ann"),
            (1, 1, "Ann"),
        ]


async def test_an_invite_brings_a_role_and_no_open_microphone(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        for role in ("speaker", "cohost"):
            guest = await server.client(await shared(server, host, role=role), name="Ben")
            assert guest.view.role == role
            assert guest.view.stage[guest.id].muted


async def test_an_invite_runs_out_or_is_revoked(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        brief, long = await shared(server, host, seconds=60), await shared(server, host)
        await server.client(brief, name="Ben")
        server.pass_time(61)
        assert await turned(server, brief) == ("bad_invite", None)
        guest = await server.client(long, name="Ben")
        listed = await host.question(c.ListRoomInvites(), e.RoomInviteList)
        assert len(listed.invites) == 2  # the first of the room, and the long one
        await host.do(c.RevokeRoomInvite(id=listed.invites[1].id))
        assert await turned(server, long) == ("bad_invite", None)
        assert host.joined.invite is not None
        first = server.room(invite=host.joined.invite)
        await server.client(first, name="Carla")
        await host.do(c.RevokeRoomInvite())
        assert await turned(server, first) == ("bad_invite", None)
        await guest.do(c.RaiseHand())  # who is in stays in


@pytest.mark.parametrize("change", ["another room", "another id", "another code", "no code"])
async def test_an_invite_that_was_tampered_with_is_none(tmp_path: Path, change: str) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        other = await server.client(server.room("other"), intent="host", access="invite")
        mine, theirs = host.joined.invite, other.joined.invite
        assert mine is not None
        assert theirs is not None
        invite = {
            "another room": theirs,
            "another id": f"{theirs.partition('-')[0]}-{mine.partition('-')[2]}",
            "another code": mine[:-1] + ("A" if mine[-1] != "A" else "B"),
            "no code": mine.partition("-")[0],
        }[change]
        assert await turned(server, server.room(invite=invite)) == ("no_such_room", None)


async def test_only_the_host_sets_the_password_and_nobody_reads_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        refused = await guest.ask(c.SetPassword(password="mine"))
        assert isinstance(refused, e.Refused)
        assert refused.code == "not_allowed"
        await host.do(c.SetPassword(password="sesame"))
        kept = server.hub.room("standup")
        assert kept is not None
        assert "sesame" not in kept.state.password
        await guest.until(e.PasswordChanged)
        assert "sesame" not in repr(guest.got)
        assert kept.state.password not in repr(guest.got)


async def test_a_banned_key_stays_out_under_any_name_and_with_its_ticket(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        await host.do(c.Ban(id=guest.id, seconds=60, reason="shouts"))
        last = (await guest.until_out())[-1]
        assert isinstance(last, e.RoomLeft)
        assert last.reason == "banned"
        assert last.text == "Ann banned you: for 1 min: shouts"
        for how in ({}, {"ticket": guest.joined.ticket}, {"intent": "host"}):
            code, wait = await turned(server, key=guest.key, name="Somebody else", **how)
            assert code == ("room_taken" if "intent" in how else "banned")
            assert "intent" in how or (wait is not None and 0 < wait <= 60)
        listed = await host.question(c.ListBans(), e.BanList)
        assert [(each.key, each.name, each.by) for each in listed.bans] == [
            (key_of(guest), "Ben", "Ann")
        ]
        server.pass_time(61)
        assert (await host.question(c.ListBans(), e.BanList)).bans == ()
        back = await server.client(key=guest.key, name="Ben", ticket=guest.joined.ticket)
        assert (back.joined.resumed, back.view.role) == (False, "listener")


async def test_who_was_banned_after_leaving_gets_no_place_back_when_it_is_over(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        await guest.go()
        await host.until(e.SpeakerDropped)
        server.pass_time(31)
        await host.do(c.Mute())
        await host.until(e.ParticipantLeft, lambda event: event.id == guest.id)
        left = await host.question(c.ListPeople(of="left"), e.PeoplePage)
        assert left.seats == {guest.id: guest.view.me}
        assert left.people[guest.view.me].name == "Ben"
        await host.do(c.Ban(id=guest.id))
        assert (await turned(server, key=guest.key, ticket=guest.joined.ticket))[0] == "banned"
        await host.do(c.Unban(key=key_of(guest)))
        back = await server.client(key=guest.key, name="Ben", ticket=guest.joined.ticket)
        assert (back.joined.resumed, back.view.role) == (False, "listener")


async def test_who_is_banned_from_the_server_comes_into_no_room(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        guest = await server.client(name="Ben")
        now = server.hub.now()
        ban = BanNotice(key=key_of(guest), name="Ben", at=now, until=now + 7200, reason="spam")
        server.store.bans.save(EVERYWHERE, "", ban)
        server.hub.put_out(ban.key, "spam")
        goodbye = (await guest.until_out())[-1]
        assert isinstance(goodbye, e.Goodbye)
        assert goodbye.code == "banned"
        with pytest.raises(Turned, match=r"banned from this server for 2 h more: spam"):
            await server.client(key=guest.key, name="Carla")
        assert (await turned(server, server.room("mine"), key=guest.key, intent="host"))[
            0
        ] == "banned"
        server.pass_time(7201)
        await server.client(key=guest.key, name="Ben")


async def test_an_owners_bans_hold_in_the_room_they_open_next(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await host.do(c.Ban(id=guest.id))
        host.send(c.EndRoom())
        await host.until_out()
        await server.client(key=host.key, intent="host")
        assert await turned(server, key=guest.key) == ("banned", None)
        other = await server.client(server.room("other"), intent="host")
        await server.client(server.room("other"), key=guest.key)
        assert other.view.role == "host"

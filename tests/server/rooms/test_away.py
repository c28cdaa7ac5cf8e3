"""Tests that a person loses a right in all their seats, also in those that a ticket restores."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.times import KEEP_SEAT

from ...support.patience import PATIENCE
from ...support.serving import Client, RunningServer, Turned, serving


async def host_and_cohost(server: RunningServer) -> tuple[Client, Client]:
    """Return the clients of Ann, who hosts, and of Meg, a co-host."""
    host, meg = await server.client(intent="host"), await server.client(name="Meg")
    await host.do(c.MakeCohost(id=meg.id))
    return host, meg


async def away(server: RunningServer, who: Client) -> None:
    """Break a connection, and wait until the seat is given up."""
    await who.go()
    room = server.hub.room("standup")
    assert room is not None
    with trio.fail_after(PATIENCE):
        while who.id in room.state.participants:
            server.pass_time(KEEP_SEAT)
            room.apply([])  # time is looked at
            await trio.lowlevel.checkpoint()


async def back(server: RunningServer, who: Client) -> Client:
    """Let a person come back with their ticket."""
    return await server.client(key=who.key, ticket=who.joined.ticket, name="Meg")


def standing(who: Client) -> tuple[bool, str]:
    """Return whether somebody has their seat again, and in which role."""
    return who.joined.resumed, who.view.role


async def test_being_removed_ends_every_seat_of_the_person(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, meg = await host_and_cohost(server)
        await away(server, meg)
        phone = await server.client(key=meg.key, name="Meg on the phone")
        laptop = await server.client(key=meg.key, name="Meg at home")
        await host.do(c.Remove(id=phone.id, reason="enough"))
        for seat in (phone, laptop):
            last = await seat.until(e.RoomLeft)
            assert (last.reason, last.text) == ("removed", "Ann removed you: enough")
        for seat in (meg, phone, laptop):
            assert standing(await back(server, seat)) == (False, "listener")


async def test_who_is_away_can_be_removed(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, meg = await host_and_cohost(server)
        await away(server, meg)
        entries = len(await log(host))
        await host.do(c.Remove(id=meg.id))
        await host.do(c.Remove(id=meg.id))  # which changes nothing any more
        assert [each.action for each in (await log(host))[entries:]] == ["remove"]
        assert standing(await back(server, meg)) == (False, "listener")


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_role_can_be_taken_from_who_is_away(tmp_path: Path, restarts: bool) -> None:
    async with serving(tmp_path) as server:
        host, meg = await host_and_cohost(server)
        if not restarts:
            await away(server, meg)
            await take_the_role(host, meg)
            assert standing(await back(server, meg)) == (True, "listener")
    if restarts:
        async with serving(tmp_path) as server:
            host = await server.client(key=host.key, intent="host")
            await take_the_role(host, meg)
        async with serving(tmp_path) as server:
            assert standing(await back(server, meg)) == (True, "listener")


async def take_the_role(host: Client, meg: Client) -> None:
    page = await host.question(c.ListPeople(of="left"), e.PeoplePage)
    (who,) = [each for each in page.people.values() if each.name == "Meg"]
    (seat,) = [seat for seat, person in page.seats.items() if person == who.id]
    assert seat == meg.id
    await host.do(c.MoveToAudience(id=seat))


async def test_who_is_moved_to_the_audience_has_no_role_elsewhere(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, meg = await host_and_cohost(server)
        await away(server, meg)
        phone = await server.client(key=meg.key, name="Meg")
        await host.do(c.InviteToStage(id=phone.id))
        await phone.do(c.AcceptStageInvitation())
        laptop = await server.client(key=meg.key, name="Meg")
        await host.do(c.MoveToAudience(id=laptop.id))
        await phone.until(e.StageLeft, lambda event: event.id == phone.id)
        for seat in (meg, phone):
            assert standing(await back(server, seat)) == (True, "listener")


@pytest.mark.parametrize("taken", [c.Remove, c.MoveToAudience, c.Ban])
async def test_no_invite_brings_a_role_back_that_was_taken(
    tmp_path: Path, taken: type[c.Remove | c.MoveToAudience | c.Ban]
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        made = await host.question(c.MakeRoomInvite(role="cohost"), e.RoomInviteMade)
        key = Ed25519PrivateKey.generate()
        meg = await server.client(server.room(invite=made.invite), key, name="Meg")
        assert meg.view.role == "cohost"
        await host.do(taken(id=meg.id))
        if taken is c.Ban:
            await host.do(c.Unban(key=meg.view.people[meg.view.me].key))
    async with serving(tmp_path) as server:
        address = server.room(invite=made.invite)
        assert (await server.client(address, key, name="Meg")).view.role == "listener"
        assert (await server.client(address, name="Cid")).view.role == "cohost"
        host = await server.client(key=host.key, intent="host")
        afresh = await host.question(c.MakeRoomInvite(role="speaker"), e.RoomInviteMade)
        again = await server.client(server.room(invite=afresh.invite), key, name="Meg")
        assert again.view.role == "speaker"


@pytest.mark.parametrize("is_here", [True, False])
@pytest.mark.parametrize("command", [c.Remove, c.Ban, c.MoveToAudience])
async def test_a_cohost_is_one_in_all_their_seats(
    tmp_path: Path, is_here: bool, command: type[c.Remove | c.Ban | c.MoveToAudience]
) -> None:
    """Other co-hosts cannot use a second seat to do to a co-host what only the host may."""
    async with serving(tmp_path) as server:
        host, meg = await host_and_cohost(server)
        other = await server.client(name="Otto")
        await host.do(c.MakeCohost(id=other.id))
        phone = await server.client(key=meg.key, name="Meg")
        if not is_here:
            await away(server, meg)
        for actor, id in ((other, phone.id), (other, meg.id), (host, host.id)):
            refused = await actor.ask(command(id=id))
            assert isinstance(refused, e.Refused)
            assert refused.code == "not_allowed"
        await host.do(command(id=phone.id))


async def test_a_ban_from_the_server_ends_seats_for_good(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        _, meg = await host_and_cohost(server)
        await away(server, meg)
        phone = await server.client(key=meg.key, name="Meg")
        server.hub.put_out(fingerprint(meg.key.public_key().public_bytes_raw()), "")
        await phone.until(e.Goodbye)
        assert standing(await back(server, meg)) == (False, "listener")


async def test_roles_are_remembered_however_many_come_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("server.rooms.rules.evolve"), "MAX_DEPARTED", 3)
    async with serving(tmp_path) as server:
        host, meg = await host_and_cohost(server)
        await away(server, meg)
        for _ in range(4):
            await away(server, await server.client(name="Passer-by"))
        await host.do(c.MoveToAudience(id=meg.id))
        assert standing(await back(server, meg)) == (True, "listener")


async def test_who_wrote_something_is_within_reach_however_many_come_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("server.rooms.rules.evolve"), "MAX_DEPARTED", 3)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", name="Ann")
        troll = await server.client(name="Troll")
        await troll.do(c.Chat(text="abuse"))
        posted: e.ChatPosted = await host.until(e.ChatPosted)
        await away(server, troll)
        for _ in range(4):
            await away(server, await server.client(name="Passer-by"))
        author = posted.message.person
        await host.do(c.Report(id=author, reason="spam"), c.Ban(id=author))
        with pytest.raises(Turned, match="banned"):
            await server.client(key=troll.key, name="Troll")


async def log(who: Client) -> tuple[LogEntry, ...]:
    """Return all entries of the moderation log."""
    page: e.LogPage = await who.question(c.ReadLog(), e.LogPage)
    return page.entries

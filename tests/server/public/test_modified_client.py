"""Tests of clients changed to get more than the rules give: refused, logged, without effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

import server.rooms.loudest
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import parse_address
from roomcli.protocol.audio import Bundle, BundleEntry, Flags, join_entries
from roomcli.protocol.handshake import fingerprint

from ...support.patience import PATIENCE
from ...support.serving import Client, RunningServer, Turned, serving


def entries(client: Client) -> list[BundleEntry]:
    """Return all voice that a client was sent."""
    return [each for got in client.got if isinstance(got, Bundle) for each in got.entries]


async def noted(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """Wait until the server's log has ``words``."""
    with trio.fail_after(PATIENCE):
        while words not in caplog.text:
            await trio.lowlevel.checkpoint()


async def trio_of(server: RunningServer) -> tuple[Client, Client, Client]:
    """Return a host with an open microphone, a listener, and a rogue on stage on air."""
    host = await server.client(intent="host", name="Ann")
    listener = await server.client(name="Ben")
    rogue = await server.client(name="Mallory")
    await host.do(c.Unmute())
    await server.bring_on_stage(host, rogue)
    return host, listener, rogue


async def silenced(server: RunningServer, host: Client, rogue: Client) -> None:
    await host.do(c.Silence(id=rogue.id))


async def moved_away(server: RunningServer, host: Client, rogue: Client) -> None:
    await host.do(c.MoveToAudience(id=rogue.id))


async def out_of_time(server: RunningServer, host: Client, rogue: Client) -> None:
    await host.do(c.ChangeSettings(floor_seconds=60))
    server.pass_time(60 + 16)
    await host.do(c.Chat(text="time is up"))
    while rogue.id in host.view.stage:
        await host.read()


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (silenced, "silenced"),
        (moved_away, "not_on_stage"),
        (out_of_time, "not_on_stage"),
    ],
)
async def test_voice_of_who_may_not_speak_goes_nowhere(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    happens: Callable[[RunningServer, Client, Client], Awaitable[None]],
    code: str,
) -> None:
    caplog.set_level("INFO")
    async with serving(tmp_path) as server:
        host, listener, rogue = await trio_of(server)
        rogue.speak(b"may")
        await listener.heard(b"may")
        await happens(server, host, rogue)
        for _ in range(20):
            rogue.speak(b"may not")
            rogue.send(c.Unmute())  # a client of ours would not even ask
        told = await rogue.until(e.Refused, lambda event: event.command == "audio")
        assert told.code == code
        refused = await rogue.ask(c.Unmute())
        assert isinstance(refused, e.Refused)
        assert refused.code == code
        host.speak(b"the host")
        await listener.heard(b"the host")
        assert {each.payload for each in entries(listener)} == {b"may", b"the host"}
        await rogue.go()
        await noted(caplog, "20 came when they might not be heard")


async def test_nobody_speaks_in_somebody_elses_slot(tmp_path: Path) -> None:
    """A bundle, as a server sends it, names slots; from a client it counts as a frame at most."""
    async with serving(tmp_path) as server:
        host, listener, rogue = await trio_of(server)
        theirs, mine = (host.view.stage[each.id] for each in (host, rogue))
        forged = BundleEntry(
            theirs.slot, theirs.generation, 1, 960, Flags.NONE, -30, b"forged"
        ).encode()
        rogue.send(join_entries(960, [forged]))
        rogue.speak(b"mine")
        await listener.heard(b"mine")
        heard = {(each.slot, each.generation) for each in entries(listener)}
        assert heard == {(mine.slot, mine.generation)}
        host.speak(b"the host")
        await listener.heard(b"the host")
        assert entries(listener)[-1].slot == theirs.slot


async def test_who_always_claims_full_level_drowns_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server.rooms.loudest, "_FLAT_FRAMES", 20)
    async with serving(tmp_path) as running:
        host, listener, rogue = await trio_of(running)
        rogues = [rogue, *[await running.client(name=f"Mallory {number}") for number in range(3)]]
        for each in rogues[1:]:
            await running.bring_on_stage(host, each)
        for _ in range(50):
            for each in rogues:
                each.speak(b"shout", level=0)
        for each in rogues:
            await each.do(c.Chat(text="all of it is sent"))
        host.speak(b"quietly", level=-20)
        await listener.heard(b"quietly")
        for each in rogues:
            key = fingerprint(each.key.public_key().public_bytes_raw())
            assert caplog.text.count(f"{key} in standup claims a level that never falls") == 1
        assert caplog.text.count("never falls") == len(rogues)


async def test_an_invite_for_one_is_for_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        made = await host.question(c.MakeRoomInvite(role="speaker", uses=1), e.RoomInviteMade)
        address = parse_address(str(server.room(invite=made.invite)))
        guest = await server.client(address, name="Ben")
        for _ in range(3):
            with pytest.raises(Turned, match="bad_invite"):
                await server.client(address, name="Mallory")
        await noted(caplog, "127.0.0.1 may not enter standup: bad_invite")
        again = await server.client(address, key=guest.key, name="Ben", ticket="x" * 32)
        assert again.id != guest.id  # a second connection, which the invite allows
        await host.until(e.StageJoined, lambda event: event.speaker.id == again.id)
        listed = await host.question(c.ListRoomInvites(), e.RoomInviteList)
        assert listed.invites[-1].used == 1


async def test_a_ticket_is_good_for_its_key_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as server:
        host, _, victim = await trio_of(server)
        await host.do(c.MakeCohost(id=victim.id))
        stolen = victim.joined.ticket
        thief = await server.client(name="Mallory", ticket=stolen)
        assert (thief.joined.resumed, thief.view.role) == (False, "listener")
        key = fingerprint(victim.key.public_key().public_bytes_raw())
        assert f"shows the ticket of {key} for standup" in caplog.text
        await victim.do(c.Mute())  # nothing happened to them
        back = await server.client(key=victim.key, ticket=stolen, name="Mallory")
        assert back.view.role == "cohost"


async def test_what_a_client_must_not_do_is_refused_whoever_draws_its_buttons(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host, listener, rogue = await trio_of(server)
        for command in (
            c.Silence(id=host.id),
            c.Remove(id=listener.id),
            c.Ban(id=host.id),
            c.MakeCohost(id=rogue.id),
            c.HandOver(id=rogue.id),
            c.AcceptHand(id=rogue.id),
            c.GiveTime(id=rogue.id),
            c.ChangeSettings(capacity=1),
            c.ListBans(),
            c.ListRoomInvites(),
            c.ListPeople(of="left"),
            c.EndRoom(),
        ):
            answer = await rogue.ask(command)
            assert isinstance(answer, e.Refused), command
            assert answer.code == "not_allowed"
        assert not any(isinstance(each, e.BanList | e.RoomInviteList) for each in rogue.got)
        host.speak(b"all is well")
        await listener.heard(b"all is well")

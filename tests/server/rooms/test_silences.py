"""Tests that a silence is of the person, in every seat, until a moderator lifts it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import SilenceNotice

from ...support.serving import Client, RunningServer, serving

KEY = Ed25519PrivateKey.generate()
"""The key of the person who is silenced."""


async def on_stage(host: Client, guest: Client) -> None:
    """Bring a guest on stage by the host's invitation."""
    await host.do(c.InviteToStage(id=guest.id))
    await guest.do(c.AcceptStageInvitation())
    await host.until(e.StageJoined, lambda event: event.speaker.id == guest.id)


async def speaker(server: RunningServer, host: Client, key: Ed25519PrivateKey = KEY) -> Client:
    """Let Meg come in anew, and bring her on stage."""
    guest = await server.client(key=key, name="Meg")
    await on_stage(host, guest)
    return guest


async def is_silenced(guest: Client) -> bool:
    """Whether the server refuses to unmute this guest, and shows everybody the silence."""
    answer = await guest.ask(c.Unmute())
    refused = isinstance(answer, e.Refused)
    assert not isinstance(answer, e.Refused) or answer.code == "silenced"
    assert guest.view.stage[guest.id].silenced is refused
    return refused


async def listed(host: Client) -> list[SilenceNotice]:
    """Return the silences of the room as moderators are told them."""
    answer: e.SilenceList = await host.question(c.ListSilenced(), e.SilenceList)
    return list(answer.silences)


async def test_a_silence_holds_in_every_seat_of_the_person(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        one, other = await speaker(server, host), await speaker(server, host)
        waiting = await server.client(key=KEY, name="Meg on the phone")
        await other.do(c.Unmute())
        await host.do(c.Silence(id=one.id, reason="noise"))
        other.speak(b"all the same")
        assert (await other.until(e.Refused)).code == "silenced"
        await on_stage(host, waiting)
        for seat in (one, other, waiting):
            assert await is_silenced(seat)
        await one.do(c.LeaveRoom())
        again = await speaker(server, host)
        assert await is_silenced(again)
        (notice,) = await listed(host)
        said = (notice.person, notice.name, notice.reason, notice.by)
        assert said == (one.view.me, "Meg on the phone", "noise", "Ann")
        assert notice.key == fingerprint(KEY.public_key().public_bytes_raw())
        # It is lifted for all of them too, by whichever.
        await host.do(c.LiftSilence(id=waiting.id))
        for seat in (other, waiting, again):
            assert not await is_silenced(seat)
        assert await listed(host) == []


async def test_a_silence_outlives_a_restart_and_is_lifted_of_who_is_away(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await speaker(server, host)
        await host.do(c.Silence(id=guest.id), c.Remove(id=guest.id))
    async with serving(tmp_path) as server:
        host = await server.client(key=host.key, intent="host")
        guest = await speaker(server, host)
        assert await is_silenced(guest)
        await guest.do(c.LeaveRoom())
        (notice,) = await listed(host)
    async with serving(tmp_path) as server:
        host = await server.client(key=host.key, intent="host")
        await host.do(c.LiftSilence(id=notice.person))
        assert await listed(host) == []
    async with serving(tmp_path) as server:
        host = await server.client(key=host.key, intent="host")
        assert not await is_silenced(await speaker(server, host))


async def test_a_silence_is_kept_under_its_owners_name(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await speaker(server, host)
        await host.do(c.Silence(id=guest.id))
        await host.do(c.EndRoom())
        for key, silenced in ((Ed25519PrivateKey.generate(), False), (host.key, True)):
            again = await server.client(key=key, intent="host", name="Ann")
            assert await is_silenced(await speaker(server, again)) is silenced
            await again.do(c.EndRoom())
        # Who was handed the room has taken its silences over.
        host = await server.client(key=host.key, intent="host")
        heir = await server.client(name="Bea")
        await host.do(c.HandOver(id=heir.id))
        await heir.do(c.EndRoom())
        again = await server.client(key=heir.key, intent="host", name="Bea")
        assert await is_silenced(await speaker(server, again))


async def test_only_the_host_lifts_the_silence_of_a_cohost(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        cohost, guest = await server.client(name="Bea"), await speaker(server, host)
        for each in (cohost, guest):
            await host.do(c.MakeCohost(id=each.id))
        second = await server.client(key=KEY, name="Meg")
        await host.do(c.Silence(id=guest.id))
        for actor in (cohost, guest):
            for id in (guest.id, second.id):
                refused = await actor.ask(c.LiftSilence(id=id))
                assert isinstance(refused, e.Refused)
                assert refused.code == "not_allowed"
        await host.do(c.LiftSilence(id=second.id))
        assert not await is_silenced(guest)


async def test_who_becomes_host_is_silenced_no_longer(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await speaker(server, host)
        await host.do(c.MakeCohost(id=guest.id), c.Silence(id=guest.id), c.LeaveRoom())
        await guest.until(e.SilenceLifted, lambda event: event.id == guest.id)
        await guest.until(e.RoleChanged, lambda event: event.role == "host")
        assert not await is_silenced(guest)


async def test_a_silence_is_never_refused_for_want_of_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("server.rooms.rules.sanctions"), "MAX_SILENCES", 2)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        people = [await speaker(server, host, Ed25519PrivateKey.generate()) for _ in range(3)]
        await host.do(*(c.Silence(id=each.id) for each in people[:2]))
        await people[1].do(c.LeaveRoom())
        await host.do(c.Silence(id=people[2].id))
        silenced = [each.person for each in await listed(host)]
        assert silenced == [people[0].view.me, people[2].view.me]


async def test_lists_of_silences_are_for_moderators(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await speaker(server, host)
        for command in (c.ListSilenced(), c.LiftSilence(id=guest.id)):
            refused = await guest.ask(command)
            assert isinstance(refused, e.Refused)
            assert refused.code == "not_allowed"

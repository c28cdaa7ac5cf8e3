"""Tests of what a new run of the server restores from the store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import trio

import server.rooms.hub as hub_module
from roomcli.errors import StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.moderation_log import first_fault
from server.rooms import rules
from server.store.sqlite.schema import MIGRATIONS

from ...support.patience import PATIENCE
from ...support.raw_store import database_of
from ...support.serving import Client, Turned, serving


def key_of(client: Client) -> str:
    return fingerprint(client.key.public_key().public_bytes_raw())


async def test_rooms_seats_and_invites_outlive_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        invite = host.joined.invite
        address = server.room(invite=invite)
        speaker = await server.client(address, name="Ben")
        listener = await server.client(address, name="Carla")
        await server.bring_on_stage(host, speaker)
        assert isinstance(await host.ask(c.Silence(id=speaker.id)), e.Done)
        assert isinstance(await listener.ask(c.RaiseHand()), e.Done)
        assert isinstance(await host.ask(c.Lock()), e.Done)
    async with serving(tmp_path) as server:
        back = await server.client(
            key=speaker.key, ticket=speaker.joined.ticket, name="Ben", intent="join"
        )
        someone = back.view.stage[speaker.id]
        assert (someone.role, someone.silenced, someone.muted) == ("speaker", True, True)
        assert back.view.locked
        waiting = await server.client(key=listener.key, ticket=listener.joined.ticket, name="Carla")
        assert waiting.view.place_in_queue(listener.id) == 1
        again = await server.client(key=host.key, intent="host")  # by key, without a ticket
        assert again.view.role == "host"
        assert isinstance(await again.ask(c.Unlock()), e.Done)
        # What friends were given before the restart still lets them in.
        await server.client(server.room(invite=invite), name="Dan")


async def test_settings_chat_bans_and_the_log_outlive_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        for command in (
            c.ChangeSettings(topic="Lighthouses", order="fair"),
            c.SetPassword(password="open sesame"),
            c.Chat(text="first"),
            c.Chat(text="taken back"),
            c.RemoveMessage(number=2),
            c.Ban(id=guest.id, reason="shouts"),
        ):
            assert isinstance(await host.ask(command), e.Done), command
        head = host.view.log
    async with serving(tmp_path) as server:
        back = await server.client(key=host.key, intent="host")
        assert (back.view.settings.topic, back.view.settings.order) == ("Lighthouses", "fair")
        assert back.view.log == head
        assert [each.text for each in back.joined.chat] == ["first"]
        with pytest.raises(Turned) as turned:
            await server.client(key=guest.key, name="Somebody else", password="open sesame")
        assert turned.value.code == "banned"
        with pytest.raises(Turned) as turned:
            await server.client(name="Carla")
        assert turned.value.code == "password_needed"
        await server.client(name="Carla", password="open sesame")
        assert isinstance(await back.ask(c.Chat(text="again")), e.Done)
        posted = next(each for each in back.got if isinstance(each, e.ChatPosted))
        assert posted.message.number == 3  # nobody who saw the second takes this for it
        assert isinstance(await back.ask(c.Lock()), e.Done)
        back.send(c.ReadLog())
        page: e.LogPage = await back.until(e.LogPage)
        assert [each.action for each in page.entries][-2:] == ["ban", "lock"]
        assert first_fault(page.entries, "standup", page.opened_at) is None
        assert page.entries[-1].hash == back.view.log
        back.send(c.EndRoom())
        await back.until_out()
        with pytest.raises(Turned) as turned:
            await server.client(name="Carla")
        assert turned.value.code == "no_such_room"
        again = await server.client(key=host.key, intent="host")  # a new room of the same owner
        assert (again.view.settings.topic, again.joined.chat) == ("", ())
        with pytest.raises(Turned) as turned:
            await server.client(key=guest.key, name="Ben")
        assert turned.value.code == "banned"


@pytest.mark.parametrize("from_the_audience", [False, True])
async def test_a_role_is_on_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_the_audience: bool
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        if not from_the_audience:
            await server.bring_on_stage(host, guest)
        flushed: set[int] = set()

        async def noted(number: int, until: float) -> None:
            flushed.add(number)

        monkeypatch.setattr(server.store.writes, "flushed", noted)
        assert isinstance(await host.ask(c.MakeCohost(id=guest.id)), e.Done)
        assert len(flushed) == 1


async def test_what_a_moderator_did_is_on_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        flushed: set[int] = set()

        async def noted(number: int, until: float) -> None:
            flushed.add(number)

        monkeypatch.setattr(server.store.writes, "flushed", noted)
        commands: tuple[c.RoomCommand, ...] = (
            c.Silence(id=guest.id),
            c.AskToUnmute(id=guest.id),
            c.MoveToAudience(id=guest.id),
            c.Report(id=guest.id, reason="spam"),
            c.Remove(id=guest.id),
            c.Ban(id=guest.id, reason="of those who left too"),
            c.Unban(key=key_of(guest)),
            c.Lock(),
            c.ChangeSettings(topic="Lighthouses"),
            c.Chat(text="hello"),
            c.RemoveMessage(number=1),
        )
        for number, command in enumerate(commands, 1):
            assert isinstance(await host.ask(command), e.Done)
            assert len(flushed) == number, command
        assert isinstance(await host.ask(c.React(reaction="👏")), e.Done)
        assert len(flushed) == len(commands)


async def test_all_of_a_command_is_queued_as_one_transaction_before_anybody_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        room = server.hub.room("standup")
        assert room is not None
        tell, queued = room._tell, dict[str, int]()

        def noted(delivery: rules.Delivery) -> None:
            queued[type(delivery.event).__name__] = server.store.queued
            tell(delivery)

        monkeypatch.setattr(room, "_tell", noted)
        before = server.store.queued
        assert isinstance(await host.ask(c.HandOver(id=guest.id)), e.Done)
        told = queued["ModerationLogged"], queued["RoleChanged"]
        assert (*told, server.store.queued) == (before + 1, before + 1, before + 1)


async def test_a_store_that_fails_costs_an_answer_and_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")

        async def broken(*_: object) -> None:
            raise StoreError("disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr(server.store.writes, "flushed", broken)
            answer = await host.ask(c.MakeCohost(id=guest.id))
            assert isinstance(answer, e.Refused)
            assert (answer.code, answer.command) == ("failed", "make_cohost")
            patch.setattr(server.store.bans, "of_room", broken)
            with pytest.raises(Turned) as turned:
                await server.client(server.room("another"), intent="host", name="Carla")
        assert (turned.value.code, turned.value.refused.command) == ("failed", "enter_room")
        assert "disk I/O error" in caplog.text
        assert "Traceback" not in caplog.text
        assert isinstance(await host.ask(c.Lock()), e.Done)


async def test_what_runs_out_while_the_server_runs_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "TIDY_SECONDS", 0.01)
    async with serving(tmp_path) as server:
        server.store.host_tokens.save("old", 1.0)
        with trio.fail_after(PATIENCE):
            while await database_of(server.store).query("SELECT * FROM invites"):
                await trio.lowlevel.checkpoint()


async def test_tables_are_made_once(tmp_path: Path) -> None:
    for _ in range(2):  # from nothing, and from what the first left
        async with serving(tmp_path) as server:
            assert await server.store.rooms.names() == []
    database = sqlite3.connect(tmp_path / "roomcli.sqlite3")
    assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    database.close()

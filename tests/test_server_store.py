"""What outlives the process: the store by itself, and what a new run makes of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import trio

import server.hub as hub_module
from roomcli.errors import ConfigError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.store import MIGRATIONS, Seat, open_store

from .serving import Turned, serving


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


@pytest.mark.parametrize("from_the_audience", [False, True])
async def test_a_role_is_on_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_the_audience: bool
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        if not from_the_audience:
            await server.bring_on_stage(host, guest)
        flushed: list[int] = []

        async def noted() -> None:
            flushed.append(1)

        monkeypatch.setattr(server.store, "flushed", noted)
        assert isinstance(await host.ask(c.MakeCohost(id=guest.id)), e.Done)
        assert flushed == [1]


async def test_what_a_moderator_did_is_on_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        flushed: list[int] = []

        async def noted() -> None:
            flushed.append(1)

        monkeypatch.setattr(server.store, "flushed", noted)
        commands: tuple[c.RoomCommand, ...] = (
            c.Silence(id=guest.id),
            c.AskToUnmute(id=guest.id),
            c.MoveToAudience(id=guest.id),
            c.Remove(id=guest.id),
        )
        for number, command in enumerate(commands, 1):
            assert isinstance(await host.ask(command), e.Done)
            assert len(flushed) == number, command
        assert isinstance(await host.ask(c.Lock()), e.Done)
        assert len(flushed) == len(commands)


async def test_a_store_that_fails_costs_an_answer_and_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")

        async def broken(*_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr(server.store, "flushed", broken)
            answer = await host.ask(c.MakeCohost(id=guest.id))
            assert isinstance(answer, e.Refused)
            assert (answer.code, answer.command) == ("failed", "make_cohost")
            patch.setattr(server.store, "is_host", broken)
            with pytest.raises(Turned) as turned:
                await server.client(intent="host", name="Carla")
        assert (turned.value.code, turned.value.goodbye.code) == ("failed", "failed")
        assert turned.value.goodbye.retry
        assert "disk I/O error" in caplog.text
        assert "Traceback" not in caplog.text
        assert isinstance(await host.ask(c.Lock()), e.Done)


async def test_what_runs_out_while_the_server_runs_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "TIDY_SECONDS", 0.01)
    async with serving(tmp_path) as server:
        server.store.save_invite("old", "standup", "listener", 1.0)
        with trio.fail_after(10):
            while await server.store._ask("SELECT * FROM invites"):
                await trio.lowlevel.checkpoint()


async def test_what_is_written_is_on_disk(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        assert await store._ask("PRAGMA synchronous") == [(2,)]  # FULL: a power cut loses nothing


async def test_tables_are_made_once(tmp_path: Path) -> None:
    for _ in range(2):  # from nothing, and from what the first left
        async with serving(tmp_path) as server:
            assert await server.store.open_rooms() == []
    database = sqlite3.connect(tmp_path / "roomcli.sqlite3")
    assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    database.close()


async def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "roomcli.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(ConfigError, match="newer"):
        async with open_store(tmp_path):
            pass


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roomcli.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(ConfigError, match="cannot be used"):
        async with open_store(tmp_path):
            pass


async def test_what_was_asked_before_is_seen_after(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        seat = Seat("hash", "standup", "ann", "key", "cohost", True, 12.5, 100.0)
        store.save_seat(seat)
        assert await store.seat("hash", 99.0) == seat
        assert await store.seat("hash", 100.0) is None  # it has run out
        store.forget_seat("standup", "ann")
        assert await store.seat("hash", 99.0) is None


async def test_a_room_that_ends_takes_its_rights_along(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        for name in ("standup", "other"):
            store.save_room(name, "open", False, 1.0)
            store.set_host(name, "key")
            store.save_invite("invite of " + name, name, "listener", 100.0)
        store.end_room("standup")
        assert await store._ask("SELECT name FROM rooms") == [("other",)]
        assert [room.name for room in await store.open_rooms()] == ["other"]
        assert not await store.is_host("standup", "key")
        assert await store.is_host("other", "key")
        assert await store.invited_role("invite of standup", "standup", 3.0) is None
        assert await store.invited_role("invite of other", "other", 3.0) == "listener"
        assert await store.invited_role("invite of other", "standup", 3.0) is None


async def test_a_write_that_fails_is_told_to_who_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(tmp_path) as store:
        store._tell("INSERT INTO nothing VALUES (1)")
        with pytest.raises(sqlite3.Error):
            await store._ask("SELECT * FROM nothing")
        assert "could not write" in caplog.text
        await store.flushed()  # and goes on


async def test_what_has_run_out_is_dropped(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.save_seat(Seat("old", "standup", "ann", "key", "host", False, None, 1.0))
        store.save_seat(Seat("new", "standup", "ben", "key", "host", False, None, 9.0))
        store.save_invite("old", "standup", "listener", 1.0)
        store._tell("INSERT INTO rooms VALUES ('ended', 'open', 0, 1.0, 2.0)")  # as once was done
        store.forget_old(5.0)
        assert await store._ask("SELECT * FROM rooms") == []
        assert await store._ask("SELECT ticket_hash FROM seats") == [("new",)]
        assert await store._ask("SELECT * FROM invites") == []

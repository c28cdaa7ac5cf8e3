"""What outlives the process: the store by itself, and what a new run makes of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from roomcli.errors import ConfigError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.store import MIGRATIONS, Seat, open_store

from .serving import serving


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
        store.end_room("standup", 2.0)
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
        store.forget_old(5.0)
        assert await store._ask("SELECT ticket_hash FROM seats") == [("new",)]
        assert await store._ask("SELECT * FROM invites") == []

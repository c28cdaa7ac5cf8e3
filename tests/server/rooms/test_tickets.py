"""Tests of tickets: a seat has one as long as it lives, even if its answer gets lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import parse_address
from server.rooms import acknowledgements, persistence
from server.store.tables import database

from ...support.patience import PATIENCE
from ...support.processes import Journey
from ...support.serving import Client, RunningServer, serving


async def speaker(server: RunningServer, *, locked: bool = True) -> tuple[Client, Client]:
    """Return a host and a speaker in a room that lets nobody new in."""
    host, guest = await server.client(intent="host"), await server.client(name="Ben")
    await server.bring_on_stage(host, guest)
    if locked:
        await host.do(c.Lock())
    return host, guest


async def come_back(server: RunningServer, who: Client) -> Client:
    """Let a person come back with their ticket."""
    return await server.client(key=who.key, ticket=who.joined.ticket, name="Ben")


async def away(server: RunningServer, who: Client) -> None:
    """Break a connection, and wait until the room has noticed; a listener's seat is not kept."""
    await who.go()
    room = server.hub.room("standup")
    assert room is not None
    with trio.fail_after(PATIENCE):
        while who.id in room.state.participants:
            await trio.lowlevel.checkpoint()


async def test_a_seat_has_one_ticket_as_long_as_it_lives(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        _, guest = await speaker(server)
        for _ in range(3):
            back = await come_back(server, guest)
            assert (back.id, back.joined.resumed) == (guest.id, True)
            assert back.joined.ticket == guest.joined.ticket


@pytest.mark.parametrize("reads", [True, False])
async def test_a_joined_that_is_lost_costs_no_seat(tmp_path: Path, reads: bool) -> None:
    async with serving(tmp_path) as server:
        host, guest = await speaker(server)
        await guest.go()
        await host.until(e.SpeakerDropped)
        for _ in range(3):
            unlucky = await server.connected(key=guest.key)
            challenge = await unlucky.until(e.Challenge)
            unlucky.ask_in(challenge.nonce, ticket=guest.joined.ticket)
            await host.until(e.SpeakerReturned)
            if reads:
                await unlucky.until(e.Joined)
            await unlucky.go()
            await host.until(e.SpeakerDropped)
        assert (await come_back(server, guest)).view.stage[guest.id].role == "speaker"


async def test_of_two_connections_with_one_ticket_the_later_has_the_seat(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        _, guest = await speaker(server)
        await guest.go()
        both = [await server.connected(key=guest.key) for _ in range(2)]
        nonces = [(await each.until(e.Challenge)).nonce for each in both]
        for each, nonce in zip(both, nonces, strict=True):
            each.ask_in(nonce, ticket=guest.joined.ticket)
        ends: dict[int, e.Goodbye] = {}
        ended = trio.Event()

        async def follow(number: int) -> None:
            joined = await both[number].until(e.Joined)
            assert (joined.you, joined.ticket) == (guest.id, guest.joined.ticket)
            both[number].joined, both[number].view = joined, joined.view
            ends[number] = await both[number].until(e.Goodbye)
            ended.set()

        async with trio.open_nursery() as nursery:
            for number in range(2):
                nursery.start_soon(follow, number)
            await ended.wait()
            nursery.cancel_scope.cancel()
        ((loser, goodbye),) = ends.items()
        assert (goodbye.code, goodbye.retry) == ("superseded", False)
        await both[1 - loser].do(c.Unmute())


def is_patient(patch: pytest.MonkeyPatch) -> None:
    """Let waiting for the store take longer than the test."""
    for waits in (acknowledgements, database):
        patch.setattr(waits, "PATIENCE", 2 * PATIENCE)


async def test_what_ends_a_seat_ends_its_ticket_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Holds also while the store can write nothing."""
    is_patient(monkeypatch)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        left, removed, stays = [await server.client(name=name) for name in ("Ben", "Cid", "Dan")]
        await server.store.flushed()
        held = sqlite3.connect(tmp_path / "roomcli.sqlite3", isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
        try:
            with trio.fail_after(PATIENCE):
                left.send(c.LeaveRoom())
                host.send(c.Remove(id=removed.id))
                for gone in (left, removed):
                    await gone.until(e.RoomLeft)
                    assert not (await come_back(server, gone)).joined.resumed
                assert (await come_back(server, stays)).joined.resumed
        finally:
            held.execute("ROLLBACK")
            held.close()


async def test_a_host_without_the_ticket_gets_another_and_the_first_ends(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        again = await server.client(key=host.key, intent="host")
        assert again.id == host.id
        assert again.joined.ticket != host.joined.ticket
        assert not (await come_back(server, host)).joined.resumed
        assert (await come_back(server, again)).id == host.id


async def test_a_ticket_runs_out_a_day_after_its_holder_was_there(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        _, guest = await speaker(server, locked=False)
        for _ in range(3):  # as every hour; in a night without a word nothing else saves a seat
            server.pass_time(persistence.SEAT_SECONDS * 0.7)
            server.hub.renew_seats()
        back = await come_back(server, guest)
        assert back.id == guest.id
        await back.do(c.LeaveStage())
        for seconds, resumes in ((0.9, True), (1.0, True), (1.1, False)):
            await away(server, back)
            server.pass_time(persistence.SEAT_SECONDS * seconds)
            back = await come_back(server, guest)
            assert back.joined.resumed is resumes


async def test_a_room_keeps_only_so_many_seats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistence, "MAX_SEATS", 4)
    async with serving(tmp_path) as server:
        host, guest = await speaker(server, locked=False)
        first, second = [await server.client(name=name) for name in ("Cid", "Dan")]
        await away(server, first)
        await server.client(name="Eve")
        assert not (await come_back(server, first)).joined.resumed
        for kept in (guest, second):
            assert (await come_back(server, kept)).joined.resumed
        assert (await server.client(key=host.key, ticket=host.joined.ticket)).id == host.id


async def test_a_server_that_is_killed_right_after_joined_knows_the_ticket(
    journey: Journey,
) -> None:
    url, process = journey.serve()
    none: Any = None
    async with trio.open_nursery() as nursery:
        server = RunningServer(parse_address(url), none, none, nursery, [], none)
        _, guest = await speaker(server)
        await guest.go()
        back = await come_back(server, guest)
        process.kill()
        await trio.to_thread.run_sync(process.wait)
        url, _ = journey.serve(listen=f"127.0.0.1:{server.address.port}")
        again = await come_back(server, back)
        assert (again.id, again.view.stage[guest.id].role) == (guest.id, "speaker")
        assert again.joined.ticket == guest.joined.ticket
        for client in server.clients:
            await client.go()


async def test_a_fresh_ticket_is_known_after_a_kill_too(journey: Journey) -> None:
    """Nobody has done anything yet for which they would wait until the ticket is on disk."""
    url, process = journey.serve()
    none: Any = None
    async with trio.open_nursery() as nursery:
        server = RunningServer(parse_address(url), none, none, nursery, [], none)
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        process.kill()
        await trio.to_thread.run_sync(process.wait)
        for client in (host, guest):
            await client.go()
        journey.serve(listen=f"127.0.0.1:{server.address.port}")
        back = await come_back(server, guest)
        assert (back.id, back.joined.resumed) == (guest.id, True)
        assert back.joined.ticket == guest.joined.ticket
        for client in server.clients:
            await client.go()


async def test_nobody_waits_for_a_store_that_fails_to_join(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_patient(monkeypatch)
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        held = sqlite3.connect(tmp_path / "roomcli.sqlite3", isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
        try:
            with trio.fail_after(PATIENCE):  # less than the store waits for
                for name in ("Ben", "Cid", "Dan"):
                    guest = await server.client(name=name)
                    host.send(c.HandOver(id=guest.id))  # what is told meanwhile comes in its order
                    await guest.until(e.RoleChanged)
                    host = guest
        finally:
            held.execute("ROLLBACK")
            held.close()


async def test_a_host_has_one_place_whatever_other_seat_they_show(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        second = await server.client(key=host.key)
        again = await server.client(key=host.key, intent="host", ticket=second.joined.ticket)
        assert again.id == host.id
        assert [again.view.stage[id].role for id in again.view.stage] == ["host"]
        assert (await host.until(e.Goodbye)).code == "superseded"
        cohost = await server.client(name="Ben")
        await again.do(c.MakeCohost(id=cohost.id))
        again.send(c.LeaveRoom())
        await cohost.until(e.RoleChanged, lambda event: event.role == "host")
        third = await server.client(key=host.key, intent="host", ticket=second.joined.ticket)
        assert third.view.stage[third.id].role == "host"
        assert (await cohost.until(e.RoleChanged)).role == "cohost"

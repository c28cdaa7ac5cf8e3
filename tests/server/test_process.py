"""Tests of the server as a process: what it keeps, how it stops, and why it cannot start."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import trio

from benchmarks import processes
from roomcli.errors import ConfigError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.public.accepting import open_port
from server.rooms.invites import kept_token
from server.store.sqlite.schema import MIGRATIONS

from ..support.patience import PATIENCE
from ..support.server_process import Start, listening, start, stopped
from ..support.serving import Client, Turned

__all__ = ["start"]


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize("options", [(), ("--no-tls",)])
async def test_everyone_is_told_when_the_server_stops(
    start: Start, tmp_path: Path, options: tuple[str, ...]
) -> None:
    process = start(*options)
    async with listening(process) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        await server.connected()  # and somebody who says no hello
        frozen = await trio.open_tcp_stream(server.address.host, server.address.port)
        endings: list[e.Goodbye] = []

        async def end(client: Client) -> None:
            last = (await client.to_the_end())[-1]
            assert isinstance(last, e.Goodbye)
            endings.append(last)

        server.nursery.start_soon(end, host)
        server.nursery.start_soon(end, guest)
        code, log = await stopped(process)
        await frozen.aclose()
    assert code == 0
    assert [(each.code, each.retry) for each in endings] == [("server_closing", True)] * 2
    secrets = [host.joined.ticket, guest.joined.ticket, host.joined.invite]
    assert not [secret for secret in secrets if secret and secret in log]


async def test_machines_can_watch_it_and_read_its_log(start: Start) -> None:
    process = start("--no-tls", "--admin-listen", "127.0.0.1:0", "--log-format", "json")
    assert process.stdout is not None
    line = json.loads(await trio.to_thread.run_sync(process.stdout.readline))

    def ask(path: str) -> str:
        with urllib.request.urlopen(line["admin_url"] + path, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    assert await trio.to_thread.run_sync(ask, "/healthz") == "ok\n"
    assert await trio.to_thread.run_sync(ask, "/readyz") == "ready\n"
    figures = await trio.to_thread.run_sync(ask, "/metrics")
    for figure in ("roomcli_ready 1.0", "roomcli_rooms 0.0", "roomcli_store_writable 1.0"):
        assert f"{figure}\n" in figures
    assert "roomcli_connections{" in figures
    code, log = await stopped(process)
    assert code == 0
    said = [json.loads(each) for each in log.splitlines()]
    assert "stopping" in [each["text"] for each in said]
    assert any("is empty" in each["text"] and each["level"] == "warning" for each in said)


def test_why_it_cannot_start_is_for_machines_too_where_they_read_the_log(start: Start) -> None:
    process = start("--admin-listen", "nowhere", "--log-format", "json")
    _, log = process.communicate()
    assert process.returncode == 2
    said = json.loads(log)
    assert said["level"] == "critical"
    assert said["text"].startswith("--admin-listen wants HOST:PORT, like ")


async def test_behind_a_proxy_not_everybody_opens_rooms(start: Start) -> None:
    """The server listens on loopback, but for the whole world."""
    process = start("--no-tls", "--authority", "rooms.example.org")
    async with listening(process) as server:
        with pytest.raises(Turned) as turned:
            await server.client(intent="host")
    assert turned.value.code == "hosting_not_allowed"


async def test_a_folder_that_was_there_keeps_its_mode(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    process = start()
    async with listening(process):
        assert {mode(path) for path in data.iterdir()} == {0o600}
    assert mode(data) == 0o755


async def test_the_admins_invite_outlives_a_restart(start: Start, tmp_path: Path) -> None:
    options = ("--no-tls", "--authority", "rooms.example.org")
    invite = tmp_path / "data" / "host-invite"
    process = start(*options)
    async with listening(process):
        first = invite.read_text().strip()
        assert mode(invite) == 0o600
        await stopped(process)
    process = start(*options)
    async with listening(process) as server:
        assert invite.read_text().strip() == first
        host = await server.client(server.room(host_token=first), intent="host")
        await host.go()
        await stopped(process)
    invite.unlink()  # which revokes it
    process = start(*options)
    async with listening(process) as server:
        assert invite.read_text().strip() != first
        with pytest.raises(Turned) as turned:
            await server.client(server.room("other", host_token=first), intent="host")
    assert turned.value.code == "hosting_not_allowed"


def test_what_is_no_invite_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "host-invite").write_text("")
    with pytest.raises(ConfigError, match="host-invite"):
        kept_token(tmp_path)


def test_an_authority_that_is_none_is_refused(start: Start) -> None:
    process = start("--no-tls", "--authority", "https://rooms.example.org/")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "--authority" in err.decode()


async def test_all_families_get_the_same_port() -> None:
    listeners = await open_port("", 0)
    try:
        assert len({listener.socket.getsockname()[1] for listener in listeners}) == 1
    finally:
        for listener in listeners:
            await listener.aclose()


async def test_a_frozen_listener_does_not_keep_it(start: Start) -> None:
    """The listener reads nothing and does not answer a Close."""
    process = start("--no-tls")
    async with listening(process) as server:
        host = await server.client(intent="host")
        assert isinstance(await host.ask(c.Unmute()), e.Done)
        command = [sys.executable, "-c", FROZEN, str(server.room())]
        frozen = processes.start(command, stdout=subprocess.PIPE)
        assert frozen.stdout is not None
        async with trio.open_nursery() as waiting:
            waiting.start_soon(keep_alive, host)  # a busy machine starts a process in seconds
            await trio.to_thread.run_sync(frozen.stdout.readline)
            waiting.cancel_scope.cancel()
        frozen.send_signal(signal.SIGSTOP)
        try:
            for number in range(200):
                host.speak(bytes(900), sequence=number)
            await host.heard(bytes(900))
            code, _ = await stopped(process)
        finally:
            frozen.send_signal(signal.SIGCONT)
            frozen.kill()
            frozen.communicate()
    assert code == 0


async def keep_alive(client: Client) -> None:
    """Send the signs of life of a client that does nothing else."""
    while True:
        client.ack()
        await trio.sleep(1)


FROZEN = """
import sys, trio
from roomcli.protocol.address import parse_address
from tests.serving import Server

async def main():
    async with trio.open_nursery() as nursery:
        address = parse_address(sys.argv[1])
        await Server(address, None, None, nursery, []).client(address)
        print("in", flush=True)
        await trio.sleep_forever()

trio.run(main)
"""


async def test_nothing_that_is_kept_is_for_others(start: Start, tmp_path: Path) -> None:
    process, data = start(), tmp_path / "data"
    async with listening(process) as server:
        host = await server.client(intent="host", access="invite")
        guest = await server.client(server.room(invite=host.joined.invite))
        assert isinstance(await host.ask(c.MakeCohost(id=guest.id)), e.Done)
        for client in server.clients:
            await client.go()
        code, log = await stopped(process)
    assert code == 0
    assert mode(data) == 0o700
    assert {path.name: mode(path) for path in data.iterdir()} == {
        "certificate.pem": 0o600,
        "host-invite": 0o600,
        "invite-secret": 0o600,
        "roomcli.sqlite3": 0o600,
    }
    kept = (data / "roomcli.sqlite3").read_bytes()
    assert b"standup" in kept
    for secret in (host.joined.ticket, guest.joined.ticket, host.joined.invite):
        assert secret is not None
        assert secret.encode() not in kept
        assert secret not in log


TROUBLES = ["file", "database", "torn", "certificate", "newer", "address", "limits"]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_cannot_be_used_is_one_clear_line(start: Start, tmp_path: Path, trouble: str) -> None:
    data = tmp_path / "data"
    options: tuple[str, ...] = ("--no-tls",)
    if trouble == "file":
        data.write_text("not a folder")
    else:
        data.mkdir()
    if trouble == "database":
        (data / "roomcli.sqlite3").mkdir()
    elif trouble == "torn":  # a copy of which only the beginning is there
        (data / "roomcli.sqlite3").write_bytes(b"SQLite format 3\x00" + bytes(2000))
    elif trouble == "certificate":
        (data / "certificate.pem").write_text("no certificate")
        options = ()
    elif trouble == "newer":
        with sqlite3.connect(data / "roomcli.sqlite3") as database:
            database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        database.close()
    elif trouble == "address":
        options = ("--listen", "192.0.2.1:1")
    elif trouble == "limits":
        (data / "limits.toml").write_text("[room]\nstage = 1000\n")
    process = start(*options)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, b"")
    [line] = err.decode().splitlines()
    assert line.startswith("roomcli-server: ")
    told = {
        "newer": "newer",
        "address": "192.0.2.1",
        "limits": "room.stage has to be a whole number",
    }
    assert told.get(trouble, str(data)) in line


async def test_a_killed_server_loses_no_role_it_acknowledged(start: Start) -> None:
    process = start("--no-tls")
    async with listening(process) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        assert isinstance(await host.ask(c.HandOver(id=guest.id)), e.Done)
        process.kill()
        await guest.to_the_end()
    process = start("--no-tls")
    async with listening(process) as server:
        back = await server.client(key=guest.key, intent="host")
        assert back.view.role == "host"
        await back.go()
        assert (await stopped(process))[0] == 0

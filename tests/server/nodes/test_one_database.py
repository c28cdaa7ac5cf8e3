"""Tests of servers of a cluster that share one PostgreSQL: what one decides holds on all."""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
from pathlib import Path

import trio

from roomcli.errors import ConnectionLost
from roomcli.protocol import events as e
from server.data_folder import ADMIN_SOCKET, HOST_TOKEN

from ...support.patience import PATIENCE
from ...support.postgres import Postgres
from ...support.server_process import listening, logged, server_processes
from ...support.serving import Client, RunningServer, Turned
from ...support.valkey import needed, own_valkey

pytestmark = needed("valkey")


async def ask_admin(folder: Path, line: str, body: object = None) -> None:
    """Let the admin of a server ask for something, and wait until it is done."""
    content = json.dumps(body).encode()
    head = f"{line} HTTP/1.1\r\nHost: admin\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    with trio.fail_after(PATIENCE):
        async with await trio.open_unix_socket(folder / ADMIN_SOCKET) as stream:
            await stream.send_all(head + content)
            answer = b""
            while part := await stream.receive_some():
                answer += part
    assert answer.startswith(b"HTTP/1.1 200"), answer


async def test_a_ban_from_all_servers_cuts_who_is_connected_to_another(
    tmp_path: Path, postgres: Postgres
) -> None:
    with contextlib.ExitStack() as stack:
        valkey = stack.enter_context(own_valkey("valkey"))
        always = ("--cluster", str(valkey.address), "--store", postgres.new_database(), "--no-tls")
        one, other = (
            stack.enter_context(server_processes(tmp_path / name, *always))() for name in "ab"
        )
        async with listening(one) as at_one, listening(other) as at_other:
            host = await at_one.client(intent="host")
            ben = await at_other.client(name="Ben")
            at_home = await at_other.connected(key=ben.key)
            await at_home.say_hello()
            who = next(each for each in ben.got if isinstance(each, e.Welcome)).you
            await ask_admin(tmp_path / "a", "POST /bans", {"key": who.key, "reason": "spam"})
            await host.until(e.ParticipantLeft, lambda event: event.id == ben.id)
            for each in (ben, at_home):
                last = (await each.to_the_end())[-1]
                assert isinstance(last, e.Goodbye)
                assert last.code == "banned"
            await ask_admin(tmp_path / "a", f"DELETE /bans/{who.key}")
            with trio.fail_after(PATIENCE):
                while not await is_let_in(await at_other.connected(key=ben.key), who.id):
                    pass  # the other server hears of it in a moment


async def test_an_old_host_invite_ends_no_newer_one_at_a_hangup(
    tmp_path: Path, postgres: Postgres
) -> None:
    with contextlib.ExitStack() as stack:
        valkey = stack.enter_context(own_valkey("valkey"))
        joined = ("--cluster", str(valkey.address), "--store", postgres.new_database())
        always = (*joined, "--no-tls", "--authority", "rooms.example.org:443")
        starts = [stack.enter_context(server_processes(tmp_path / name, *always)) for name in "ab"]
        files = [tmp_path / name / HOST_TOKEN for name in "ab"]
        one = starts[0]()
        async with listening(one) as at_one:
            old = files[0].read_text().strip()
            files[1].parent.mkdir(mode=0o700)
            files[1].write_text(old)
            other = starts[1]()
            async with listening(other) as at_other:
                await at_other.client(at_other.room("first", host_token=old), intent="host")
                files[0].unlink()
                one.send_signal(signal.SIGHUP)
                with trio.fail_after(PATIENCE):
                    while await may_host(at_other, old):
                        pass
                other.send_signal(signal.SIGHUP)
                assert f"token in {files[1]} opens no rooms" in await logged(other, "opens no")
                new = files[0].read_text().strip()
                for server in (at_one, at_other):
                    assert await may_host(server, new)
                    assert not await may_host(server, old)


async def may_host(server: RunningServer, token: str) -> bool:
    """Open a room, and return whether that is allowed with this token."""
    try:
        room = f"room-{secrets.token_hex(4)}"
        await server.client(server.room(room, host_token=token), intent="host")
    except Turned as turned:
        if turned.code != "hosting_not_allowed":
            raise
        return False
    return True


async def is_let_in(client: Client, id: str) -> bool:
    """Come home, and return whether that is possible: then as the same person."""
    try:
        assert (await client.say_hello()).you.id == id
    except (Turned, ConnectionLost):
        return False
    return True

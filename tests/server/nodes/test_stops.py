"""A test of servers that are stopped one after the other behind a proxy, as for a newer version."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from pathlib import Path

import trio

from roomcli.errors import ConnectionLost
from roomcli.protocol import FEATURES
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address

from ...support.cluster_people import back_at, keep_alive, keep_saying, says
from ...support.nginx import free_port, needs_nginx, nginx
from ...support.server_process import Start, listening, server_processes
from ...support.serving import Client, RunningServer
from ...support.told_events import check_told
from ...support.valkey import needed, own_valkey

pytestmark = [needed("valkey"), needs_nginx]
VOICE = b"\xf8it goes on"
HEARS_ANOTHER = "roomcli_cluster_others 1.0"


async def gone_on(server: RunningServer, client: Client) -> Client:
    """Return the client as they go on: where the room moved to, or back by the proxy."""
    with contextlib.suppress(ConnectionLost):  # what waits to be sent may break it before
        told = await client.until(e.Joined | e.Goodbye)
        if isinstance(told, e.Joined):
            assert told.moved
            client.joined, client.view, client.visit = told, told.view, told.visit
            return client
        assert told.retry
    return await back_at(server, client, address=client.address, features=FEATURES)


async def stop(process: subprocess.Popen[bytes]) -> None:
    """Tell a server to stop, and wait until it has ended well."""
    process.send_signal(signal.SIGTERM)
    await trio.to_thread.run_sync(process.communicate)
    assert process.returncode == 0


async def in_the_room(server: RunningServer, room: Address) -> tuple[Client, ...]:
    """Return a host, a co-host on stage, somebody who listens, and one with a hand up."""
    host = await server.client(room, intent="host", features=FEATURES)
    ben, cleo, dora = [
        await server.client(room, name=name, features=FEATURES) for name in ("Ben", "Cleo", "Dora")
    ]
    await server.bring_on_stage(host, ben)
    await host.do(c.MakeCohost(id=ben.id), c.Chat(text="before"))
    await dora.do(c.RaiseHand(topic="a question"))
    return host, ben, cleo, dora


async def test_one_server_after_the_other_stops_and_nobody_loses_anything(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    port, ports = free_port(), (free_port(), free_port())
    async with contextlib.AsyncExitStack() as stack:
        joining = stack.enter_context(own_valkey("valkey"))
        proxied = ("--authority", f"localhost:{port}", "--trust-proxy", "127.0.0.1")
        limits = tmp_path / "limits.toml"
        limits.write_text("[connections]\nidle_seconds = 60\n")
        options = (
            "--limits",
            str(limits),
            "--no-tls",
            "--open-hosting",
            "--admin-listen",
            "127.0.0.1:0",
        )
        always = ("--cluster", str(joining.address), *options, *proxied)
        starts: list[Start] = [
            stack.enter_context(server_processes(tmp_path / name, *always)) for name in "ab"
        ]
        where = [("--listen", f"127.0.0.1:{own}") for own in ports]
        one, two = (start(*there) for start, there in zip(starts, where, strict=True))
        server = await stack.enter_async_context(listening(one))
        other = await stack.enter_async_context(listening(two))
        proxy = await stack.enter_async_context(nginx(tmp_path / "nginx", port, *ports))

        people = await in_the_room(server, proxy.address("standup"))
        seats = [each.id for each in people]
        nursery.start_soon(keep_alive, *people)
        nursery.start_soon(keep_saying, people[1], VOICE)
        await people[2].heard(VOICE)

        # The proxy sent every other one to the second server, who is not even muted.
        await says(server, "/metrics", HEARS_ANOTHER)
        await stop(one)
        people = tuple([await gone_on(server, each) for each in people])
        nursery.start_soon(keep_alive, *people)
        assert not people[1].view.stage[seats[1]].muted
        await people[2].heard(VOICE)

        await stack.enter_async_context(listening(starts[0](*where[0])))
        await says(other, "/metrics", HEARS_ANOTHER)
        await stop(two)
        people = tuple([await gone_on(server, each) for each in people])
        nursery.start_soon(keep_alive, *people)
        host, ben, cleo, dora = people
        assert [each.id for each in people] == seats
        await check_told(server, *people)
        assert (host.view.role, ben.view.role) == ("host", "cohost")
        assert [(hand.id, hand.topic) for hand in cleo.view.hands] == [(dora.id, "a question")]
    nursery.cancel_scope.cancel()

"""A server process with two workers, and people at both of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from server.datagrams.steering import named_by

from .server_process import PATIENT_LIMITS, Start, server_processes
from .serving import Client, RunningServer


@pytest.fixture
def start_crew(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a server with two workers."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "limits.toml").write_text(PATIENT_LIMITS)
    with server_processes(data, "--workers", "2") as started:
        yield started


def worker_of(client: Client) -> int:
    """Return at which of two workers somebody is: the ids of their side channel name it."""
    assert client.joined.udp is not None
    return named_by(client.joined.udp.ids[0], 2)


async def at_both(server: RunningServer) -> tuple[Client, Client, Client]:
    """Return a host on air, and a listener at each worker, the one at the host's first."""
    host = await server.client(intent="host")
    listeners: dict[bool, Client] = {}
    while len(listeners) < 2:
        listener = await server.client(name="Ben")
        near = worker_of(listener) == worker_of(host)
        if near in listeners:
            await listener.do(c.LeaveRoom())
        else:
            listeners[near] = listener
    await host.do(c.Unmute())
    return host, listeners[True], listeners[False]


def workers(process: subprocess.Popen[bytes]) -> set[int]:
    """Return the processes that a server has started."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    own = [(int(pid), state) for pid, parent, state in rows if int(parent) == process.pid]
    return {pid for pid, state in own if "Z" not in state}

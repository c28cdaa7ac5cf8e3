"""Tests of a real server that lacks something: who is in a room talks on, and the log says why."""

from __future__ import annotations

import contextlib
import resource
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from benchmarks import processes
from roomcli.cli.admin_line import AdminText, ask_text
from roomcli.protocol import commands as c
from server.cautions import WATCH_SECONDS

from ..support.held_store import locked
from ..support.patience import PATIENCE
from ..support.server_process import listening, stopped
from ..support.serving import Client, RunningServer

MOST_FILES = 256
CROWD = 300


@pytest.fixture
def server_process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that may have few files open."""
    command = processes.server_command(tmp_path / "data", "--drain", "0", "--no-tls")
    limited = ["sh", "-c", f'ulimit -n {MOST_FILES} && exec "$@"', "sh", *command]
    process = processes.start(limited, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


async def until_logged(process: subprocess.Popen[bytes], words: bytes) -> None:
    """Read the server's log until a line has these words."""
    assert process.stderr is not None
    line, read = b"", process.stderr.readline
    with trio.fail_after(PATIENCE):
        while words not in line:
            line = await trio.to_thread.run_sync(read, abandon_on_cancel=True)
            assert line, "the server has ended"


async def talk(host: Client, guest: Client, seconds: float) -> None:
    """Let the guest say something ten times a second, and the host hear all of it."""
    for number in range(int(seconds * 10)):
        word = b"word %d" % number
        guest.speak(word)
        await host.heard(word)
        await trio.sleep(0.1)


async def on_stage(server: RunningServer) -> tuple[Client, Client]:
    """Return a host, and a guest who speaks."""
    host, guest = await server.client(intent="host"), await server.client(name="Ben")
    await server.bring_on_stage(host, guest)
    return host, guest


async def ask(folder: Path, what: str) -> AdminText:
    """Ask the server at its admins' socket, as a supervisor does."""
    return await trio.to_thread.run_sync(ask_text, folder, f"GET {what}")


@contextlib.asynccontextmanager
async def crowd_at_the_door(server: RunningServer) -> AsyncIterator[None]:
    """Hold more connections than the server may have files open."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CROWD):
            stream = await trio.open_tcp_stream(server.address.host, server.address.port)
            await stack.enter_async_context(stream)
        yield


async def test_without_a_descriptor_left_people_talk_on_and_others_come_in_later(
    server_process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    async with listening(server_process) as server:
        host, guest = await on_stage(server)
        async with crowd_at_the_door(server):
            await until_logged(server_process, b"nobody else can connect until somebody goes")
            assert (await ask(tmp_path / "data", "/healthz")).content == b"ok\n"
            await talk(host, guest, WATCH_SECONDS + 1)
        cleo = await server.client(name="Cleo")
        await cleo.do(c.RaiseHand())
        code, log = await stopped(server_process)
    assert code == 0
    assert "nobody else can connect" not in log, "once is enough"
    assert "Traceback" not in log


async def test_while_the_store_is_locked_people_talk_on(
    server_process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    async with listening(server_process) as server:
        host, guest = await on_stage(server)
        with locked(tmp_path / "data"):
            host.send(c.Lock())
            await until_logged(server_process, b"database is locked")
            await talk(host, guest, 0.5)
        await host.do(c.Unlock())  # which is said once all of it is on disk
        assert (await stopped(server_process))[0] == 0


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux alone has it")
async def test_on_a_full_disk_people_talk_on(
    server_process: subprocess.Popen[bytes],
) -> None:
    pid, most = server_process.pid, resource.RLIM_INFINITY
    async with listening(server_process) as server:
        host, guest = await on_stage(server)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
        host.send(c.Lock())
        await until_logged(server_process, b"cannot be written")
        await talk(host, guest, 0.5)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
        await host.do(c.Unlock())  # which is said once all of it is on disk
        assert (await stopped(server_process))[0] == 0

"""Server processes for tests, and clients of them."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trio

from benchmarks import processes
from roomcli.protocol.address import parse_address

from .patience import PATIENCE
from .serving import RunningServer

Start = Callable[..., subprocess.Popen[bytes]]
"""Starts a server with these options."""
PATIENT_LIMITS = "[connections]\nidle_seconds = 60\n"
"""Limits of a server by which nobody is gone who says nothing for a while, as tests do."""
STOP_SECONDS = 20.0
"""Seconds in which a server ends that has nobody to wait for, on a busy machine too."""


@contextlib.contextmanager
def server_processes(
    folder: Path,
    *always: str,
    environment: Mapping[str, str] | None = None,
    program: str = "server",
) -> Iterator[Start]:
    """Let servers be started on the data in this folder; they end with the block.

    All of them get the options ``always`` too, and none drains when it is told to stop.
    ``program`` is the module that runs.
    ``environment`` is theirs, by default the one of the tests.
    """
    running: list[subprocess.Popen[bytes]] = []

    def started(*options: str) -> subprocess.Popen[bytes]:
        given = (*always, "--drain", "0", *options)
        command = processes.server_command(folder, *given, program=(program,))
        process = processes.start(
            command, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        running.append(process)
        return process

    try:
        yield started
    finally:  # also when the test fails: others would be told of what it left
        for process in running:
            process.kill()
            process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts servers on the test's data folder."""
    with server_processes(tmp_path / "data") as started:
        yield started


@contextlib.asynccontextmanager
async def listening(process: subprocess.Popen[bytes]) -> AsyncIterator[RunningServer]:
    """Wait until a server process listens, and let clients connect until the block ends."""
    assert process.stdout is not None
    line = json.loads(await trio.to_thread.run_sync(process.stdout.readline))
    assert line["event"] == "listening"
    none: Any = None
    async with trio.open_nursery() as nursery:
        server = RunningServer(parse_address(line["url"]), none, none, nursery, [], none)
        server.admin_url = line.get("admin_url", "")
        try:
            yield server
        finally:
            for client in server.clients:
                client.connection.stream.cut("the test is over")


async def logged(process: subprocess.Popen[bytes], words: str) -> str:
    """Wait until a server's log says this; return its lines up to there, which nobody gets again.

    That a command was carried out since does not mean that a signal before it was.
    """
    log = process.stderr
    assert log is not None
    lines: list[str] = []
    with trio.fail_after(PATIENCE):
        while words not in "".join(lines[-1:]):
            raw = await trio.to_thread.run_sync(log.readline, abandon_on_cancel=True)
            assert raw, f"the log ended without {words!r}: {lines}"
            lines.append(raw.decode())
    return "".join(lines)


async def stopped(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Send SIGTERM to a server that has to stop in time; return its exit code and log."""
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, log = await trio.to_thread.run_sync(process.communicate)
    assert time.monotonic() - began < STOP_SECONDS
    return process.returncode, log.decode()

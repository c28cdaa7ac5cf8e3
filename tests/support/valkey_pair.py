"""A real Valkey or Redis with a copy that takes its place, by hand or by a real sentinel."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import trio

from benchmarks import processes
from benchmarks.valkey import ValkeyServer, program
from roomcli.errors import ConnectionFailed
from server.cluster.address import ValkeyAddress
from server.cluster.connection import connected
from server.cluster.resp import write_command

from .nginx import free_port
from .patience import PATIENCE
from .valkey import ordered, valkey_at_port

AT_ONCE = ("--repl-diskless-sync-delay", "0")
"""A copy gets all as soon as it asks for it."""
NOWHERE = ("127.0.0.1", "1")
NAME = "rooms"
"""Of the pair, to its sentinel."""


@dataclass(frozen=True)
class ValkeyPair:
    """A server and its copy; each also at a port."""

    kind: str
    first: ValkeyServer
    copy: ValkeyServer
    port: str
    copy_port: str

    @property
    def addresses(self) -> tuple[ValkeyAddress, ValkeyAddress]:
        """Where both are; the copy comes first."""
        return self.copy.address, self.first.address

    @property
    def url(self) -> str:
        """Where both are, as servers are told."""
        return f"unix://{self.copy.address.path},{self.first.address.path}"

    async def catch_up(self) -> None:
        """Wait until the copy has all that was written."""
        async with connected(self.first.address) as asking:
            with trio.fail_after(PATIENCE):
                # What it has the first time may have come with the whole, and not by itself.
                for word in ("once", "again"):
                    while word.encode() not in await self._copied():
                        await asking.call("SET", "written", word)
                        await asking.call("WAIT", "1", "100")

    async def _copied(self) -> bytes:
        async with await trio.open_unix_socket(self.copy.address.path) as stream:
            await stream.send_all(write_command("GET", "written"))
            return bytes(await stream.receive_some(100))

    async def cut_copy(self) -> None:
        """Let the copy have what was written so far, and nothing of what is written from now on."""
        await self.catch_up()
        await ordered(self.copy, "REPLICAOF", *NOWHERE)

    async def fail_over(self) -> None:
        """Kill the server, and let the copy take its place."""
        self.first.kill()
        await ordered(self.copy, "REPLICAOF", "NO", "ONE")


@contextlib.asynccontextmanager
async def valkey_pair(kind: str) -> AsyncIterator[ValkeyPair]:
    """Run a server and its copy until the block ends."""
    with valkey_at_port(kind, *AT_ONCE) as (first, port), valkey_at_port(kind) as (copy, other):
        await ordered(copy, "REPLICAOF", "127.0.0.1", port)
        yield ValkeyPair(kind, first, copy, port, other)


@contextlib.asynccontextmanager
async def sentinel(pair: ValkeyPair, folder: Path) -> AsyncIterator[str]:
    """Let a sentinel watch a pair until the block ends; where it is, as servers are told."""
    port, file = free_port(), folder / "sentinel.conf"
    watching = ("monitor", "127.0.0.1", pair.port, "1"), ("down-after-milliseconds", "200")
    lines = [f"sentinel {verb} {NAME} {' '.join(words)}" for verb, *words in watching]
    where = f"port {port}\nbind 127.0.0.1\ndir {folder}\nlogfile {folder}/sentinel.log\n"
    file.write_text(where + "\n".join(lines) + "\n")
    process = processes.start([str(program(pair.kind)), str(file), "--sentinel"])
    address = ValkeyAddress("127.0.0.1", port, watched=NAME)
    try:
        with trio.fail_after(PATIENCE):
            await _wait_until_it_watches(address)
        yield str(address)
    finally:
        process.kill()
        process.wait()


async def _wait_until_it_watches(address: ValkeyAddress) -> None:
    """Have a sentinel look often, and wait until it knows of a copy."""
    while True:
        with contextlib.suppress(ConnectionFailed):
            async with connected(address) as asking:
                often = ("info-period", "100", "ask-period", "100", "ping-period", "100")
                await asking.call("SENTINEL", "DEBUG", *often)
                if await asking.call("SENTINEL", "REPLICAS", NAME):
                    return
        await trio.sleep(0.02)

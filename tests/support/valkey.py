"""Real Valkey and Redis servers for tests, and a listener that takes down what a bus tells."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

from benchmarks.report import NotMeasured
from benchmarks.valkey import KINDS, ValkeyServer, program, valkey
from server.cluster.address import ValkeyAddress
from server.cluster.media_bus import MediaBus
from server.cluster.resp import write_command

from .nginx import free_port
from .patience import PATIENCE, until


def needed(kind: str) -> pytest.MarkDecorator:
    """Leave a test out where no server of this kind is installed."""
    return pytest.mark.skipif(program(kind) is None, reason=f"{kind}-server is not installed")


MOST_PORTS = 5
both_kinds = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=needed(kind)) for kind in KINDS]
)


@contextlib.contextmanager
def own_valkey(kind: str, *options: str) -> Iterator[ValkeyServer]:
    """Run a server that a test may kill; its path is short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder, valkey(kind, Path(folder), *options) as server:
        yield server


@contextlib.contextmanager
def valkey_at_port(
    kind: str, *options: str, option: str = "--port"
) -> Iterator[tuple[ValkeyServer, str]]:
    """Run a server at a port too; another one, where somebody else took the port meanwhile."""
    with contextlib.ExitStack() as stack:
        for attempt in range(MOST_PORTS):
            port = str(free_port())
            try:
                server = stack.enter_context(own_valkey(kind, option, port, *options))
                break
            except NotMeasured:
                if attempt == MOST_PORTS - 1:
                    raise
        yield server, port


class TakenDown:
    """What a bus told, in its order."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.states: list[str] = []

    def hear_bundle(self, room: str, bundle: bytes) -> None:
        """Take a bundle."""
        self.heard.append((room, bundle))

    def cut_off(self, reason: str) -> None:
        """Take note of the reason."""
        self.states.append(reason)

    def bus_joined(self) -> None:
        """Take note that the bus is whole."""
        self.states.append("whole")

    @property
    def rooms(self) -> set[str]:
        """The rooms of which something was heard."""
        return {room for room, _ in self.heard}


async def ordered(server: ValkeyServer, *words: str) -> None:
    """Have a server carry out a command, also one that is a copy."""
    async with await trio.open_unix_socket(server.address.path) as stream:
        await stream.send_all(write_command(*words))
        assert await stream.receive_some(100) == b"+OK\r\n"


@contextlib.asynccontextmanager
async def on_bus(
    *addresses: ValkeyAddress, rooms: tuple[str, ...] = (), **options: object
) -> AsyncIterator[tuple[MediaBus, TakenDown]]:
    """Run a bus within the block, which begins when it is whole."""
    listener = TakenDown()
    bus = MediaBus(addresses, listener, **options)  # type: ignore[arg-type]
    for room in rooms:
        bus.subscribe(room)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bus.run)
        await until(lambda: bus.is_whole)
        yield bus, listener
        nursery.cancel_scope.cancel()


async def published_until(bus: MediaBus, room: str, *listeners: TakenDown) -> None:
    """Publish in a room, as speakers do, until all of these have heard it anew."""
    before = [len(each.heard) for each in listeners]
    with trio.fail_after(PATIENCE):
        while any(
            room not in {name for name, _ in each.heard[count:]}
            for each, count in zip(listeners, before, strict=True)
        ):
            bus.publish(room, b"voice")
            await trio.sleep(0.005)


@pytest.fixture(scope="session", params=[pytest.param(kind, marks=needed(kind)) for kind in KINDS])
def shared_valkey(request: pytest.FixtureRequest) -> Iterator[ValkeyServer]:
    """Return a server that many tests use, each with rooms of its own."""
    with own_valkey(request.param) as server:
        yield server

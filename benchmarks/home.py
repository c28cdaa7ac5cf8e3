"""Measure what home and a search cost a server on which many people, communities and events are.

``python -m benchmarks.home [--people 10000] [--communities 500] [--events 5000] [--json]``. Linux.
A real server with data put into its store directly; people who know it look at home, search, and
then just watch home. The peer is the same server with a tenth of the data.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import Ack
from roomcli.protocol.handshake import NO_CERTIFICATE, signed_bytes

from . import machine, processes
from .home_world import WorldSize, fill, key_of, room_of
from .hostile import Flood, HostileClient
from .report import Figures, NotMeasured, conclude, parser, publish, quantile, ratios, rounded

OPENS = 5
"""How often each of those who look opens home."""
TEXTS = ("a", "ann", "zoe ga", "guild", "guild audio", "evening 4", "terminals", "nothing-such")
"""What is searched for: one letter, names, words that hundreds and thousands have, and none."""
PATIENCE = 120.0
SIGN_OF_LIFE = 1.5
SETTLE = 2.0
"""Seconds after which the memory of connections that do nothing is looked at."""


@dataclass(frozen=True)
class HomeSetting:
    """How much there is, and how many look at it: known people, and others who just watch."""

    size: WorldSize
    watchers: int


class HomeVisitor:
    """Somebody connected from an address of their own, at home."""

    def __init__(self, peer: HostileClient) -> None:
        self._peer = peer

    async def ask(self, command: c.Command, answer: type[e.DeskEvent]) -> float:
        """Give a command, and return the seconds until its answer. Raises NotMeasured."""
        began = time.perf_counter()
        await self._peer.send_command(command)
        await self.until(answer)
        return time.perf_counter() - began

    async def until(self, answer: type[e.Event]) -> None:
        """Read until this is told. Raises NotMeasured if a refusal comes instead."""
        while True:
            told = codec.decode_from_server(await self._peer.message())
            if isinstance(told, e.Joined):
                self._peer.visit = told.visit
            if isinstance(told, answer):
                return
            if isinstance(told, e.Refused | e.Goodbye):
                raise NotMeasured(f"refused: {told.text}")

    async def say_hello(self, address: Address, key: Ed25519PrivateKey) -> None:
        """Come home."""
        challenge = codec.decode_from_server(await self._peer.message())
        assert isinstance(challenge, e.Challenge)
        signed = signed_bytes(challenge.nonce, address.authority, NO_CERTIFICATE)
        public = key.public_key().public_bytes_raw()
        hello = c.Hello(key=public, signature=key.sign(signed), name="Somebody")
        await self._peer.send_command(hello)
        await self.until(e.Welcome)

    async def send(self, command: c.Command) -> None:
        """Give a command, and wait for nothing."""
        await self._peer.send_command(command)

    async def enter(self, room: str) -> None:
        """Open a room and stay in it."""
        await self.send(c.EnterRoom(room=room, intent="host"))
        await self.until(e.Joined)

    async def acknowledge(self) -> None:
        """Give a sign of life."""
        stamp = time.monotonic_ns() // 1000
        await self._peer.send(Ack(0, stamp, visit=self._peer.visit).encode())


@contextlib.asynccontextmanager
async def visiting(
    address: Address, keys: list[Ed25519PrivateKey], first: int
) -> AsyncIterator[list[HomeVisitor]]:
    """Let people come home, each from an address of their own from number ``first`` on."""
    visitors: list[HomeVisitor] = []
    async with contextlib.AsyncExitStack() as leaving, trio.open_nursery() as nursery:
        nursery.start_soon(_keep_alive, visitors)
        for number, key in enumerate(keys, first):
            peer = await Flood(address).upgraded(_source(number))
            await leaving.enter_async_context(peer.stream)
            visitor = HomeVisitor(peer)
            await visitor.say_hello(address, key)
            visitors.append(visitor)
        yield visitors
        nursery.cancel_scope.cancel()


async def _keep_alive(visitors: list[HomeVisitor]) -> None:
    while True:
        await trio.sleep(SIGN_OF_LIFE)
        for visitor in tuple(visitors):
            with contextlib.suppress(trio.BrokenResourceError):  # the goodbye says why
                await visitor.acknowledge()


async def measure(setting: HomeSetting) -> Figures:
    """Start a server with so much in it, and measure it."""
    size = setting.size
    with tempfile.TemporaryDirectory(prefix="home") as name:
        folder = Path(name)
        data = folder / "server"
        data.mkdir(mode=0o700)
        await fill(data, size, time.time())
        began = time.perf_counter()
        with processes.server(folder, "--open-hosting") as (child, url):
            starts_s = time.perf_counter() - began
            address = parse_address(url)
            keys = [key_of(number) for number in range(size.known)]
            with trio.fail_after(PATIENCE):
                async with (
                    visiting(address, keys[: size.rooms], 0) as hosts,
                    visiting(address, keys, size.rooms) as visitors,
                ):
                    for number, host in enumerate(hosts):
                        await host.enter(room_of(number))
                    asked = await _asked(child.pid, visitors)
            fresh = [Ed25519PrivateKey.generate() for _ in range(setting.watchers)]
            with trio.fail_after(PATIENCE):
                async with visiting(address, fresh, size.rooms + size.known) as watchers:
                    idle_kib = await _growth(child.pid, watchers)
    return {**asked, "idle_kib": rounded(idle_kib), "starts_s": rounded(starts_s)}


async def _asked(pid: int, visitors: list[HomeVisitor]) -> Figures:
    """Return what home and searches cost."""
    for visitor in visitors:  # what is reckoned once is not what is measured
        await visitor.ask(c.ShowHome(), e.HomeShown)
        await visitor.ask(c.Search(text="a"), e.SearchResults)
    opened = await _cost(pid, visitors * OPENS, c.ShowHome(), e.HomeShown)
    searches = {
        text: await _cost(pid, visitors, c.Search(text=text), e.SearchResults) for text in TEXTS
    }
    dearest = max(searches.values(), key=lambda each: each[0])
    return {
        "open_ms": rounded(opened[0]),
        "open_p99_ms": rounded(opened[1]),
        "search_ms": rounded(dearest[0]),
        "search_p99_ms": rounded(dearest[1]),
    }


async def _cost(
    pid: int,
    visitors: list[HomeVisitor],
    command: c.Command,
    answer: type[e.DeskEvent],
) -> tuple[float, float]:
    """Return the server's CPU time for each answer, and when 99 in 100 had come; both in ms."""
    before = machine.cpu_seconds(pid)
    took = [await visitor.ask(command, answer) for visitor in visitors]
    spent = machine.cpu_seconds(pid) - before
    return 1000 * spent / len(visitors), 1000 * (quantile(took, 0.99) or 0.0)


async def _growth(pid: int, watchers: list[HomeVisitor]) -> float:
    """Return by how many KiB a connection grows that watches home and does nothing else.

    All do it twice: what the first time takes for a moment is not what they hold.
    """
    await _watch_all(watchers)
    for visitor in watchers:
        await visitor.send(c.WatchHome(on=False))
    await trio.sleep(SETTLE)
    before = machine.rss_kib(pid)
    await _watch_all(watchers)
    await trio.sleep(SETTLE)
    return (machine.rss_kib(pid) - before) / len(watchers)


async def _watch_all(watchers: list[HomeVisitor]) -> None:
    for visitor in watchers:
        await visitor.send(c.WatchHome())
    for visitor in watchers:
        await visitor.until(e.HomeShown)


def _source(number: int) -> str:
    return f"127.0.{20 + number // 200}.{1 + number % 200}"


def _measured(setting: HomeSetting) -> Figures:
    """Measure one size. Raises NotMeasured, also if the machine was too busy for that."""
    try:
        return trio.run(measure, setting)
    except ExceptionGroup as group:
        refused, others = group.split(NotMeasured)
        lost, others = others.split(trio.BrokenResourceError) if others else (None, None)
        if others is not None:
            raise
        raise NotMeasured(
            str(_first(refused)) if refused else f"a connection was lost: {_first(lost)}"
        ) from group


def _first(group: BaseException | None) -> BaseException | None:
    return _first(group.exceptions[0]) if isinstance(group, BaseExceptionGroup) else group


def run(setting: HomeSetting) -> dict[str, object]:
    """Measure the whole, and a tenth of it."""
    whole = _measured(setting)
    tenth = _measured(HomeSetting(setting.size.tenth(), setting.watchers))
    compared = {name: whole[name] for name in ("open_ms", "search_ms")}
    return {
        "benchmark": "home",
        "settings": {
            "people": setting.size.people,
            "communities": setting.size.communities,
            "events": setting.size.events,
            "rooms": setting.size.rooms,
            "known": setting.size.known,
            "watchers": setting.watchers,
        },
        **whole,
        "peers": {"a_tenth": tenth},
        "ratio_to": {"a_tenth": ratios(compared, tenth)},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What home and a search cost a server with many people on it.")
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--communities", type=int, default=500)
    options.add_argument("--events", type=int, default=5_000)
    options.add_argument("--known", type=int, default=50, help="people who look")
    options.add_argument("--rooms", type=int, default=50, help="live rooms, not more than --known")
    options.add_argument("--watchers", type=int, default=400, help="connections that watch home")
    given = options.parse_args()
    counts = (given.communities, given.events, given.known, given.rooms, given.watchers)
    if min(counts) < 1 or given.rooms > min(given.known, given.communities):
        options.error("from 1, and not more rooms than known people and communities")
    if given.people < max(given.known, 10):
        options.error("--people from 10, and not less than --known")
    size = WorldSize(given.people, given.communities, given.events, given.known, given.rooms)
    publish(run(HomeSetting(size, given.watchers)), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)

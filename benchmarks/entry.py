"""Measure how soon people can enter a room with a password, after a crash and beside guessers.

``python -m benchmarks.entry [--people 300] [--guessers 100] [--json]``. Linux. All have a seat, the
server is killed, and all come back at once with their tickets. Then, right after another crash,
colleagues who were never there come in from one address: alone, which is the peer; while many
networks guess the password without a pause; and while all guessers share the colleagues' address.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address

from . import machine, processes
from .hostile import Flood, HostileClient
from .processes import Child
from .report import Figures, NotMeasured, conclude, parser, publish, quantile, ratios, rounded

ROOM = "standup"
PASSWORD = "correct horse"
COLLEAGUES = 30
OFFICE = "127.0.9.9"
WARM_UP = 4.0
"""Seconds of guessing before the colleagues come, in which a network uses up its free guesses."""
AT_ONCE = 20
"""People who come in at the same time before the crash."""
PATIENCE = 60.0


@dataclass(frozen=True)
class ReturningSeat:
    """A person's seat in the room, and the address that they connect from."""

    key: Ed25519PrivateKey
    source: str
    id: str = ""
    ticket: str | None = None


class House:
    """A server at one address that can crash and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = contextlib.ExitStack()
        self._server: Child | None = None
        self.address = Address("127.0.0.1", 0, False, ROOM)

    def start(self) -> None:
        """Start the server, on the same port as before."""
        self._server, url = self._running.enter_context(
            processes.server(self._folder, port=self.address.port)
        )
        self.address = parse_address(url).in_room(ROOM)

    def crash(self) -> None:
        """Kill the server and start it again."""
        self.close()
        self.start()

    def close(self) -> None:
        """Kill the server for good."""
        if self._server is not None:
            self._server.kill()
        self._running.close()


@contextlib.contextmanager
def open_house() -> Iterator[House]:
    """Start a server with nobody in it, and stop it at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="entry") as folder:
        house = House(Path(folder))
        try:
            house.start()
            yield house
        finally:
            house.close()


@contextlib.asynccontextmanager
async def hosted(house: House) -> AsyncIterator[ReturningSeat]:
    """Open a room with a password; its host stays until the end of the block."""
    seat = ReturningSeat(Ed25519PrivateKey.generate(), "127.0.0.1")
    async with _staying(house.address, seat, intent="host") as (peer, joined):
        await peer.send_command(c.SetPassword(password=PASSWORD))
        yield ReturningSeat(seat.key, seat.source, joined.you, joined.ticket)


@contextlib.asynccontextmanager
async def _staying(
    address: Address, seat: ReturningSeat, **fields: object
) -> AsyncIterator[tuple[HostileClient, e.Joined]]:
    peer = await Flood(address).upgraded(seat.source)
    async with peer.stream, trio.open_nursery() as nursery:
        answer = await peer.enter(address, seat.key, name="Somebody", **fields)
        if not isinstance(answer, e.Joined):
            raise NotMeasured(f"refused: {answer.text}")
        nursery.start_soon(_drain, peer)
        yield peer, answer
        nursery.cancel_scope.cancel()


async def _drain(peer: HostileClient) -> None:
    with contextlib.suppress(trio.BrokenResourceError):
        await peer.drain()


async def _enter(address: Address, seat: ReturningSeat) -> tuple[float, e.Joined | None]:
    """Enter with the password; return the seconds until the answer, and Joined or None."""
    began = trio.current_time()
    answer = None
    with contextlib.suppress(OSError, trio.BrokenResourceError):  # the address has to wait
        peer = await Flood(address).upgraded(seat.source)
        async with peer.stream:
            answer = await peer.enter(
                address, seat.key, name="Somebody", password=PASSWORD, ticket=seat.ticket
            )
    return trio.current_time() - began, answer if isinstance(answer, e.Joined) else None


async def _all(
    address: Address, seats: list[ReturningSeat], at_once: int
) -> list[tuple[float, e.Joined | None]]:
    """Let everybody enter, ``at_once`` at a time; return the results in the order of the seats."""
    found: dict[int, tuple[float, e.Joined | None]] = {}
    doors = trio.CapacityLimiter(at_once)

    async def one(number: int, seat: ReturningSeat) -> None:
        async with doors:
            found[number] = await _enter(address, seat)

    with trio.fail_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            for number, seat in enumerate(seats):
                nursery.start_soon(one, number, seat)
    return [found[number] for number in range(len(seats))]


async def returning(people: int) -> Figures:
    """Kill a server on which ``people`` have seats, and measure how soon all are back at once."""
    with open_house() as house:
        async with hosted(house) as host:
            await _until_locked(house)
            new = [ReturningSeat(Ed25519PrivateKey.generate(), _source(at)) for at in range(people)]
            came = [joined for _, joined in await _all(house.address, new, AT_ONCE)]
            seats = [
                ReturningSeat(seat.key, seat.source, joined.you, joined.ticket)
                for seat, joined in zip(new, came, strict=True)
                if joined is not None
            ]
            house.crash()
        back = await _all(house.address, [host, *seats], people + 1)
    kept = [
        joined is not None and joined.resumed and joined.you == seat.id
        for seat, (_, joined) in zip([host, *seats], back, strict=True)
    ]
    took = [seconds for seconds, _ in back]
    return {
        "had_a_seat": float(len(kept)),
        "have_it_back": float(sum(kept)),
        "median_s": rounded(quantile(took, 0.5)),
        "last_s": rounded(max(took)),
    }


async def guessing(guessers: list[str]) -> Figures:
    """Measure how soon colleagues come in for the first time while each of ``guessers`` guesses."""
    with open_house() as house:
        async with hosted(house):
            await _until_locked(house)
        house.crash()
        flood = Flood(house.address)
        async with trio.open_nursery() as nursery:
            for source in guessers:
                nursery.start_soon(_guess, flood, source)
            await trio.sleep(WARM_UP)
            seats = [ReturningSeat(Ed25519PrivateKey.generate(), OFFICE) for _ in range(COLLEAGUES)]
            answers = await _all(house.address, seats, COLLEAGUES)
            nursery.cancel_scope.cancel()
    took = [seconds for seconds, joined in answers if joined is not None]
    return {
        "came": float(COLLEAGUES),
        "are_in": float(len(took)),
        "median_s": rounded(quantile(took, 0.5)),
        "last_s": rounded(max(took) if took else None),
        "guesses": float(flood.done),
    }


async def _guess(flood: Flood, source: str) -> None:
    while True:
        with contextlib.suppress(OSError, trio.BrokenResourceError):
            peer = await flood.upgraded(source)
            async with peer.stream:
                key = Ed25519PrivateKey.generate()
                await peer.enter(flood.address, key, name="Eve", password=secrets.token_hex(4))
            flood.done += 1


async def _until_locked(house: House) -> None:
    """Wait until nobody can enter without the password."""
    with trio.fail_after(PATIENCE):
        while True:
            peer = await Flood(house.address).upgraded("127.0.0.2")
            async with peer.stream:
                key = Ed25519PrivateKey.generate()
                if not isinstance(await peer.enter(house.address, key, name="Early"), e.Joined):
                    return


def _source(number: int) -> str:
    return f"127.0.{20 + number // 50}.{1 + number % 50}"


def run(people: int, guessers: int) -> dict[str, object]:
    """Measure each of the four cases once."""
    back = trio.run(returning, people)
    alone = trio.run(guessing, [])
    networks = [f"127.1.{number // 250}.{1 + number % 250}" for number in range(guessers)]
    beside = trio.run(guessing, networks)
    within = trio.run(guessing, [OFFICE] * guessers)
    return {
        "benchmark": "entry",
        "settings": {"people": people, "guessers": guessers, "colleagues": COLLEAGUES},
        "after_a_crash": back,
        "guessed_from_other_networks": beside,
        "guessed_from_their_own": within,
        "peers": {"nobody_guesses": alone},
        "ratio_to": {"nobody_guesses": ratios({"last_s": beside["last_s"]}, alone)},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("How soon people are in a room with a password.")
    options.add_argument("--people", type=int, default=300)
    options.add_argument("--guessers", type=int, default=100)
    given = options.parse_args()
    if min(given.people, given.guessers) < 1:
        options.error("--people and --guessers from 1")
    publish(run(given.people, given.guessers), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)

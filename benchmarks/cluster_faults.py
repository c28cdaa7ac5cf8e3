"""What people notice while a server of a cluster, or the Valkey that joins them, is killed.

Three servers, of which one decides about a room; people talk, listen and moderate on the other two.
"""

from __future__ import annotations

import contextlib
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import trio

from roomcli.protocol.address import Address, parse_address

from . import machine, processes
from .postgres import PostgresServer, missing_postgres
from .processes import Child
from .relays import in_room
from .report import Figures, NotMeasured, rounded
from .spanning_acts import ModeratedPeople
from .spanning_people import SpanningPerson, come_in, take_stage
from .valkey import ValkeyServer, valkey

KINDS_OF_STORE = ("sqlite", "postgres")
SPEAKERS = 2
"""On each of the two servers where people are."""
BEFORE = 2.0
"""Seconds that count before the fault."""
PATIENCE = 60.0
ROOM = "spans"


@dataclass(frozen=True)
class ClusterSetting:
    """What is killed, how many listen, how long is looked at it, and what keeps the rooms."""

    kill: str
    listeners: int
    seconds: float
    store: str


@dataclass(frozen=True)
class RunningCluster:
    """Three servers and what joins them; the first is to decide."""

    valkey: ValkeyServer
    servers: tuple[Child, ...]
    addresses: tuple[Address, ...]


@contextlib.contextmanager
def running_cluster(store: str) -> Iterator[RunningCluster]:
    """Run three servers, with data of their own or one PostgreSQL, until the block ends."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failover-")))
        joining = stack.enter_context(valkey("valkey", folder))
        options = ["--heard", str(2 * SPEAKERS), "--cluster", str(joining.address)]
        if store == "postgres":
            if lacking := missing_postgres():
                raise NotMeasured(lacking)
            # Not in a folder of its own user's alone: PostgreSQL may be somebody else's.
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failover-pg-")))
            postgres = PostgresServer(data)
            postgres.make()
            postgres.start()
            stack.callback(lambda: postgres.stop(signal.SIGQUIT))
            options += ["--store", postgres.new_database()]
        running = []
        for name in ("owner", "one", "other"):
            own = folder / name
            own.mkdir()
            running.append(stack.enter_context(processes.server(own, *options)))
        addresses = tuple(parse_address(in_room(url, ROOM)) for _, url in running)
        yield RunningCluster(joining, tuple(server for server, _ in running), addresses)


class SpanningRoom:
    """A room that the first server decides about, with people on the other two.

    ``extras`` are those about whom a moderator acts.
    """

    def __init__(self, addresses: tuple[Address, ...], listeners: int, extras: int) -> None:
        self._owner, *self._near = addresses
        self.host = SpanningPerson(self._near[0], "Moderator")
        self.speakers = [
            self._somebody("Speaker", number, number) for number in range(2 * SPEAKERS)
        ]
        self.listeners = [self._somebody("Listener", number) for number in range(listeners)]
        self.extras = [self._somebody("Guest", number) for number in range(extras)]

    def _somebody(self, kind: str, number: int, speaker: int | None = None) -> SpanningPerson:
        return SpanningPerson(self._near[number % 2], f"{kind} {number}", speaker)

    async def fill(self, nursery: trio.Nursery) -> None:
        """Open the room at the first server, and bring everybody in at the others."""
        opener = SpanningPerson(self._owner, "Moderator")
        opener.key = self.host.key
        async with trio.open_nursery() as opening:
            await come_in(opening, [opener], intent="host")
            await come_in(nursery, [self.host], intent="host")
            opening.cancel_scope.cancel()
        await come_in(nursery, [*self.speakers, *self.listeners, *self.extras])
        await take_stage(self.host, self.speakers)
        for each in self.listeners:
            for speaker in range(2 * SPEAKERS):
                while not each.heard.times[speaker]:  # noqa: ASYNC110 - voices set no event
                    await trio.sleep(0.05)

    def longest_gap(self, begin: float, end: float, *, within: bool) -> float:
        """Return for how long anybody did not hear somebody of their own server, or the other."""
        return max(
            each.heard.longest_gap(number, begin, end)
            for each in self.listeners
            for number, speaker in enumerate(self.speakers)
            if (speaker.address == each.address) == within
        )

    def heard_across(self, when: float) -> float | None:
        """Return when all had heard everybody of the other server after this time."""
        times = [
            each.heard.first_after(number, when)
            for each in self.listeners
            for number, speaker in enumerate(self.speakers)
            if speaker.address != each.address
        ]
        return None if None in times else max(each for each in times if each is not None)


async def _measured(setting: ClusterSetting, cluster: RunningCluster) -> Figures:
    room = SpanningRoom(
        cluster.addresses, setting.listeners, ModeratedPeople.needed(setting.seconds)
    )
    async with trio.open_nursery() as nursery:
        with trio.fail_after(PATIENCE):
            await room.fill(nursery)
        acts = ModeratedPeople(room.host, room.extras)
        nursery.start_soon(acts.act)
        await trio.sleep(BEFORE)
        begin = trio.current_time()
        if setting.kill == "owner":
            cluster.servers[0].process.kill()
            back = begin
            await trio.sleep(setting.seconds)
        else:
            cluster.valkey.kill()
            await trio.sleep(setting.seconds)
            await trio.to_thread.run_sync(cluster.valkey.start_again)
            back = trio.current_time()
            with trio.move_on_after(PATIENCE):
                while room.heard_across(back) is None:  # noqa: ASYNC110 - voices set no event
                    await trio.sleep(0.05)
        with trio.move_on_after(PATIENCE):
            await acts.acknowledged_after(back)
        end = trio.current_time()
        with trio.fail_after(PATIENCE):
            kept = await acts.finish()
        people = [room.host, *room.speakers, *room.listeners]
        figures = {
            "longest_gap_across_s": rounded(room.longest_gap(begin, end, within=False)),
            "longest_gap_within_s": rounded(room.longest_gap(begin, end, within=True)),
            "control_back_s": _since(back, acts.first_acknowledged_after(back)),
            "came_back": float(sum(each.came - 1 for each in people)),
            "moved": float(sum(each.moves for each in people)),
            **kept,
        }
        if setting.kill == "valkey":
            figures["voice_back_s"] = _since(back, room.heard_across(back))
            del figures["longest_gap_across_s"]
        nursery.cancel_scope.cancel()
    return figures


def _since(begin: float, when: float | None) -> float | None:
    return None if when is None else rounded(when - begin)


def run_cluster(setting: ClusterSetting) -> dict[str, object]:
    """Measure one fault."""
    with running_cluster(setting.store) as cluster:
        figures = trio.run(_measured, setting, cluster)
    return {
        "benchmark": "failover",
        "settings": {**asdict(setting), "servers": 3, "speakers": 2 * SPEAKERS},
        **figures,
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }

"""What people notice while the PostgreSQL that keeps a server's rooms is away.

In one room people talk, in another a moderator acts twice a second, while PostgreSQL is killed and
started again, stands still, is slow, and is full. Then the server is killed, and what it had
acknowledged is looked for in the database. The peer is the same before.
"""

from __future__ import annotations

import contextlib
import json
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import trio

from roomcli.protocol.address import parse_address

from . import machine, processes
from .acting import NAMES, ActingModerator, ActRecord, acting
from .fanout import delay
from .postgres import PostgresServer, frozen, missing_postgres
from .processes import Child
from .relays import in_room, people
from .report import Figures, NotMeasured, ratios, rounded

SPEAKERS = 3
ACTS = "acts"
"""The room in which the moderator acts."""
TALK_NS = 3600 * 10**9
"""Longer than it takes: they talk without a pause until the end."""
AFTER = 5.0
"""Seconds after the fault that still count."""
PATIENCE = 60.0
SLOW_STOP, SLOW_GO = 0.9, 0.1
"""Seconds of each second in which a slow database stands still, and goes on."""
_COMPARED = ("relay_p50_ms", "relay_p99_ms")
_FULL = """
CREATE FUNCTION fill_disk() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: no space left on device' USING ERRCODE = '53100'; END
$$;
CREATE TRIGGER full_disk BEFORE INSERT ON moderation_log EXECUTE FUNCTION fill_disk();
"""
_EMPTIED = "DROP TRIGGER full_disk ON moderation_log; DROP FUNCTION fill_disk()"


@dataclass(frozen=True)
class Faults:
    """What is done to a PostgreSQL, each for some seconds."""

    postgres: PostgresServer
    store: str

    async def nothing(self, seconds: float) -> None:
        """Leave it alone."""
        await trio.sleep(seconds)

    async def restarted(self, seconds: float) -> None:
        """Kill all its processes, and start it again on what is on disk."""
        await trio.to_thread.run_sync(self.postgres.stop, signal.SIGQUIT)
        await trio.sleep(seconds)
        await trio.to_thread.run_sync(self.postgres.start)

    async def frozen(self, seconds: float) -> None:
        """Let it stand still."""
        with frozen(self.postgres.pids):
            await trio.sleep(seconds)

    async def slow(self, seconds: float) -> None:
        """Let it stand still nearly all the time."""
        until = trio.current_time() + seconds
        while trio.current_time() < until:
            with frozen(self.postgres.pids):
                await trio.sleep(SLOW_STOP)
            await trio.sleep(SLOW_GO)

    async def full(self, seconds: float) -> None:
        """Let it say of each entry of a log that its disk is full."""
        await trio.to_thread.run_sync(self.postgres.give, _FULL, self.store)
        await trio.sleep(seconds)
        await trio.to_thread.run_sync(self.postgres.give, _EMPTIED, self.store)


@dataclass(frozen=True)
class HearingRoom:
    """Those who hear a room in which people talk without a pause."""

    listeners: Child
    count: int

    def count_from(self, begin: float, end: float) -> None:
        """Count what is heard between two times of the monotonic clock."""
        self.listeners.write({"begin": int(begin * 1e9), "end": int(end * 1e9)})

    def heard(self) -> Figures:
        """Return what was heard between the two times."""
        said = self.listeners.event("result", PATIENCE)
        due = said["distinct"] * self.count
        return {
            "relay_p50_ms": delay(said["delays"], 0.5),
            "relay_p99_ms": delay(said["delays"], 0.99),
            "relay_longest_ms": delay(said["delays"], 1.0),
            "drop_rate": rounded(1 - said["delivered"] / due if due else None),
        }


async def _suffered(
    fault: Callable[[float], Awaitable[None]],
    audience: HearingRoom,
    moderator: ActingModerator,
    seconds: float,
) -> Figures:
    """Measure one fault, and wait until acts are acknowledged again."""
    first, began = len(moderator.record.given), time.monotonic()
    audience.count_from(began, began + seconds + AFTER)
    await fault(seconds)
    ended = trio.current_time()
    with trio.fail_after(PATIENCE):
        back = await moderator.acknowledged_after(ended)
    await trio.sleep(max(0.0, began + seconds + AFTER - time.monotonic()))
    heard = await trio.to_thread.run_sync(audience.heard)
    return {"back_s": rounded(back - ended), **moderator.record.answers_since(first), **heard}


async def _measured(
    postgres: PostgresServer, store: str, url: str, audience: HearingRoom, seconds: float
) -> tuple[dict[str, Figures], ActRecord]:
    faults = Faults(postgres, store)
    each = {
        "before": faults.nothing,
        "restarted": faults.restarted,
        "frozen": faults.frozen,
        "slow": faults.slow,
        "full": faults.full,
    }
    async with acting(parse_address(in_room(url, ACTS))) as moderator:
        figures = {
            name: await _suffered(fault, audience, moderator, seconds)
            for name, fault in each.items()
        }
    return figures, moderator.record


def _logged(store: str) -> list[str]:
    """Return the acts that the database knows of, in order."""
    with psycopg.connect(store) as connection:
        rows = connection.execute(
            "SELECT entry FROM moderation_log WHERE room = %s ORDER BY number", (ACTS,)
        ).fetchall()
    actions = [json.loads(entry)["action"] for (entry,) in rows]
    return [each for each in actions if each in NAMES]


def run_postgres(listeners: int, seconds: float) -> dict[str, object]:
    """Measure all faults one after the other, each for so many seconds."""
    if lacking := missing_postgres():
        raise NotMeasured(lacking)
    with contextlib.ExitStack() as stack:
        # Not in a folder of its own user's alone: PostgreSQL may be somebody else's.
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failover-pg-")))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failover-")))
        postgres = PostgresServer(data)
        postgres.make()
        postgres.start()
        stack.callback(lambda: postgres.stop(signal.SIGQUIT))
        store = postgres.new_database()
        server, url = stack.enter_context(processes.server(folder, "--store", store))
        room = in_room(url, "talk")
        speakers = stack.enter_context(people("speakers", room, SPEAKERS, "roomcli"))
        speakers.event("ready", PATIENCE)
        hearers = stack.enter_context(people("listeners", room, listeners, "roomcli"))
        hearers.event("ready", PATIENCE)
        now = time.monotonic_ns()
        speakers.write({"begin": now, "end": now + TALK_NS})
        audience = HearingRoom(hearers, listeners)
        figures, record = trio.run(_measured, postgres, store, url, audience, seconds)
        server.kill()
        kept = record.compared_with(_logged(store))
    before = figures.pop("before")
    return {
        "benchmark": "failover",
        "settings": {
            "kill": "postgres",
            "speakers": SPEAKERS,
            "listeners": listeners,
            "seconds": seconds,
        },
        **kept,
        **figures,
        "peers": {"before": before},
        "ratio_to": {
            "before": {
                f"{name}_{field}": ratio
                for name, found in figures.items()
                for field, ratio in ratios({f: found[f] for f in _COMPARED}, before).items()
            }
        },
        "machine": machine.description(),
    }

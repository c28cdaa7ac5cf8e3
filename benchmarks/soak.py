"""Measure whether a server grows or fails in a long evening.

``python -m benchmarks.soak [--minutes 20] [--json]``. Linux. Ten talk to 200, while others come and
go without a pause, write, react, come on stage by a hand and leave it, and lose their connection.
The server's memory is read all the time; its slope after the warm-up says whether it grows. The
peer is the warm-up.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import parse_address

from . import machine, processes
from .hostile import Flood
from .processes import Child
from .relays import in_room, people
from .report import Figures, conclude, parser, publish, require_proc, rounded
from .stayer import StayingPerson

SPEAKERS = 10
REGULARS = 40
"""People who come and go; the same all the time, as those of a company are."""
LOOK = 5.0
"""Seconds between two looks at the server's memory."""
ORDER = 10.0
"""Seconds of voice that are counted at once."""
MINUTES_OF_SLOPE = 10
PATIENCE = 300.0
EMOJI = ("👏", "🎉", "❤️")
DOINGS = ("chat", "react", "react", "hand", "page", "drop")
"""What those who come and go do, each as likely as the others."""


@dataclass(frozen=True)
class SoakSetting:
    """The number of listeners, and seconds: in all, and of these as warm-up."""

    listeners: int
    seconds: float
    warm_up: float


@dataclass
class SoakRecord:
    """What happened, by its name, and the server's memory: seconds and KiB."""

    happened: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, int]] = field(default_factory=list)
    voice: Counter[str] = field(default_factory=Counter)

    def slope(self, begin: float, end: float) -> float | None:
        """Return by how many MiB memory grows in ten minutes, from begin to end in seconds."""
        some = [(at, kib) for at, kib in self.memory if begin <= at <= end]
        if len(some) < 3:
            return None
        times, kib = np.array(some, np.float64).T
        return float(np.polyfit(times, kib, 1)[0]) * 60 * MINUTES_OF_SLOPE / 1024


async def _come_and_go(person: StayingPerson, evening: SoakRecord, chance: random.Random) -> None:
    """Be in the room for some seconds and do this and that, again and again."""
    while True:
        async with trio.open_nursery() as visit:
            visit.start_soon(person.stay)
            await person.is_in.wait()
            evening.happened["joins"] += 1
            for _ in range(chance.randint(2, 6)):
                await trio.sleep(chance.uniform(0.2, 2.0))
                with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await _do_something(person, evening, chance)
            if chance.random() < 0.7:
                with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await person.send(c.LeaveRoom())
                    await trio.sleep(0.1)
                evening.happened["leaves"] += 1
            visit.cancel_scope.cancel()
        await trio.sleep(chance.uniform(0.2, 3.0))


async def _do_something(person: StayingPerson, evening: SoakRecord, chance: random.Random) -> None:
    what = chance.choice(DOINGS)
    evening.happened[what] += 1
    match what:
        case "chat":
            await person.send(c.Chat(text=f"hello for the {evening.happened[what]}th time"))
        case "react":
            await person.send(c.React(reaction=chance.choice(EMOJI)))
        case "hand":
            await person.send(c.RaiseHand(topic="may I?"))
            await trio.sleep(chance.uniform(0.1, 1.0))
            # The host of the load accepts each hand, and on stage nobody raises one.
            await person.send(c.LowerHand())
            await person.send(c.LeaveStage())
        case "page":
            await person.send(c.ListPeople())
        case _:
            person.drop()


async def _watch_memory(server: Child, evening: SoakRecord, began: float) -> None:
    while True:
        evening.memory.append((time.monotonic() - began, machine.rss_kib(server.pid)))
        await trio.sleep(LOOK)


async def _count_voice(
    crowd: Child, speakers: Child, evening: SoakRecord, setting: SoakSetting
) -> None:
    orders = list(_orders(setting.seconds))
    for child in (speakers, crowd):
        for begin, end in orders:
            child.write({"begin": begin, "end": end})
    for _ in orders:
        for child in (speakers, crowd):
            said = await trio.to_thread.run_sync(child.event, "result", PATIENCE)
            evening.voice["lost"] += said["lost"] if child is crowd else 0
            evening.voice["delivered"] += said.get("delivered", 0)
            evening.voice["due"] += said.get("distinct", 0) * setting.listeners


def _orders(seconds: float) -> Iterator[tuple[int, int]]:
    begin = time.monotonic()
    for number in range(max(1, round(seconds / ORDER))):
        start = begin + number * ORDER
        yield int(start * 1e9), int((start + min(ORDER, seconds)) * 1e9)


async def _evening(
    server: Child, url: str, crowd: Child, speakers: Child, setting: SoakSetting
) -> SoakRecord:
    evening = SoakRecord()

    def note(refused: e.Refused) -> None:
        evening.refused[refused.code] += 1

    room = Flood(parse_address(url))
    regulars = [StayingPerson(room, number, note) for number in range(REGULARS)]
    async with trio.open_nursery() as nursery:
        for number, person in enumerate(regulars):
            nursery.start_soon(_come_and_go, person, evening, random.Random(number))
        nursery.start_soon(_watch_memory, server, evening, time.monotonic())
        await _count_voice(crowd, speakers, evening, setting)
        nursery.cancel_scope.cancel()
    for person in regulars:
        evening.refused.update(person.lost)
    return evening


def measured(setting: SoakSetting) -> tuple[Figures, Figures]:
    """Run an evening; return its figures, and those of the warm-up."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak")))
        server, url = stack.enter_context(processes.server(folder))
        room = in_room(url, "soak")
        speakers = stack.enter_context(people("speakers", room, SPEAKERS, "roomcli"))
        speakers.event("ready", PATIENCE)
        crowd = stack.enter_context(people("listeners", room, setting.listeners, "roomcli"))
        crowd.event("ready", PATIENCE)
        used = machine.cpu_seconds(server.pid)
        evening = trio.run(_evening, server, room, crowd, speakers, setting)
        used = machine.cpu_seconds(server.pid) - used
        errors = [
            line for line in server.errors.splitlines() if " ERROR " in line or "Traceback" in line
        ]
    due, delivered = evening.voice["due"], evening.voice["delivered"]
    figures: Figures = {
        "rss_slope_mib_per_10_min": rounded(evening.slope(setting.warm_up, setting.seconds)),
        "rss_mib": rounded(evening.memory[-1][1] / 1024),
        "log_errors": float(len(errors)),
        "connections_lost": float(evening.voice["lost"]),
        "drop_rate": rounded(1 - delivered / due if due else None),
        "server_cpu_share": rounded(used / setting.seconds),
        **{f"{what}_done": float(count) for what, count in sorted(evening.happened.items())},
        **{
            f"refused_{code.replace(' ', '_')}": float(count)
            for code, count in sorted(evening.refused.items())
        },
    }
    warm_up: Figures = {"rss_slope_mib_per_10_min": rounded(evening.slope(0, setting.warm_up))}
    return figures, warm_up


def run(setting: SoakSetting) -> dict[str, object]:
    """Run an evening and report it."""
    figures, warm_up = measured(setting)
    return {
        "benchmark": "soak",
        "settings": {
            "speakers": SPEAKERS,
            "listeners": setting.listeners,
            "come_and_go": REGULARS,
            "minutes": setting.seconds / 60,
            "warm_up_minutes": setting.warm_up / 60,
        },
        **figures,
        "peers": {"warm_up": warm_up},
        "ratio_to": {},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("A long evening: does the server grow, does anything fail.")
    options.add_argument("--listeners", type=int, default=200)
    options.add_argument("--minutes", type=float, default=20.0)
    options.add_argument("--warm-up", type=float, default=5.0, help="of these, in minutes")
    given = options.parse_args()
    require_proc(options)
    if given.listeners < 1 or not 0 <= given.warm_up < given.minutes <= 24 * 60:
        options.error("--listeners from 1, --warm-up below --minutes, up to a day")
    machine.lift_file_limit()
    publish(run(SoakSetting(given.listeners, given.minutes * 60, given.warm_up * 60)), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)

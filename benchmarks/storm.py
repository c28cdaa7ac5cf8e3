"""Measure how soon everybody is back when a server was lost for a while.

``python -m benchmarks.storm [--people 1000] [--json]``. Linux. The people of a room, some of whom
are on stage and some in the queue, lose the server: it is killed, and after ten seconds another one
starts on the same data. They try again as an engine does, by ticket. The peer is the same with a
tenth of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.view import RoomView

from . import machine
from .entry import open_house
from .hostile import Flood
from .report import Figures, conclude, parser, publish, quantile, ratios, rounded
from .stayer import StayingPerson

SPEAKERS = 10
HANDS = 50
DOWN = 10.0
AT_ONCE = 20
"""People who come in at the same time before the server is lost."""
PATIENCE = 120.0
COMPARED = ("median_s", "last_s")


async def measured(people: int, down: float) -> Figures:
    """Let ``people`` lose the server for ``down`` seconds, and see who is back when and as what."""
    with open_house() as house:
        async with trio.open_nursery() as nursery:
            room = Flood(house.address)
            everybody = [StayingPerson(room, number) for number in range(people)]
            with trio.fail_after(PATIENCE):
                await _fill_room(nursery, everybody)
                before = await _look_in(nursery, room, people)
            seats = {person: person.id for person in everybody}
            house.close()
            await trio.sleep(down)
            began_cpu = time.process_time()
            await trio.to_thread.run_sync(house.start)
            returned = trio.current_time()
            with trio.move_on_after(PATIENCE):
                for person in everybody:
                    await person.came_back.wait()
            used = (time.process_time() - began_cpu) / (trio.current_time() - returned)
            back = [person for person in everybody if person.entered > 1]
            with trio.fail_after(PATIENCE):
                after = await _look_in(nursery, room, people + 1)
            nursery.cancel_scope.cancel()
    took = [max(0.0, person.came_at - returned) for person in back]
    kept = [person for person in back if person.id == seats[person] and _resumed(person)]
    return {
        "people": float(people),
        "back": float(len(back)),
        "have_their_seat": float(len(kept)),
        "roles_right": float(_roles(before) == _roles(after)),
        "queue_right": float(_queue(before) == _queue(after)),
        "median_s": rounded(quantile(took, 0.5)),
        "last_s": rounded(max(took, default=None)),
        "attempts_refused": float(
            sum(
                count
                for person in everybody
                for why, count in person.lost.items()
                if why != "no connection"
            )
        ),
        "load_cpu_share": rounded(used),
    }


async def _fill_room(nursery: trio.Nursery, everybody: list[StayingPerson]) -> None:
    """Bring everybody in; the first is the host, the next are on stage, then come the hands."""
    host, *others = everybody
    nursery.start_soon(partial(host.stay, intent="host"))
    await host.is_in.wait()
    for first in range(0, len(others), AT_ONCE):
        coming = others[first : first + AT_ONCE]
        for person in coming:
            nursery.start_soon(person.stay)
        for person in coming:
            await person.is_in.wait()
    speakers, queue = others[: SPEAKERS - 1], others[SPEAKERS - 1 : SPEAKERS - 1 + HANDS]
    for person in speakers:
        await _raise_hand(host, person)
        is_up = person.expect(e.StageJoined, _is_of(person.id))
        await host.send(c.AcceptHand(id=person.id))
        await is_up.wait()
    for person in queue:
        await _raise_hand(host, person)


def _is_of(id: str) -> Callable[[e.StageJoined], bool]:
    return lambda event: event.speaker.id == id


async def _raise_hand(host: StayingPerson, person: StayingPerson) -> None:
    is_seen = host.expect(e.HandRaised, lambda event: event.id == person.id)
    await person.send(c.RaiseHand())
    await is_seen.wait()


async def _look_in(nursery: trio.Nursery, room: Flood, number: int) -> RoomView:
    """Return the room as a newcomer sees it."""
    visitor = StayingPerson(room, number)
    with trio.CancelScope() as visit:
        async with trio.open_nursery() as stay:
            stay.start_soon(visitor.stay)
            await visitor.is_in.wait()
            visit.cancel()
    assert visitor.joined is not None
    return visitor.joined.view


def _resumed(person: StayingPerson) -> bool:
    return person.joined is not None and person.joined.resumed


def _roles(view: RoomView) -> dict[str, tuple[str, bool]]:
    return {id: (speaker.role, speaker.connected) for id, speaker in view.stage.items()}


def _queue(view: RoomView) -> list[str]:
    return [hand.id for hand in view.hands]


def run(people: int, down: float) -> dict[str, object]:
    """Measure with everybody, and with a tenth."""
    figures = trio.run(measured, people, down)
    tenth = trio.run(measured, max(SPEAKERS + 1, people // 10), down)
    return {
        "benchmark": "storm",
        "settings": {"people": people, "speakers": SPEAKERS, "hands": HANDS, "down_s": down},
        **figures,
        "peers": {"a_tenth": tenth},
        "ratio_to": {"a_tenth": ratios({name: figures[name] for name in COMPARED}, tenth)},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("How soon everybody is back when a server was lost.")
    options.add_argument("--people", type=int, default=1000)
    options.add_argument("--down", type=float, default=DOWN, help="seconds without a server")
    given = options.parse_args()
    if given.people <= SPEAKERS or not 0 <= given.down <= 60:
        options.error(f"--people above {SPEAKERS}, --down from 0 to 60")
    machine.lift_file_limit()
    publish(run(given.people, given.down), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)

"""Tests that a kill amid the writes of what is planned leaves all of them or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import trio

from roomcli.protocol.calendar import Recurrence
from server.calendar.rules import CalendarEvent
from server.store.sqlite import open_store

from .... import ROOT
from ....support.raw_store import connection_of
from ..tables.test_calendar import KeptPlanning


def test_a_kill_between_two_writes_leaves_all_of_a_change_or_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", __name__, str(tmp_path)], cwd=ROOT, check=True)
    places = sorted(tmp_path.iterdir(), key=lambda place: int(place.name))
    kept = [trio.run(_kept, place) for place in places]
    before, after = kept[0], kept[-1]
    assert before != after
    assert len(kept) > 5
    committed = kept.index(after)
    assert kept == [before] * committed + [after] * (len(kept) - committed)


async def _kept(place: Path) -> list[CalendarEvent]:
    async with open_store(place) as store:
        return await store.calendar.load()


async def _die(place: Path, writes: int) -> None:
    """Change something that is planned, and be killed before one of the writes of the change."""
    async with open_store(place) as store:
        it = KeptPlanning(store)
        it.plan(speakers=("dan",), recurrence=Recurrence(every="week"))
        it.answer("ben", "yes", "2026-01-06")
        it.answer("cat")
        it.save_after(None)
        await store.flushed()
        left = writes

        def deadly(statement: str) -> None:
            nonlocal left
            if statement.startswith(("INSERT", "DELETE", "COMMIT")):
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1

        connection_of(store).set_trace_callback(deadly)
        before = it.it
        it.change(start="2026-01-07T18:30", speakers=("eve",), visibility="private")
        it.save_after(before)
        await store.flushed()
        os._exit(0)


def _die_in_turn(folder: Path) -> None:
    """Leave the data of a process for each write before which it was killed, and of one more."""
    for number in count():
        place = folder / str(number)
        place.mkdir()
        child = os.fork()
        if not child:
            trio.run(_die, place, number)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
            return


if __name__ == "__main__":
    _die_in_turn(Path(sys.argv[1]))

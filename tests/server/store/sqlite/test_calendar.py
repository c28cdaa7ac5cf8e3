"""Tests that what is planned is kept whole, whatever happens."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence
from roomcli.protocol.people import Person
from server.calendar.rules import CalendarEvent
from server.store import Store
from server.store.calendar import CalendarChoices
from server.store.people import KEEP_PERSON
from server.store.sqlite import open_store
from server.store.sqlite.database import Database
from server.store.sqlite.writer import Statement

from .... import ROOT
from ...calendar.rules.planning import Planning

FILE = "roomcli.sqlite3"
PERSON = "1" * 16


class KeptPlanning(Planning):
    """Something planned that is saved after each command."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def save_after(self, before: CalendarEvent | None) -> None:
        """Save what is different from before."""
        with self.store.transaction():
            self.store.calendar.save(before, self.it)


async def test_what_is_planned_and_answered_is_the_same_after_a_restart(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        it = KeptPlanning(store)
        it.plan(recurrence=Recurrence(every="week"), capacity=1, speakers=("dan",))
        it.save_after(None)
        for number, (person, reply, day) in enumerate(
            [
                ("ben", "yes", None),
                ("cat", "yes", "2026-01-13"),
                ("cat", "yes", None),
                ("ben", "no", "2026-01-13"),
                ("dan", "no", None),
                ("ben", "no", None),
            ]
        ):
            before = it.it
            it.answer(person, reply, day)  # type: ignore[arg-type]
            it.save_after(before)
            assert it.it != before, number
        before = it.it
        it.give("ann", c.CancelEvent(**it.based(), day="2026-01-20", notice="holidays"))
        it.save_after(before)
    async with open_store(tmp_path) as store:
        assert await store.calendar.load() == [it.it]
        store.calendar.forget(it.it.id)
        assert await store.calendar.load() == []
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        for table in ("events", "named", "answers"):
            assert database.execute(f"SELECT count(*) FROM calendar_{table}").fetchone() == (0,)


async def test_an_answer_writes_one_row_and_not_the_whole(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        it = KeptPlanning(store)
        it.plan()
        for person in ("ben", "cat"):
            it.answer(person)
        it.save_after(None)
        written: list[str] = []
        database = store.writes
        assert isinstance(database, Database)
        enqueue = database.enqueue_all

        def noted(*statements: Statement) -> None:
            written.extend(text for text, _ in statements)
            enqueue(*statements)

        database.enqueue_all = noted  # type: ignore[method-assign]
        before = it.it
        it.answer("dan")
        it.save_after(before)
        assert len(written) == 1
        assert "calendar_answers" in written[0]


async def test_what_somebody_chose_is_kept_and_nothing_of_who_chose_nothing(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store:
        store.calendar.save_choices("ann", CalendarChoices(remind=5, feed="abc"))
        store.calendar.save_choices("ben", CalendarChoices(remind=60))
        store.calendar.save_choices("ben", CalendarChoices())
    async with open_store(tmp_path) as store:
        assert await store.calendar.load_choices() == {"ann": CalendarChoices(remind=5, feed="abc")}


@pytest.mark.parametrize("part", ["speaker", "answer", "choice"])
async def test_whom_the_calendar_names_is_not_forgotten(tmp_path: Path, part: str) -> None:
    async with open_store(tmp_path) as store:
        store.people.save(Person(PERSON, "Ben", key="b" * 32), 1.0)
        it = KeptPlanning(store)
        it.known.add(PERSON)
        it.plan(speakers=(PERSON,) if part == "speaker" else ())
        if part == "answer":
            it.answer(PERSON)
        if part == "choice":
            store.calendar.save_choices(PERSON, CalendarChoices(remind=0))
        it.save_after(None)
        await store.people.forget_passing(2.0 + KEEP_PERSON)
        assert store.people.find(PERSON) is not None
        store.calendar.forget(it.it.id)
        store.calendar.save_choices(PERSON, CalendarChoices())
        await store.people.forget_passing(2.0 + KEEP_PERSON)
        assert store.people.find(PERSON) is None


async def test_of_a_damaged_row_the_admin_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        it = KeptPlanning(store)
        it.plan()
        it.answer("ben")
        it.save_after(None)
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("INSERT INTO calendar_events VALUES ('x', x'c1')")
        database.execute("INSERT INTO calendar_answers VALUES ('0000000000000000', '', 'cat', x'')")
    told: list[str] = []
    async with open_store(tmp_path, lambda code, text: told.append(code)) as store:
        assert await store.calendar.load() == [it.it]
        await trio.lowlevel.checkpoint()
    assert told == ["calendar_unreadable"] * 2


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

        database = store.writes
        assert isinstance(database, Database)
        database._writer._database.set_trace_callback(deadly)
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

"""Tests that what is planned is kept whole, whatever happens."""

from __future__ import annotations

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence
from roomcli.protocol.people import Person
from server.calendar.rules import CalendarEvent
from server.store import Store
from server.store.calendar import CalendarChoices
from server.store.people import KEEP_PERSON
from server.store.tables.database import Database
from server.store.tables.engine import Statement

from ....support.kinds_of_store import KindOfStore
from ....support.raw_store import database_of
from ...calendar.rules.planning import Planning

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


async def test_what_is_planned_and_answered_is_the_same_after_a_restart(kind: KindOfStore) -> None:
    async with kind.open() as store:
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
    async with kind.open() as store:
        assert await store.calendar.load() == [it.it]
        store.calendar.forget(it.it.id)
        assert await store.calendar.load() == []
        for table in ("events", "named", "answers"):
            count = f"SELECT count(*) FROM calendar_{table}"
            assert await database_of(store).query(count) == [(0,)]


async def test_an_answer_writes_one_row_and_not_the_whole(kind: KindOfStore) -> None:
    async with kind.open() as store:
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
    kind: KindOfStore,
) -> None:
    async with kind.open() as store:
        store.calendar.save_choices("ann", CalendarChoices(remind=5, feed="abc"))
        store.calendar.save_choices("ben", CalendarChoices(remind=60))
        store.calendar.save_choices("ben", CalendarChoices())
    async with kind.open() as store:
        assert await store.calendar.load_choices() == {"ann": CalendarChoices(remind=5, feed="abc")}


@pytest.mark.parametrize("part", ["speaker", "answer", "choice"])
async def test_whom_the_calendar_names_is_not_forgotten(kind: KindOfStore, part: str) -> None:
    async with kind.open() as store:
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


async def test_of_a_damaged_row_the_admin_is_told_and_the_others_are_there(
    kind: KindOfStore,
) -> None:
    async with kind.open() as store:
        it = KeptPlanning(store)
        it.plan()
        it.answer("ben")
        it.save_after(None)
    kind.edit("INSERT INTO calendar_events VALUES ('x', ?)", b"\xc1")
    kind.edit("INSERT INTO calendar_answers VALUES ('0000000000000000', '', 'cat', ?)", b"")
    told: list[str] = []
    async with kind.open(lambda code, text: told.append(code)) as store:
        assert await store.calendar.load() == [it.it]
        await trio.lowlevel.checkpoint()
    assert told == ["calendar_unreadable"] * 2

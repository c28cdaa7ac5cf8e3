"""The tables of calendar events, of answers to them, and of what people chose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from roomcli.errors import StoreError

from ...calendar.rules.state import CalendarEvent, EventAnswer
from ..calendar import CalendarChoices
from .database import Database
from .engine import Row, Statement
from .saving import saving
from .stamps import CALENDAR, ChangeStamps

T = TypeVar("T")
Answers = dict[str, dict[str, EventAnswer]]

_SAVE = saving("calendar_events", "id", "state")
_ANSWER = saving("calendar_answers", "event, day, person", "state")
_CHOOSE = saving("calendar_people", "person", "state")
_EVENTS = "SELECT id, state FROM calendar_events"
_ANSWERS = "SELECT event, day, person, state FROM calendar_answers"
_CHOICES = "SELECT person, state FROM calendar_people"
_NAME = "INSERT INTO calendar_named (event, person) VALUES (?, ?) ON CONFLICT DO NOTHING"
_UNANSWER = "DELETE FROM calendar_answers WHERE event = ? AND day = ? AND person = ?"


class CalendarTable:
    """Calendar events; the answers lie in rows of their own, since they change most often."""

    def __init__(self, database: Database, stamps: ChangeStamps) -> None:
        self._database = database
        self._stamps = stamps

    async def load(self) -> list[CalendarEvent]:
        answers = await self._rows(_ANSWERS)
        return self._events_of(await self._rows(_EVENTS), answers)

    async def load_again(self, ids: Collection[str] | None) -> list[CalendarEvent]:
        answers = await self._rows_again(_ANSWERS, "event", ids)
        return self._events_of(await self._rows_again(_EVENTS, "id", ids), answers)

    async def load_choices(self) -> dict[str, CalendarChoices]:
        return self._choices(await self._rows(_CHOICES))

    async def choices_again(self, people: Collection[str] | None) -> dict[str, CalendarChoices]:
        return self._choices(await self._rows_again(_CHOICES, "person", people))

    def _events_of(self, rows: Iterable[Row], answer_rows: Iterable[Row]) -> list[CalendarEvent]:
        answers = self._answers(answer_rows)
        events = []
        for id, state in rows:
            event = self._decoded(state, CalendarEvent)
            if event is not None and event.id == id:
                given = answers.get(id, {})
                numbers = [each.number for day in given.values() for each in day.values()]
                answered = max(numbers, default=0)
                events.append(replace(event, answers=given, answered=answered))
        return events

    def _choices(self, rows: Iterable[Row]) -> dict[str, CalendarChoices]:
        found = {person: self._decoded(state, CalendarChoices) for person, state in rows}
        return {person: each for person, each in found.items() if each is not None}

    def save(self, before: CalendarEvent | None, after: CalendarEvent) -> None:
        statements: list[Statement] = []
        is_replanned = before is None or _without_answers(before) != _without_answers(after)
        if is_replanned:
            statements.append((_SAVE, (after.id, msgspec.msgpack.encode(_without_answers(after)))))
        if before is None or before.named != after.named:
            forget = ("DELETE FROM calendar_named WHERE event = ?", (after.id,))
            statements += [forget, *((_NAME, (after.id, each)) for each in sorted(after.named))]
        statements += _answer_statements(before.answers if before else {}, after)
        with self._database.transaction():
            if is_replanned:  # answers stand beside each other
                self._stamps.stamp(CALENDAR, after.id)
            if statements:
                self._database.enqueue_all(*statements)

    def forget(self, id: str) -> None:
        self._database.enqueue_all(
            ("DELETE FROM calendar_events WHERE id = ?", (id,)),
            ("DELETE FROM calendar_named WHERE event = ?", (id,)),
            ("DELETE FROM calendar_answers WHERE event = ?", (id,)),
        )

    def save_choices(self, person: str, choices: CalendarChoices) -> None:
        if choices == CalendarChoices():
            self._database.enqueue("DELETE FROM calendar_people WHERE person = ?", (person,))
            return
        self._database.enqueue(_CHOOSE, (person, msgspec.msgpack.encode(choices)))

    def _answers(self, rows: Iterable[Row]) -> dict[str, Answers]:
        answers: dict[str, Answers] = {}
        for event, day, person, state in rows:
            answer = self._decoded(state, EventAnswer)
            if answer is not None:
                answers.setdefault(event, {}).setdefault(day, {})[person] = answer
        return answers

    async def _rows_again(
        self, query: str, column: str, values: Collection[str] | None
    ) -> list[Row]:
        where = "" if values is None else f" WHERE {column} IN ({', '.join('?' * len(values))})"
        return await self._database.query_written(query + where, tuple(values or ()))

    async def _rows(self, query: str) -> list[Any]:
        try:
            return await self._database.query(query)
        except StoreError as error:
            self._tell_admin(error)
            return []

    def _decoded(self, state: Any, kind: type[T]) -> T | None:
        try:
            return msgspec.msgpack.decode(state, type=kind)
        except (msgspec.MsgspecError, TypeError) as error:
            self._tell_admin(error)
            return None

    def _tell_admin(self, error: Exception) -> None:
        text = f"a part of the calendar cannot be read, and is not shown: {error}"
        self._database.tell_admin("calendar_unreadable", text)


def _without_answers(event: CalendarEvent) -> CalendarEvent:
    """Return a calendar event without its answers."""
    return replace(event, answers={}, answered=0)


def _answer_statements(before: Answers, after: CalendarEvent) -> Iterator[Statement]:
    for day in sorted(before.keys() | after.answers.keys()):
        old, new = before.get(day, {}), after.answers.get(day, {})
        if old is new:
            continue
        for person in old.keys() - new.keys():
            yield _UNANSWER, (after.id, day, person)
        for person, answer in new.items():
            if old.get(person) != answer:
                yield _ANSWER, (after.id, day, person, msgspec.msgpack.encode(answer))

"""Who is reminded of what, at which moment. Pure, but for what it is given to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .rules import CalendarEvent, Communities, Occurrence, attendance, may_know
from .rules.seats import needs_no_seat


class DueReminder(NamedTuple):
    """Somebody is to be reminded now."""

    person: str
    event: CalendarEvent
    occurrence: Occurrence


Starting = Callable[[float, float], Iterable[tuple[CalendarEvent, Occurrence]]]
"""Everything that starts after the one moment and not after the other."""


def due_reminders(
    since: float,
    now: float,
    minutes: Iterable[int],
    remind_of: Callable[[str], int],
    starting: Starting,
    communities: Communities,
) -> Iterator[DueReminder]:
    """Yield who is to be reminded after ``since`` and not after ``now``.

    ``minutes`` are all that anybody chose, ``remind_of`` what one person chose.
    """
    for before in sorted(set(minutes)):
        for event, occurrence in starting(since + before * 60, now + before * 60):
            if occurrence.cancelled:
                continue
            for person in sorted(_expected(event, occurrence.day)):
                if remind_of(person) == before and may_know(event, person, communities):
                    yield DueReminder(person, event, occurrence)


def _expected(event: CalendarEvent, day: str) -> set[str]:
    """Return who is to be there: with a seat, perhaps, or on the stage, and has not said no."""
    people = set(attendance(event, day).seated)
    on_stage = {each for each in event.named if needs_no_seat(event, each)}
    for person in _answering(event, day) | on_stage:
        answer = event.answer_of(person, day)
        reply = answer.reply if answer is not None else "yes"
        if reply == "maybe" or (reply == "yes" and person in on_stage):
            people.add(person)
    return people


def _answering(event: CalendarEvent, day: str) -> set[str]:
    return {person for each in ("", day) for person in event.answers.get(each, {})}

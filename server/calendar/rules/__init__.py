"""The rules of calendar events: who may plan, change and see them, and who has a seat.

Pure, as a room's rules are, for one calendar event at a time: ``decide`` judges a command and gives
entries of a journal, ``evolve`` gives the calendar event after an entry, ``news_of`` says who is
told, ``visible_to`` who may know of it. Time comes in as an argument.

    times        local times and the moments that they are
    occurrences  when something takes place: rule, exceptions
    plans        which plans are possible
    seats        who has a seat, and who waits
    visibility   who may know what
    nearness     what stands first at home
"""

from __future__ import annotations

from .decide import ChangingCommand, decide
from .evolve import evolve
from .journal import CalendarJournal
from .nearness import Circle, Nearness, nearness_of
from .news import NewsItem, concerned, news_of
from .occurrences import (
    Occurrence,
    last_end,
    last_occurrence,
    next_occurrences,
    occurrence_on,
    occurrences,
)
from .plans import Surroundings
from .refusals import refusal
from .seats import Attendance, attendance
from .state import ONCE, CalendarEvent, Communities, Plan
from .visibility import is_of, may_change, may_know, part_of, visible_to

__all__ = [
    "ONCE",
    "Attendance",
    "CalendarEvent",
    "CalendarJournal",
    "ChangingCommand",
    "Circle",
    "Communities",
    "Nearness",
    "NewsItem",
    "Occurrence",
    "Plan",
    "Surroundings",
    "attendance",
    "concerned",
    "decide",
    "evolve",
    "is_of",
    "last_end",
    "last_occurrence",
    "may_change",
    "may_know",
    "nearness_of",
    "news_of",
    "next_occurrences",
    "occurrence_on",
    "occurrences",
    "part_of",
    "refusal",
    "visible_to",
]

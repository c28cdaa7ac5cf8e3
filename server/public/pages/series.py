"""How a series of events goes on, in words."""

from __future__ import annotations

from datetime import date

from roomcli.protocol.calendar import WEEKDAYS, Recurrence

from .times import DAYS, MONTHS

_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


def repeats(recurrence: Recurrence | None, first: date) -> str:
    """Return how what began on the day ``first`` goes on: ``Every first Tuesday of the month``.

    Empty for what takes place once.
    """
    if recurrence is None:
        return ""
    words = _every(recurrence, first).replace("every", "Every", 1)
    if recurrence.until is not None:
        until = date.fromisoformat(recurrence.until)
        words += f", until {until.day} {MONTHS[until.month - 1]} {until.year}"
    return words


def _every(recurrence: Recurrence, first: date) -> str:
    count, unit = recurrence.interval, recurrence.every
    usual = f"every {unit}" if count == 1 else f"every {count} {unit}s"
    names = [DAYS[WEEKDAYS.index(each)] for each in recurrence.weekdays]
    if unit == "week":
        days = _joined(names or [DAYS[first.weekday()]])
        return f"every {days}" if count == 1 else f"{usual} on {days}"
    if unit == "month" and recurrence.nth is not None:
        day = f"{_NTH[recurrence.nth]} {_joined(names or [DAYS[first.weekday()]])}"
        return f"every {day} of the month" if count == 1 else f"{usual} on the {day}"
    if unit == "month":
        return f"{usual} on day {first.day}"
    return usual


def _joined(words: list[str]) -> str:
    *some, last = words
    return f"{', '.join(some)} and {last}" if some else last

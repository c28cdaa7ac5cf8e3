"""How series of events are typed: ``every first tuesday``, ``every 2 weeks``, ``weekly``. Pure."""

from __future__ import annotations

import re
from typing import Literal, cast

from msgspec.structs import replace

from ...protocol.calendar import WEEKDAYS, Recurrence, Weekday
from ..words.series_words import DAY_WORDS, NTH

UNITS: dict[str, Literal["day", "week", "month"]] = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "day": "day",
    "days": "day",
    "week": "week",
    "weeks": "week",
    "month": "month",
    "months": "month",
}
_UNTIL = re.compile(r"\s+until\s+(\d{4}-\d{2}-\d{2})$")
_COUNT = re.compile(r"\s+(\d{1,3})\s+times$")
EXAMPLES = 'like "weekly", "every 2 weeks", "every first tuesday", "monthly until 2027-06-30"'


def parse_series(text: str) -> Recurrence | None:
    """Return the rule that these words mean; None if they mean none."""
    words = " ".join(text.casefold().replace(",", " ").split())
    if found := _UNTIL.search(words):
        rule = parse_series(words[: found.start()])
        return replace(rule, until=found[1]) if rule is not None and _is_endless(rule) else None
    if found := _COUNT.search(words):
        rule = parse_series(words[: found.start()])
        count = int(found[1])
        fits = rule is not None and _is_endless(rule) and 0 < count <= 520
        return replace(rule, count=count) if rule is not None and fits else None
    match words.removeprefix("every ").split():
        case [unit] if unit in UNITS:
            return Recurrence(every=UNITS[unit])
        case [number, unit] if number.isdecimal() and 0 < int(number) <= 99 and unit in UNITS:
            return Recurrence(every=UNITS[unit], interval=int(number))
        case [nth, day] if nth in NTH and (weekday := _weekday(day)):
            return Recurrence(every="month", nth=NTH[nth], weekdays=(weekday,))
        case days if days and (weekdays := [_weekday(each) for each in days if each != "and"]):
            if all(weekdays):
                found_days = cast(list[Weekday], weekdays)
                return Recurrence(every="week", weekdays=tuple(dict.fromkeys(found_days)))
    return None


def _is_endless(rule: Recurrence) -> bool:
    return rule.until is None and rule.count is None


def _weekday(word: str) -> Weekday | None:
    short = word.removesuffix("s")[:9]
    if len(word) < 2:
        return None
    found = [day for day, name in zip(WEEKDAYS, DAY_WORDS, strict=True) if name.startswith(short)]
    return found[0] if len(found) == 1 else None

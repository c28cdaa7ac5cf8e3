"""Series of events in the words in which they can be typed too. Pure."""

from __future__ import annotations

from ...protocol.calendar import WEEKDAYS, Recurrence, Weekday

NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
DAY_WORDS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def series_words(rule: Recurrence) -> str:
    """Return a rule in the words in which it can be typed."""
    if rule.nth is not None:
        nth = next((word for word, number in NTH.items() if number == rule.nth), "")
        words = f"every {nth} {_day_word(rule.weekdays[0])}"
        words += f" of every {rule.interval} months" if rule.interval != 1 else ""
    elif rule.interval != 1:
        words = f"every {rule.interval} {rule.every}s"
        words += f" on {_day_words(rule)}" if rule.weekdays else ""
    else:
        words = f"every {_day_words(rule) if rule.weekdays else rule.every}"
    if rule.until is not None:
        words += f" until {rule.until}"
    return words + (f" {rule.count} times" if rule.count is not None else "")


def _day_word(day: Weekday) -> str:
    return DAY_WORDS[WEEKDAYS.index(day)].title()


def _day_words(rule: Recurrence) -> str:
    return " and ".join(_day_word(each) for each in rule.weekdays)

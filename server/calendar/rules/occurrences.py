"""When a calendar event takes place: once, or by the rule of a series and its exceptions.

The rule is reckoned in local days (``dateutil``, RFC 5545), so that every time of a series has the
same hour on the wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import Literal, NamedTuple

from dateutil import rrule

from roomcli.protocol.calendar import WEEKDAYS, Recurrence

from .state import ONCE, CalendarEvent, Plan
from .times import instant, local_time, parse_local

_FREQUENCIES: dict[str, Literal[1, 2, 3]] = {
    "day": rrule.DAILY,
    "week": rrule.WEEKLY,
    "month": rrule.MONTHLY,
}
_MARGIN = 2 * 86400.0
"""Seconds; more than a moment's day differs between two time zones, or a day's moments."""

_LOOK_BACK = timedelta(days=62)
"""How far before its end the last day of a series is looked for first."""


class Occurrence(NamedTuple):
    """One time that a calendar event takes place; ``local`` is the start on the wall."""

    starts_at: float
    ends_at: float
    day: str
    local: datetime
    cancelled: bool = False
    moved: bool = False
    notice: str = ""


def days_of(first: date, recurrence: Recurrence, since: date) -> Iterator[date]:
    """Yield the days of a series that began on ``first``, from ``since`` on.

    ``count`` is left aside: a plan has a day as its end in place of it.
    """
    interval = recurrence.interval
    near, month_day, weekdays = first, None, None
    skipped = max((since - first).days, 0)
    match recurrence.every:
        case "day":
            near = first + timedelta(days=skipped // interval * interval)
        case "week":
            near = first + timedelta(weeks=skipped // 7 // interval * interval)
            near -= timedelta(days=near.weekday())  # a week begins on Monday
            names = recurrence.weekdays or (WEEKDAYS[first.weekday()],)
            weekdays = [rrule.weekday(WEEKDAYS.index(each)) for each in names]
        case "month":
            months = max((since.year - first.year) * 12 + since.month - first.month, 0)
            months = first.month - 1 + months // interval * interval
            near = date(first.year + months // 12, months % 12 + 1, 1)
            if recurrence.nth is None:
                month_day = first.day
            else:
                name = recurrence.weekdays[0]
                weekdays = [rrule.weekday(WEEKDAYS.index(name), recurrence.nth)]
    rule = rrule.rrule(
        _FREQUENCIES[recurrence.every],
        dtstart=datetime.combine(near, datetime.min.time()),
        interval=interval,
        byweekday=weekdays,
        bymonthday=month_day,
        until=datetime.fromisoformat(recurrence.until) if recurrence.until else None,
    )
    begin = max(since, first)
    return (each.date() for each in rule if each.date() >= begin)


def has_day(plan: Plan, day: str) -> bool:
    """Whether a series has this day."""
    when = parse_local(day)
    if plan.recurrence is None or when is None:
        return False
    return next(_plan_days(plan, when.date()), None) == when.date()


def first_days(plan: Plan, count: int) -> list[date]:
    """Return the first days of a series, up to ``count`` of them."""
    start = _start(plan).date()
    return list(islice(_plan_days(plan, start), count))


def occurrence_on(event: CalendarEvent, day: str) -> Occurrence | None:
    """Return one time that a calendar event takes place; None if there is none of this name."""
    plan = event.plan
    if plan.recurrence is None:
        return _occurrence(event, ONCE, _start(plan)) if day == ONCE else None
    when = parse_local(day)
    if when is None or not has_day(plan, day):
        return None
    return _occurrence(event, day, datetime.combine(when.date(), _start(plan).time()))


def occurrences(event: CalendarEvent, since: float, before: float) -> Iterator[Occurrence]:
    """Yield each time that ends after ``since`` and starts before ``before``, in order.

    Those that were cancelled are among them. ``before`` has to be finite.
    """
    found = takewhile(lambda each: each.starts_at < before + _MARGIN, _naturals(event, since))
    all_of_it = [*found, *_exceptions(event)]
    yield from sorted(
        each for each in all_of_it if each.ends_at > since and each.starts_at < before
    )


def next_occurrences(event: CalendarEvent, now: float, count: int) -> list[Occurrence]:
    """Return the next times that are not over, up to ``count`` of them."""
    found = islice((each for each in _naturals(event, now) if each.ends_at > now), count)
    moved = (each for each in _exceptions(event) if each.ends_at > now)
    return sorted([*found, *moved])[:count]


def last_occurrence(event: CalendarEvent) -> Occurrence | None:
    """Return the time with which a calendar event is over; None for a series without an end."""
    plan = event.plan
    if plan.recurrence is None:
        return _occurrence(event, ONCE, _start(plan))
    if plan.recurrence.until is None:
        return None
    found, first = list(_exceptions(event)), _start(plan)
    day = _last_day(first.date(), plan.recurrence, date.fromisoformat(plan.recurrence.until))
    while day is not None and day.isoformat() in event.exceptions:
        day = _last_day(first.date(), plan.recurrence, day - timedelta(days=1))
    if day is not None:
        found.append(_occurrence(event, day.isoformat(), datetime.combine(day, first.time())))
    return max(found, key=lambda each: each.ends_at)


def last_end(event: CalendarEvent) -> float:
    """Return when a calendar event is over for good; infinity for a series without an end."""
    last = last_occurrence(event)
    return float("inf") if last is None else last.ends_at


@lru_cache(maxsize=8192)
def _last_day(first: date, recurrence: Recurrence, until: date) -> date | None:
    """Return the last day of a series up to ``until``, which need not be one of its days."""
    span = _LOOK_BACK
    while until >= first:
        since = max(first, until - span)
        days = [each for each in days_of(first, recurrence, since) if each <= until]
        if days:
            return days[-1]
        if since == first:
            break
        span *= 4
    return None


def _naturals(event: CalendarEvent, since: float) -> Iterator[Occurrence]:
    """Yield each time that is not an exception, from some before ``since`` on."""
    plan = event.plan
    if plan.recurrence is None:
        yield _occurrence(event, ONCE, _start(plan))
        return
    time = _start(plan).time()
    first = local_time(max(since - plan.minutes * 60 - _MARGIN, 0), plan.zone).date()
    for day in _plan_days(plan, first):
        if day.isoformat() not in event.exceptions:
            yield _occurrence(event, day.isoformat(), datetime.combine(day, time))


def _exceptions(event: CalendarEvent) -> Iterator[Occurrence]:
    time = _start(event.plan).time()
    for day in event.exceptions:
        yield _occurrence(event, day, datetime.combine(date.fromisoformat(day), time))


def _occurrence(event: CalendarEvent, day: str, local: datetime) -> Occurrence:
    plan, change = event.plan, event.exceptions.get(day)
    cancelled, moved, notice = event.cancelled, False, event.notice if event.cancelled else ""
    if change is not None:
        moved = bool(change.moved_to)
        local = datetime.fromisoformat(change.moved_to) if moved else local
        cancelled = cancelled or change.cancelled
        notice = notice or change.notice
    at = instant(local, plan.zone)
    return Occurrence(at, at + plan.minutes * 60, day, local, cancelled, moved, notice)


def _plan_days(plan: Plan, since: date) -> Iterator[date]:
    assert plan.recurrence is not None
    return days_of(_start(plan).date(), plan.recurrence, since)


def _start(plan: Plan) -> datetime:
    return datetime.fromisoformat(plan.start)

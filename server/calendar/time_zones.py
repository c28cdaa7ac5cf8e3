"""Time zones as iCalendar tells them (RFC 5545, section 3.6.5), in a form that every reader knows.

Where clocks change by a rule like "the last Sunday of March", that rule is written: many readers
take no lists of dates. Where they do not, each change is told by itself, for some years ahead.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

YEARS = 12
"""Years that are looked at, from the year before a zone is first needed on."""
ENOUGH = 4
"""Years in a row in which clocks have to change alike for a rule to be seen in it."""
STEP = timedelta(days=7)
"""Clocks that change stay so for longer than this."""
LAST = -1
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class ClockChange:
    """A change of the clocks: ``at`` is the local time of it, by the offset from before."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str

    def fits(self, other: ClockChange) -> bool:
        """Whether this could be the same change in another year."""
        return (self.at.month, self.at.weekday(), self.at.time(), self.before, self.after) == (
            *(other.at.month, other.at.weekday(), other.at.time(), other.before, other.after),
        )

    @property
    def weeks(self) -> set[int]:
        """Which of its weekdays in its month the day is: the first is 1, and ``LAST``."""
        days = calendar.monthrange(self.at.year, self.at.month)[1]
        return {(self.at.day + 6) // 7} | ({LAST} if self.at.day + 7 > days else set())


@lru_cache(maxsize=1024)
def zone_component(zone: str, year: int) -> icalendar.Timezone:
    """Return the zone of this name, as it is from ``year`` on."""
    found, years = ZoneInfo(zone), range(year - 1, year - 1 + YEARS)
    changes = [list(_changes_in(found, each)) for each in years]
    begins = datetime(years[0], 1, 1)
    offset, name = _offset(begins, found), begins.replace(tzinfo=found).tzname() or zone
    component = icalendar.Timezone()
    component.add("tzid", zone)
    component.add_component(_observance(ClockChange(begins, offset, offset, name)))
    ruled, weeks = _rule_in(changes)
    for each in (each for year_of in changes[: len(years) - ruled] for each in year_of):
        component.add_component(_observance(each))
    for change, week in zip(changes[len(years) - ruled] if ruled else (), weeks, strict=True):
        rule = {
            "freq": "YEARLY",
            "bymonth": change.at.month,
            "byday": f"{week}{_DAYS[change.at.weekday()]}",
        }
        component.add_component(_observance(change, rule))
    return component


def _rule_in(changes: list[list[ClockChange]]) -> tuple[int, list[int]]:
    """Return in how many of the last years clocks change by a rule, and in which weeks."""
    newest = changes[-1]
    weeks = [each.weeks for each in newest]
    years = 0
    for year in reversed(changes):
        if len(year) != len(newest) or not all(map(ClockChange.fits, year, newest)):
            break
        common = [known & each.weeks for known, each in zip(weeks, year, strict=True)]
        if not all(common):
            break
        weeks, years = common, years + 1
    if years < ENOUGH or not newest:
        return 0, []
    return years, [min(each) for each in weeks]


def _changes_in(zone: tzinfo, year: int) -> Iterator[ClockChange]:
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    after = _offset_at(moment, zone)
    while moment < end:
        following = min(moment + STEP, end)
        before, after = after, _offset_at(following, zone)
        if before != after:
            at = _first_after(moment, following, zone)
            name = at.astimezone(zone).tzname() or ""
            yield ClockChange((at + before).replace(tzinfo=None), before, after, name)
        moment = following


def _first_after(early: datetime, late: datetime, zone: tzinfo) -> datetime:
    """Return the first second at which the offset is what it is at ``late``."""
    before = _offset_at(early, zone)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if _offset_at(middle, zone) == before:
            early = middle
        else:
            late = middle
    return late


def _offset_at(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _offset(local: datetime, zone: tzinfo) -> timedelta:
    return local.replace(tzinfo=zone).utcoffset() or timedelta()


def _observance(
    change: ClockChange, rule: dict[str, object] | None = None
) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    is_summer = change.after > change.before
    component = icalendar.TimezoneDaylight() if is_summer else icalendar.TimezoneStandard()
    component.add("dtstart", change.at)
    component.add("tzname", change.name)
    component.add("tzoffsetfrom", change.before)
    component.add("tzoffsetto", change.after)
    if rule is not None:
        component.add("rrule", rule)
    return component

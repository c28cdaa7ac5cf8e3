"""What is planned as iCalendar (RFC 5545), for calendars elsewhere.

Functions return bytes. An event keeps its UID, and its SEQUENCE is its version, so that a calendar
that has it already follows every change. What was cancelled is told as cancelled; what went out of
somebody's sight too, without its text. No file holds who comes, invites or passwords.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from roomcli.protocol.calendar import Recurrence
from roomcli.protocol.text import cleaned

from .rules import CalendarEvent, occurrence_on
from .rules.state import Withdrawal
from .rules.times import instant
from .time_zones import zone_component

REFRESH = timedelta(hours=1)
"""How often a calendar is asked to look at a feed again."""
_LONGEST = 500
_FREQUENCIES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}


def event_file(event: CalendarEvent, url: str) -> bytes:
    """Return one calendar event that the reader may see; ``url`` is the server's own address."""
    calendar = _empty("CANCEL" if event.cancelled else "PUBLISH")
    _add_event(calendar, event, url)
    return _written(calendar)


def feed_file(
    name: str,
    events: Iterable[CalendarEvent],
    url: str,
    withdrawn: Iterable[tuple[CalendarEvent, Withdrawal]] = (),
) -> bytes:
    """Return a feed of calendar events that the reader may see.

    ``withdrawn`` could be seen in this feed before, and cannot be seen any more.
    """
    calendar = _empty("PUBLISH")
    calendar.add("name", _plain(name))
    calendar.add("x-wr-calname", _plain(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    for event in events:
        _add_event(calendar, event, url)
    for event, gone in withdrawn:
        calendar.add_component(_gone(event, gone))
    return _written(calendar)


def uid(event: CalendarEvent) -> str:
    """Return the name by which all calendars know a calendar event."""
    return f"{event.id}@roomcli"


def _empty(method: str) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//roomcli//roomcli//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _written(calendar: icalendar.Calendar) -> bytes:
    needed: dict[str, int] = {}
    for event in calendar.events:
        start = event.DTSTART
        if isinstance(start, datetime) and isinstance(start.tzinfo, ZoneInfo):
            zone = start.tzinfo.key
            needed[zone] = min(needed.get(zone, start.year), start.year)
    calendar.subcomponents[:0] = [zone_component(*each) for each in sorted(needed.items())]
    written: bytes = calendar.to_ical()
    return written


def _add_event(calendar: icalendar.Calendar, event: CalendarEvent, url: str) -> None:
    main = _component(event, url, datetime.fromisoformat(event.plan.start))
    if event.plan.recurrence is not None:
        main.add("rrule", _rule(event.plan.recurrence, event))
    calendar.add_component(main)
    time = datetime.fromisoformat(event.plan.start).time()
    for day, change in sorted(event.exceptions.items()):
        occurrence = occurrence_on(event, day)
        if occurrence is None:
            continue
        one = _component(event, url, occurrence.local, change.notice, occurrence.cancelled)
        planned = datetime.combine(datetime.fromisoformat(day).date(), time)
        one.add("recurrence-id", _in_zone(planned, event.plan.zone))
        calendar.add_component(one)


def _component(
    event: CalendarEvent,
    url: str,
    start: datetime,
    notice: str = "",
    cancelled: bool = False,
) -> icalendar.Event:
    plan = event.plan
    component = _stub(event, start, plan.zone, plan.minutes, event.version)
    component.add("summary", _plain(plan.title))
    room = f"{url}/r/{plan.room}" if url.startswith("https://") and plan.room else ""
    lines = [notice or event.notice, *plan.agenda, room]
    text = "\n".join(_plain(each) for each in lines if each)
    if text:
        component.add("description", text)
    if plan.room:
        component.add("location", room or f"room {plan.room}")
    if url.startswith("https://"):
        component.add("url", f"{url}/e/{event.id}")
    component.add("status", "CANCELLED" if event.cancelled or cancelled else "CONFIRMED")
    component.add("class", "PUBLIC" if plan.visibility == "public" else "PRIVATE")
    component.add("created", _utc(event.planned_at))
    component.add("last-modified", _utc(event.changed_at))
    return component


def _gone(event: CalendarEvent, gone: Withdrawal) -> icalendar.Event:
    start = datetime.fromisoformat(gone.start)
    component = _stub(event, start, gone.zone, gone.minutes, gone.version, gone.at)
    component.add("status", "CANCELLED")
    return component


def _stub(
    event: CalendarEvent,
    start: datetime,
    zone: str,
    minutes: int,
    version: int,
    at: float | None = None,
) -> icalendar.Event:
    component = icalendar.Event()
    component.add("uid", uid(event))
    component.add("sequence", version)
    component.add("dtstamp", _utc(event.changed_at if at is None else at))
    component.add("dtstart", _in_zone(start, zone))
    end = datetime.fromtimestamp(instant(start, zone) + minutes * 60, UTC)
    component.add("dtend", end.astimezone(ZoneInfo(zone)))
    return component


def _rule(recurrence: Recurrence, event: CalendarEvent) -> dict[str, object]:
    rule: dict[str, object] = {"freq": _FREQUENCIES[recurrence.every]}
    if recurrence.interval != 1:
        rule["interval"] = recurrence.interval
    if recurrence.nth is not None:
        rule["byday"] = f"{recurrence.nth}{recurrence.weekdays[0].upper()}"
    elif recurrence.weekdays:
        rule["byday"] = [each.upper() for each in recurrence.weekdays]
        rule["wkst"] = "MO"
    if recurrence.until is not None:
        last = datetime.fromtimestamp(_last_of_rule(event, recurrence.until), UTC)
        rule["until"] = last
    return rule


def _last_of_rule(event: CalendarEvent, until: str) -> float:
    """Return the moment of the last start that a rule with this end can have."""
    time = datetime.fromisoformat(event.plan.start).time()
    return instant(datetime.combine(datetime.fromisoformat(until).date(), time), event.plan.zone)


def _in_zone(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)


def _plain(text: str) -> str:
    """Return text that holds no line break and nothing that is invisible, whoever kept it."""
    return cleaned(text, _LONGEST)

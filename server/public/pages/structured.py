"""What a page shows as schema.org has it (JSON-LD), for search engines and calendars."""

from __future__ import annotations

import json
from typing import Any

from .models import (
    CalendarEventLine,
    CalendarEventPage,
    CommunityPage,
    Page,
    PageLink,
    PersonPage,
)
from .times import iso

_STATUS = {True: "EventCancelled", False: "EventScheduled"}
# In HTML these end a script, or begin something: as \u… they are the same text to a JSON parser.
_ESCAPED = {ord(each): f"\\u{ord(each):04x}" for each in "<>&"}


def json_ld(page: Page, url: str) -> str:
    """Return the data about a page, safe within a ``script`` element; empty where there is none.

    ``url`` is the server's, without a slash at its end.
    """
    match page:
        case CalendarEventPage():
            things = [_event(page, each, url) for each in page.times]
        case CommunityPage():
            things = [_organization(page, url)]
        case PersonPage():
            things = [_person(page, url)]
        case _:
            return ""
    data = {"@context": "https://schema.org", "@graph": [_filled(each) for each in things]}
    return json.dumps(data, ensure_ascii=True).translate(_ESCAPED)


def _event(page: CalendarEventPage, time: CalendarEventLine, url: str) -> dict[str, Any]:
    return {
        "@type": "Event",
        "name": page.title,
        "url": f"{url}/e/{page.id}",
        "description": "\n".join(page.agenda),
        "startDate": iso(time.starts_at, time.zone),
        "endDate": iso(time.ends_at, time.zone),
        "eventStatus": f"https://schema.org/{_STATUS[page.cancelled or time.cancelled]}",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": {
            "@type": "VirtualLocation",
            "url": f"{url}/r/{page.room}" if page.room else f"{url}/e/{page.id}",
        },
        "organizer": [
            *([_named("Organization", page.community, url)] if page.community else []),
            *(_named("Person", each, url) for each in page.organisers),
        ],
        "performer": [_named("Person", each, url) for each in page.speakers],
        "maximumVirtualAttendeeCapacity": page.capacity,
        "isAccessibleForFree": True,
    }


def _organization(page: CommunityPage, url: str) -> dict[str, Any]:
    return {
        "@type": "Organization",
        "name": page.name,
        "url": f"{url}/c/{page.id}",
        "description": "\n".join(filter(None, (page.summary, *page.about))),
        "foundingDate": iso(page.founded_at)[:10] if page.founded_at else None,
    }


def _person(page: PersonPage, url: str) -> dict[str, Any]:
    proven = [each.link.href for each in page.claims if each.link is not None]
    return {
        "@type": "Person",
        "name": page.name,
        "url": f"{url}/p/{page.id}",
        "description": page.bio or page.headline,
        "jobTitle": page.headline,
        "worksFor": {"@type": "Organization", "name": page.company} if page.company else None,
        "homeLocation": {"@type": "Place", "name": page.location} if page.location else None,
        "sameAs": list(dict.fromkeys([*proven, *(each.href for each in page.links)])),
    }


def _named(kind: str, who: PageLink, url: str) -> dict[str, Any]:
    return _filled(
        {"@type": kind, "name": who.name, "url": f"{url}/{who.path}" if who.path else None}
    )


def _filled(thing: dict[str, Any]) -> dict[str, Any]:
    """Return a thing without what is not known of it."""
    return {name: value for name, value in thing.items() if value not in (None, "", [])}

"""Tests of the data about pages that search engines read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from server.public.pages.structured import json_ld

from .samples import CALENDAR_EVENT, COMMUNITY, PAGES, PERSON, VECTORS

URL = "https://rooms.example.org/talk"


def graph(page: Any) -> list[dict[str, Any]]:
    """Return the things that a page tells of."""
    data = json.loads(json_ld(page, URL))
    assert data["@context"] == "https://schema.org"
    things: list[dict[str, Any]] = data["@graph"]
    return things


def test_each_time_of_an_event_is_told_with_when_where_and_by_whom() -> None:
    first, _, cancelled = graph(CALENDAR_EVENT)
    assert first == {
        "@type": "Event",
        "name": "Middlemarch, slowly",
        "url": f"{URL}/e/evt1",
        "description": "Chapters 5 to 9, in the Oxford edition\nWho reads what aloud next time",
        "startDate": "2026-12-01T18:30:00+01:00",
        "endDate": "2026-12-01T20:00:00+01:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": f"{URL}/r/book-club"},
        "organizer": [
            {"@type": "Organization", "name": "Readers of long books", "url": f"{URL}/c/readers"},
            {"@type": "Person", "name": "Ann Meyer", "url": f"{URL}/p/ann1"},
        ],
        "performer": [
            {"@type": "Person", "name": "Ben Okafor"},
            {"@type": "Person", "name": "Cho Min-seo", "url": f"{URL}/p/cho1"},
        ],
        "maximumVirtualAttendeeCapacity": 40,
        "isAccessibleForFree": True,
    }
    assert cancelled["eventStatus"] == "https://schema.org/EventCancelled"
    called_off = graph(replace(CALENDAR_EVENT, cancelled=True))
    assert {each["eventStatus"] for each in called_off} == {cancelled["eventStatus"]}


def test_a_community_is_an_organization() -> None:
    (told,) = graph(COMMUNITY)
    assert (told["@type"], told["name"]) == ("Organization", "Readers of long books")
    assert told["foundingDate"] == "2025-10-27"


def test_a_person_is_told_with_what_they_filled_in_and_nothing_else() -> None:
    (told,) = graph(PERSON)
    assert told["worksFor"] == {"@type": "Organization", "name": "Acme"}
    assert told["sameAs"] == ["https://ann.example/", "https://acme.example/b"]
    (bare,) = graph(
        replace(PERSON, company="", location="", bio="", headline="", links=(), claims=())
    )
    assert bare.keys() == {"@type", "name", "url"}


def test_rooms_servers_and_lists_tell_nothing() -> None:
    assert [name for name in PAGES if not json_ld(PAGES[name], URL)] == [
        "server",
        "room",
        "hidden-room",
        "further",
    ]


@pytest.mark.parametrize("text", VECTORS, ids=ascii)
def test_no_text_ends_the_script_and_each_is_what_it_was(text: str) -> None:
    data = json_ld(replace(CALENDAR_EVENT, title=text), URL)
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["@graph"][0]["name"] == text

"""Tests of feeds of what is coming up."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import feedparser
import pytest
from msgspec.structs import replace

from server.public.pages.atom import atom_feed
from server.public.pages.models import EventFeed
from server.public.pages.plain_text import without_controls

from .reading import poisoned, shape
from .samples import EVENTS, NOW, VECTORS, time_of

URL = "https://rooms.example.org:8443/talk"
FEED = EventFeed(
    title="Readers of long books",
    path="c/readers.atom",
    page_path="c/readers",
    author="rooms.example.org",
    events=tuple(replace(each, updated_at=NOW - 60 * n) for n, each in enumerate(EVENTS)),
    updated_at=NOW - 86400,
)


def test_another_parser_reads_all_that_is_coming_up() -> None:
    read = feedparser.parse(atom_feed(FEED, URL))
    assert (read.version, read.bozo) == ("atom10", False)
    assert read.feed.title == "Readers of long books"
    assert read.feed.id == "tag:rooms.example.org,2026:c/readers.atom"
    assert read.feed.updated == "2026-12-01T14:00:00+00:00"
    assert [(each.rel, each.href) for each in read.feed.links] == [
        ("self", f"{URL}/c/readers.atom"),
        ("alternate", f"{URL}/c/readers"),
    ]
    first, _, last = read.entries
    assert (first.title, first.link) == ("Middlemarch, slowly", f"{URL}/e/evt1")
    assert first.summary == "Tuesday, 1 December 2026, 18:30\N{EN DASH}20:00 (Europe/Paris, UTC+1)"
    assert last.title == "Cancelled: A night of short talks"


def test_a_series_is_one_entry_and_is_new_again_when_it_is_changed() -> None:
    events = (time_of(0), time_of(35))
    (entry,) = feedparser.parse(atom_feed(replace(FEED, events=events), URL)).entries
    changed = tuple(replace(each, updated_at=NOW) for each in events)
    (later,) = feedparser.parse(atom_feed(replace(FEED, events=changed), URL)).entries
    assert entry.id == later.id
    assert entry.updated < later.updated


def test_a_server_has_the_same_names_for_things_by_whatever_port_and_path() -> None:
    ids = {
        feedparser.parse(atom_feed(FEED, url)).feed.id for url in (URL, "http://rooms.example.org")
    }
    assert len(ids) == 1
    assert feedparser.parse(atom_feed(FEED, "https://[::1]:7420")).feed.id.startswith("tag:--1,")


@pytest.mark.parametrize("text", VECTORS, ids=ascii)
def test_no_text_leaves_its_place(text: str) -> None:
    harmless, tree = (fromstring(atom_feed(poisoned(FEED, each), URL)) for each in ("x", text))
    assert shape(tree) == shape(harmless)
    assert tree.findtext("{*}title") == without_controls(text)
    assert not feedparser.parse(atom_feed(poisoned(FEED, text), URL)).bozo

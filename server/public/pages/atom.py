"""What is coming up as an Atom feed (RFC 4287)."""

from __future__ import annotations

from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from . import times
from .models import EventFeed
from .plain_text import without_controls

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"


def atom_feed(feed: EventFeed, url: str) -> bytes:
    """Return a feed as XML; ``url`` is the server's, without a slash at its end.

    An event is one entry, however often it takes place: its id stays the same for good, and it is
    new again when somebody changes it.
    """
    root = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en"})
    _add(root, "id", _tag(url, feed.path))
    _add(root, "title", feed.title)
    newest = max([feed.updated_at, *(each.updated_at for each in feed.events)])
    _add(root, "updated", times.iso(newest))
    _link(root, "self", f"{url}/{feed.path}")
    _link(root, "alternate", f"{url}/{feed.page_path}")
    _add(SubElement(root, "author"), "name", feed.author)
    seen: set[str] = set()
    for event in feed.events:
        if event.id in seen:
            continue
        seen.add(event.id)
        path = f"e/{event.id}"
        entry = SubElement(root, "entry")
        _add(entry, "id", _tag(url, path))
        _add(entry, "title", f"Cancelled: {event.title}" if event.cancelled else event.title)
        _add(entry, "updated", times.iso(event.updated_at))
        _link(entry, "alternate", f"{url}/{path}")
        when = (
            f"{times.day(event.starts_at, event.zone)},"
            f" {times.span(event.starts_at, event.ends_at, event.zone)}"
            f" ({times.zone_words(event.starts_at, event.zone)})"
        )
        _add(entry, "summary", when)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = without_controls(text)


def _link(parent: Element, rel: str, address: str) -> None:
    SubElement(parent, "link", {"rel": rel, "href": without_controls(address)})


def _tag(url: str, path: str) -> str:
    """Return a name for what is at this path that no other server gives (RFC 4151)."""
    host = (urlsplit(url).hostname or "").replace(":", "-")
    return f"tag:{host},2026:{path}"

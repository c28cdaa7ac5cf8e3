"""Reads pages as browsers do, and puts hostile texts into them."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from msgspec import Struct
from msgspec.structs import asdict, replace

from server.public.pages.links import OutsideLink
from server.public.pages.models import Page
from server.public.pages.rendering import PagePlace, render

from .samples import NOW

PLACE = PagePlace(url="https://rooms.example.org/talk", root="../")
TELLING = ("class", "rel", "id", "lang", "dir", "type", "role", "name", "property", "aria-hidden")
"""Attributes in which there is no text of a stranger."""


def read(html: bytes) -> Element:
    """Return a page as a tree, as a browser that runs no scripts has it."""
    tree: Element = html5lib.HTMLParser(namespaceHTMLElements=False).parse(html)
    return tree


def read_page(page: Page) -> Element:
    """Return a page of the sample server as a tree."""
    return read(render(page, PLACE, NOW))


def shape(tree: Element) -> list[tuple[Any, ...]]:
    """Return all elements in order, with their attributes but for those that hold texts."""
    return [
        (
            each.tag,
            *((name, each.get(name) if name in TELLING else "") for name in sorted(each.keys())),
        )
        for each in tree.iter()
        if isinstance(each.tag, str)
    ]


def text_of(element: Element) -> str:
    """Return the text within an element."""
    return "".join(element.itertext())


def poisoned(thing: Any, text: str) -> Any:
    """Return a page with this text in every field that holds some; links stay as they are."""
    if isinstance(thing, str):
        return text if thing else ""
    if isinstance(thing, tuple):
        return tuple(poisoned(each, text) for each in thing)
    if isinstance(thing, Struct) and not isinstance(thing, OutsideLink):
        return replace(
            thing, **{name: poisoned(value, text) for name, value in asdict(thing).items()}
        )
    return thing

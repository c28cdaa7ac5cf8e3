"""Tests of pages as HTML: structure, contrast, and that no text of a stranger leaves its place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import server.public.pages.rendering
from roomcli.frontends.tui.keys import Keymap
from server.public.pages.links import outside_link
from server.public.pages.models import ServerPage
from server.public.pages.plain_text import without_controls
from server.public.pages.rendering import ICON, STYLE, PagePlace, render

from .... import ROOT
from .reading import PLACE, poisoned, read, read_page, shape, text_of
from .samples import ALL, NOW, PAGES, PERSON, URL_VECTORS, VECTORS

CSS = STYLE.content.decode()
PAIRS = (
    *(("text", on) for on in ("background", "raised")),
    *(("quiet", on) for on in ("background", "raised")),
    *(("link", on) for on in ("background", "raised")),
    *(("warning", on) for on in ("background", "raised")),
    *(("live", on) for on in ("background", "raised")),
)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("text", VECTORS, ids=ascii)
def test_no_text_leaves_its_place(name: str, text: str) -> None:
    stays_in_place(name, text)


@settings(max_examples=60)
@given(st.sampled_from(sorted(PAGES)), st.text(min_size=1), st.sampled_from(VECTORS))
@example("person", "<", "<b>")
@example("event", "&#60;b&#62;", "&lt;")
def test_no_text_whatever_leaves_its_place(name: str, text: str, vector: str) -> None:
    stays_in_place(name, text + vector)


def stays_in_place(name: str, text: str) -> None:
    """Fail unless a page with this text everywhere is built as one with a harmless text."""
    harmless, tree = (read_page(poisoned(PAGES[name], each)) for each in ("harmless", text))
    assert shape(tree) == shape(harmless)
    for link in tree.iter("a"):
        target = urljoin("https://rooms.example.org/talk/p/x", link.get("href", ""))
        own = target.startswith("https://rooms.example.org/talk/")
        assert own or link.get("rel") == "nofollow noopener ugc"
    (title,) = tree.iter("h1")
    if name != "server":
        assert without_controls(text) in text_of(title)
    for script in tree.iter("script"):
        assert not set("<>&") & set(text_of(script))
        assert any(text in each for each in strings(json.loads(text_of(script))))


def strings(data: Any) -> Iterator[str]:
    """Yield all texts in JSON data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from strings(each)


@pytest.mark.parametrize("name", ALL)
def test_pages_are_html_without_a_fault(name: str) -> None:
    html5lib.HTMLParser(strict=True).parse(render(ALL[name], PLACE, NOW))


@pytest.mark.parametrize("name", ALL)
def test_a_page_can_be_walked_by_its_landmarks_and_headings(name: str) -> None:
    tree = read_page(ALL[name])
    assert (tree.get("lang"), [each.tag for each in tree.find("body") or ()]) == (
        "en",
        ["header", "main", "footer"],
    )
    levels = [int(each.tag[1]) for each in tree.iter() if re.fullmatch("h[1-6]", str(each.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [each.get("id") for each in tree.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    named = [each.get("aria-labelledby") for each in tree.iter("section")]
    assert set(named) == set(ids)
    for link in tree.iter("a"):
        assert text_of(link).strip()
    (viewport,) = (each for each in tree.iter("meta") if each.get("name") == "viewport")
    assert viewport.get("content") == "width=device-width, initial-scale=1"  # people may zoom


@pytest.mark.parametrize("name", ALL)
def test_a_page_has_nothing_that_its_policy_forbids(name: str) -> None:
    tree = read_page(ALL[name])
    assert {each.get("type") for each in tree.iter("script")} <= {"application/ld+json"}
    assert not list(tree.iter("style")) + list(tree.iter("base")) + list(tree.iter("form"))
    assert not [
        each for each in tree.iter() if any(a.startswith(("on", "style")) for a in each.attrib)
    ]
    for link in tree.iter("link"):
        assert link.get("href", "").startswith("../")


@pytest.mark.parametrize("url", URL_VECTORS, ids=ascii)
def test_no_page_links_to_what_is_no_address_of_the_web(url: str) -> None:
    assert outside_link(url) is None


def test_links_of_a_person_lead_where_they_say() -> None:
    tree = read_page(PERSON)
    outside = [each for each in tree.iter("a") if each.get("rel")]
    assert [each.get("href") for each in outside] == [
        "https://ann.example/",
        "https://ann.example/",
        "https://acme.example/b",
    ]
    assert {each.get("rel") for each in outside} == {"nofollow noopener ugc"}


def test_the_line_to_copy_has_the_pin_of_a_certificate_that_nobody_knows() -> None:
    place = PagePlace(url="https://127.0.0.1:7420", root="../", pin="ab" * 32)
    *_, line = command_lines(read(render(PAGES["room"], place, NOW)))
    assert line == f"roomcli join 'https://127.0.0.1:7420/r/standup#pin={'ab' * 32}'"


@pytest.mark.parametrize("name", ["room", "hidden-room"])
def test_who_never_heard_of_roomcli_is_told_how_to_come_in(name: str) -> None:
    tree = read_page(PAGES[name])
    assert list(command_lines(tree)) == [
        "pipx install .",
        "roomcli doctor",
        "roomcli join 'https://rooms.example.org/talk/r/standup'",
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    text = " ".join(text_of(tree).split())
    assert f"Python {oldest} or newer" in text
    assert "everybody else listens" in text
    sentences = text.partition("When you are in ")[2].split(". ")[0].split(", ")
    doing = ("raise_hand", "push_to_talk", "write", "help", "leave")
    keys = [shown_key(Keymap().shown(action)) for action in doing]
    assert [each.split()[0] for each in sentences] == keys


def shown_key(key: str) -> str:
    """Return a key as it is written on keyboards."""
    return key.title() if len(key) > 1 else key


def command_lines(tree: Element) -> Iterator[str]:
    """Yield the lines to copy."""
    return (text_of(each) for each in tree.iter("pre"))


def test_a_room_that_is_hidden_looks_as_one_that_is_not_there() -> None:
    hidden = text_of(read_page(PAGES["hidden-room"]))
    for word in ("Live now", "listeners", "Ann Meyer", "locked"):
        assert word not in hidden
        assert word not in text_of(read_page(replace(PAGES["hidden-room"], name="other")))


def test_an_empty_server_says_how_to_come_in() -> None:
    text = text_of(read_page(ServerPage()))
    assert "No listed room is open" in text
    lines = list(command_lines(read_page(ServerPage())))
    assert lines == ["pipx install .", "roomcli lobby --server 'https://rooms.example.org/talk'"]
    assert "Coming up" not in text


def test_files_of_pages_are_named_by_their_content() -> None:
    for asset, name in ((STYLE, "style.css"), (ICON, "icon.svg")):
        assert re.fullmatch(r"[a-z]+-[0-9a-f]{16}\.(css|svg)", asset.path)
        folder = Path(server.public.pages.rendering.__file__).parent
        assert asset.content == (folder / name).read_bytes()
    assert "@import" not in CSS
    assert "url(" not in CSS


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_everybody_can_tell_text_from_its_ground(scheme: str, ink: str, paper: str) -> None:
    colours = variables(scheme)
    assert contrast(colours[ink], colours[paper]) >= 4.5  # WCAG 2.2, 1.4.3


def test_body_text_is_easy_to_read() -> None:
    for scheme in ("light", "dark"):
        colours = variables(scheme)
        assert contrast(colours["text"], colours["background"]) >= 7  # WCAG 2.2, 1.4.6
        assert contrast(colours["live"], colours["background"]) >= 3


def variables(scheme: str) -> dict[str, str]:
    """Return the colours of the style sheet in a colour scheme."""
    light, _, dark = CSS.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        changed = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", dark.partition("\n}\n")[0]))
        assert changed.keys() == found.keys(), "each colour has one for the night"
        return changed
    return found


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

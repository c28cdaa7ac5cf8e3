"""Tests of the recording of the demo: what moves in it, and that a README can show it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from .animation import STEP, Picture, Run, animation
from .recording import FILE

LARGEST = 1_000_000
"""Bytes of a picture that a README loads at once."""


def screen(*texts: str) -> Picture:
    """Return a picture with these rows."""
    return tuple((Run(0, text, "#ffffff", "#000000", ""),) for text in texts)


def test_a_row_moves_only_when_it_changes_and_is_there_once() -> None:
    shown = [screen("still", text) for text in ("one", "two", "two", "one")]
    svg = animation(shown, 0.5, "a <title>", still=1)
    ElementTree.fromstring(svg)
    assert [svg.count(f">{text}<") for text in ("still", "one", "two")] == [1, 1, 1]
    assert "@keyframes r0" not in svg
    moves = re.search(r"@keyframes r1\{(.*?)\}\}", svg)
    assert moves is not None
    assert re.findall(r"([\d.]+)%\{transform:translateY\((-?\d+)px", moves[1]) == [
        ("0", "0"),
        ("25", str(-STEP)),
        ("75", "0"),
    ]
    assert "animation:r1 2s step-end infinite" in svg
    assert f".r1{{transform:translateY({-STEP}px)" in svg


def test_the_recording_is_a_small_picture_that_needs_nothing_else() -> None:
    svg = FILE.read_text("utf-8")
    root = ElementTree.fromstring(svg)
    assert len(svg.encode()) < LARGEST
    assert not [each for each in root.iter() if each.tag.endswith(("script", "image"))]
    assert "url(" not in svg
    for seen in ("Carla", "Is that Morse?", "smoke alarm", "@Gwen"):
        assert seen in svg

"""Tests of what a terminal sends: keys and text arrive, and other input does nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from roomcli.frontends.tui.keystrokes import MOST_CELLS, Keystrokes

LETTERS = "aé\u0416漢🎉z"
FLUSH = b"\x1b[201~" + b"x" * 40
"""Bytes that end a paste, and whatever an escape may have begun."""


def typed(*reads: bytes) -> str:
    """Return the text that these reads put into a line."""
    return "".join(
        event.character or event.key for event in told(*reads) if isinstance(event, events.Key)
    )


def told(*reads: bytes) -> list[Message]:
    """Return every event that these reads lead to."""
    keys = Keystrokes()
    return [event for data in reads for event in keys.feed(data)]


@pytest.mark.parametrize(
    "nothing",
    [
        b"\xe9",
        b"\xff\xfe",
        b"\xe2\x82",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
        b"\x1b[M\xe9\xff\xb1",
        b"\x1b[M !!",
        b"\x1b[55296u",
        b"\x1b[97;;55296u",
        b"\x1b[1114112u",
        b"\x1b[97;;99999999u",
        b"\x1b[97:65;2u",
        b"\x1b[48;0;0;0;0t",
        b"\x1b[48;99999;99999;9;9t",
    ],
)
def test_what_is_no_key_does_nothing(nothing: bytes) -> None:
    assert typed(nothing + b"a") == "a"
    for place in range(1, len(nothing)):
        if nothing[0] != 0x1B:  # half an escape waits for the rest
            assert typed(nothing[:place], nothing[place:], b"a") == "a"
    sizes = [event.size for event in told(nothing) if isinstance(event, events.Resize)]
    assert sizes == []


def test_an_old_report_of_the_mouse_swallows_no_key_wherever_a_read_ends() -> None:
    report = b"\x1b[M\xa0\xe9\xc3"
    for place in range(len(report) + 1):
        assert typed(b"a" + report[:place], report[place:] + b"\xc3\xa9b") == "aéb"


def test_a_letter_in_two_reads_arrives() -> None:
    data = LETTERS.encode()
    for place in range(len(data) + 1):
        assert typed(data[:place], data[place:]) == LETTERS


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_end_the_reading(reads: list[bytes]) -> None:
    keys = Keystrokes()
    for data in (*reads, FLUSH):
        seen = [*keys.feed(data), *keys.tick()]
        for event in seen:
            if isinstance(event, events.Resize):
                assert max(event.size) <= MOST_CELLS
            if isinstance(event, events.Key):
                (event.character or "").encode()
    assert [event.key for event in keys.feed(b"q") if isinstance(event, events.Key)] == ["q"]
    assert list(keys.feed(b"", final=True)) == []


def test_pasted_text_brings_no_controls_with_it() -> None:
    pasted = b"\x1b[200~one\x07 t\x00w\xc2\x9bo\xff\r\nthree\x1b[201~"
    (event,) = told(pasted)
    assert isinstance(event, events.Paste)
    assert event.text.splitlines()[0] == "one two"

"""Tests that docs/scripting.md names all local commands, events and codes."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from roomcli.engine import inbox
from roomcli.engine.channel import MAX_LINE, MAX_QUEUED
from roomcli.engine.summary import summary
from roomcli.frontends.grammar.aliases import ALIASES
from roomcli.frontends.grammar.search import MOST_PAGES
from roomcli.protocol.adjustment import AdjustingCommand
from roomcli.protocol.local import (
    FrontendCommand,
    LocalCommand,
    LocalEvent,
    MicrophoneReason,
    ReadRoom,
    SignOnByBrowser,
)
from roomcli.protocol.playing import Playing
from server.rooms.rules.questions import PEOPLE_PER_PAGE

from .. import ROOT
from ..support.fake_room import make_view
from .test_protocol import fields_of, literals, names, rows, tag_of

DOCUMENT = (ROOT / "docs" / "scripting.md").read_text("utf-8")
WORDS = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", DOCUMENT))))
TYPED = get_args(LocalCommand | AdjustingCommand | SignOnByBrowser)
COMMANDS = (*TYPED, *get_args(FrontendCommand), ReadRoom)
EVENTS = get_args(LocalEvent)


def row(name: str) -> str:
    """Return the row of the tables whose first cell has a name."""
    (found,) = [each for each in rows(DOCUMENT) if name in names(each[0])]
    return " | ".join(found)


@pytest.mark.parametrize("struct", [*COMMANDS, *EVENTS], ids=lambda each: each.__name__)
def test_each_has_a_row_with_its_fields_and_their_values(struct: type) -> None:
    told = row(tag_of(struct))
    for field in fields_of(struct):
        if field.name == "ref" and struct in COMMANDS:
            continue
        assert f"`{field.name}`" in told
        for value in literals(field.type):
            assert f"`{value}`" in told


def test_nothing_is_told_that_there_is_not() -> None:
    known = {tag_of(each) for each in (*COMMANDS, *EVENTS)}
    assert {name for each in rows(DOCUMENT) for name in names(each[0])} - known <= {
        "command",
        "event",
    }
    assert all(reason in row("microphone") for reason in get_args(MicrophoneReason))


def test_every_code_of_the_engines_is_told() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "roomcli/engine").rglob("*.py"))
    codes = set(re.findall(r'(?:code=|Ending\(|ProtocolError\()"(\w+)"', source))
    source = "".join(path.read_text("utf-8") for path in (ROOT / "roomcli/frontends").rglob("*.py"))
    codes |= set(re.findall(r'(?:Left\(code=|Unclear\(.*, )"(\w+)"', source))
    assert {"no_microphone", "several_people", "engine"} <= codes
    assert codes <= WORDS
    source = "".join(path.read_text("utf-8") for path in (ROOT / "server").rglob("*.py"))
    assert set(re.findall(r'news\.tell\("(\w+)"', source)) <= WORDS


def test_numbers_and_words_are_those_of_the_code() -> None:
    for number in (MAX_LINE, MAX_QUEUED, MOST_PAGES * PEOPLE_PER_PAGE):
        assert f"{number:,}" in DOCUMENT
    assert inbox.MAX_EARLY == 100
    assert "A hundred" in DOCUMENT
    assert set(" ".join(ALIASES).split()) <= WORDS
    playing = Playing(name="talk.mp3", state="playing")
    state = summary(
        make_view("host"),
        "standup",
        on_air=False,
        connected=True,
        adjustments={},
        playing=playing,
    )
    assert {*state, *state["people"][0], *state["playing"]} <= WORDS

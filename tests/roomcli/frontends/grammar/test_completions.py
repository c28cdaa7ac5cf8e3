"""Tests of completions: what a begun line may become, and for whom."""

from __future__ import annotations

from typing import get_args

import pytest

from roomcli.frontends.grammar.completions import completions
from roomcli.frontends.grammar.slash import parse
from roomcli.frontends.grammar.usage import COMMANDS
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.adjustment import AdjustingCommand
from roomcli.protocol.local import LocalCommand, SignOnByBrowser
from roomcli.protocol.permissions import PERMISSIONS

from .listed_room import KNOCKERS, seated


@pytest.mark.parametrize(
    ("prefix", "lines"),
    [
        ("/rea", ["/react ", "/read_chat ", "/read_community_log ", "/read_log "]),
        ("/lo", ["/lower_hand", "/lower_all_hands", "/lock"]),
        ("/silence b", ["/silence Ben Okafor "]),
        ("/silence ben ok", ["/silence Ben Okafor "]),
        ("/silence tro", []),
        ("/ban tro", ["/ban Troy Troll "]),
        ("/report Ben Okafor ha", ["/report Ben Okafor harassment", "/report Ben Okafor hate"]),
        ("/make_room_invite sp", ["/make_room_invite speaker"]),
        ("/make_room_invite speaker us", ["/make_room_invite speaker uses="]),
        ("/change_settings or", ["/change_settings order="]),
        ("/change_settings order=fair fl", ["/change_settings order=fair floor_seconds="]),
        ("/list_people l", ["/list_people left"]),
        ("/dance ", []),
        ("hello @be", ["hello @Ben Okafor "]),
        ("mail@be", []),
        ("hello", []),
        ("", []),
    ],
)
def test_completions(prefix: str, lines: list[str]) -> None:
    assert completions(prefix, seated()) == lines


def test_nobody_is_offered_what_they_may_not() -> None:
    offered = {role: completions("/", seated(role)) for role in ("listener", "cohost", "host")}
    assert "/ban " not in offered["listener"]
    assert "/ban " in offered["cohost"]
    assert "/hand_over " not in offered["cohost"]
    assert "/raise_hand " in offered["listener"]
    assert "/raise_hand " not in offered["host"]
    for role in ("listener", "cohost", "host"):
        names = {each.strip("/ ") for each in offered[role]}
        machines = LocalCommand | AdjustingCommand | SignOnByBrowser
        for_all = get_args(c.Leave | machines | c.DeskCommand)
        own = {each for each in COMMANDS if COMMANDS[each] in for_all}
        given = {each for each in COMMANDS.keys() - own if role in PERMISSIONS[COMMANDS[each]].who}
        assert names == own | given


def test_who_knocks_is_completed_and_where_nobody_does_that_is_said() -> None:
    assert completions("/answer_knock Do", seated()) == ["/answer_knock Dora Knocker "]
    model = seated()
    for each in KNOCKERS:
        model.receive(e.KnockSettled(person=each.id, answer="gone"), 0.0, 0.0)
    assert parse("/answer_knock", model) == "Nobody knocks"

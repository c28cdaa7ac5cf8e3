"""Tests of what screens show, as pure functions: what one may do with whom, hints, cards."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.tui.keys import Keymap
from roomcli.frontends.tui.moderation import acts_on, acts_on_who_left, everyone, subject
from roomcli.frontends.tui.widgets.key_hints import fitting, hints
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Role
from roomcli.protocol.view import RoomView

from ....support.fake_room import WALL, YOU, entered, make_view

OPEN = local.Microphone(open=True)
SANCTIONS = ("remove", "ban", "report")


def view_of(role: Role) -> RoomView:
    """Return the view of the scripted room for a role."""
    return make_view(role, 4, WALL)


@pytest.mark.parametrize(
    ("role", "id", "acts"),
    [
        ("host", None, ()),
        ("host", YOU, ()),
        ("listener", "ben1", ("report",)),
        ("speaker", "fay1", ("report",)),
        ("cohost", "ann1", ("report",)),
        ("host", "fay1", ("accept_hand", "decline_hand", *SANCTIONS)),
        ("host", "p0", ("invite_to_stage", *SANCTIONS)),
        ("cohost", "cho1", ("move_to_audience", "silence", "ask_to_unmute", *SANCTIONS)),
        (
            "host",
            "cho1",
            (
                "move_to_audience",
                "silence",
                "ask_to_unmute",
                "make_cohost",
                "hand_over",
                *SANCTIONS,
            ),
        ),
        (
            "host",
            "dee1",
            ("move_to_audience", "ask_to_unmute", "make_cohost", "hand_over", *SANCTIONS),
        ),
        ("host", "ben1", ("move_to_audience", "silence", "hand_over", *SANCTIONS)),
    ],
)
def test_what_may_be_done_with_whom(role: Role, id: str | None, acts: tuple[str, ...]) -> None:
    assert acts_on(view_of(role), id) == acts


def test_a_cohost_asks_another_to_unmute_who_is_not_silenced() -> None:
    view = view_of("cohost")
    ben = replace(view.stage["ben1"], role="cohost", muted=True)
    assert acts_on(replace(view, stage={**view.stage, "ben1": ben}), "ben1") == (
        "ask_to_unmute",
        "report",
    )
    silenced = replace(ben, silenced=True)
    assert acts_on(replace(view, stage={**view.stage, "ben1": silenced}), "ben1") == ("report",)


def test_whoever_is_invited_is_not_invited_twice() -> None:
    view = replace(view_of("host"), stage_invitations={"p0": YOU})
    assert acts_on(view, "p0") == SANCTIONS


def test_who_left_can_still_be_banned_and_reported() -> None:
    assert acts_on_who_left(view_of("host")) == ("ban", "report")
    assert acts_on_who_left(view_of("listener")) == ("report",)
    assert acts_on_who_left(None) == ()


def test_time_is_given_where_turns_end_and_to_whoever_needs_it_first() -> None:
    turns = (
        e.TurnSet(id="cho1", ends_at=WALL + 90),
        e.TurnSet(id="eli1", ends_at=WALL + 60),
        e.TurnSet(id=YOU, ends_at=WALL + 30),
    )
    view = entered("host", *turns).view
    assert "give_time" in acts_on(view, "cho1")
    assert "give_time" not in acts_on(view, "ben1")
    assert subject(view, "give_time", None) == "eli1"
    assert subject(view, "give_time", "cho1") == "cho1"
    assert subject(view, "accept_hand", None) == "fay1"
    assert subject(view, "ban", None) is None


def test_everyone_is_stage_then_hands_then_front_rows() -> None:
    people = everyone(view_of("host"))
    assert people[:2] == ("ann1", "ben1")
    assert people[6:10] == ("fay1", "gus1", "hal1", "p0")
    assert everyone(None) == ()


@pytest.mark.parametrize("role", ["host", "cohost", "speaker", "listener"])
@pytest.mark.parametrize("picked", [None, "ben1", "fay1", "p0"])
def test_hints_fit_and_end_with_help_and_leave(role: Role, picked: str | None) -> None:
    keymap = Keymap()
    for events in ((), (OPEN,), (e.Silenced(id=YOU, by="ANN1"),)):
        facts = hints(entered(role, *events), keymap, picked, None)
        for width in (40, 78, 116):
            shown = fitting(facts, width)
            assert [hint.label for hint in shown[-2:]] == ["Help", "Leave"]
            assert sum(hint.width + 2 for hint in shown) - 2 <= width
        assert len(fitting(facts, 78)) >= 5


def test_the_first_hint_is_the_key_of_the_moment() -> None:
    def first(role: Role, picked: str | None = None, keymap: Keymap | None = None) -> str:
        return hints(entered(role), keymap or Keymap(), picked, None).offered[0].key

    assert first("listener") == "h"
    assert first("speaker") == "space"
    assert first("host", "ben1") == "Enter"
    assert first("listener", keymap=Keymap({"raise_hand": "j"})) == "j"

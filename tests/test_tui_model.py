"""What the screens show, as pure functions: what one may do with whom, hints, cards."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.tui.key_hints import ALWAYS, fitting, hints
from roomcli.frontends.tui.moderation import acts_on, everyone
from roomcli.frontends.tui.stage import columns_for
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Person, Role
from roomcli.protocol.room import RoomView

from .fake_room import WALL, YOU, entered, make_view

ME = Person(YOU, "Robin Keller")
OPEN = local.Microphone(open=True)
SHUT = local.Microphone(open=False)
BROKEN = local.Connection(state="reconnecting")


def view_of(role: Role) -> RoomView:
    """The scripted room, seen by this role."""
    return make_view(role, 4, WALL)


@pytest.mark.parametrize(
    ("role", "id", "acts"),
    [
        ("listener", "ben1", ()),
        ("speaker", "fay1", ()),
        ("host", YOU, ()),
        ("host", "fay1", ("accept_hand", "decline_hand", "remove")),
        ("host", "p0", ("invite_to_stage", "remove")),
        ("host", "cho1", ("silence", "ask_to_unmute", "make_cohost", "hand_over")),
        ("host", "dee1", ("ask_to_unmute",)),
        ("cohost", "ann1", ()),
        ("cohost", "cho1", ("silence",)),
        ("host", None, ()),
    ],
)
def test_acts(role: Role, id: str | None, acts: tuple[str, ...]) -> None:
    offered = acts_on(view_of(role), id)
    assert set(acts) <= set(offered)
    if not acts:
        assert offered == ()
    if id == "dee1":
        assert "silence" not in offered
    if role == "cohost":
        assert not {"make_cohost", "hand_over"} & set(offered)


def test_whoever_is_invited_is_not_invited_twice() -> None:
    view = replace(view_of("host"), invites={"p0": YOU})
    assert acts_on(view, "p0") == ("remove",)


def test_everyone_is_stage_then_hands_then_front_rows() -> None:
    people = everyone(view_of("host"))
    assert people[:2] == ("ann1", "ben1")
    assert people[6:10] == ("fay1", "gus1", "hal1", "p0")
    assert everyone(None) == ()


@pytest.mark.parametrize("role", ["host", "cohost", "speaker", "listener"])
@pytest.mark.parametrize("picked", [None, "ben1", "fay1", "p0"])
def test_hints_fit_and_end_with_help_and_leave(role: Role, picked: str | None) -> None:
    for events in ((), (OPEN,), (e.Silenced(id=YOU, by="ann1"),)):
        offered = hints(entered(role, *events), picked)
        for width in (40, 78, 116):
            shown = fitting(offered, width)
            assert shown[-2:] == ALWAYS
            assert sum(hint.width + 2 for hint in shown) - 2 <= width
        assert len(fitting(offered, 78)) >= 5
    first = hints(entered(role), None)[0].key
    assert first == ("h" if role == "listener" else "space")


@pytest.mark.parametrize(
    ("count", "width", "height", "columns"),
    [
        (6, 78, 11, 2),
        (9, 78, 11, 3),
        (24, 78, 11, 3),
        (1, 40, 11, 1),
        (1, 98, 15, 2),
        (4, 98, 15, 2),
        (24, 130, 40, 3),
        (0, 98, 15, 2),
    ],
)
def test_cards_are_roomy_unless_that_hides_somebody(
    count: int, width: int, height: int, columns: int
) -> None:
    assert columns_for(count, width, height) == columns

"""Tests of the line for friends: whole, in one style, with nothing that a shell would run."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.model.room_model import RoomModel
from roomcli.frontends.words.sharing import filled, line_with, room_of, share_line_of
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ....support.fake_room import FakeRoom, make_view

LINE = "roomcli join 'wss://x/r/a#pin=1&invite={invite}'"
URL = "wss://rooms.example/r/standup#invite=mine"
HOSTILE = ["x'; rm -rf ~ #", "a b", "$(id)", "\x1b[2J", "x\n", "é", "", "x" * 129]


def entered(invite: str | None = None, *, by_invite: bool = False) -> RoomModel:
    model = RoomModel()
    for event in FakeRoom(make_view("listener"), invite=invite).enter():
        model.receive(event, 0.0, 0.0)
    assert model.view is not None
    model.view = replace(model.view, access="invite" if by_invite else "open")
    return model


def test_the_invite_takes_its_place() -> None:
    assert filled(LINE, "a_B-9") == "roomcli join 'wss://x/r/a#pin=1&invite=a_B-9'"
    assert filled(LINE, None) == "roomcli join 'wss://x/r/a#pin=1'"


@pytest.mark.parametrize("invite", HOSTILE)
def test_a_servers_invite_brings_nothing_for_the_shell(invite: str) -> None:
    assert filled(LINE, invite) == "roomcli join 'wss://x/r/a#pin=1'"
    assert share_line_of(URL, entered(invite, by_invite=True)) is None


def test_the_line_of_a_guest() -> None:
    open_line = "roomcli join 'wss://rooms.example:7420/r/standup'"
    assert share_line_of(URL, entered()) == open_line
    model = entered(by_invite=True)
    assert share_line_of(URL, model) is None, "one's own invite is not to be given away"
    ask = model.prepared(c.MakeRoomInvite())
    model.receive(e.RoomInviteMade(invite="fresh", expires_at=0.0, ref=ask.ref), 1.0, 0.0)
    assert share_line_of(URL, model) == f"{open_line[:-1]}#invite=fresh'"
    assert share_line_of("nonsense", model) is None


@pytest.mark.parametrize(
    "command",
    [c.MakeRoomInvite(role="cohost"), c.MakeRoomInvite(role="speaker"), c.MakeRoomInvite(uses=1)],
)
def test_an_invite_for_somebody_is_not_for_everybody(command: c.MakeRoomInvite) -> None:
    model = entered("everybody", by_invite=True)
    made = e.RoomInviteMade(invite="somebody", expires_at=0.0, ref=model.prepared(command).ref)
    model.receive(made, 1.0, 0.0)
    assert model.fresh_invite == made
    assert (
        share_line_of(URL, model)
        == "roomcli join 'wss://rooms.example:7420/r/standup#invite=everybody'"
    )


@pytest.mark.parametrize(
    ("share_line", "line"),
    [
        (None, "roomcli join 'wss://rooms.example:7420/r/standup#invite=new-1'"),
        (LINE, "roomcli join 'wss://x/r/a#pin=1&invite=new-1'"),
        (
            "roomcli join 'wss://x/r/a#pin=1'\nadvice",
            "roomcli join 'wss://x/r/a#pin=1&invite=new-1'",
        ),
        ("roomcli join 'wss://x/r/a'", "roomcli join 'wss://x/r/a#invite=new-1'"),
    ],
)
def test_a_fresh_invite_makes_a_line_of_its_own(share_line: str | None, line: str) -> None:
    assert line_with("new-1", URL, share_line) == line
    assert line_with("x'; rm -rf ~ #", URL, share_line) is None
    assert line_with("new-1", "nonsense", None) is None


def test_the_room_in_an_address() -> None:
    assert room_of("wss://rooms.example/r/standup") == "standup"
    assert room_of("nonsense") == ""

"""Tests of what the plain room asks: the host before an act, and the room for who is meant."""

from __future__ import annotations

import asyncio

import pytest

from roomcli.frontends.plain import room as module
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Role

from ....support.fake_cast import listener
from ....support.fake_room import FakeRoom, make_view
from ....support.plain_seat import TypedLines, seated


@pytest.mark.parametrize(
    ("line", "again", "command"),
    [
        ("/leave", "/leave", c.Leave()),
        ("/leave", "yes", c.Leave()),
        ("/leave", " Y ", c.Leave()),
        ("/end_room good night", "/end_room", c.EndRoom(reason="good night")),
        ("/end_room", "yes", c.EndRoom()),
    ],
)
def test_a_host_is_asked_once_before_it_is_over(line: str, again: str, command: c.Command) -> None:
    lines = seated()
    (question,) = lines.answers(line)
    assert f"{line.split(' ')[0]} again, or yes, " in question
    assert lines.engine.sent == []
    assert lines.answers(again) == []
    assert lines.engine.sent == [command]


def test_what_follows_is_in_the_question() -> None:
    assert "Ann Lindqvist takes over" in seated().answers("/leave")[0]
    roles: tuple[Role, ...] = ("host", "speaker")
    for role in roles:  # who handed the room over has the server still
        own = TypedLines(FakeRoom(make_view(role, 4)), ends_room=True)
        own.hears()
        assert "our server ends with you" in own.answers("/leave")[0]


@pytest.mark.parametrize("other", ["no", "good evening", "/who", "/end_room"])
def test_any_other_line_takes_the_question_back(other: str) -> None:
    lines = seated()
    lines.answers("/leave")
    lines.answers(other)
    lines.answers("hello")
    lines.answers("yes")
    assert not [each for each in lines.engine.sent if isinstance(each, c.Leave | c.EndRoom)]


def test_a_yes_long_after_the_question_is_for_the_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = seated()
    lines.answers("/leave")
    monkeypatch.setattr(module, "QUESTION_SECONDS", 0.0)
    lines.answers("yes")
    assert lines.engine.sent == [c.Chat(text="yes")]


@pytest.mark.parametrize("role", ["cohost", "speaker", "listener"])
def test_who_is_no_host_leaves_unasked(role: Role) -> None:
    lines = TypedLines(FakeRoom(make_view(role, 4)))
    lines.hears()
    lines.engine.sent.clear()
    lines.engine.room = None
    assert lines.answers("/leave") == []
    assert lines.engine.sent == [c.Leave()]


def test_the_end_of_the_input_leaves_whatever_was_asked() -> None:
    lines = seated()
    lines.answers("/leave")
    lines.room.end_input()
    assert lines.engine.sent == [c.Leave()]


def test_who_is_out_of_sight_is_looked_for_and_later_lines_wait() -> None:
    lines = TypedLines(FakeRoom(make_view("host", 140)))
    lines.hears()
    assert lines.answers("/remove Nobody At All") == []
    lines.answers(f"/remove {listener(120).name}")
    lines.answers("good evening")
    lines.room.end_input()
    said = len(lines.said)
    assert asyncio.run(lines.room.run()).exit_code == 0
    asked = [each for each in lines.engine.sent if not isinstance(each, c.ListPeople)]
    assert [type(each) for each in asked] == [c.Remove, c.Chat, c.Leave]
    assert not [line for line in lines.said[said:] if line.startswith(("Audience:", "Left:"))]
    assert "Nobody here is called Nobody" in lines.said[said:]


def test_a_room_that_tells_no_list_is_believed_with_its_reason() -> None:
    lines = TypedLines(FakeRoom(make_view("host", 140)))
    lines.hears()
    lines.engine.room = None
    lines.answers("/remove Nobody")
    (asked,) = [each for each in lines.engine.sent if isinstance(each, c.ListPeople)]
    text = "too much at once"
    refused = e.Refused(command="list_people", code="rate_limited", text=text, ref=asked.ref)
    said = len(lines.said)
    lines.hears(refused)
    assert lines.said[said:] == [text]


def test_a_lost_link_ends_the_search() -> None:
    lines = TypedLines(FakeRoom(make_view("host", 140)))
    lines.hears()
    lines.engine.room = None
    assert lines.answers("/remove Nobody") == []
    lines.hears(local.Connection(state="reconnecting", text="the network is gone"))
    assert lines.said[-2:] == ["Nobody here is called Nobody", "Reconnecting: the network is gone"]
    lines.answers("/who")
    assert "The connection is lost: this is how the room was" in lines.said

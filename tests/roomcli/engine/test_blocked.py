"""Tests of what is dropped of people whom the user blocks."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.engine.blocked import Blocked
from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Person, Role, Speaker
from roomcli.protocol.view import RoomView

EVES = ChatMessage(number=1, person="eve", name="Eve", text="hello", at=0.0)
BENS = ChatMessage(number=2, person="ben", name="Ben", text="hello", at=0.0)
WELCOME = e.Welcome(you=Person("me", "Ann"), server_time=0.0, blocked=("eve",))


def view(role: Role) -> RoomView:
    """Return a room with two people on stage, one with two seats, beside oneself."""
    seats = (("s1", "eve", "speaker"), ("s2", "ben", "speaker"), ("s3", "eve", "cohost"))
    stage = {
        id: Speaker(id, person, each, slot, 0)  # type: ignore[arg-type]
        for slot, (id, person, each) in enumerate((*seats, ("s4", "me", role)))
    }
    return RoomView("standup", "s4", stage=stage, me="me")


def blocking(*people: str) -> Blocked:
    blocked = Blocked()
    assert blocked.follow(replace(WELCOME, blocked=people))
    return blocked


def test_the_voice_of_all_their_seats_is_dropped() -> None:
    assert blocking("eve").unheard(view("speaker")) == {"s1", "s3"}
    assert blocking("ben").unheard(view("speaker")) == {"s2"}
    assert blocking().unheard(view("speaker")) == frozenset()


def test_what_they_write_and_wrote_is_dropped() -> None:
    blocked, room = blocking("eve"), view("speaker")
    assert blocked.without(e.ChatPosted(message=EVES), room) is None
    posted = e.ChatPosted(message=BENS)
    assert blocked.without(posted, room) is posted
    page = blocked.without(e.ChatPage(messages=(EVES, BENS), ref=3), room)
    assert page == e.ChatPage(messages=(BENS,), ref=3)
    joined = e.Joined(room="standup", you="s4", view=room, server_time=0.0, chat=(EVES, BENS))
    assert blocked.without(joined, None) == replace(joined, chat=(BENS,))


@pytest.mark.parametrize("role", ["host", "cohost"])
def test_a_moderator_hears_and_reads_everybody(role: Role) -> None:
    blocked, room = blocking("eve"), view(role)
    assert blocked.unheard(room) == frozenset()
    posted = e.ChatPosted(message=EVES)
    assert blocked.without(posted, room) is posted


def test_the_newest_word_of_the_server_counts() -> None:
    blocked = blocking("eve")
    assert blocked.follow(e.BlockedChanged(people=("ben",)))
    assert blocked.unheard(view("speaker")) == {"s2"}
    assert not blocked.follow(e.ProfileChanged())


def test_a_frontend_is_told_of_them_as_it_comes_into_a_room() -> None:
    came = e.Joined(room="standup", you="s4", view=view("host"), server_time=0.0)
    assert blocking("eve", "dan").told_on_joining(came) == e.BlockedChanged(people=("dan", "eve"))
    assert blocking("eve").told_on_joining(e.Done(ref=1)) is None
    assert blocking().told_on_joining(came) is None
    back = replace(came, resumed=True)  # meanwhile they may have been unblocked elsewhere
    assert blocking().told_on_joining(back) == e.BlockedChanged()

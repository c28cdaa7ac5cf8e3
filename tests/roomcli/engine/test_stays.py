"""Tests of the stays in rooms, which outlive a connection."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.engine.stays import ANSWER_SECONDS, Stays
from roomcli.errors import ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import parse_address
from roomcli.protocol.audio import HOME
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.local import Enter
from roomcli.protocol.view import RoomView
from roomcli.wire.heartbeat import INTERVAL, LARGE_AUDIENCE, LARGE_INTERVAL

from ...support.seats import someone, speaker

ANN, BEN = someone("me", "Ann"), someone("other", "Ben")
NEVER = float("inf")


def joined(room: str = "standup", visit: int = 7, ticket: str = "ticket") -> e.Joined:
    view = RoomView(room, "me", me=ANN.id, people={ANN.id: ANN})
    return e.Joined(visit=visit, room=room, you="me", view=view, server_time=0.0, ticket=ticket)


def want(stays: Stays, room: str = "standup", chat_after: int = 0) -> c.EnterRoom:
    """Want to be in a room, ask for it, and return the question."""
    url = f"ws://127.0.0.1:7443/r/{room}"
    stays.want(parse_address(url), Enter(url=url, name="Ann", chat_after=chat_after))
    question = stays.ask_in(now=0.0)
    assert question is not None
    return question


def chat(number: int) -> ChatMessage:
    return ChatMessage(number=number, at=1.0, person=ANN.id, name="Ann", text="hello")


def test_nobody_asks_who_wants_no_room() -> None:
    stays = Stays()
    assert stays.ask_in(now=0.0) is None
    assert (stays.number, stays.answer_by) == (0, NEVER)


def test_a_stay_begins_with_its_answer_and_comes_back_with_its_ticket() -> None:
    stays = Stays()
    assert want(stays, chat_after=3).ticket is None
    assert (stays.current, stays.answer_by) == (None, ANSWER_SECONDS)
    stay = stays.begin_stay(replace(joined(), chat=(chat(4), chat(5))))
    assert stay is not None
    assert stay is stays.current
    assert (stays.visit, stays.answer_by) == (7, NEVER)
    stay.see(e.ChatPosted(message=chat(6)))
    stays.lose_connection()
    assert stays.current is None
    assert stays.number == 1
    again = stays.ask_in(now=0.0)
    assert again is not None
    assert (again.ticket, again.chat_after) == ("ticket", 6)


def test_only_the_answer_to_the_last_question_counts() -> None:
    stays = Stays()
    want(stays, "standup")
    want(stays, "retro")
    assert stays.begin_stay(joined("standup")) is None
    assert (stays.visit, stays.answer_by) == (HOME, ANSWER_SECONDS)
    assert stays.take_answer() is stays.wanted
    with pytest.raises(ProtocolError):
        stays.begin_stay(joined("retro"))


def test_an_end_counts_only_for_who_is_not_on_the_way_elsewhere() -> None:
    stays = Stays()
    want(stays, "standup")
    stays.begin_stay(joined("standup"))
    want(stays, "retro")
    assert stays.end_stay() is None
    assert stays.number == 2
    stays.begin_stay(joined("retro", visit=8))
    assert stays.end_stay() == 2
    assert (stays.wanted, stays.visit) == (None, HOME)


def test_a_stay_goes_on_where_its_room_moves_to_but_for_who_is_on_the_way_elsewhere() -> None:
    stays = Stays()
    want(stays, "standup")
    stay = stays.begin_stay(joined("standup"))
    moved = replace(joined("standup", visit=8, ticket="next"), moved=True)
    assert stays.go_on(moved) is stay is stays.current
    assert (stays.visit, stays.number) == (8, 1)
    again = stays.ask_in(now=0.0)
    assert again is not None
    assert again.ticket == "next"
    want(stays, "retro")
    assert stays.go_on(replace(moved, visit=9)) is None
    assert (stays.number, stays.visit) == (2, HOME)


def test_who_joins_as_two_people_has_joined_as_nobody() -> None:
    stays = Stays()
    want(stays)
    with pytest.raises(ProtocolError):
        stays.begin_stay(replace(joined(), you="other"))
    assert stays.visit == HOME


def test_a_listener_in_a_large_audience_acknowledges_less_often() -> None:
    stays = Stays()
    assert stays.ack_interval == INTERVAL
    want(stays)
    large = replace(joined().view, audience=LARGE_AUDIENCE + 1)
    stay = stays.begin_stay(replace(joined(), view=large))
    assert stay is not None
    assert stays.ack_interval == LARGE_INTERVAL
    stay.see(e.StageJoined(speaker=speaker(BEN, "speaker", 0, 1)))
    assert stays.ack_interval == LARGE_INTERVAL
    stay.see(e.StageJoined(speaker=speaker(ANN, "speaker", 1, 1)))
    assert stays.ack_interval == INTERVAL, "who speaks is waited for"
    stay.see(e.StageLeft(id="other"))
    assert stays.ack_interval == INTERVAL
    stay.see(e.StageLeft(id="me"))
    assert stays.ack_interval == LARGE_INTERVAL
    stay.see(e.Pulse(audience=LARGE_AUDIENCE))
    assert stays.ack_interval == INTERVAL
    stay.see(e.Pulse(audience=LARGE_AUDIENCE + 1))
    stays.lose_connection()
    assert stays.ack_interval == INTERVAL

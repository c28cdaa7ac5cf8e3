"""Tests of what calls a user who looks away, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roomcli.frontends.model.attention import MOST_CALLS, WITHIN, Attention, what_calls
from roomcli.frontends.model.call_settings import CallSettings, Cause
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Role

from ....support.fake_cast import ANN, ME
from ....support.fake_room import WALL, YOU, entered
from ....support.seats import chat_posted, hand_raised, invited_to_stage, someone

EVE = someone("eve1", "Eve")
CASES: list[tuple[Role, local.ChannelEvent, Cause | None]] = [
    ("listener", chat_posted(ANN, 7, "what do you think, @Robin?", WALL), "mention"),
    ("listener", chat_posted(ANN, 7, "hello", WALL), None),
    ("speaker", chat_posted(ME, 7, "@Robin is me", WALL), None),
    ("listener", invited_to_stage(ME, ANN), "invitation"),
    ("host", invited_to_stage(EVE, ANN), None),
    ("speaker", e.AskedToUnmute(by=ANN.id), "invitation"),
    ("host", hand_raised(EVE, WALL), "hand"),
    ("speaker", hand_raised(EVE, WALL), None),
    ("listener", hand_raised(ME, WALL), None),
    ("speaker", e.TurnEnding(id=YOU, ends_at=WALL), "turn"),
    ("speaker", e.TurnEnding(id="ann1", ends_at=WALL), None),
]


@pytest.mark.parametrize(("role", "event", "cause"), CASES)
def test_what_is_meant_for_the_user_calls_them(
    role: Role, event: local.ChannelEvent, cause: Cause | None
) -> None:
    model = entered(role)
    before = model.view
    model.receive(event, 100.0, WALL)
    assert what_calls(event, before, model) == cause


def test_a_hand_that_gets_another_topic_calls_nobody_again() -> None:
    model = entered("host", hand_raised(EVE, WALL))
    again = hand_raised(EVE, WALL, topic="trains")
    before = model.view
    model.receive(again, 100.0, WALL)
    assert what_calls(again, before, model) is None


def test_who_looks_is_called_for_a_mention_alone() -> None:
    attention = Attention()
    assert attention.call("mention", 0.0)
    assert not attention.call("hand", 0.0)
    attention.turn(False)
    assert attention.call("hand", 0.0)


def test_each_cause_can_be_switched_off() -> None:
    names: dict[str, Cause] = {
        "call_on_mention": "mention",
        "call_on_invitation": "invitation",
        "call_on_hand": "hand",
        "call_on_turn": "turn",
    }
    for name, cause in names.items():
        attention = Attention(replace(CallSettings(), **{name: False}))
        attention.turn(False)
        called = {each for each in names.values() if attention.call(each, 0.0)}
        assert called == set(names.values()) - {cause}


def test_who_mentions_without_end_does_not_ring_without_end() -> None:
    attention = Attention()
    attention.turn(False)
    rings = sum(attention.call("mention", second * 0.1) for second in range(500))
    assert rings == MOST_CALLS
    assert attention.call("invitation", 50.0), "another cause is heard all the same"
    assert attention.call("mention", WITHIN + 1.0)


def test_what_came_while_one_looked_away_is_counted_until_one_looks() -> None:
    model, attention = entered("listener"), Attention()
    attention.count(chat_posted(ANN, 7, "hello", WALL), model.view)
    assert attention.unseen == 0
    attention.turn(False)
    attention.count(chat_posted(ANN, 8, "hello", WALL), model.view)
    attention.count(chat_posted(ME, 9, "hello", WALL), model.view)
    assert attention.unseen == 1
    attention.turn(True)
    assert attention.unseen == 0

"""Tests of names on the screen, in lines and in the chat: nobody passes for somebody else."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from roomcli.engine.summary import summary
from roomcli.frontends.plain import reading_aloud as aloud
from roomcli.frontends.words.log_words import entry_line
from roomcli.frontends.words.names import written
from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import Person

from ....support.fake_cast import ME, listener, make_view, person
from ....support.fake_room import WALL, YOU, FakeRoom, entered
from ....support.seats import (
    chat_posted,
    complete,
    hand,
    hand_raised,
    participant_joined,
    people_page,
    seats,
    someone,
    speaker,
    stage_joined,
)
from ....support.tui_seat import seat

DOUBLE = replace(person("dou1", "Ann Lindqvist"), tail="b7e1")
"""A person with the name of the host."""
LONG = replace(DOUBLE, name="Hanna-Maria Montgomery-Featherstonehaugh")
POSTED = chat_posted(DOUBLE, 9, "hello", WALL)
BEN = chat_posted(person("ben1", "Ben"), 8, "yes", WALL)


@pytest.mark.parametrize(
    ("somebody", "name"),
    [
        (listener(3), "Lea Jansen"),
        (DOUBLE, "Ann Lindqvist·b7e1"),
        (person("ann1", "Ann Lindqvist"), "Ann Lindqvist (host)"),
        (person("ben1", "Ben Okafor"), "Ben Okafor (co-host)"),
        (replace(person("ben1", "Ben Okafor"), tail="0a1b"), "Ben Okafor·0a1b (co-host)"),
        (ME, "Robin Keller (you)"),
        (replace(person("ann1", "Ann Lindqvist"), id="second seat"), "Ann Lindqvist (host)"),
        (someone("nokey", "Zed"), "Zed"),
    ],
)
def test_a_name_says_who_it_is(somebody: Person, name: str) -> None:
    assert written(somebody, make_view()) == name


def test_whoever_leads_is_told_so_beside_their_own_name() -> None:
    assert written(ME, make_view("host")) == "Robin Keller (host, you)"
    assert written(ME, None) == "Robin Keller"


def test_the_double_is_one_in_every_line() -> None:
    model = entered("host")
    told = [
        model.receive(event, 101.0, WALL)
        for event in (
            participant_joined(DOUBLE),
            POSTED,
            hand_raised(DOUBLE, at=WALL),
            stage_joined(DOUBLE, "speaker", 7, 1),
            e.Silenced(id="dou1", by="ANN1"),
            e.StageLeft(id="dou1", by=ME.id, reason="moved"),
        )
    ]
    assert [each and each.text for each in told] == [
        "Ann Lindqvist·b7e1 is here",
        "Ann Lindqvist·b7e1: hello",
        "Ann Lindqvist·b7e1 raised a hand",
        "Ann Lindqvist·b7e1 came on stage",
        "Ann Lindqvist (co-host) silenced Ann Lindqvist·b7e1",
        "You moved Ann Lindqvist·b7e1 to the audience",
    ]


def test_the_double_is_one_in_every_list() -> None:
    model = entered("host", POSTED, hand_raised(DOUBLE, at=WALL))
    assert model.view is not None
    page = people_page(
        (
            DOUBLE,
            listener(3),
        )
    )
    assert aloud.people_line(page, model.view) == "Audience: Ann Lindqvist·b7e1, Lea Jansen"
    assert aloud.chat_line(model.chat[9], model) == "Message 9, Ann Lindqvist·b7e1: hello"
    *_, hand = aloud.hand_lines(model, WALL)
    assert hand.startswith("Hand 4: Ann Lindqvist·b7e1, waits")
    log = LogEntry(number=2, at=WALL, action="remove", actor=ME, target=DOUBLE, previous="")
    assert entry_line(log, model.view) == "You removed Ann Lindqvist·b7e1"
    assert entry_line(log) == "Robin Keller removed Ann Lindqvist·b7e1"
    model.receive(stage_joined(DOUBLE, "speaker", 7, 1), 101.0, WALL)
    assert any(
        line.startswith("On stage: Ann Lindqvist·b7e1, speaker")
        for line in aloud.who_lines(model, WALL)
    )
    told = summary(
        model.view, "standup", on_air=False, connected=True, adjustments={}, playing=None
    )
    people = told["people"]
    assert {each["id"]: each["tail"] for each in people} | {"dou1": "b7e1", "ann1": ""} == {
        each["id"]: "b7e1" if each["id"] == "dou1" else "" for each in people
    }


def test_whoever_is_told_apart_later_is_so_in_what_was_before() -> None:
    plain = replace(DOUBLE, tail="")
    model = entered(
        "listener",
        participant_joined(plain),
        hand_raised(plain, at=WALL),
        chat_posted(plain, 9, "hello", WALL),
        people_page((plain,)),
    )
    told = model.receive(e.PersonChanged(person=DOUBLE), 101.0, WALL)
    assert told is not None
    assert told.text == "Ann Lindqvist is shown as Ann Lindqvist·b7e1 from now on"
    assert model.view is not None
    assert model.view.person_in("dou1") == model.view.shown(model.view.hands[-1]) == DOUBLE
    assert model.author(model.chat[9]) == model.lists.audience["dou1"] == DOUBLE
    assert model.chat[9].full_name == "Ann Lindqvist·b7e1"


def test_one_is_told_how_one_is_shown_oneself() -> None:
    model = entered("speaker")
    me = replace(ME, tail="0a1b")
    (tailed, plain) = [
        model.receive(e.PersonChanged(person=each), 101.0, WALL) for each in (me, ME)
    ]
    assert tailed is not None
    assert tailed.text == "Somebody's name reads like yours: you are shown as Robin Keller·0a1b"
    assert plain is not None
    assert plain.text == "You are shown as Robin Keller again"
    model = entered("listener")
    told = model.receive(participant_joined(me), 101.0, WALL)
    assert told is not None
    assert told.text.endswith("you are shown as Robin Keller·0a1b")


def test_a_change_of_somebody_out_of_sight_is_no_news() -> None:
    assert entered().receive(e.PersonChanged(person=DOUBLE), 101.0, WALL) is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 24)])
def test_no_screen_is_too_narrow_for_what_tells_people_apart(size: tuple[int, int]) -> None:
    view = make_view("host", 3)
    listening = replace(LONG, id="DOU2", tail="c0de")
    speaking = replace(LONG, id="DOU3", tail="babe")
    view = replace(
        view,
        hands=(hand(LONG, WALL, "on names"),),
        front_row=seats(listening),
        stage={"dou3": speaker(speaking, "speaker", 7, 1), YOU: view.stage[YOU]},
        audience=2,
    )
    view = complete(view, LONG, listening, speaking)

    async def scenario() -> None:
        async with seat("host", size, room=FakeRoom(view)) as you:
            for tail in ("·b7e1", "·c0de", "·babe"):
                await you.sees(tail)

    asyncio.run(scenario())


def test_the_chat_says_who_leads_now_and_who_is_whose_double() -> None:
    plain = replace(DOUBLE, tail="")

    async def scenario() -> None:
        async with seat("listener", (120, 40)) as you:
            you.engine.say(BEN, chat_posted(plain, 9, "hello", WALL))
            await you.sees("Ben (co-host)  yes")
            await you.sees("Ann Lindqvist  hello")
            you.engine.say(e.PersonChanged(person=DOUBLE))
            await you.sees("Ann Lindqvist·b7e1  hello")
            you.engine.say(e.RoleChanged(id="ben1", role="host"))
            await you.sees("Ben (host)  yes")
            you.engine.say(e.StageLeft(id="ben1"))
            await you.sees("Ben  yes")

    asyncio.run(scenario())

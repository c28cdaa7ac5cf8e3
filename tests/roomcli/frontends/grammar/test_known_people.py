"""Tests of who is meant: one person is one key, in whatever seats and under whatever name."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.grammar.completions import completions
from roomcli.frontends.grammar.slash import NotKnown, parse
from roomcli.frontends.model.room_model import RoomModel
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Hand

from ....support.seats import chat_posted, complete, hand, hand_raised, people_page, someone
from .listed_room import seated

ANN_KEY = "ab" * 15 + "b7e1"

ANN = someone("ann9", "Annika", key=ANN_KEY)


def returned(*names: str) -> RoomModel:
    """Return the room where Annika has left under each of these names and come back."""
    model = seated()
    assert model.view is not None
    for number, name in enumerate(names):
        former, old = replace(ANN, name=name), f"old{number}"
        raised = replace(hand_raised(former, at=0.0), id=old)
        model.receive(raised, 1.0, 0.0)
        model.receive(e.ParticipantLeft(id=old, reason="removed"), 1.0, 0.0)
    model.receive(hand_raised(ANN, at=0.0), 1.0, 0.0)
    return model


@pytest.mark.parametrize(
    "name", ["Annika", "anni", "ann9", "old0", "old1", "Anni B.", ANN_KEY, ANN_KEY[:8], "·b7e1"]
)
@pytest.mark.parametrize("verb", ["ban", "report", "remove", "accept_hand"])
def test_who_came_back_is_one_person_and_here(name: str, verb: str) -> None:
    asked = parse(f"/{verb} {name}", returned("Annika", "Anni B.", "Annika"))
    assert isinstance(asked, c.Ban | c.Report | c.Remove | c.AcceptHand)
    assert asked.id == "ann9"


def test_who_left_twice_is_one_person() -> None:
    model = returned("Annika")
    model.receive(e.ParticipantLeft(id="ann9"), 1.0, 0.0)
    assert parse("/ban Annika", model) == c.Ban(id="ann9")
    assert parse("/silence Annika", model) == "Nobody here is called Annika"


def test_who_is_here_comes_before_somebody_else_who_left() -> None:
    model = seated()
    stranger = someone("str1", "Annika", key="cd" * 16)
    for event in (
        hand_raised(stranger, at=0.0),
        e.ParticipantLeft(id="str1"),
        hand_raised(ANN, at=0.0),
    ):
        model.receive(event, 1.0, 0.0)
    assert parse("/ban Annika", model) == c.Ban(id="ann9")
    assert parse("/ban str1", model) == c.Ban(id="str1")


def test_of_several_seats_of_one_person_the_one_that_is_meant_counts() -> None:
    model = seated()
    assert model.view is not None
    model.view = replace(
        model.view,
        hands=(Hand("ben2", "BEN1", 0.0), *model.view.hands),
        front_row={**model.view.front_row, "ben3": "BEN1"},
    )
    for line, id in (
        ("/silence Ben Okafor", "ben1"),
        ("/ban Ben Okafor", "ben1"),
        ("/accept_hand Ben Okafor", "ben2"),
        ("/invite_to_stage Ben Okafor", "ben3"),
        ("/remove ben2", "ben2"),
    ):
        asked = parse(line, model)
        assert isinstance(asked, c.Command)
        assert getattr(asked, "id", "") == id, line


def test_two_of_one_name_are_told_apart_by_the_tails_of_their_keys() -> None:
    model = seated()
    for person in (ANN, someone("ann8", "Annika", key="cd" * 14 + "0b7e")):
        model.receive(hand_raised(person, at=0.0), 1.0, 0.0)
    assert parse("/accept_hand Annika·b7e1", model) == c.AcceptHand(id="ann9")
    assert parse("/accept_hand annika·0B7E", model) == c.AcceptHand(id="ann8")
    said = parse("/accept_hand Annika", model)
    assert isinstance(said, str)
    assert said.startswith("Several people fit Annika: Annika (ann9), Annika (ann8)")


def test_without_hands_none_is_accepted() -> None:
    model = seated()
    model.receive(e.HandsLowered(by="BEN1"), 1.0, 0.0)
    assert parse("/accept_hand", model) == "No hand is up"


def test_the_beginning_of_a_name_is_not_enough_where_that_is_said() -> None:
    model = seated()
    assert parse("/remove Ida", model, exact=True) == c.Remove(id="p0"), "all are in sight"
    said = parse("/remove Rudy", model, exact=True)
    assert isinstance(said, NotKnown)
    assert said.lists == ("left",)
    assert model.view is not None
    model.view = replace(model.view, audience=60)
    said = parse("/silence Ida", model, exact=True)
    assert isinstance(said, NotKnown)
    assert said.lists == ("audience",)
    assert parse("/remove Ida Berg", model, exact=True) == c.Remove(id="p0")


def test_whoever_is_shown_with_a_tail_is_completed_and_listed_with_it() -> None:
    model = seated()
    double = someone("ann8", "Annika", key="cd" * 14 + "0b7e", tail="0b7e")
    for person in (ANN, double):
        model.receive(hand_raised(person, at=0.0), 1.0, 0.0)
    assert completions("/accept_hand anni", model) == [
        "/accept_hand Annika ",
        "/accept_hand Annika·0b7e ",
    ]
    assert completions("hello @annika·", model) == ["hello @Annika·0b7e "]
    said = parse("/accept_hand Annika", model)
    assert isinstance(said, str)
    assert said.startswith("Several people fit Annika: Annika (ann9), Annika·0b7e (ann8)")


def test_people_of_one_name_are_told_apart() -> None:
    model = seated()
    assert model.view is not None
    toms = [someone(f"tom{number}", "Tom Adler") for number in (1, 2)]
    toms.append(someone("tom3", "Tom Adler Smith"))
    waiting = tuple(hand(each, 0.0) for each in toms)
    model.view = complete(replace(model.view, hands=waiting), *toms)
    said = parse("/accept_hand tom adler", model)
    assert said == "Several people fit tom adler: Tom Adler (tom1), Tom Adler (tom2)"
    assert parse("/accept_hand tom2", model) == c.AcceptHand(id="tom2")
    called_so = someone("x", "tom2")
    waiting = (*waiting, hand(called_so, 0.0))
    model.view = complete(replace(model.view, hands=waiting), called_so)
    assert parse("/accept_hand tom2", model) == c.AcceptHand(id="tom2"), "an id is not to be taken"
    assert parse("/silence Tom Adler Smith hums", model) == c.Silence(id="tom3", reason="hums")


def test_who_wrote_and_went_can_be_reported_and_put_out_but_not_on_stage() -> None:
    model = seated()
    author = someone("aut1", "Otto Author")
    model.receive(chat_posted(author, 1, "so it is", 0.0), 1.0, 0.0)
    assert parse("/invite_to_stage Otto", model) == c.InviteToStage(id="AUT1")
    model.receive(people_page((author,), of="left"), 1.0, 0.0)
    for kind, name in (
        (c.Report, "report"),
        (c.Remove, "remove"),
        (c.MoveToAudience, "move_to_audience"),
    ):
        assert parse(f"/{name} Otto", model) == kind(id="aut1")
    assert isinstance(parse("/invite_to_stage Otto", model), str)


def test_letters_are_the_same_however_they_are_typed() -> None:
    model = seated()
    jose = someone("jos1", "Jos\u00e9")
    model.receive(hand_raised(jose, at=0.0), 1.0, 0.0)
    assert parse("/accept_hand Jose\u0301", model) == c.AcceptHand(id="jos1")


def test_who_was_listed_and_left_is_not_here() -> None:
    model = seated()
    listed = someone("p0", "Ida Berg")
    model.receive(people_page((listed,)), 1.0, 0.0)
    model.receive(e.ParticipantLeft(id="p0"), 1.0, 0.0)
    assert parse("/silence Ida", model) == "Nobody here is called Ida"
    assert parse("/ban Ida", model) == c.Ban(id="p0")

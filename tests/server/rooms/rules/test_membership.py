"""Scenes of a room whose community lets somebody go, or bans them."""

from __future__ import annotations

from msgspec.structs import replace

from server.rooms.rules import effects as f
from server.rooms.rules import journal as j
from server.rooms.rules import membership_ended, put_out_by_community
from server.rooms.rules.apply import apply
from server.rooms.rules.evolve import evolve

from .play import Play, meeting, somebody
from .script import key_of

ANN, BOB, EVE, ZOE = (somebody(name) for name in ("ann", "bob", "eve", "zoe"))


def of_members(**settings: object) -> Play:
    """Return the room with Bob on stage, which is for members of its community."""
    play = meeting()
    wanted = replace(play.state.settings, members=True, **settings)
    play.state = replace(play.state, settings=wanted)
    return play


def last_words(play: Play, events: list[j.JournalEvent]) -> list[tuple[str, str]]:
    """Return with what the events dismiss people."""
    _, effects = apply(play.state, events)
    words = [each.last_word for each in effects if isinstance(each, f.Dismissal)]
    return [(type(each).__name__, each.text) for each in words]


def test_who_leaves_the_community_leaves_its_room_for_members_and_is_told_why() -> None:
    play = of_members()
    events = membership_ended(play.state, BOB, "you left it", play.now, removed=False)
    told = "standup is for members of its community: you left it"
    assert last_words(play, events) == [("RoomLeft", told)]
    assert play.happen(events) == ["<< everyone: participant_left bob left"]
    assert j.SeatsEnded(key=key_of("bob")) in events


def test_who_is_removed_from_it_is_removed_here_too_which_the_log_says() -> None:
    play = of_members()
    events = membership_ended(play.state, BOB, "put out: spam", play.now, removed=True)
    assert play.happen(events) == [
        "<< everyone: logged remove bob (by the room's community)",
        "<< everyone: participant_left bob removed",
    ]


def test_who_is_away_has_no_ticket_any_more() -> None:
    play = of_members()
    events = membership_ended(play.state, ZOE, "you left it", play.now, removed=False)
    assert events == [j.SeatsEnded(key=key_of("zoe"))]


def test_its_host_goes_too_and_whoever_is_on_the_list_stays() -> None:
    play = of_members(allowed=("EVE", key_of("bob")))
    gone = [
        person.name
        for person in (ANN, BOB, EVE)
        if membership_ended(play.state, person, "", play.now, removed=False)
    ]
    assert gone == ["Ann"]
    play.happen(membership_ended(play.state, ANN, "you left it", play.now, removed=False))
    assert play.state.hosts == ()


def test_a_room_that_is_not_for_members_lets_everybody_stay() -> None:
    play = meeting()
    assert membership_ended(play.state, BOB, "you left it", play.now, removed=True) == []


def test_a_ban_by_the_community_reaches_those_who_wait_at_the_door_too() -> None:
    play = of_members(knock=True)
    play.speak("zoe knocks")
    events = put_out_by_community(play.state, ZOE, "spam", play.now)
    _, effects = apply(play.state, events)
    answers = [each.answer for each in effects if isinstance(each, f.AnswerKnocker)]
    texts = [(each.answer, each.text) for each in answers if each is not None]
    assert texts == [("over", "the room's community banned you: spam")]
    for event in events:
        play.state = evolve(play.state, event)
    assert not play.state.knocks

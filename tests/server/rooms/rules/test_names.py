"""Scenes about names that read the same: who is shown with the tail of their key."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge
from roomcli.protocol.people import Person
from server.rooms.rules import (
    Limits,
    RoomState,
    decide,
    drop,
    enter,
    evolve,
    project,
    renewal,
    view,
)
from server.rooms.rules import journal as j

from .play import Play, standup

KEY = "0123456789abcdef0123456789ab"
"""The digits of a key before the last four."""


class WatchedRoom(dict[str, Person]):
    """The people in a room, with a record of who was looked at."""

    def __init__(self, people: dict[str, Person]) -> None:
        super().__init__(people)
        self.looked_at: list[str] = []

    def __getitem__(self, id: str) -> Person:
        self.looked_at.append(id)
        return super().__getitem__(id)


def go(state: RoomState, id: str) -> RoomState:
    """Return the room after somebody's connection was lost."""
    for event in drop(state, id, 2.0):
        state = evolve(state, event)
    return state


def come(state: RoomState, id: str, name: str, key: str) -> RoomState:
    """Return the room after a listener has come in."""
    person = Person(key, name, key=key)
    for event in enter(state, id, person, role="listener", hand_at=None, now=1.0):
        state = evolve(state, event)
    return state


def shown(state: RoomState) -> dict[str, str]:
    """Return the name that is shown for everybody, by id."""
    return {id: state.who(each).full_name for id, each in state.participants.items()}


def test_who_comes_later_carries_the_tail_until_they_leave() -> None:
    play = standup()
    play.perform("""
        >> bo2 enters name=BOB
        >> bob: leave_room
        >> bo2: chat it is me, Bob
        << everyone: chat_posted 1 bo2·6f32: it is me, Bob
        >> bo3 enters name=Bob
        >> bo3: raise_hand
        << everyone: hand_raised bo3·6f33 at=1
        >> bo2: leave_room
        >> bo3: leave_room
        << everyone: participant_left bo3 left
        >> bo4 enters name=Bob
    """)
    assert play.state.people["BO4"].tail == ""


def test_the_host_is_never_the_one_with_the_tail() -> None:
    play = Play()
    play.perform("""
        >> ann enters as host name=Hanna
        << everyone: stage_joined ann as host 0/1 muted
        >> bob enters name=hanna
        >> bob: raise_hand
        << everyone: hand_raised bob·6f62 at=0
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob·6f62 as speaker 1/1 muted
    """)


def test_when_the_host_comes_whoever_has_their_name_is_told_apart_everywhere() -> None:
    play = standup()
    play.perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 0.25 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
        << everyone: pulse audience=1
        >> eva enters name=Ann
        >> eva: chat I am the host
        << everyone: chat_posted 1 eva: I am the host
        >> eva: raise_hand
        << everyone: hand_raised eva at=1.25
        >> 1 seconds pass
        << everyone: participant_joined eva
        << everyone: pulse audience=2
        >> ann enters as host
        << everyone: stage_joined ann as host 2/1 muted
        << everyone: logged host_returned ann
        << everyone: role_changed bob cohost
        << everyone: person_changed eva·7661
    """)
    state = play.state
    assert state.people[state.front_row["eva"]].full_name == "Ann·7661"
    assert [state.people[hand.person].full_name for hand in state.hands] == ["Ann·7661"]
    assert [message.full_name for message in state.chat] == ["Ann·7661"]


def test_who_is_made_cohost_gives_the_tail_to_the_other() -> None:
    play = standup()
    play.perform("""
        >> bo2 enters name=Bob
        >> ann: invite_to_stage bo2
        << ann+bo2: invited_to_stage bo2·6f32 by ann
        >> bo2: accept_stage_invitation
        << ann+bo2: stage_invitation_settled bo2 accepted
        << everyone: stage_joined bo2·6f32 as speaker 1/1 muted
        >> ann: make_cohost bo2
        << everyone: logged make_cohost bob by ann
        << everyone: role_changed bo2 cohost by ann
        << everyone: person_changed bob·6f62
        << everyone: person_changed bo2
    """)


def test_of_two_cohosts_the_later_has_the_tail_until_the_other_is_none_any_more() -> None:
    play = standup()
    play.perform("""
        >> bo2 enters name=Bob
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> ann: make_cohost bo2
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bo2·6f32 as cohost 2/1 muted
        >> ann: move_to_audience bob
        << everyone: logged move_to_audience bob by ann
        << everyone: stage_left bob by ann moved
        << everyone: person_changed bob·6f62
        << everyone: person_changed bo2
    """)


def test_the_rightful_host_needs_no_tail_in_the_audience_either() -> None:
    play = standup()
    play.perform("""
        >> ann: leave_room
        << everyone: participant_left ann left
        >> an2 enters name=Ann
        >> an3 enters key=ann name=Ann
        << everyone: person_changed an2·6e32
    """)
    assert shown(play.state)["an3"] == "Ann"


def test_two_seats_of_one_key_are_one_person_with_one_name() -> None:
    play = standup()
    play.perform("""
        >> bo2 enters key=bob name=Bob
        >> bo3 enters name=Bob
        >> bo5 enters key=bo3 name=Bob
    """)
    names = shown(play.state)
    assert names["bob"] == names["bo2"] == "Bob"
    assert names["bo3"] == names["bo5"] == "Bob·6f33"
    play.perform("""
        >> bo4 enters key=bob name=bob
        << everyone: person_changed bob
    """)
    names = shown(play.state)
    assert names["bob"] == names["bo2"] == names["bo4"] == "bob"


@pytest.mark.parametrize("again", ["hanna", "H\u0430nna"])
def test_a_lost_connection_changes_nobody_s_name(again: str) -> None:
    state = RoomState.new("standup", "open")
    state = come(state, "a", "Hanna", KEY + "aaaa")
    state = come(state, "b", again, KEY + "bbbb")
    before = shown(state)
    assert before == {"a": "Hanna", "b": f"{again}·bbbb"}
    for id, name, key in (("a", "Hanna", "aaaa"), ("b", again, "bbbb")):
        state = come(go(state, id), id, name, KEY + key)
    assert shown(state) == before


def test_who_comes_back_under_a_new_name_is_judged_by_that() -> None:
    state = RoomState.new("standup", "open")
    state = come(state, "a", "Hanna", KEY + "aaaa")
    state = come(state, "b", "Ben", KEY + "bbbb")
    state = come(go(state, "b"), "b", "HANNA.", KEY + "bbbb")
    assert shown(state)["b"] == "HANNA.·bbbb"
    assert shown(come(go(state, "b"), "b", "Ben", KEY + "bbbb"))["b"] == "Ben"


def test_who_was_away_while_another_took_their_name_has_the_tail_now() -> None:
    state = RoomState.new("standup", "open")
    state = go(come(state, "a", "Hanna", KEY + "aaaa"), "a")
    state = come(state, "b", "Hanna", KEY + "bbbb")
    assert shown(come(state, "a", "Hanna", KEY + "aaaa")) == {"b": "Hanna", "a": "Hanna·aaaa"}


def test_who_was_away_while_another_took_their_tail_has_a_longer_one() -> None:
    state = RoomState.new("standup", "open")
    state = come(state, "h", "Hanna", KEY + "cccc")
    state = go(come(state, "a", "Hanna", "1" * 27 + "1aaaa"), "a")
    state = come(state, "b", "Hanna", "2" * 27 + "2aaaa")
    state = come(state, "a", "Hanna", "1" * 27 + "1aaaa")
    assert shown(state) == {"h": "Hanna", "b": "Hanna·aaaa", "a": "Hanna·1aaaa"}


def test_a_tail_is_as_long_as_it_takes() -> None:
    state = RoomState.new("standup", "open")
    state = come(state, "a", "Hanna", "a" * 32)
    for number, key in enumerate(("0" * 26 + "11b7e1", "0" * 26 + "21b7e1", "0" * 26 + "31b7e1")):
        state = come(state, f"b{number}", "Hanna", key)
    names = ["Hanna·b7e1", "Hanna·1b7e1", "Hanna·31b7e1"]
    assert list(shown(state).values())[1:] == names


def test_a_newcomer_is_compared_with_their_namesakes_alone() -> None:
    """In a room of three thousand people the others are not even looked at."""
    state = RoomState.new("standup", "open", Limits(people=5000))
    for number in range(3000):
        state = come(state, f"p{number}", f"Guest {number}", f"{number:032x}")

    people = WatchedRoom(state.people)
    state = replace(state, people=people)
    person = Person("NEW", "GUEST 7.", key="f" * 32)
    watched = enter(state, "new", person, role="listener", hand_at=None, now=1.0)
    assert [type(event).__name__ for event in watched] == ["Entered"]
    assert set(people.looked_at) <= {f"{7:032x}"}
    assert project(state, watched[0], "p0") == []


def test_of_three_thousand_namesakes_few_are_looked_at() -> None:
    state = RoomState.new("standup", "open", Limits(people=5000))
    for number in range(3000):
        state = come(state, f"p{number}", "Guest", f"{number * 7919:032x}")
    people = WatchedRoom(state.people)
    state = replace(state, people=people)
    person = Person("NEW", "guest", key="f" * 32)
    (entered,) = enter(state, "new", person, role="listener", hand_at=None, now=1.0)
    assert isinstance(entered, j.Entered)
    assert entered.person.full_name == "guest·ffff"
    assert len(people.looked_at) <= 5


def test_nobody_is_told_of_tails_but_as_of_everything_else() -> None:
    """A listener out of sight is not announced; the tail is seen in the front row."""
    play = standup()
    play.perform("""
        >> ev2 enters name=Eve
        >> bob: leave_room
        >> 1 seconds pass
        << everyone: participant_left bob left
        << everyone: participant_joined ev2·7632
        << everyone: pulse audience=2
    """)
    seen = view(play.state, "eve").person_in("ev2")
    assert seen is not None
    assert seen.full_name == "Eve·7632"


MAIL = Badge(
    kind="mail",
    subject="acme.example",
    domain="acme.example",
    proven_at=1.0,
    checked_at=1.0,
    until=9e9,
)
CONFUSABLE = ("\u0410nna", "Ann\u0251", "A\u200bn\u2060na", "ANNA.", "A n n a", "\uff21nn\u0430")
"""Names that read like Anna: letters of other scripts, characters of no width, dots, spaces."""


def verified(state: RoomState, id: str, name: str) -> RoomState:
    """Return the room after a listener has come in of whom something is proven."""
    for event in arrival(state, id, name):
        state = evolve(state, event)
    return state


def arrival(state: RoomState, id: str, name: str) -> list[j.JournalEvent]:
    """Return the events when a listener comes in of whom something is proven."""
    person = Person(id, name, key=f"{id:0>32}", badges=(MAIL,))
    return enter(state, id, person, role="listener", hand_at=None, now=1.0)


def marked(state: RoomState) -> set[str]:
    """Return who is marked as a lookalike."""
    return {id for id, each in state.people.items() if each.lookalike}


@pytest.mark.parametrize("name", CONFUSABLE)
def test_who_reads_like_somebody_verified_is_marked_whoever_came_first(name: str) -> None:
    empty = RoomState.new("standup", "open")
    after = come(verified(empty, "a", "Anna"), "b", name, KEY + "bbbb")
    before = verified(come(empty, "b", name, KEY + "bbbb"), "a", "Anna")
    for state in (after, before):
        assert marked(state) == {KEY + "bbbb"}
        assert shown(state) == {"a": "Anna", "b": f"{name}·bbbb"}


def test_nobody_else_is_marked() -> None:
    state = verified(RoomState.new("standup", "open"), "a", "Anna")
    state = come(state, "b", "Anne", KEY + "bbbb")
    state = come(state, "c", "Anne", KEY + "cccc")
    state = verified(state, "d", "Anna")
    assert marked(state) == set()
    assert shown(state)["a"] == "Anna"
    assert shown(state)["d"].startswith("Anna·")


def test_a_host_is_marked_too_and_keeps_the_name_without_a_tail() -> None:
    play = standup()
    state = verified(play.state, "x", "ann")
    assert marked(state) == {"ANN"}
    assert (state.people["ANN"].tail, bool(state.people["x"].tail)) == ("", True)


def test_the_mark_stays_when_the_verified_one_has_left_and_goes_with_a_first_badge() -> None:
    state = verified(RoomState.new("standup", "open"), "a", "Anna")
    state = come(state, "b", "ANNA", KEY + "bbbb")
    for event in decide(state, "a", c.LeaveRoom(), 2.0, bytes(32)):
        state = evolve(state, event)
    me = state.people[KEY + "bbbb"]
    (kept,) = renewal(state, me, replace(me, headline="Bees"))
    assert isinstance(kept, e.PersonChanged)
    assert kept.person.lookalike
    (changed,) = renewal(state, me, replace(me, badges=(MAIL,)))
    assert isinstance(changed, e.PersonChanged)
    assert not changed.person.lookalike


def test_a_first_badge_marks_those_who_have_the_name() -> None:
    state = come(RoomState.new("standup", "open"), "b", "Anna", KEY + "bbbb")
    state = come(state, "a", "Anna", KEY + "aaaa")
    me = state.people[KEY + "aaaa"]
    for event in renewal(state, me, replace(me, badges=(MAIL,))):
        state = evolve(state, event)
    assert marked(state) == {KEY + "bbbb"}
    assert shown(state) == {"a": "Anna", "b": "Anna·bbbb"}
    for event in renewal(state, state.people[me.id], replace(me, badges=())):
        state = evolve(state, event)
    assert KEY + "aaaa" not in marked(state)


def test_who_has_a_tail_is_marked_when_they_come_on_stage() -> None:
    play = standup()
    play.perform(">> bo2 enters name=Bob")
    play.happen(arrival(play.state, "x", "BOB"))
    assert marked(play.state) == {"BOB"}
    play.perform("""
        >> bo2: raise_hand
        << everyone: hand_raised bo2·6f32 at=1
        >> ann: accept_hand bo2
        << everyone: hand_lowered bo2 accepted by ann
        << everyone: stage_joined bo2·6f32 as speaker 1/1 muted
        << everyone: person_changed bo2·6f32
    """)
    assert marked(play.state) == {"BOB", "BO2"}


def test_a_badge_is_renewed_under_a_name_for_this_room_too() -> None:
    state = come(RoomState.new("standup", "open"), "a", "Nobody", KEY + "aaaa")
    known = Person(KEY + "aaaa", "Anna", key=KEY + "aaaa")
    (changed,) = renewal(state, known, replace(known, badges=(MAIL,)))
    assert isinstance(changed, e.PersonChanged)
    assert (changed.person.name, changed.person.badges) == ("Nobody", (MAIL,))
    assert renewal(state, known, known) == []

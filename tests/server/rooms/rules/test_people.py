"""Scenes about people, who are the same in all their seats, and known as long as they are named."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.people import Person
from server.rooms.rules import (
    Limits,
    RoomState,
    Told,
    decide,
    departure,
    drop,
    enter,
    evolve,
    project,
    tick,
    view,
)
from server.rooms.rules import journal as j
from server.rooms.rules.state import MAX_DEPARTED

from .play import standup
from .script import key_of


def test_who_comes_back_under_another_name_is_shown_so_everywhere_but_in_what_they_said() -> None:
    play = standup()
    play.perform("""
        >> bob: chat hi
        << everyone: chat_posted 1 bob: hi
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> bob2 enters key=bob name=Robert
        << everyone: person_changed bob
        >> bob: leave_room
        << everyone: participant_left bob left
        >> bob2: leave_room
        >> bob3 enters key=bob name=Roberta
        << everyone: person_changed bob
    """)
    assert play.state.people["BOB"].name == "Roberta"
    assert [(each.person, each.name) for each in play.state.chat] == [("BOB", "Bob")]


def test_a_ticket_brings_the_new_name_of_its_holder() -> None:
    play = standup()
    play.perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> bob drops
    """)
    events = enter(
        play.state,
        "bob",
        Person("BOB", "Robert", key=key_of("bob")),
        role="listener",
        hand_at=None,
        now=play.now,
        restored=True,
    )
    assert play.happen(events) == ["<< everyone: person_changed bob"]
    seen = view(play.state, "eve")
    assert seen.shown(seen.hands[0]).name == "Robert"


def test_a_command_may_name_a_person_and_means_the_seat_that_it_is_about() -> None:
    play = standup()
    play.perform("""
        >> bob2 enters key=bob
        >> bob2: raise_hand
        << everyone: hand_raised bob2 at=1
        >> ann: accept_hand BOB
        << everyone: hand_lowered bob2 accepted by ann
        << everyone: stage_joined bob2 as speaker 1/1 muted
        >> ann: invite_to_stage BOB
        << ann+bob: invited_to_stage bob by ann
        >> ann: silence BOB
        << everyone: logged silence bob by ann
        << everyone: silenced bob2 by ann
        >> bob: leave_room
        << ann+bob: stage_invitation_settled bob void
        >> bob2: leave_room
        << everyone: participant_left bob2 left
        >> ann: lift_silence BOB
        << everyone: logged lift_silence bob by ann
        >> ann: ban BOB
        << everyone: logged ban bob by ann (for good)
        >> ann: silence BOB
        << ann refused: no_such_person
    """)


def test_whom_nothing_names_any_more_is_forgotten_however_many_come_and_go() -> None:
    """Three thousand come, some write, all go: neither the room nor what anybody sees grows."""
    state = RoomState.new("standup", "open", Limits(people=50, front_row=5), owner=key_of("ann"))
    host = Person("ANN", "Ann", key=key_of("ann"))
    now, seen = 1.0, None

    def happen(events: list[j.JournalEvent]) -> None:
        nonlocal state, seen
        for event in events:
            news: list[Told] = project(state, event, "ann") if seen is not None else []
            state = evolve(state, event)
            for each in news:
                assert seen is not None
                seen = evolve_view(seen, each)

    happen(enter(state, "ann", host, role="host", hand_at=None, now=now))
    seen = view(state, "ann")
    most = 0
    for number in range(3_000):
        now += 0.5
        id = f"p{number}"
        person = Person(id.upper(), f"Guest {number}", key=f"{number:032x}")
        happen(enter(state, id, person, role="listener", hand_at=None, now=now))
        if number % 4 == 0:
            happen(decide(state, id, c.Chat(text="hi"), now, b""))
            happen(tick(state, now))
        if number >= 10:
            gone = f"p{number - 10}"
            happen(drop(state, gone, now) if number % 2 else departure(state, _left(gone, now)))
        most = max(most, len(state.people))
        assert seen is not None
        assert len(seen.people) <= 1 + 5
    assert seen == view(state, "ann")
    assert state.chat[0].number > 1, "not everything that was written is kept"
    assert most <= 11 + MAX_DEPARTED + 500 + 5 + 1


def _left(id: str, now: float) -> j.Departed:
    return j.Departed(id=id, at=now)

"""Scenes about hands: who is next, and why."""

from __future__ import annotations

from roomcli.protocol.view import RoomView
from server.rooms.rules import view

from .play import meeting, standup
from .script import CURTAIN


def queue(view: RoomView) -> list[str]:
    """Return the queue as somebody reads it, each place with its reason."""
    return [
        f"{hand.id} {hand.topic or '-'} at={hand.at - CURTAIN:g} spoken={hand.spoken:g}"
        for hand in view.hands
    ]


def test_a_hand_says_on_what_and_keeps_its_place_when_it_says_something_else() -> None:
    play = standup()
    play.perform("""
        >> bob: raise_hand about tests
        << everyone: hand_raised bob at=1 about tests
        >> 1 seconds pass
        >> eve: raise_hand
        << everyone: hand_raised eve at=2
        >> 4 seconds pass
        >> bob: raise_hand
        >> bob: raise_hand about tests
        >> bob: raise_hand about locks
        << everyone: hand_raised bob at=1 about locks
    """)
    assert queue(view(play.state, "eve")) == [
        "bob about locks at=1 spoken=0",
        "eve - at=2 spoken=0",
    ]
    assert view(play.state, "ann").place_in_queue("eve") == 2


def test_a_line_is_harmless_text() -> None:
    standup().perform("""
        >> bob: raise_hand \x1b[31mred
        << bob refused: bad_text
        >> eve: raise_hand \u202ebackwards
        << eve refused: bad_text
    """)


def test_in_a_fair_queue_who_spoke_least_is_next() -> None:
    play = meeting()
    play.perform("""
        >> bob speaks 12 seconds
        << everyone: pulse audience=2 bob=12s
        >> ann: move_to_audience bob
        << everyone: logged move_to_audience bob by ann
        << everyone: stage_left bob by ann moved
        >> bob: raise_hand once more
        << everyone: hand_raised bob at=14 once more spoken=12
        >> 2 seconds pass
        << everyone: pulse audience=3
        >> eve: raise_hand
        << everyone: hand_raised eve at=16
        >> 2 seconds pass
        >> cid: raise_hand
        << everyone: hand_raised cid at=18
        >> ann: change_settings order=fair
        << everyone: logged change_settings by ann (order=fair)
        << everyone: settings_changed order=fair by ann
    """)
    assert queue(view(play.state, "eve")) == [
        "eve - at=16 spoken=0",
        "cid - at=18 spoken=0",
        "bob once more at=14 spoken=12",
    ]
    play.perform("""
        >> ann: change_settings order=fifo
        << everyone: logged change_settings by ann (order=fifo)
        << everyone: settings_changed as usual by ann
    """)
    assert [hand.id for hand in play.state.hands] == ["bob", "eve", "cid"]


def test_what_somebody_spoke_counts_under_any_name_and_after_a_return() -> None:
    play = meeting("ann: change_settings order=fair")
    play.perform("""
        >> bob speaks 12 seconds
        << everyone: pulse audience=2 bob=12s
        >> bob: leave_room
        << everyone: participant_left bob left
        >> bo enters key=bob
        >> bo: raise_hand
        << everyone: hand_raised bo at=14 spoken=12
        >> eve: raise_hand
        << everyone: hand_raised eve at=14
        >> ann: accept_hand bo
        << everyone: hand_lowered bo accepted by ann
        << everyone: stage_joined bo as speaker 2/1 muted spoken=12
    """)
    assert [hand.id for hand in play.state.hands] == ["eve"]


def test_a_cough_costs_no_place() -> None:
    play = meeting("ann: change_settings order=fair")
    play.perform("""
        >> bob speaks 0.9 seconds
        >> ann: move_to_audience bob
        << everyone: logged move_to_audience bob by ann
        << everyone: stage_left bob by ann moved
        >> 1 seconds pass
        << everyone: pulse audience=3
        >> bob: raise_hand
        << everyone: hand_raised bob at=3.9 spoken=0.9
        >> 1 seconds pass
        >> eve: raise_hand
        << everyone: hand_raised eve at=4.9
    """)
    assert [hand.id for hand in play.state.hands] == ["bob", "eve"]


def test_hands_off_works_the_queue_off_and_takes_no_new_ones() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: change_settings hands=off
        << everyone: logged change_settings by ann (hands=off)
        << everyone: settings_changed hands=off by ann
        >> eve: raise_hand
        << eve refused: hands_off
        >> bob: raise_hand about tests
        << everyone: hand_raised bob at=1 about tests
        >> cid enters hand=1
        << everyone: hand_raised cid at=0
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 1/1 muted
        >> ann: change_settings hands=on
        << everyone: logged change_settings by ann (hands=on)
        << everyone: settings_changed as usual by ann
        >> eve: raise_hand
        << everyone: hand_raised eve at=1
    """)


def test_by_invitation_only_nobody_asks() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: change_settings hands=invited
        << everyone: logged change_settings by ann (hands=invited)
        << everyone: settings_changed hands=invited by ann
        << everyone: hands_lowered by ann
        >> bob: raise_hand
        << bob refused: hands_off
        >> cid enters hand=1
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> bob: accept_stage_invitation
        << ann+bob: stage_invitation_settled bob accepted
        << everyone: stage_joined bob as speaker 1/1 muted
    """)


def test_all_hands_go_down_at_once() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> eve: raise_hand
        << everyone: hand_raised eve at=1
        >> bob: lower_all_hands
        << bob refused: not_allowed
        >> ann: lower_all_hands
        << everyone: logged lower_all_hands by ann (2 hands)
        << everyone: hands_lowered by ann
        >> ann: lower_all_hands
        >> ann: accept_hand bob
        << ann refused: no_hand
    """)

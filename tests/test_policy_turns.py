"""Scenes about hands and turns: who is next and why, and for how long somebody has the floor."""

from __future__ import annotations

from roomcli.protocol.room import RoomView
from server.policy import TURN_GRACE, may_speak, view

from .policy_play import CURTAIN, Play, standup


def queue(view: RoomView) -> list[str]:
    """The queue as somebody reads it, each place with its reason."""
    return [
        f"{hand.person.id} {hand.line or '-'} at={hand.at - CURTAIN:g} spoken={hand.spoken:g}"
        for hand in view.hands
    ]


def meeting(*commands: str) -> Play:
    """Ann hosts, Bob speaks with an open microphone, Cid and Eve listen."""
    play = standup()
    play.perform("""
        >> cid enters
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> bob: accept_invite
        << ann+bob: invite_settled bob accepted
        << everyone: stage_joined bob as speaker 1/1 muted
        >> bob: unmute
        << everyone: unmuted bob
        >> 1 seconds pass
        << everyone: participant_joined cid
        << everyone: pulse audience=2
    """)
    for each in commands:
        play.speak(each)
    return play


# Hands.


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
    assert [hand.person.id for hand in play.state.hands] == ["bob", "eve", "cid"]


def test_what_somebody_spoke_counts_under_any_name_and_after_a_return() -> None:
    play = meeting("ann: change_settings order=fair")
    play.perform("""
        >> bob speaks 12 seconds
        << everyone: pulse audience=2 bob=12s
        >> bob: leave
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
    assert [hand.person.id for hand in play.state.hands] == ["eve"]


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
    assert [hand.person.id for hand in play.state.hands] == ["bob", "eve"]


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
        >> bob: accept_invite
        << ann+bob: invite_settled bob accepted
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


# Turns.


def test_a_turn_is_announced_and_ends_in_the_audience() -> None:
    play = standup()
    play.perform("""
        >> ann: change_settings floor_seconds=60
        << everyone: logged change_settings by ann (floor_seconds=60)
        << everyone: settings_changed floor_seconds=60 by ann
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 1/1 muted ends_at=76
        >> bob: unmute
        << everyone: unmuted bob
        >> 59.9 seconds pass
        << everyone: pulse audience=1
        >> 0.1 seconds pass
        << everyone: turn_ending bob ends_at=76
        >> 14.9 seconds pass
    """)
    assert may_speak(play.state, "bob") is not None
    play.perform("""
        >> 0.1 seconds pass
        << everyone: logged turn_over bob
        << everyone: stage_left bob time
        << everyone: participant_joined bob
        << everyone: pulse audience=2
    """)
    assert may_speak(play.state, "bob") is None
    assert TURN_GRACE == 15.0
    play.perform("""
        >> bob: unmute
        << bob refused: not_on_stage
        >> bob: raise_hand
        << everyone: hand_raised bob at=76
        >> 1 seconds pass
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 2/1 muted ends_at=152
    """)


def test_one_more_minute_counts_from_now_or_from_the_end() -> None:
    meeting("ann: change_settings floor_seconds=60").perform("""
        >> bob: give_time bob
        << bob refused: not_allowed
        >> ann: give_time bob
        << everyone: turn_set bob ends_at=137
        >> 120 seconds pass
        << everyone: turn_ending bob ends_at=137
        >> ann: give_time bob
        << everyone: turn_set bob ends_at=197
        >> 60 seconds pass
        << everyone: turn_ending bob ends_at=197
        >> 14 seconds pass
        >> ann: give_time bob seconds=10
        << everyone: turn_set bob ends_at=207
        >> 0 seconds pass
        << everyone: turn_ending bob ends_at=207
        >> 11 seconds pass
        << everyone: logged turn_over bob
        << everyone: stage_left bob time
        << everyone: pulse audience=3
    """)


def test_moderators_have_all_the_time_they_want() -> None:
    meeting("ann: change_settings floor_seconds=60").perform("""
        >> ann: give_time ann
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: turn_set bob
        << everyone: role_changed bob cohost by ann
        >> 1000 seconds pass
        >> ann: hand_over bob
        << everyone: logged hand_over bob by ann
        << everyone: role_changed bob host by ann
        << everyone: role_changed ann speaker by ann
        << everyone: turn_set ann ends_at=1077
        >> 60 seconds pass
        << everyone: turn_ending ann ends_at=1077
        >> bob: make_cohost ann
        << everyone: logged make_cohost ann by bob
        << everyone: turn_set ann
        << everyone: role_changed ann cohost by bob
        >> 60 seconds pass
    """)


def test_turns_begin_when_they_are_switched_on_and_go_on_for_ever_when_off() -> None:
    meeting().perform("""
        >> 100 seconds pass
        >> ann: change_settings floor_seconds=60
        << everyone: logged change_settings by ann (floor_seconds=60)
        << everyone: settings_changed floor_seconds=60 by ann
        << everyone: turn_set bob ends_at=177
        >> ann: change_settings topic=lighthouses
        << everyone: logged change_settings by ann (topic=lighthouses)
        << everyone: settings_changed topic=lighthouses floor_seconds=60 by ann
        >> 50 seconds pass
        >> ann: change_settings floor_seconds=30
        << everyone: logged change_settings by ann (floor_seconds=30)
        << everyone: settings_changed topic=lighthouses floor_seconds=30 by ann
        << everyone: turn_set bob ends_at=197
        >> ann: change_settings floor_seconds=0
        << everyone: logged change_settings by ann (floor_seconds=0)
        << everyone: settings_changed topic=lighthouses by ann
        << everyone: turn_set bob
        >> 1000 seconds pass
    """)


def test_a_turn_runs_on_without_its_speaker() -> None:
    meeting("ann: change_settings floor_seconds=60").perform("""
        >> 50 seconds pass
        >> bob drops
        << everyone: speaker_dropped bob kept_until=82
        >> 10 seconds pass
        << everyone: turn_ending bob ends_at=77
        >> 15 seconds pass
        << everyone: logged turn_over bob
        << everyone: stage_left bob time
        << everyone: pulse audience=3
        >> bob resumes
        >> bob: unmute
        << bob refused: not_on_stage
        >> cid drops
        >> 30 seconds pass
        << everyone: participant_left cid lost
        << everyone: participant_joined bob
        << everyone: pulse audience=2
    """)


def test_whoever_returns_to_the_stage_has_a_new_turn() -> None:
    play = meeting("ann: change_settings floor_seconds=60")
    play.perform("""
        >> 40 seconds pass
        >> bob drops
        << everyone: speaker_dropped bob kept_until=72
        >> 30 seconds pass
        << everyone: participant_left bob lost
        >> bob enters as speaker restored
        << everyone: stage_joined bob as speaker 2/1 muted ends_at=147
    """)


def test_a_clock_that_jumps_ends_a_turn_once_and_without_a_warning_from_the_past() -> None:
    meeting("ann: change_settings floor_seconds=60").perform("""
        >> 100000 seconds pass
        << everyone: logged turn_over bob
        << everyone: stage_left bob time
        << everyone: pulse audience=3
        >> 100000 seconds pass
    """)


def test_time_on_the_floor_is_told_by_the_pulse() -> None:
    play = meeting()
    play.perform("""
        >> bob speaks 0.5 seconds
        >> bob speaks 0.5 seconds
        << everyone: pulse audience=2 bob=1s
        >> ann speaks 2 seconds
        << everyone: pulse audience=2 ann=2s
        >> bob speaks 3 seconds
        << everyone: pulse audience=2 bob=4s
        >> 10 seconds pass
    """)
    assert view(play.state, "eve").stage["bob"].spoken == 4.0

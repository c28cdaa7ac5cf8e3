"""Scenes about turns: how long somebody may speak, and what is told of it."""

from __future__ import annotations

from roomcli.protocol.times import TURN_GRACE
from server.rooms.rules import may_speak, view

from .play import meeting, standup


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

"""Scenes about entering, dropping, returning and leaving, and what time does to seats."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.rooms.rules import decide, may_speak
from server.rooms.rules import journal as j

from .play import standup


def test_a_lost_speaker_keeps_the_place_for_thirty_seconds() -> None:
    play = standup()
    play.perform("""
        >> bob: leave_room
        >> cid enters as speaker restored
        << everyone: stage_joined cid as speaker 1/1 muted
        >> cid: unmute
        << everyone: unmuted cid
        >> cid drops
        << everyone: speaker_dropped cid kept_until=31
    """)
    assert may_speak(play.state, "cid") is None
    play.perform("""
        >> cid: unmute
        >> 29 seconds pass
        << everyone: participant_left bob left
        << everyone: pulse audience=1
        >> cid resumes
        << everyone: speaker_returned cid
        >> cid: unmute
        << everyone: unmuted cid
        >> cid resumes
        << everyone: muted cid
        >> cid drops
        << everyone: speaker_dropped cid kept_until=60
        >> 30 seconds pass
        << everyone: participant_left cid lost
        >> cid resumes
        << cid refused: no_such_person
    """)


def test_a_hand_keeps_its_place_and_a_listener_goes_quietly() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> bob drops
        >> eve drops
        >> 0.25 seconds pass
        << everyone: participant_left eve lost
        << everyone: pulse audience=1
        >> 29 seconds pass
        >> bob resumes
        >> bob drops
        >> 30 seconds pass
        << everyone: participant_left bob lost
        << everyone: pulse audience=0
    """)


def test_seats_run_out_in_order_and_together_when_time_jumps() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> eve: raise_hand
        << everyone: hand_raised eve at=1
        >> bob drops
        >> 10 seconds pass
        >> eve drops
        >> bob drops
        >> 20 seconds pass
        << everyone: participant_left bob lost
        << everyone: pulse audience=1
        >> cid enters hand=0
        << everyone: hand_raised cid at=31
        >> cid drops
        >> 90 seconds pass
        << everyone: participant_left eve lost
        << everyone: participant_left cid lost
        << everyone: pulse audience=0
    """)


def test_who_is_dropped_can_be_acted_upon() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> bob drops
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 1/1 muted dropped
        >> ann: silence bob
        << everyone: logged silence bob by ann
        << everyone: silenced bob by ann
        >> bob resumes
        << everyone: speaker_returned bob
        >> bob: unmute
        << bob refused: silenced
        >> bob drops
        << everyone: speaker_dropped bob kept_until=31
        >> ann: remove bob
        << everyone: logged remove bob by ann
        << everyone: participant_left bob removed by ann
        >> bob resumes
        << bob refused: no_such_person
    """)


def test_a_room_without_a_host_says_so_and_closes() -> None:
    play = standup()
    play.perform("""
        >> ann drops
        << everyone: speaker_dropped ann kept_until=31
        >> 0 seconds pass
        << everyone: host_absent closes_at=61
        >> 20 seconds pass
        >> ann resumes
        << everyone: speaker_returned ann
        >> 0 seconds pass
        << everyone: host_present
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 0 seconds pass
        << everyone: host_absent closes_at=81
        >> 59 seconds pass
        >> ann enters as host restored
        << everyone: stage_joined ann as host 1/1 muted
        >> 0.5 seconds pass
        << everyone: host_present
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 0 seconds pass
        << everyone: host_absent closes_at=140.5
        >> 60 seconds pass
        << everyone: logged room_closed (nobody was there to host it)
        << everyone: room_ended no_host
        >> 10 seconds pass
        >> bob: raise_hand
        << bob refused: ended
        >> bob resumes
        << bob refused: ended
        >> fay enters
        << fay refused: ended
    """)


def test_a_cohost_is_enough_for_the_room_to_go_on() -> None:
    standup().perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> ann drops
        << everyone: speaker_dropped ann kept_until=31
        >> 29 seconds pass
        << everyone: pulse audience=1
        >> bob: lock
        << everyone: logged lock by bob
        << everyone: room_locked by bob
        >> bob: end_room
        << bob refused: not_allowed
        >> bob: leave_stage
        << everyone: stage_left bob left
        >> 0 seconds pass
        << everyone: host_absent closes_at=90
    """)


def test_who_is_removed_is_gone() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: remove bob
        << everyone: logged remove bob by ann
        << everyone: participant_left bob removed by ann
        >> ann: remove eve
        << everyone: logged remove eve by ann
        >> ann: remove eve
        >> ann: remove zoe
        << ann refused: no_such_person
        >> 1 seconds pass
        << everyone: participant_left eve removed by ann
        << everyone: pulse audience=0
        >> ann: remove ann
        << ann refused: not_allowed
    """)


def test_the_pulse_gathers_slow_news() -> None:
    standup().perform("""
        >> bob: react 👏
        >> ann: react 👏
        >> bob: react 🎉
        >> bob: react 🐍
        >> bob: react :-)
        << bob refused: bad_reaction
        >> 0.1 seconds pass
        >> 0.15 seconds pass
        << everyone: pulse audience=2 👏x2 🎉x1 🐍x1
        >> cid enters
        >> dee enters
        >> bob: leave_room
        >> 0.1 seconds pass
        >> 0.2 seconds pass
        << everyone: participant_left bob left
        << everyone: participant_joined cid
        << everyone: pulse audience=3
        >> 10 seconds pass
        >> fay enters
        >> fay: leave_room
        >> 10 seconds pass
    """)


def test_who_comes_back_before_the_pulse_is_not_taken_away_by_it() -> None:
    standup().perform("""
        >> bob: leave_room
        >> bob enters hand=0.5
        << everyone: participant_left bob left
        << everyone: hand_raised bob at=0.5
        >> 1 seconds pass
        << everyone: participant_joined bob
        << everyone: pulse audience=2
    """)


def test_what_a_moderator_says_on_removing_somebody_is_harmless_text() -> None:
    play = standup()
    removal = c.Remove(id="bob", reason="go \x1b[31mnow\u202e")
    logged, departed, _ = decide(play.state, "ann", removal, play.now, b"")
    assert isinstance(logged, e.ModerationLogged)
    assert isinstance(departed, j.Departed)
    assert departed.note == logged.entry.reason == "go now"

"""Scenes about who leads the room: always declared, and never missing for long."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.times import KEEP_SEAT
from roomcli.protocol.view import successor
from server.rooms.rules import next_wake, view

from .play import Play, standup


def led() -> Play:
    """Return a room that Ann hosts, with Bob and then Cid as co-hosts, and Eve as a listener."""
    play = standup()
    for line in ("ann: make_cohost bob", "cid enters as cohost restored", "1 seconds pass"):
        play.speak(line)
    return play


def test_when_the_host_drops_the_first_cohost_takes_over_in_thirty_seconds() -> None:
    play = led()
    for viewer in ("ann", "eve"):
        heir = view(play.state, viewer).successor
        assert heir is not None
        assert heir.id == "bob"
    play.perform("""
        >> ann drops
        << everyone: speaker_dropped ann kept_until=32
        >> 29 seconds pass
        >> 1 seconds pass
        << everyone: participant_left ann lost
        << everyone: logged succession bob
        << everyone: role_changed bob host
        >> bob: end_room over
        << everyone: logged end_room by bob: over
        << everyone: room_ended ended by bob
    """)


def test_a_host_who_is_back_in_time_never_lost_the_role() -> None:
    led().perform("""
        >> ann drops
        << everyone: speaker_dropped ann kept_until=32
        >> 29 seconds pass
        >> ann resumes
        << everyone: speaker_returned ann
        >> 30 seconds pass
        >> bob: end_room
        << bob refused: not_allowed
    """)


def test_a_host_who_leaves_is_followed_at_once() -> None:
    led().perform("""
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 0 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
    """)


def test_the_host_comes_back_and_the_stand_in_is_a_cohost_again() -> None:
    play = led()
    for line in ("ann drops", "30 seconds pass", "1 seconds pass"):
        play.speak(line)
    play.perform("""
        >> eve: lock
        << eve refused: not_allowed
        >> bob: lock
        << everyone: logged lock by bob
        << everyone: room_locked by bob
        >> ann enters as host restored
        << everyone: stage_joined ann as host 0/2 muted
        << everyone: logged host_returned ann
        << everyone: role_changed bob cohost
        >> bob: end_room
        << bob refused: not_allowed
        >> ann: end_room
        << everyone: logged end_room by ann
        << everyone: room_ended ended by ann
    """)


def test_a_stand_in_who_drops_is_followed_too() -> None:
    led().perform("""
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 1 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
        >> bob drops
        << everyone: speaker_dropped bob kept_until=33
        >> 30 seconds pass
        << everyone: participant_left bob lost
        << everyone: logged succession cid
        << everyone: role_changed cid host
        >> bob enters as cohost restored
        << everyone: stage_joined bob as cohost 0/2 muted
        >> 1 seconds pass
        >> ann enters as host
        << everyone: stage_joined ann as host 1/2 muted
        << everyone: logged host_returned ann
        << everyone: role_changed cid cohost
    """)


def test_succession_passes_over_who_is_not_there() -> None:
    play = led()
    play.perform("""
        >> bob drops
        << everyone: speaker_dropped bob kept_until=32
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 1 seconds pass
        << everyone: logged succession cid
        << everyone: role_changed cid host
    """)
    assert successor(view(play.state, "eve").stage.values()) is None


def test_a_stand_in_hands_over_what_is_theirs_and_no_more() -> None:
    play = led()
    owner = play.state.owner
    for line in ("ann: leave_room", "1 seconds pass"):
        play.speak(line)
    play.perform("""
        >> bob: hand_over eve
        << everyone: logged hand_over eve by bob
        << everyone: stage_joined eve as host 0/2 muted
        << everyone: role_changed bob speaker by bob
        >> bob: leave_room
        << everyone: participant_left bob left
        >> 1 seconds pass
        << everyone: pulse audience=0
        >> ann enters as host
        << everyone: stage_joined ann as host 1/2 muted
        << everyone: logged host_returned ann
        << everyone: role_changed eve cohost
    """)
    assert play.state.owner == owner


def test_an_owner_who_hands_over_is_owner_no_more() -> None:
    play = led()
    play.perform("""
        >> ann: hand_over cid
        << everyone: logged hand_over cid by ann
        << everyone: role_changed cid host by ann
        << everyone: role_changed ann speaker by ann
        >> cid drops
        << everyone: speaker_dropped cid kept_until=32
        >> 30 seconds pass
        << everyone: participant_left cid lost
        << everyone: logged succession bob
        << everyone: role_changed bob host
        >> 1 seconds pass
        >> cid enters as host restored
        << everyone: stage_joined cid as host 2/2 muted
        << everyone: logged host_returned cid
        << everyone: role_changed bob cohost
    """)


def test_without_a_successor_the_room_closes_and_says_when() -> None:
    standup().perform("""
        >> ann drops
        << everyone: speaker_dropped ann kept_until=31
        >> 0 seconds pass
        << everyone: host_absent closes_at=61
        >> 30 seconds pass
        << everyone: participant_left ann lost
        >> 29 seconds pass
        >> 1 seconds pass
        << everyone: logged room_closed (nobody was there to host it)
        << everyone: room_ended no_host
        >> 1000 seconds pass
        >> bob: raise_hand
        << bob refused: ended
    """)


def test_whoever_comes_as_a_moderator_keeps_the_room_open() -> None:
    standup().perform("""
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 1 seconds pass
        << everyone: host_absent closes_at=62
        >> 50 seconds pass
        >> cid enters as cohost restored
        << everyone: stage_joined cid as cohost 1/1 muted
        >> 0 seconds pass
        << everyone: logged succession cid
        << everyone: role_changed cid host
        << everyone: host_present
        >> 60 seconds pass
    """)


def test_after_a_restart_cohosts_wait_for_the_host_first() -> None:
    play = Play()
    play.state = replace(play.state, heir_at=play.now + KEEP_SEAT)
    play.perform("""
        >> 0 seconds pass
        << everyone: host_absent closes_at=60
        >> 5 seconds pass
        >> bob enters as cohost restored
        << everyone: stage_joined bob as cohost 0/1 muted
        >> 0 seconds pass
        << everyone: host_present
        >> 24 seconds pass
        >> 1 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
        >> 10 seconds pass
        >> ann enters as host restored
        << everyone: stage_joined ann as host 1/1 muted
        << everyone: logged host_returned ann
        << everyone: role_changed bob cohost
    """)


def test_after_a_restart_the_host_who_is_first_is_host() -> None:
    play = Play()
    play.state = replace(play.state, heir_at=play.now + KEEP_SEAT)
    play.perform("""
        >> bob enters as cohost restored
        << everyone: stage_joined bob as cohost 0/1 muted
        >> 10 seconds pass
        >> ann enters as host restored
        << everyone: stage_joined ann as host 1/1 muted
        >> 60 seconds pass
    """)


def test_a_clock_that_jumps_lets_everything_happen_in_order_and_once() -> None:
    play = led()
    play.perform("""
        >> eve: raise_hand
        << everyone: hand_raised eve at=2
        >> eve drops
        >> ann drops
        << everyone: speaker_dropped ann kept_until=32
        >> 100000 seconds pass
        << everyone: participant_left eve lost
        << everyone: participant_left ann lost
        << everyone: logged succession bob
        << everyone: role_changed bob host
        << everyone: pulse audience=0
        >> 100000 seconds pass
        >> bob drops
        << everyone: speaker_dropped bob kept_until=200032
        >> cid drops
        << everyone: speaker_dropped cid kept_until=200032
        >> 100000 seconds pass
        << everyone: participant_left bob lost
        << everyone: participant_left cid lost
        << everyone: host_absent closes_at=300062
        >> 100000 seconds pass
        << everyone: logged room_closed (nobody was there to host it)
        << everyone: room_ended no_host
    """)
    assert next_wake(play.state, play.now) is None

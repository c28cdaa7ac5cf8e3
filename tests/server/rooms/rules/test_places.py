"""Scenes about who finds a place in the room, on stage and in the queue."""

from __future__ import annotations

from server.rooms.rules import Limits

from .play import Play, standup


def test_the_last_place_waits_for_the_host() -> None:
    standup().perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> ann: leave_room
        << everyone: participant_left ann left
        >> cid enters as speaker restored
        << everyone: stage_joined cid as speaker 2/1 muted
        >> 2 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
        << everyone: pulse audience=1
        >> eve: raise_hand
        << everyone: hand_raised eve at=3
        >> bob: accept_hand eve
        << bob refused: stage_full
        >> ann enters as host restored
        << everyone: stage_joined ann as host 0/2 muted
        << everyone: logged host_returned ann
        << everyone: role_changed bob cohost
    """)


def test_a_locked_room_lets_nobody_new_in() -> None:
    standup().perform("""
        >> bob: lock
        << bob refused: not_allowed
        >> ann: lock
        << everyone: logged lock by ann
        << everyone: room_locked by ann
        >> ann: lock
        >> cid enters
        << cid refused: locked
        >> cid enters restored
        >> bob resumes
        >> ann: leave_room
        << everyone: participant_left ann left
        >> ann enters as host
        << everyone: stage_joined ann as host 1/1 muted
        >> ann: unlock
        << everyone: logged unlock by ann
        << everyone: room_unlocked by ann
        >> ann: unlock
        >> dee enters
    """)


def test_a_full_room_still_has_a_place_for_its_host() -> None:
    play = Play(Limits(people=2))
    play.perform("""
        >> bob enters
        >> cid enters restored
        >> dee enters restored
        << dee refused: room_full
        >> ann enters as host
        << everyone: stage_joined ann as host 0/1 muted
    """)


def test_a_person_has_so_many_seats_and_one_without_connection_makes_room() -> None:
    play = Play(Limits(seats=2))
    play.perform("""
        >> ann enters as host
        << everyone: stage_joined ann as host 0/1 muted
        >> bob enters
        >> ben enters key=bob name=Bob
        >> cid enters key=bob name=Bob
        << cid refused: too_many_seats
        >> bob: raise_hand
        << everyone: hand_raised bob at=0
        >> bob drops
        >> cid enters key=bob name=Bob
        << everyone: participant_left bob lost
        >> dee enters key=bob name=Bob
        << dee refused: too_many_seats
        >> ben: leave_room
        >> dee enters key=bob name=Bob
    """)


def test_of_seats_without_connection_the_least_makes_room() -> None:
    play = Play(Limits(seats=2))
    play.perform("""
        >> ann enters as host
        << everyone: stage_joined ann as host 0/1 muted
        >> bob enters
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> ben enters key=bob name=Bob
        >> ben: raise_hand
        << everyone: hand_raised ben at=0
        >> bob drops
        << everyone: speaker_dropped bob kept_until=30
        >> ben drops
        >> cid enters key=bob name=Bob
        << everyone: participant_left ben lost
    """)


def test_the_queue_has_an_end() -> None:
    play = Play(Limits(hands=1))
    play.perform("""
        >> ann enters as host
        << everyone: stage_joined ann as host 0/1 muted
        >> bob enters
        >> cid enters
        >> bob: raise_hand
        << everyone: hand_raised bob at=0
        >> cid: raise_hand
        << cid refused: queue_full
        >> bob: raise_hand
        >> bob: lower_hand
        << everyone: hand_lowered bob lowered
        >> cid: raise_hand
        << everyone: hand_raised cid at=0
    """)

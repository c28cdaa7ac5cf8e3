"""Scenes about the stage: hands, invitations, silences, roles, slots."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.protocol.people import SilenceNotice
from server.rooms.rules import Participant, RoomState, may_speak
from server.rooms.rules.state import MAX_STAGE_INVITATIONS

from .play import somebody, standup


def test_a_hand_is_raised_and_accepted() -> None:
    standup().perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> bob: raise_hand
        >> eve: accept_hand bob
        << eve refused: not_allowed
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 1/1 muted
        >> ann: accept_hand bob
        << ann refused: no_hand
        >> bob: unmute
        << everyone: unmuted bob
        >> bob: unmute
        >> 1 seconds pass
        << everyone: pulse audience=1
    """)


def test_the_queue_is_first_come_first_served_and_places_come_back() -> None:
    play = standup()
    play.perform("""
        >> eve: raise_hand
        << everyone: hand_raised eve at=1
        >> 5 seconds pass
        >> bob: raise_hand
        << everyone: hand_raised bob at=6
        >> cid enters hand=5.5
        << everyone: hand_raised cid at=0.5
        >> eve: lower_hand
        << everyone: hand_lowered eve lowered
        >> ann: decline_hand bob
        << everyone: hand_lowered bob declined by ann
        >> ann: decline_hand bob
    """)
    assert [hand.id for hand in play.state.hands] == ["cid"]


def test_an_invitation_is_between_moderators_and_the_invited() -> None:
    standup().perform("""
        >> bob: accept_stage_invitation
        << bob refused: no_stage_invitation
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> ann: invite_to_stage bob
        >> bob: decline_stage_invitation
        << ann+bob: stage_invitation_settled bob declined
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> bob: accept_stage_invitation
        << ann+bob: stage_invitation_settled bob accepted
        << everyone: stage_joined bob as speaker 1/1 muted
        >> ann: invite_to_stage bob
    """)


def test_an_invitation_by_somebody_they_block_only_moderators_know_of() -> None:
    play = standup()
    play.perform("""
        >> bob blocks ann
        >> ann: invite_to_stage bob
        << ann: invited_to_stage bob by ann
        >> bob: accept_stage_invitation
        << bob refused: no_stage_invitation
        >> bob: decline_stage_invitation
        >> ann: invite_to_stage bob
        >> ann: invite_to_stage eve
        << ann+eve: invited_to_stage eve by ann
        >> eve: accept_stage_invitation
        << ann+eve: stage_invitation_settled eve accepted
        << everyone: stage_joined eve as speaker 1/1 muted
        >> ann: make_cohost eve
        << everyone: logged make_cohost eve by ann
        << everyone: role_changed eve cohost by ann
        << eve: invited_to_stage bob by ann
        >> eve: invite_to_stage bob
        << bob: invited_to_stage bob by eve
        >> eve: invite_to_stage bob
        >> bob: accept_stage_invitation
        << ann+bob+eve: stage_invitation_settled bob accepted
        << everyone: stage_joined bob as speaker 2/1 muted
        >> bob: leave_stage
        << everyone: stage_left bob left
        >> ann: invite_to_stage bob
        << ann+eve: invited_to_stage bob by ann
        >> bob: leave_room
        << ann+eve: stage_invitation_settled bob void
    """)


def test_so_many_invitations_are_open_that_a_moderator_can_be_told_all_of_them() -> None:
    play = standup()
    for number in range(MAX_STAGE_INVITATIONS - 1):
        play.speak(f"g{number} enters as listener")
        play.speak(f"ann: invite_to_stage g{number}")
    play.speak("ann: invite_to_stage bob")
    play.perform("""
        >> ann: invite_to_stage eve
        << ann refused: too_many_invitations
        >> ann: invite_to_stage bob
        >> bob: decline_stage_invitation
        << ann+bob: stage_invitation_settled bob declined
        >> ann: invite_to_stage eve
        << ann+eve: invited_to_stage eve by ann
    """)


def test_insight_comes_and_goes_with_the_role() -> None:
    standup().perform("""
        >> ann: invite_to_stage eve
        << ann+eve: invited_to_stage eve by ann
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        << bob: invited_to_stage eve by ann
        >> ann: hand_over bob
        << everyone: logged hand_over bob by ann
        << everyone: role_changed bob host by ann
        << everyone: role_changed ann speaker by ann
        << ann: stage_invitation_settled eve void
        >> bob: make_cohost ann
        << everyone: logged make_cohost ann by bob
        << everyone: role_changed ann cohost by bob
        << ann: invited_to_stage eve by ann
        >> bob: move_to_audience ann
        << everyone: logged move_to_audience ann by bob
        << everyone: stage_left ann by bob moved
        << ann: stage_invitation_settled eve void
        >> eve: leave_room
        << bob+eve: stage_invitation_settled eve void
    """)


def test_silence_holds_until_it_is_lifted() -> None:
    play = standup()
    play.perform("""
        >> ann: silence bob
        << ann refused: not_on_stage
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> bob: accept_stage_invitation
        << ann+bob: stage_invitation_settled bob accepted
        << everyone: stage_joined bob as speaker 1/1 muted
        >> bob: unmute
        << everyone: unmuted bob
        >> ann: silence bob
        << everyone: logged silence bob by ann
        << everyone: silenced bob by ann
        >> bob: unmute
        << bob refused: silenced
        >> bob: leave_stage
        << everyone: stage_left bob left
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 2/1 muted silenced
        >> ann: ask_to_unmute bob
        << everyone: logged lift_silence bob by ann
        << everyone: silence_lifted bob by ann
        << bob: asked_to_unmute by ann
    """)
    assert may_speak(play.state, "bob") is None
    play.perform("""
        >> ann: ask_to_unmute bob
        << bob: asked_to_unmute by ann
        >> bob: unmute
        << everyone: unmuted bob
        >> ann: ask_to_unmute bob
    """)
    assert may_speak(play.state, "bob") == (2, 1)


def test_a_cohost_cannot_lift_what_the_host_put_on_them() -> None:
    standup().perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> bob: silence ann
        << bob refused: not_allowed
        >> ann: silence bob
        << everyone: logged silence bob by ann
        << everyone: silenced bob by ann
        >> bob: ask_to_unmute bob
        << bob refused: not_allowed
        >> ann: hand_over bob
        << everyone: logged hand_over bob by ann
        << everyone: silence_lifted bob by ann
        << everyone: role_changed bob host by ann
        << everyone: role_changed ann speaker by ann
    """)


def test_coming_in_again_lifts_no_silence() -> None:
    standup().perform("""
        >> cid enters as cohost
        << everyone: stage_joined cid as cohost 1/1 muted
        >> sam enters as speaker
        << everyone: stage_joined sam as speaker 2/1 muted
        >> ann: silence cid
        << everyone: logged silence cid by ann
        << everyone: silenced cid by ann
        >> cid: silence sam
        << everyone: logged silence sam by cid
        << everyone: silenced sam by cid
        >> cid: leave_room
        << everyone: participant_left cid left
        >> sam: leave_room
        << everyone: participant_left sam left
        >> 1 seconds pass
        >> cid enters as cohost
        << everyone: stage_joined cid as cohost 1/2 muted silenced
        >> sam enters as speaker
        << everyone: stage_joined sam as speaker 2/2 muted silenced
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 1 seconds pass
        << everyone: logged succession cid
        << everyone: silence_lifted cid by cid
        << everyone: role_changed cid host
        >> ann enters as host
        << everyone: stage_joined ann as host 0/2 muted
        << everyone: logged host_returned ann
        << everyone: role_changed cid cohost
        >> cid: unmute
        << everyone: unmuted cid
        >> ann: move_to_audience sam
        << everyone: logged move_to_audience sam by ann
        << everyone: stage_left sam by ann moved
        >> 1 seconds pass
        << everyone: pulse audience=3
        >> ann: make_cohost sam
        << everyone: logged make_cohost sam by ann
        << everyone: stage_joined sam as cohost 2/3 muted
    """)


def test_a_full_stage() -> None:
    standup().perform("""
        >> cid enters as speaker restored
        << everyone: stage_joined cid as speaker 1/1 muted
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 2/1 muted
        >> eve: raise_hand
        << everyone: hand_raised eve at=1
        >> ann: accept_hand eve
        << ann refused: stage_full
        >> ann: make_cohost eve
        << ann refused: stage_full
        >> dee enters as speaker restored
        >> ida enters as host
        << ida refused: stage_full
        >> ann: move_to_audience bob
        << everyone: logged move_to_audience bob by ann
        << everyone: stage_left bob by ann moved
        >> 0.9 seconds pass
        << everyone: participant_joined dee
        << everyone: pulse audience=3
        >> ann: accept_hand eve
        << ann refused: stage_full
        >> 0.1 seconds pass
        >> ann: accept_hand eve
        << everyone: hand_lowered eve accepted by ann
        << everyone: stage_joined eve as speaker 2/2 muted
    """)


def test_the_host_hands_over_or_ends_but_does_not_slip_away() -> None:
    standup().perform("""
        >> ann: leave_stage
        << ann refused: not_allowed
        >> ann: move_to_audience ann
        << ann refused: not_allowed
        >> ann: hand_over ann
        >> ann: hand_over bob
        << everyone: logged hand_over bob by ann
        << everyone: stage_joined bob as host 1/1 muted
        << everyone: role_changed ann speaker by ann
        >> ann: end_room
        << ann refused: not_allowed
        >> bob: end_room
        << everyone: logged end_room by bob
        << everyone: room_ended ended by bob
        >> ann drops
    """)


@pytest.mark.parametrize(
    "change",
    [
        {"muted": True},
        {"dropped_at": 1.0},
        {"slot": None, "generation": None, "role": "listener"},
    ],
)
def test_each_condition_closes_the_gate_by_itself(change: dict[str, object]) -> None:
    ann = Participant("ann", "ANN", 0.0, "host", muted=False, slot=3, generation=7)
    person = somebody("ann")
    room = RoomState(
        name="standup", access="open", participants={"ann": ann}, people={person.id: person}
    )
    assert may_speak(room, "ann") == (3, 7)
    assert may_speak(room, "bob") is None
    assert may_speak(replace(room, ended=True), "ann") is None
    silence = SilenceNotice(person=person.id, key=person.key, name="Ann", at=0.0)
    assert may_speak(replace(room, silences={silence.key: silence}), "ann") is None
    assert may_speak(replace(room, participants={"ann": replace(ann, **change)}), "ann") is None

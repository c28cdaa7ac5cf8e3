"""Scenes of moderation: who is put out or kept out, for how long, and by whom."""

from __future__ import annotations

import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from server.rooms.rules import decide, sanctions
from server.rooms.rules import journal as j

from .play import standup
from .script import key_of


def test_who_is_banned_is_put_out_and_kept_out_under_any_name() -> None:
    play = standup()
    play.perform("""
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: ban bob sells watches
        << everyone: logged ban bob by ann (for good): sells watches
        << everyone: participant_left bob banned by ann
        >> bob enters
        << bob refused: banned
        >> bo enters key=bob
        << bo refused: banned
        >> bo enters key=bob as speaker restored
        << bo refused: banned
        >> bob resumes
        << bob refused: no_such_person
    """)
    with pytest.raises(
        CommandRefused, match="you are banned from this room: sells watches"
    ) as refused:
        play.events("bob enters")
    assert refused.value.retry_after is None


def test_the_banned_are_told_why_and_for_how_long() -> None:
    play = standup()
    command = c.Ban(id="bob", seconds=5400, reason="too \x1b[31mloud")
    *_, departed, _ = decide(play.state, "ann", command, play.now, b"")
    assert isinstance(departed, j.Departed)
    assert departed.note == "for 2 h: too loud"


def test_a_ban_ends() -> None:
    play = standup()
    play.perform("""
        >> ann: ban bob seconds=60 cool down
        << everyone: logged ban bob by ann (for 1 min): cool down
        >> 59 seconds pass
        << everyone: participant_left bob banned by ann
        << everyone: pulse audience=1
        >> bob enters
        << bob refused: banned
    """)
    with pytest.raises(CommandRefused, match="for 1 s more: cool down") as refused:
        play.events("bob enters")
    assert refused.value.retry_after == 1.0
    play.perform("""
        >> 1 seconds pass
        >> bob enters
    """)


def test_a_ban_is_lifted() -> None:
    standup().perform("""
        >> ann: ban bob
        << everyone: logged ban bob by ann (for good)
        >> eve: unban bob
        << eve refused: not_allowed
        >> ann: unban bob
        << everyone: logged unban bob by ann
        >> ann: unban bob
        >> bob enters
        << everyone: participant_left bob banned by ann
    """)


def test_a_later_ban_takes_the_place_of_the_first() -> None:
    standup().perform("""
        >> ann: ban bob
        << everyone: logged ban bob by ann (for good)
        >> ann: ban bob seconds=60
        << everyone: logged ban bob by ann (for 1 min)
        >> 60 seconds pass
        << everyone: participant_left bob banned by ann
        << everyone: pulse audience=1
        >> bob enters
    """)


def test_who_already_left_can_be_banned() -> None:
    standup().perform("""
        >> bob: leave_room
        >> ann: ban bob ran away
        << everyone: logged ban bob by ann (for good): ran away
        >> bo enters key=bob
        << bo refused: banned
    """)


def test_everybody_with_the_key_goes() -> None:
    standup().perform("""
        >> bo enters key=bob
        >> ann: invite_to_stage bo
        << ann+bo: invited_to_stage bo by ann
        >> bo: accept_stage_invitation
        << ann+bo: stage_invitation_settled bo accepted
        << everyone: stage_joined bo as speaker 1/1 muted
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> ann: ban bob
        << everyone: logged ban bob by ann (for good)
        << ann+bob: stage_invitation_settled bob void
        << everyone: participant_left bo banned by ann
        >> 1 seconds pass
        << everyone: participant_left bob banned by ann
        << everyone: pulse audience=1
    """)


def test_no_key_of_somebody_above_is_banned_by_their_second_seat() -> None:
    standup().perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> cid enters as cohost restored
        << everyone: stage_joined cid as cohost 2/1 muted
        >> bo enters key=bob
        >> cid: ban bo
        << cid refused: not_allowed
        >> bob: ban bo
        << bob refused: not_allowed
        >> bo: leave_room
        >> cid: ban bo
        << cid refused: not_allowed
        >> ann: ban bo
        << everyone: logged ban bob by ann (for good)
        << everyone: participant_left bob banned by ann
    """)


def test_a_rooms_owner_is_not_banned_from_it_by_whoever_stands_in() -> None:
    standup().perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> an enters key=ann
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 1 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
        << everyone: participant_joined an
        << everyone: pulse audience=2
        >> bob: ban ann
        << bob refused: not_allowed
        >> bob: ban an
        << bob refused: not_allowed
        >> bob: remove an
        << everyone: logged remove ann by bob
        >> ann enters as host
        << everyone: stage_joined ann as host 2/1 muted
        << everyone: logged host_returned ann
        << everyone: role_changed bob cohost
    """)


def test_who_stood_in_and_left_can_be_banned_by_the_owner() -> None:
    standup().perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> ann: leave_room
        << everyone: participant_left ann left
        >> 1 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
        << everyone: pulse audience=1
        >> bob: leave_room
        << everyone: participant_left bob left
        >> ann enters as host
        << everyone: stage_joined ann as host 2/1 muted
        >> ann: ban bob
        << everyone: logged ban bob by ann (for good)
        >> bob enters
        << bob refused: banned
    """)


def test_bans_are_counted_and_those_that_are_over_take_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sanctions, "MAX_BANS", 2)
    play = standup()
    play.speak("cid enters")
    play.perform("""
        >> ann: ban bob seconds=60
        << everyone: logged ban bob by ann (for 1 min)
        >> ann: ban eve
        << everyone: logged ban eve by ann (for good)
        >> ann: ban cid
        << ann refused: too_many_bans
        >> ann: ban eve
        << everyone: logged ban eve by ann (for good)
        >> 60 seconds pass
        << everyone: participant_left bob banned by ann
        << everyone: participant_left eve banned by ann
        << everyone: participant_joined cid
        << everyone: pulse audience=1
        >> ann: ban cid
        << everyone: logged ban cid by ann (for good)
        >> bob enters
    """)
    assert list(play.state.bans) == [key_of("eve"), key_of("cid")]


def test_a_removed_person_may_come_again_and_a_silenced_one_stays_silenced() -> None:
    standup().perform("""
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> bob: accept_stage_invitation
        << ann+bob: stage_invitation_settled bob accepted
        << everyone: stage_joined bob as speaker 1/1 muted
        >> ann: silence bob too loud
        << everyone: logged silence bob by ann: too loud
        << everyone: silenced bob by ann
        >> ann: silence bob
        >> ann: move_to_audience bob listen first
        << everyone: logged move_to_audience bob by ann: listen first
        << everyone: stage_left bob by ann moved
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: accept_hand bob
        << everyone: hand_lowered bob accepted by ann
        << everyone: stage_joined bob as speaker 2/1 muted silenced
        >> bob: unmute
        << bob refused: silenced
        >> ann: remove bob enough
        << everyone: logged remove bob by ann: enough
        << everyone: participant_left bob removed by ann
        >> bob enters
    """)


def test_cohosts_act_neither_against_the_host_nor_each_other() -> None:
    standup().perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> cid enters as cohost restored
        << everyone: stage_joined cid as cohost 2/1 muted
        >> bob: silence ann
        << bob refused: not_allowed
        >> bob: silence cid
        << bob refused: not_allowed
        >> bob: remove cid
        << bob refused: not_allowed
        >> bob: ban cid
        << bob refused: not_allowed
        >> bob: move_to_audience cid
        << bob refused: not_allowed
        >> ann: silence cid
        << everyone: logged silence cid by ann
        << everyone: silenced cid by ann
        >> bob: ask_to_unmute cid
        << bob refused: not_allowed
        >> ann: ask_to_unmute cid
        << everyone: logged lift_silence cid by ann
        << everyone: silence_lifted cid by ann
        << cid: asked_to_unmute by ann
    """)


def test_a_key_is_what_is_banned_not_an_id() -> None:
    play = standup()
    play.speak("ann: ban bob")
    assert list(play.state.bans) == [key_of("bob")]
    play.perform("""
        >> bob enters key=other
        << everyone: participant_left bob banned by ann
    """)

"""Scenes about the house: invites, the password, the capacity, settings, the lock."""

from __future__ import annotations

from server.rooms.rules import Limits, view
from server.rooms.rules.state import MAX_ROOM_INVITES

from .play import Play, standup
from .script import key_of


def test_an_invite_lets_so_many_in_and_the_same_again() -> None:
    play = standup("invite")
    play.perform("""
        >> cid enters
        << cid refused: no_such_room
        >> cid enters invite=z
        << cid refused: no_such_room
        >> ann: make_room_invite uses=2
        << everyone: logged make_room_invite by ann (listener, 2 uses)
        >> cid enters invite=a
        >> dee enters invite=a
        >> fay enters invite=a
        << fay refused: bad_invite
        >> cid: leave_room
        >> carl enters key=cid invite=a
        >> fay enters invite=a
        << fay refused: bad_invite
    """)
    assert play.state.room_invites["a" * 16].invite.used == 2


def test_an_invite_for_any_number_counts_nobody() -> None:
    # Each count would rewrite the room's row, however many come.
    play = standup("invite")
    play.perform("""
        >> ann: make_room_invite
        << everyone: logged make_room_invite by ann (listener, any number of uses)
        >> cid enters invite=a
        >> dee enters invite=a
    """)
    link = play.state.room_invites["a" * 16]
    assert (link.invite.used, link.used_by) == (0, ())


def test_an_invite_runs_out() -> None:
    standup("invite").perform("""
        >> ann: make_room_invite seconds=60
        << everyone: logged make_room_invite by ann (listener, any number of uses)
        >> 59 seconds pass
        >> cid enters invite=a
        >> cid: leave_room
        >> 1 seconds pass
        >> dee enters invite=a
        << dee refused: bad_invite
        >> cid enters invite=a
        << cid refused: bad_invite
    """)


def test_an_invite_brings_a_role() -> None:
    standup("invite").perform("""
        >> ann: make_room_invite role=speaker uses=1
        << everyone: logged make_room_invite by ann (speaker, one use)
        >> ann: make_room_invite role=cohost uses=1
        << everyone: logged make_room_invite by ann (co-host, one use)
        >> cid enters invite=a
        << everyone: stage_joined cid as speaker 1/1 muted
        >> dee enters invite=b
        << everyone: stage_joined dee as cohost 2/1 muted
        >> dee: make_room_invite role=cohost
        << dee refused: not_allowed
        >> dee: make_room_invite role=speaker
        << everyone: logged make_room_invite by dee (speaker, any number of uses)
    """)


def test_whoever_comes_by_a_speakers_invite_to_a_full_stage_waits_in_the_audience() -> None:
    standup("invite").perform("""
        >> ann: make_room_invite role=speaker
        << everyone: logged make_room_invite by ann (speaker, any number of uses)
        >> cid enters invite=a
        << everyone: stage_joined cid as speaker 1/1 muted
        >> dee enters invite=a
        << everyone: stage_joined dee as speaker 2/1 muted
        >> fay enters invite=a
        >> fay: raise_hand
        << everyone: hand_raised fay at=1
    """)


def test_an_invite_is_revoked_or_all_of_them() -> None:
    standup("invite").perform("""
        >> ann: make_room_invite
        << everyone: logged make_room_invite by ann (listener, any number of uses)
        >> ann: make_room_invite
        << everyone: logged make_room_invite by ann (listener, any number of uses)
        >> ann: make_room_invite
        << everyone: logged make_room_invite by ann (listener, any number of uses)
        >> ann: revoke_room_invite id=a
        << everyone: logged revoke_room_invite by ann (aaaaaaaaaaaaaaaa)
        >> ann: revoke_room_invite id=a
        >> cid enters invite=a
        << cid refused: bad_invite
        >> cid enters invite=b
        >> bob: revoke_room_invite
        << bob refused: not_allowed
        >> ann: revoke_room_invite
        << everyone: logged revoke_room_invite by ann (bbbbbbbbbbbbbbbb, cccccccccccccccc)
        >> ann: revoke_room_invite
        >> dee enters invite=b
        << dee refused: bad_invite
        >> dee enters invite=c
        << dee refused: bad_invite
        >> cid: leave_room
        >> cid enters invite=b
        << cid refused: bad_invite
    """)


def test_what_an_invite_brought_is_kept_when_it_is_over() -> None:
    standup("invite").perform("""
        >> ann: make_room_invite role=speaker seconds=60
        << everyone: logged make_room_invite by ann (speaker, any number of uses)
        >> cid enters invite=a
        << everyone: stage_joined cid as speaker 1/1 muted
        >> ann: revoke_room_invite
        << everyone: logged revoke_room_invite by ann (aaaaaaaaaaaaaaaa)
        >> cid drops
        << everyone: speaker_dropped cid kept_until=31
        >> cid resumes
        << everyone: speaker_returned cid
        >> 60 seconds pass
        >> cid enters as speaker restored
    """)


def test_invites_are_counted_and_those_that_ran_out_forgotten() -> None:
    play = standup("invite")
    for _ in range(MAX_ROOM_INVITES):
        play.speak("ann: make_room_invite seconds=60")
    play.perform("""
        >> ann: make_room_invite
        << ann refused: too_many_invites
        >> 60 seconds pass
        >> ann: make_room_invite
        << everyone: logged make_room_invite by ann (listener, any number of uses)
    """)
    assert len(play.state.room_invites) == 1


def test_a_good_invite_is_as_good_as_the_password_but_opens_no_lock() -> None:
    standup().perform("""
        >> ann: make_room_invite
        << everyone: logged make_room_invite by ann (listener, any number of uses)
        >> ann: make_room_invite role=cohost
        << everyone: logged make_room_invite by ann (co-host, any number of uses)
        >> ann: set_password a-hash
        << everyone: logged set_password by ann (set)
        << everyone: password_changed wanted by ann
        >> cid enters
        << cid refused: password_needed
        >> cid enters password=wrong
        << cid refused: wrong_password
        >> cid enters invite=z
        << cid refused: password_needed
        >> cid enters invite=a
        >> dee enters password=right
        >> ann: lock
        << everyone: logged lock by ann
        << everyone: room_locked by ann
        >> fay enters invite=a
        << fay refused: locked
        >> fay enters password=right
        << fay refused: locked
        >> gil enters invite=b
        << everyone: stage_joined gil as cohost 1/1 muted
    """)


def test_a_password_is_the_hosts_to_set_and_nobodys_to_see() -> None:
    play = standup()
    play.perform("""
        >> bob: set_password mine
        << bob refused: not_allowed
        >> ann: set_password password=
        >> ann: set_password a-hash
        << everyone: logged set_password by ann (set)
        << everyone: password_changed wanted by ann
        >> ann: set_password another
        << everyone: logged set_password by ann (set)
        << everyone: password_changed wanted by ann
        >> ann: set_password password=
        << everyone: logged set_password by ann (removed)
        << everyone: password_changed by ann
        >> cid enters
    """)
    play.speak("ann: set_password a-hash")
    assert view(play.state, "bob").password
    assert "a-hash" not in repr([view(play.state, id) for id in play.state.participants])


def test_a_room_has_a_capacity_which_moderators_pass() -> None:
    standup().perform("""
        >> ann: change_settings capacity=3
        << everyone: logged change_settings by ann (capacity=3)
        << everyone: settings_changed capacity=3 by ann
        >> cid enters
        << cid refused: room_full
        >> cid enters as speaker restored
        << cid refused: room_full
        >> dee enters as cohost restored
        << everyone: stage_joined dee as cohost 1/1 muted
        >> dee: leave_room
        << everyone: participant_left dee left
        >> ann: change_settings capacity=4
        << everyone: logged change_settings by ann (capacity=4)
        << everyone: settings_changed capacity=4 by ann
        >> cid enters
        >> ann: change_settings capacity=1
        << everyone: logged change_settings by ann (capacity=1)
        << everyone: settings_changed capacity=1 by ann
        >> dee enters
        << dee refused: room_full
    """)


def test_no_capacity_is_more_than_the_server_has() -> None:
    play = Play(Limits(people=100))
    play.speak("ann enters as host")
    play.perform("""
        >> ann: change_settings topic=lighthouses
        << everyone: logged change_settings by ann (topic=lighthouses)
        << everyone: settings_changed topic=lighthouses by ann
        >> ann: change_settings capacity=1000000
        << everyone: logged change_settings by ann (capacity=100)
        << everyone: settings_changed topic=lighthouses capacity=100 by ann
        >> ann: change_settings capacity=100
    """)
    assert play.state.capacity == 100


def test_settings_are_changed_and_written_down() -> None:
    standup().perform("""
        >> bob: change_settings topic=mine
        << bob refused: not_allowed
        >> ann: change_settings listed=false topic=lighthouses
        << everyone: logged change_settings by ann (topic=lighthouses, listed=off)
        << everyone: settings_changed topic=lighthouses listed=False by ann
        >> ann: change_settings listed=false
        >> ann: change_settings
        >> ann: change_settings topic=a\u202eb
        << ann refused: bad_text
        >> ann: change_settings topic=
        << everyone: logged change_settings by ann (topic=)
        << everyone: settings_changed listed=False by ann
    """)


def test_bans_and_links_are_in_nobodys_view() -> None:
    play = standup("invite")
    for line in ("ann: make_room_invite role=cohost", "ann: ban eve", "bob: raise_hand"):
        play.speak(line)
    play.speak("1 seconds pass")
    seen = repr([view(play.state, id) for id in play.state.participants])
    assert key_of("eve") not in seen
    assert "a" * 16 not in seen

"""Scenes of a room in which two persons become one, or one becomes two."""

from __future__ import annotations

import pytest

from roomcli.protocol.people import BanNotice
from server.rooms.rules import OWNER, banned_too, rank_of, signed_out, split_off, united
from server.rooms.rules import journal as j

from .play import Play, meeting, somebody, standup
from .script import key_of

ANN, BOB, CID, EVE = (somebody(name) for name in ("ann", "bob", "cid", "eve"))


def ban(play: Play, name: str, seconds: float | None = None) -> BanNotice:
    """Return a ban of somebody that begins now."""
    until = None if seconds is None else play.now + seconds
    return BanNotice(key=key_of(name), name=name, at=play.now, until=until, reason="noise")


def test_the_seats_of_the_one_who_comes_end_and_their_place_on_stage_is_free() -> None:
    play = meeting()
    assert play.happen(united(play.state, BOB, EVE, 0, play.now)) == [
        "<< everyone: participant_left bob left"
    ]
    assert set(play.state.participants) == {"ann", "cid", "eve"}
    assert play.state.stage == ("ann",)


@pytest.mark.parametrize(("one", "into"), [(ANN, BOB), (BOB, ANN)])
def test_what_only_one_of_them_owns_nobody_owns_until_that_is_agreed(
    one: object, into: object
) -> None:
    play = standup()
    first, second = (ANN, BOB) if one is ANN else (BOB, ANN)
    assert rank_of(play.state, ANN) == OWNER
    play.happen(united(play.state, first, second, 0, play.now))
    assert play.state.owner == ""
    assert play.state.hosts == ()
    assert rank_of(play.state, second) == 0
    play.happen([j.OwnerNamed(key=second.key)])
    assert rank_of(play.state, second) == OWNER


def test_they_stand_no_higher_than_the_lower_of_them() -> None:
    play = meeting("ann: make_cohost bob", "ann: invite_to_stage cid")
    play.speak("cid: accept_stage_invitation")
    assert (rank_of(play.state, BOB), rank_of(play.state, CID)) == (2, 1)
    assert play.happen(united(play.state, CID, BOB, 1, play.now)) == [
        "<< everyone: participant_left cid left",
        "<< everyone: role_changed bob speaker",
    ]
    assert play.happen(united(play.state, EVE, BOB, 0, play.now)) == [
        "<< everyone: stage_left bob moved"
    ]


def test_a_ticket_or_an_invite_brings_back_no_more_than_that() -> None:
    play = meeting("ann: make_room_invite role=speaker", "ann: make_cohost bob", "bob drops")
    play.perform("""
        >> 31 seconds pass
        << everyone: participant_left bob lost
    """)
    play.happen(united(play.state, EVE, BOB, 0, play.now))
    assert play.state.departed["bob"].role == "listener"
    [invite] = play.state.room_invites.values()
    assert invite.role_for(BOB.key) == "listener"


def test_no_invite_gives_back_what_was_taken_from_either() -> None:
    play = meeting("ann: make_room_invite role=speaker")
    [invite] = play.state.room_invites.values()
    play.happen([j.Lowered(key=EVE.key)])
    zed = somebody("zed")
    assert invite.role_for(zed.key) == "speaker"
    play.happen(united(play.state, EVE, zed, 0, play.now))
    [invite] = play.state.room_invites.values()
    assert invite.role_for(zed.key) == "listener"


def test_who_is_one_with_somebody_turned_away_may_not_knock_before_either_of_them() -> None:
    play = standup()
    for name, until, times in (("eve", 60.0, 2), ("cid", 90.0, 1)):
        play.happen([j.KeptAtDoor(key=key_of(name), until=play.now + until, times=times)])
    play.happen(united(play.state, EVE, BOB, 0, play.now))
    away = play.state.turned_away[BOB.key]
    assert (away.until, away.times) == (play.now + 60, 2)
    play.happen(united(play.state, CID, BOB, 0, play.now))
    away = play.state.turned_away[BOB.key]
    assert (away.until, away.times) == (play.now + 90, 2)
    assert united(play.state, EVE, BOB, 0, play.now) == [j.SeatsEnded(key=EVE.key)]
    play.happen(split_off(play.state, BOB, ANN))
    assert play.state.turned_away[ANN.key] == away


def test_a_silence_of_either_is_one_of_both() -> None:
    play = meeting("ann: invite_to_stage cid", "cid: accept_stage_invitation", "ann: silence cid")
    assert play.happen(united(play.state, CID, BOB, 1, play.now)) == [
        "<< everyone: participant_left cid left",
        "<< everyone: silenced bob by bob",
    ]
    play.perform("""
        >> bob: unmute
        << bob refused: silenced
    """)


@pytest.mark.parametrize(
    ("one", "other", "left"),
    [(None, 60.0, None), (60.0, None, None), (60.0, 30.0, 60.0), (30.0, 60.0, 60.0)],
)
def test_of_two_bans_the_longer_one_holds(
    one: float | None, other: float | None, left: float | None
) -> None:
    play = standup()
    for name, seconds in (("dan", one), ("bob", other)):
        play.happen([j.Banned(ban=ban(play, name, seconds))])
    play.happen(united(play.state, somebody("dan"), BOB, 0, play.now))
    assert play.state.bans[BOB.key].until == (None if left is None else play.now + left)


def test_who_becomes_somebody_who_is_banned_is_out() -> None:
    play = meeting()
    play.happen([j.Banned(ban=ban(play, "dan"))])
    play.happen(united(play.state, somebody("dan"), BOB, 1, play.now))
    assert "bob" not in play.state.participants
    play.perform("""
        >> bob enters
        << bob refused: banned
    """)


def test_a_ban_covers_who_was_the_same_person_but_not_the_owner() -> None:
    play = meeting()
    notice = ban(play, "troll", 60.0)
    assert play.happen(banned_too(play.state, notice, BOB, "ANN")) == [
        "<< everyone: participant_left bob banned by ann"
    ]
    assert play.state.bans[BOB.key].reason == "noise"
    assert banned_too(play.state, notice, ANN, "ANN") == []


def test_a_key_that_splits_off_takes_a_silence_along() -> None:
    play = meeting("ann: silence bob")
    play.happen(split_off(play.state, BOB, EVE))
    assert set(play.state.silences) == {BOB.key, EVE.key}
    play.happen(split_off(play.state, BOB, EVE))
    play.perform("""
        >> ann: lift_silence bob
        << everyone: logged lift_silence bob by ann
        << everyone: silence_lifted bob by ann
    """)
    assert set(play.state.silences) == {EVE.key}


def test_the_seats_of_a_key_that_is_revoked_end() -> None:
    play = meeting()
    assert play.happen(signed_out(play.state, ["bob", "nobody"], play.now)) == [
        "<< everyone: participant_left bob left"
    ]

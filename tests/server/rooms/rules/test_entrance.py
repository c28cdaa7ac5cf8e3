"""Scenes at the entrance: whom the room's rule lets in, and what guests may do inside."""

from __future__ import annotations

import contextlib

import pytest
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from server.rooms.rules import CheckedClaim, Newcomer, decide, enter
from server.rooms.rules.entrance import judge_entrance

from .play import Play, meeting, somebody, standup
from .script import CURTAIN, key_of

DAY = 24 * 3600.0


def asking(**settings: object) -> Play:
    """Return the room with these settings."""
    play = standup()
    play.state = replace(play.state, settings=replace(play.state.settings, **settings))
    return play


def refusal(play: Play, newcomer: Newcomer) -> CommandRefused:
    """Return why somebody is not let in."""
    with pytest.raises(CommandRefused) as refused:
        judge_entrance(play.state, somebody("zoe"), newcomer, play.now)
    return refused.value


def test_without_a_rule_everybody_comes_in() -> None:
    standup().perform(">> zoe enters")


def test_guests_are_kept_out_and_who_is_known_is_not() -> None:
    play = standup()
    play.perform("""
        >> ann: change_settings guests=off
        << everyone: logged change_settings by ann (guests=off)
        << everyone: settings_changed guests=off by ann
        >> zoe enters
        << zoe refused: no_guests
        >> zoe enters member
        << zoe refused: no_guests
        >> zoe enters known
        >> dee enters claim=acme.example
    """)
    assert "make a profile" in str(refusal(play, Newcomer()))


def test_only_members_come_in() -> None:
    asking(members=True).perform("""
        >> zoe enters known
        << zoe refused: members_only
        >> zoe enters member
    """)


def test_one_of_the_claims_that_are_asked_for_is_enough() -> None:
    asking(claimed=("acme.example", "git.example/anyone+90d")).perform("""
        >> zoe enters known member
        << zoe refused: claim_needed
        >> zoe enters claim=other.example
        << zoe refused: claim_needed
        >> zoe enters claim=acme.example
        >> dee enters claim=git.example/89.9
        << dee refused: claim_needed
        >> dee enters claim=git.example/90
    """)


@pytest.mark.parametrize(
    ("claim", "lets_in"),
    [
        (CheckedClaim("organisation", "acme.example"), {"any", "anyone@acme.example"}),
        (CheckedClaim("domain", "acme.example"), {"any", "acme.example"}),
        (
            CheckedClaim("forge", "acme.example", CURTAIN - 10 * DAY),
            {"any", "acme.example/anyone", "acme.example/anyone+10d"},
        ),
        (CheckedClaim("forge", "acme.example:8443", CURTAIN), {"any", "acme.example:8443/anyone"}),
        (CheckedClaim("domain", "sub.acme.example"), {"any"}),
    ],
)
def test_a_claim_fits_what_it_proves_and_nothing_else(
    claim: CheckedClaim, lets_in: set[str]
) -> None:
    patterns = (
        "any", "anyone@acme.example", "acme.example", "acme.example/anyone",
        "acme.example/anyone+10d", "acme.example/anyone+11d", "acme.example:8443/anyone",
        "anyone@example", "not a pattern",
    )  # fmt: skip
    newcomer = Newcomer(is_guest=False, claims=(claim,))
    let_in = set()
    for pattern in patterns:
        state = asking(claimed=(pattern,)).state
        with contextlib.suppress(CommandRefused):
            judge_entrance(state, somebody("zoe"), newcomer, CURTAIN)
            let_in.add(pattern)
    assert let_in == lets_in


@pytest.mark.parametrize(
    ("by_forge", "why"),
    [(True, "git.example says"), (False, "this server first saw it then")],
)
def test_whose_account_is_too_young_learns_from_when_it_counts_and_by_whom(
    by_forge: bool, why: str
) -> None:
    claim = CheckedClaim("forge", "git.example", CURTAIN, by_forge)
    play = asking(claimed=("git.example/anyone+90d",))
    text = str(refusal(play, Newcomer(is_guest=False, claims=(claim,))))
    assert text.endswith(f"yours counts from 2023-11-14, {why}")


def test_a_room_may_not_count_sign_on_by_a_code_typed_elsewhere() -> None:
    claim = CheckedClaim("organisation", "acme.example", by_device=True)
    newcomer = Newcomer(is_guest=False, claims=(claim,))
    play = asking(claimed=("any", "anyone@acme.example"))
    assert judge_entrance(play.state, somebody("zoe"), newcomer, CURTAIN) == []
    play = asking(claimed=("any", "anyone@acme.example"), by_device=False)
    assert refusal(play, newcomer).code == "claim_needed"


def test_all_that_is_asked_for_holds_together() -> None:
    asking(members=True, claimed=("acme.example",), guests="off").perform("""
        >> zoe enters claim=acme.example
        << zoe refused: members_only
        >> zoe enters member known
        << zoe refused: claim_needed
        >> zoe enters member claim=acme.example
    """)


def test_who_is_on_the_list_comes_in_whatever_is_asked_for() -> None:
    play = asking(members=True, guests="off", allowed=("ZOE", key_of("dee")))
    play.perform("""
        >> zoe enters
        >> dee enters
        >> fay enters known
        << fay refused: members_only
        >> fay enters known member
    """)


def test_a_list_alone_lets_in_nobody_else() -> None:
    asking(allowed=("ZOE",)).perform("""
        >> fay enters known member claim=acme.example
        << fay refused: not_on_list
        >> zoe enters
    """)


def test_the_rule_is_for_newcomers_as_the_lock_is() -> None:
    play = standup()
    play.perform("""
        >> ann: make_room_invite role=cohost uses=1
        << everyone: logged make_room_invite by ann (co-host, one use)
        >> ann: make_room_invite role=speaker
        << everyone: logged make_room_invite by ann (speaker, any number of uses)
        >> ann: change_settings members=true
        << everyone: logged change_settings by ann (members=on)
        << everyone: settings_changed members=True by ann
        >> dee enters invite=a
        << everyone: stage_joined dee as cohost 1/1 muted
        >> fay enters invite=b
        << fay refused: members_only
        >> bob drops
        >> bob enters restored
        << everyone: participant_left bob lost
        >> ann: leave_room
        << everyone: participant_left ann left
        >> ann enters as host
        << everyone: stage_joined ann as host 2/1 muted
    """)
    assert {each.upper() for each in play.state.participants} == set(play.state.seats)


def test_who_is_inside_stays_when_the_rule_changes() -> None:
    play = standup()
    play.perform("""
        >> ann: change_settings members=true guests=off
        << everyone: logged change_settings by ann (guests=off, members=on)
        << everyone: settings_changed guests=off members=True by ann
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
    """)
    assert set(play.state.participants) == {"ann", "bob", "eve"}


def test_guests_who_only_listen_neither_ask_to_speak_nor_are_asked() -> None:
    play = asking(guests="listen")
    play.perform("""
        >> zoe enters
        >> dee enters known
        >> zoe: raise_hand
        << zoe refused: guests_listen
        >> ann: invite_to_stage zoe
        << ann refused: guests_listen
        >> dee: raise_hand
        << everyone: hand_raised dee at=1
        >> zoe: chat hello
        << everyone: chat_posted 1 zoe: hello
    """)


def test_where_guests_only_listen_an_invite_for_speakers_makes_them_listeners() -> None:
    standup().perform("""
        >> ann: make_room_invite role=speaker
        << everyone: logged make_room_invite by ann (speaker, any number of uses)
        >> ann: change_settings guests=listen
        << everyone: logged change_settings by ann (guests=listen)
        << everyone: settings_changed guests=listen by ann
        >> zoe enters invite=a
        >> dee enters known invite=a
        << everyone: stage_joined dee as speaker 1/1 muted
        >> fay enters as speaker restored hand=1
    """)


def test_guests_on_stage_step_down_when_they_may_only_listen() -> None:
    play = meeting("ann: change_settings floor_seconds=60", "cid: raise_hand")
    play.perform("""
        >> ann: invite_to_stage eve
        << ann+eve: invited_to_stage eve by ann
        >> ann: change_settings guests=listen floor_seconds=30
        << everyone: logged change_settings by ann (floor_seconds=30, guests=listen)
        << everyone: settings_changed floor_seconds=30 guests=listen by ann
        << everyone: stage_left bob by ann moved
        << ann+eve: stage_invitation_settled eve void
        << everyone: hand_lowered cid declined by ann
        >> bob: raise_hand
        << bob refused: guests_listen
    """)
    assert play.state.participants["bob"].turn_ends_at is None


def test_who_gets_the_hosts_tools_is_a_guest_no_longer() -> None:
    play = asking(guests="listen")
    play.perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> bob: leave_stage
        << everyone: stage_left bob left
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
        >> ann: hand_over eve
        << everyone: logged hand_over eve by ann
        << everyone: stage_joined eve as host 2/1 muted
        << everyone: role_changed ann speaker by ann
        >> ann: unmute
        << everyone: unmuted ann
    """)


def test_who_makes_a_profile_and_comes_back_may_ask_to_speak() -> None:
    play = asking(guests="listen")
    play.perform("""
        >> bob: raise_hand
        << bob refused: guests_listen
        >> bob enters known
        >> bob: raise_hand
        << everyone: hand_raised bob at=1
    """)


def test_what_is_no_pattern_is_refused_with_what_is() -> None:
    play = standup()
    wanted = c.ChangeSettings(claimed=("acme.example", "anyone"))
    with pytest.raises(CommandRefused, match=r"anyone is none of anyone@acme\.example") as refused:
        decide(play.state, "ann", wanted, play.now, b"")
    assert refused.value.code == "bad_pattern"


def test_what_is_named_twice_is_kept_once() -> None:
    play = standup()
    events = decide(
        play.state, "ann", c.ChangeSettings(claimed=("any", "acme.example", "any")), play.now, b""
    )
    (changed,) = [each for each in events if hasattr(each, "settings")]
    assert changed.settings.claimed == ("any", "acme.example")


def test_a_full_or_locked_room_says_so_first() -> None:
    play = asking(members=True, capacity=3)
    play.perform("""
        >> zoe enters member
        << zoe refused: room_full
        >> ann: lock
        << everyone: logged lock by ann
        << everyone: room_locked by ann
        >> zoe enters
        << zoe refused: locked
    """)


def test_a_stranger_is_somebody_of_whom_nothing_is_known() -> None:
    play = asking(guests="off")
    with pytest.raises(CommandRefused):
        enter(play.state, "zoe", somebody("zoe"), role="listener", hand_at=None, now=play.now)

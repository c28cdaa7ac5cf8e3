"""Tests of a community's life, as plays: founding, joining, roles, going, its end."""

from __future__ import annotations

import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import communities as cc
from server.communities.rules import state as rules_state

from .play import Troupe


def test_somebody_founds_a_community_and_others_join_it() -> None:
    Troupe().perform(
        """
        >> ann founds open
        << log: found_community
        << community_described
        << member_joined ann owner
        >> ben joins
        << member_joined ben member
        >> ben joins
        >> ben leaves
        << member_gone ben
        >> ben leaves
        """
    )


def test_who_applies_is_answered_by_a_moderator() -> None:
    Troupe().perform(
        """
        >> ann founds application
        << log: found_community
        << community_described
        << member_joined ann owner
        >> ben joins
        << applied ben
        << told ann: application
        >> ben joins
        >> ann accepts ben
        << log: accept_application ben
        << member_joined ben member
        << told ben: accepted
        >> cat joins
        << applied cat
        << told ann: application
        >> ben accepts cat
        << refused: not_allowed
        >> ann declines cat
        << log: decline_application
        << application_ended cat
        << told cat: declined
        >> ann accepts cat
        << refused: no_such_application
        >> dan joins
        << applied dan
        << told ann: application
        >> dan leaves
        << application_ended dan
        """
    )


def test_whoever_blocks_the_inviter_is_told_nothing_and_cannot_come_in_by_it() -> None:
    Troupe().perform(
        """
        >> ann founds hidden invitation
        << log: found_community
        << community_described
        << member_joined ann owner
        >> ann invites ben
        << log: invite_to_community
        << invited_to_join ben
        << told ben: invited
        >> ben joins
        << member_joined ben member
        >> ann makes ben owner
        << log: set_role ben
        << community_role_set ben owner
        << told ben: role
        >> cat blocks ann
        >> ann invites cat
        << log: invite_to_community
        << invited_to_join cat
        >> cat joins
        << refused: no_such_community
        >> ann invites cat
        >> ann withdraws cat
        << log: withdraw_invitation
        << invitation_ended cat
        >> ann invites cat
        << log: invite_to_community
        << invited_to_join cat
        >> ben invites cat
        << invited_to_join cat
        << told cat: invited
        >> cat joins
        << member_joined cat member
        """
    )


def test_an_invitation_lets_somebody_in_for_thirty_days() -> None:
    Troupe().perform(
        """
        >> ann founds invitation
        << log: found_community
        << community_described
        << member_joined ann owner
        >> ben joins
        << refused: invitation_needed
        >> ann invites ben
        << log: invite_to_community
        << invited_to_join ben
        << told ben: invited
        >> ben joins
        << member_joined ben member
        >> ann invites cat
        << log: invite_to_community
        << invited_to_join cat
        << told cat: invited
        >> 30 days pass
        >> cat joins
        << refused: invitation_needed
        >> ann invites dan
        << invitation_ended cat
        << log: invite_to_community
        << invited_to_join dan
        << told dan: invited
        >> ann withdraws dan
        << log: withdraw_invitation
        << invitation_ended dan
        << told dan: withdrawn
        """
    )


def test_who_joins_agrees_to_the_rules_as_they_are() -> None:
    Troupe().perform(
        """
        >> ann founds open
        << log: found_community
        << community_described
        << member_joined ann owner
        >> ann rules be-kind
        << log: describe_community
        << community_described
        >> ben joins 0
        << refused: rules_changed
        >> ben joins 1
        << member_joined ben member
        >> ann rules be-kind listen
        << log: describe_community
        << community_described
        >> ben agrees 1
        << refused: rules_changed
        >> ben agrees 2
        << rules_agreed ben
        >> ben agrees 2
        >> cat agrees 2
        << refused: not_allowed
        """
    )


def test_owners_give_and_take_roles_and_nobody_raises_themselves() -> None:
    troupe = Troupe()
    for line in ("ann founds open", "ben joins", "cat joins", "dan joins"):
        troupe.speak(line.split())
    troupe.perform(
        """
        >> ann makes ben moderator
        << log: set_role ben
        << community_role_set ben moderator
        << told ben: role
        >> ben makes cat moderator
        << refused: not_allowed
        >> ben makes ben owner
        << refused: not_allowed
        >> ann makes cat owner
        << log: set_role cat
        << community_role_set cat owner
        << told cat: role
        >> ann makes cat member
        << refused: not_allowed
        >> cat makes cat moderator
        << log: set_role cat
        << community_role_set cat moderator
        >> ann makes ann member
        << refused: last_owner
        >> ann makes eve moderator
        << refused: no_such_person
        >> ann hands-over dan
        << log: hand_over dan
        << community_role_set dan owner
        << told dan: role
        << community_role_set ann moderator
        >> ann hands-over ben
        << refused: not_allowed
        """
    )


def test_moderators_put_out_and_ban_whom_they_outrank() -> None:
    troupe = Troupe()
    for line in (
        "ann founds open", "ben joins", "cat joins", "dan joins",
        "ann makes ben moderator", "ann makes cat moderator",
    ):  # fmt: skip
        troupe.speak(line.split())
    troupe.perform(
        """
        >> ben removes cat
        << refused: not_allowed
        >> ben bans ann
        << refused: not_allowed
        >> ben bans ben
        << refused: not_allowed
        >> dan bans ben
        << refused: not_allowed
        >> ben removes dan
        << log: remove dan
        << member_gone dan
        << told dan: removed
        >> dan joins
        << member_joined dan member
        >> ben bans dan for 3 days
        << log: ban dan
        << kept_out dan
        << told dan: banned
        >> dan joins
        << refused: banned
        >> ben invites dan
        << refused: not_allowed
        >> 3 days pass
        >> dan joins
        << member_joined dan member
        >> ben bans eve
        << log: ban eve
        << kept_out eve
        << told eve: banned
        >> cat lifts eve
        << log: unban eve
        << let_in_again eve
        << told eve: ban_lifted
        >> cat lifts eve
        >> eve joins
        << member_joined eve member
        """
    )


def test_when_the_last_owner_goes_the_moderator_who_was_here_longest_follows() -> None:
    troupe = Troupe()
    for line in ("ann founds open", "ben joins", "1 days pass", "cat joins", "dan joins"):
        troupe.speak(line.split())
    troupe.speak(["ann", "makes", "dan", "moderator"])
    assert troupe.state.successor() == "dan"
    troupe.perform(
        """
        >> ann leaves
        << member_gone ann
        << log: succession dan
        << community_role_set dan owner
        << told dan: succession
        >> SERVER forgets dan
        << member_gone dan
        << log: succession ben
        << community_role_set ben owner
        << told ben: succession
        >> cat leaves
        << member_gone cat
        >> ben leaves
        << member_gone ben
        << log: close_community
        << community_ended
        >> ben joins
        << refused: no_such_community
        """
    )


def test_an_owner_among_others_goes_and_nobody_follows() -> None:
    troupe = Troupe()
    for line in ("ann founds open", "ben joins", "cat joins", "ann makes ben owner"):
        troupe.speak(line.split())
    troupe.perform(
        """
        >> ann leaves
        << member_gone ann
        >> ben closes
        << log: close_community
        << community_ended
        << told ben: closed
        << told cat: closed
        """
    )


def test_a_hidden_community_is_not_there_for_strangers_whatever_they_ask() -> None:
    troupe = Troupe()
    troupe.speak(["ann", "founds", "hidden", "open"])
    for line in (
        "joins", "leaves", "agrees 0", "accepts ann", "makes ann member", "bans ann", "lifts ann",
        "adds standup", "gives-up standup", "closes", "describes found",
    ):  # fmt: skip
        assert troupe.speak(["eve", *line.split()]) == ["<< refused: no_such_community"]
    troupe.perform(
        """
        >> ann bans eve
        << log: ban eve
        << kept_out eve
        >> eve joins
        << refused: no_such_community
        >> ann lifts eve
        << log: unban eve
        << let_in_again eve
        >> ann invites eve
        << log: invite_to_community
        << invited_to_join eve
        << told eve: invited
        >> eve joins
        << member_joined eve member
        >> ann bans eve
        << log: ban eve
        << kept_out eve
        << told eve: banned
        >> eve joins
        << refused: no_such_community
        """
    )


def test_the_rooms_of_a_hidden_community_have_names_that_nobody_guesses() -> None:
    troupe = Troupe()
    troupe.speak(["ann", "founds", "hidden", "open"])
    troupe.speak(["ann", "adds", "standup"])
    troupe.speak(["ann", "adds", "x" * 64])
    first, second = troupe.state.rooms
    assert first.startswith("standup-")
    assert len(first) == len("standup-") + 8
    assert len(second) <= 64
    troupe.speak(["ann", "gives-up", first])
    assert list(troupe.state.rooms) == [second]
    troupe.speak(["ann", "describes", "found"])
    troupe.speak(["ann", "adds", "standup"])
    assert list(troupe.state.rooms) == [second, "standup"]


@pytest.mark.parametrize(
    "name", ["roomcli", "R00mcli", "\u0410dmin", "  ", "Ann (host)", "a\u00b7b", "Mod\x1b"]
)
def test_no_community_is_called_like_the_server_or_like_nothing(name: str) -> None:
    troupe = Troupe()
    with pytest.raises(CommandRefused) as refused:
        troupe.found(troupe.person("ann"), cc.FoundCommunity(name=name))
    assert refused.value.code in ("reserved_name", "bad_text")


def test_only_whom_everybody_finds_needs_a_name_of_its_own() -> None:
    troupe = Troupe()
    troupe.taken = {"Folk", "Jazz"}
    assert troupe.speak(["ann", "founds", "open"]) == ["<< refused: name_taken"]
    troupe.speak(["ann", "founds", "hidden", "open"])
    assert troupe.speak(["ann", "describes", "name=Jazz"])[0] == "<< log: describe_community"
    assert troupe.speak(["ann", "describes", "found"]) == ["<< refused: name_taken"]
    assert troupe.speak(["ann", "describes", "found", "name=Blues"])[0].startswith("<< log")
    assert troupe.speak(["ann", "describes", "name=Folk"]) == ["<< refused: name_taken"]
    assert troupe.log[-1].detail == "name, hidden; it was Jazz"


@pytest.mark.parametrize(
    ("name", "line", "code"),
    [
        ("MAX_MEMBERS", "dan joins", "community_full"),
        ("MAX_INVITATIONS", "ann invites eve", "too_many_invitations"),
        ("MAX_COMMUNITY_BANS", "ann bans eve", "too_many_bans"),
        ("MAX_COMMUNITY_ROOMS", "ann adds more", "too_many_rooms"),
        ("MAX_MODERATORS", "ann makes ben moderator", "too_many_roles"),
    ],
)
def test_a_community_has_limits(
    name: str, line: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    troupe = Troupe()
    for each in (
        "ann founds open", "ben joins", "cat joins", "ann makes cat moderator",
        "ann invites fay", "ann bans gus", "ann adds standup",
    ):  # fmt: skip
        troupe.speak(each.split())
    for module in ("state", "joining", "moderating", "describing"):
        where = f"server.communities.rules.{module}.{name}"
        monkeypatch.setattr(where, 3 if name == "MAX_MEMBERS" else 1, raising=False)
    assert hasattr(rules_state, name)
    assert troupe.speak(line.split()) == [f"<< refused: {code}"]


def test_no_network_fills_the_places_for_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.communities.rules.joining.MAX_APPLICATIONS", 6)
    troupe = Troupe()
    troupe.origins = {f"x{number}": f"n{number // 3}" for number in range(6)}
    troupe.origins |= {"fay": "home", "gus": "home", "hal": "home", "x9": "n1"}
    troupe.speak(["ann", "founds", "application"])
    for number in range(6):
        troupe.speak([f"x{number}", "joins"])
    troupe.perform("""
        >> x9 joins
        << refused: too_many_applications
        >> fay joins
        << application_ended x5
        << told x5: declined
        << applied fay
        << told ann: application
        >> gus joins
        << application_ended x2
        << told x2: declined
        << applied gus
        << told ann: application
        >> hal joins
        << refused: too_many_applications
    """)
    assert list(troupe.state.applications) == ["x0", "x1", "x3", "x4", "fay", "gus"]


def test_only_whom_the_server_knows_is_invited_or_banned() -> None:
    troupe = Troupe()
    troupe.speak(["ann", "founds", "open"])
    troupe.strangers = {"eve"}
    assert troupe.speak(["ann", "invites", "eve"]) == ["<< refused: no_such_person"]
    assert troupe.speak(["ann", "bans", "eve"]) == ["<< refused: no_such_person"]

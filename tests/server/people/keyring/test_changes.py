"""Tests of what a person's keys may change: joining, revoking, undoing, splitting off, recovery."""

from __future__ import annotations

import pytest

from server.people.keyring import ended_keys
from server.people.keyring.journal import KeyRevoked, RevocationUndone
from server.people.keyring.state import MAX_KEYS

from .play import KeyringPlay, key_of


def ann(*more: str) -> KeyringPlay:
    """Return a play in which Ann has a laptop and, brought in by it, more keys."""
    play = KeyringPlay()
    play.perform(">> laptop comes\n<< key_met laptop")
    for each in more:
        play.perform(f">> join {each} by laptop\n<< key_joined {each} by laptop")
    return play


def test_a_key_joins_by_two_signatures() -> None:
    play = ann()
    play.perform("""
        >> phone comes
        << key_met phone
        >> propose join phone by laptop
        >> sign phone
        << statement_signed phone
        >> sign laptop
        << key_joined phone by laptop
    """)
    assert play.keys("phone") == ["laptop", "phone"]
    assert play.state.proposals == {}
    assert len(play.state.persons) == 1


@pytest.mark.parametrize("signer", ["laptop", "phone"])
def test_one_signature_joins_nothing(signer: str) -> None:
    play = ann()
    play.perform(f"""
        >> propose join phone by laptop
        >> sign {signer}
        << statement_signed {signer}
        >> sign {signer}
        << statement_signed {signer}
        >> sign stranger
        << refused: not_a_signer
    """)
    assert play.keys("laptop") == ["laptop"]
    assert [each.statement.key for each in play.state.waiting_for(key_of("phone"))] == (
        [key_of("phone")] if signer == "laptop" else []
    )


def test_only_keys_in_force_bring_others_in() -> None:
    ann("phone").perform("""
        >> revoke phone by phone
        << key_revoked phone for_good
        >> join tablet by phone
        << refused: key_revoked
        >> join tablet by nobody
        << refused: no_such_key
        >> join phone by laptop
        << refused: key_revoked
        >> join laptop by laptop
        << refused: already_joined
    """)


def test_a_revoked_key_is_nobodys_ever_after() -> None:
    play = ann("phone")
    play.perform("""
        >> revoke phone by phone
        << key_revoked phone for_good
        >> 400 days pass
        >> phone comes
        >> bob comes
        << key_met bob
        >> join phone by bob
        << refused: key_revoked
        >> unite phone by bob
        << refused: not_first_key
    """)
    assert not play.state.may_sign_in(key_of("phone"))


def test_a_key_with_a_past_does_not_simply_join() -> None:
    for past in ("rank bob in standup 3", "silence bob in standup", "cat blocks bob"):
        play = ann()
        play.speak(["bob", "comes"])
        play.speak(past.split())
        play.perform("""
            >> join bob by laptop
            << refused: has_past
        """)
    play = ann("phone")
    play.perform("""
        >> bob comes
        << key_met bob
        >> join laptop by bob
        << refused: has_past
        >> ban stranger from standup
        << person_banned
        >> join stranger by laptop
        << refused: has_past
    """)


def test_a_person_has_only_so_many_keys() -> None:
    play = ann(*(f"key{number}" for number in range(MAX_KEYS - 1)))
    play.perform("""
        >> join more by laptop
        << refused: too_many_keys
        >> revoke key1 by key1
        << key_revoked key1 for_good
        >> join more by laptop
        << refused: too_many_keys
        >> revoke key2 by laptop
        << key_revoked key2 by laptop
        >> 72 hours pass
        >> join more by laptop
        << key_joined more by laptop
        >> join another by laptop
        << refused: too_many_keys
        >> 90 days pass
        >> join another by laptop
        << key_joined another by laptop
    """)


def test_a_key_revokes_itself_at_once_and_for_good() -> None:
    play = ann("phone")
    play.perform("""
        >> revoke phone by phone
        << key_revoked phone for_good
        >> undo phone by laptop
        << refused: not_undoable
        >> undo phone by phone
        << refused: not_undoable
        >> revoke phone by laptop
        << refused: key_revoked
        >> join tablet by laptop
        << key_joined tablet by laptop
    """)
    assert not play.person("laptop").is_disputed(play.now)


def test_another_keys_revocation_cuts_at_once_and_is_undone_by_an_older_key() -> None:
    play = ann("phone", "tablet")
    play.perform("""
        >> revoke laptop by tablet
        << key_revoked laptop by tablet
    """)
    assert not play.state.may_sign_in(key_of("laptop"))
    assert play.state.may_contest(key_of("laptop"), play.now)
    play.perform("""
        >> undo laptop by tablet
        << revocation_undone laptop by tablet
        >> revoke laptop by tablet
        << key_revoked laptop by tablet
        >> 71 hours pass
        >> undo laptop by phone
        << revocation_undone laptop by phone fallen tablet
    """)
    assert play.keys("laptop") == ["laptop", "phone"]
    assert not play.state.may_contest(key_of("tablet"), play.now)
    play.perform("""
        >> undo tablet by tablet
        << refused: not_undoable
        >> 72 hours pass
        >> undo tablet by laptop
        << refused: not_undoable
    """)


def test_a_key_that_was_cut_undoes_that_itself_if_it_is_older() -> None:
    ann("phone").perform("""
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> undo laptop by laptop
        << revocation_undone laptop fallen phone
        >> undo phone by phone
        << refused: not_undoable
    """)
    play = ann("phone", "tablet")
    play.perform("""
        >> revoke phone by laptop
        << key_revoked phone by laptop
        >> undo phone by phone
        << refused: not_undoable
        >> undo phone by tablet
        << refused: not_undoable
        >> revoke laptop by phone
        << refused: key_revoked
        >> undo phone by laptop
        << revocation_undone phone by laptop
    """)


def test_a_cut_key_speaks_for_itself_alone() -> None:
    ann("phone", "tablet").perform("""
        >> revoke laptop by tablet
        << key_revoked laptop by tablet
        >> revoke phone by tablet
        << key_revoked phone by tablet
        >> undo phone by laptop
        << refused: key_revoked
        >> revoke tablet by laptop
        << refused: key_revoked
        >> undo laptop by laptop
        << revocation_undone laptop fallen tablet
        >> undo phone by laptop
        << revocation_undone phone by laptop
    """)


def test_after_72_hours_a_revocation_stands() -> None:
    play = ann("phone")
    play.perform("""
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> 72 hours pass
        >> undo laptop by laptop
        << refused: not_undoable
        >> join tablet by phone
        << key_joined tablet by phone
    """)
    assert not play.state.may_contest(key_of("laptop"), play.now)


def test_while_a_revocation_can_be_undone_no_key_joins_and_nobody_owns_less() -> None:
    play = ann("phone", "tablet")
    play.perform("""
        >> rank laptop in standup 3
        << past_noted
        >> bob comes
        << key_met bob
        >> rank bob in standup 3
        << past_noted
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> join more by phone
        << refused: keys_disputed
        >> join bob by phone
        << refused: has_past
        >> unite bob by laptop
        << refused: keys_disputed
        >> unite laptop by bob
        << refused: keys_disputed
        >> recovery paper by laptop
        << refused: keys_disputed
        >> split phone
        << refused: keys_disputed
        >> give up phone in standup
        << refused: keys_disputed
        >> give up laptop in standup
        << refused: key_revoked
    """)
    assert play.person("phone").past.ranks == {"standup": 3}
    play.perform("""
        >> 72 hours pass
        >> give up phone in standup
        << past_noted
    """)


def test_an_older_key_takes_over_a_revocation() -> None:
    # Else a younger key would decide whether a key that both distrust comes back.
    ann("phone", "tablet", "watch").perform("""
        >> revoke phone by tablet
        << key_revoked phone by tablet
        >> revoke phone by watch
        << refused: key_revoked
        >> revoke phone by laptop
        << key_revoked phone by laptop
        >> undo phone by phone
        << refused: not_undoable
    """)


def test_the_key_on_paper_brings_everything_in_order() -> None:
    play = ann("phone")
    play.perform("""
        >> recovery paper by phone
        << refused: not_first_key
        >> recovery phone by laptop
        << refused: already_joined
        >> recovery paper by laptop
        << recovery_set paper
        >> recovery other by laptop
        << refused: not_first_key
        >> revoke paper by laptop
        << refused: recovery_key
        >> revoke phone by laptop
        << key_revoked phone by laptop
        >> undo phone by paper
        << revocation_undone phone by paper fallen laptop
        >> undo laptop by laptop
        << refused: not_undoable
        >> undo laptop by paper
        << revocation_undone laptop by paper
        >> revoke laptop by paper
        << key_revoked laptop by paper for_good
        >> revoke phone by phone
        << key_revoked phone for_good
        >> join tablet by paper
        << key_joined tablet by paper
        >> recovery card by paper
        << recovery_set card
        >> join watch by paper
        << refused: key_revoked
    """)
    assert play.keys("tablet") == ["tablet"]
    assert not play.state.may_sign_in(key_of("card"))
    assert not play.state.may_sign_in(key_of("paper"))


def test_the_key_on_paper_is_one_persons_and_only_for_this() -> None:
    ann().perform("""
        >> recovery paper by laptop
        << recovery_set paper
        >> bob comes
        << key_met bob
        >> join paper by bob
        << refused: recovery_key
        >> recovery paper by bob
        << refused: already_joined
        >> split paper
        << refused: recovery_key
        >> undo paper by paper
        << refused: recovery_key
    """)


def test_the_word_of_the_key_on_paper_ends_a_dispute() -> None:
    play = ann("phone")
    play.perform("""
        >> recovery paper by laptop
        << recovery_set paper
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> join desktop by paper
        << refused: keys_disputed
        >> undo laptop by paper
        << revocation_undone laptop by paper fallen phone
        >> join desktop by paper
        << key_joined desktop by paper
        >> undo phone by laptop
        << refused: not_undoable
        >> undo phone by paper
        << revocation_undone phone by paper
    """)
    assert play.person("laptop").disputed_until(play.now) is None


def test_the_key_on_paper_decides_after_72_hours_too() -> None:
    ann("phone").perform("""
        >> recovery paper by laptop
        << recovery_set paper
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> 100 hours pass
        >> undo laptop by paper
        << refused: not_undoable
        >> revoke phone by paper
        << key_revoked phone by paper for_good
        >> join desktop by paper
        << key_joined desktop by paper
    """)


def test_a_key_splits_off_with_what_is_held_against_it_and_nothing_else() -> None:
    play = ann("phone", "tablet")
    play.perform("""
        >> rank laptop in standup 3
        << past_noted
        >> silence laptop in retro
        << past_noted
        >> report 7 about laptop
        << past_noted
        >> prove github by phone
        << claim_proven phone
        >> bob comes
        << key_met bob
        >> bob blocks laptop
        << past_noted
        >> split phone by laptop
        << refused: no_such_key
        >> split phone
        << key_split_off phone
        >> split laptop
        << refused: naming_key
    """)
    alone = play.person("phone")
    assert play.keys("phone") == ["phone"]
    assert play.keys("laptop") == ["laptop", "tablet"]
    assert alone.past.silences == {"retro"}
    assert alone.past.reports == {"7"}
    assert alone.past.ranks == {}
    assert alone.claims == frozenset()
    assert play.person("laptop").past.ranks == {"standup": 3}
    assert play.person("laptop").standing_claims() == frozenset()
    assert play.state.is_blocked(key_of("bob"), key_of("phone"))
    play.perform("""
        >> join phone by laptop
        << refused: has_past
        >> unite phone by laptop
        << refused: has_left
        >> revoke phone by laptop
        << refused: no_such_key
        >> revoke tablet by tablet
        << key_revoked tablet for_good
        >> split laptop
        << refused: only_key
    """)


def test_a_key_that_left_does_not_come_back() -> None:
    # Else a thief could bring in keys, leave, and come back by one of them as the younger one.
    ann("phone").perform("""
        >> split phone
        << key_split_off phone
        >> join phone by laptop
        << refused: has_left
        >> join laptop by phone
        << refused: has_past
    """)


def test_connections_and_tickets_end_with_a_key() -> None:
    revoked = KeyRevoked(person="p", key="a", by="b", at=0, for_good=False)
    undone = RevocationUndone(person="p", key="a", by="c", at=0, fallen=("b", "d"))
    assert ended_keys(revoked) == ("a",)
    assert ended_keys(undone) == ("b", "d")

"""Tests of statements, bans, ranks and claims of the keyring."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.protocol.statements import STATEMENT_SECONDS
from server.people.keyring import ended_keys
from server.people.keyring.journal import PersonBanned
from server.people.keyring.state import KeyBan

from .play import KeyringPlay, key_of


def ann() -> KeyringPlay:
    """Return a play in which Ann has a laptop and a phone."""
    play = KeyringPlay()
    play.perform("""
        >> laptop comes
        << key_met laptop
        >> join phone by laptop
        << key_joined phone by laptop
    """)
    return play


def proposed(play: KeyringPlay, line: str) -> None:
    """Propose a statement, and have nothing happen yet."""
    play.perform(f">> propose {line}")


def test_a_statement_comes_true_once() -> None:
    play = ann()
    proposed(play, "join tablet by laptop")
    play.perform("""
        >> sign laptop
        << statement_signed laptop
        >> sign tablet
        << key_joined tablet by laptop
        >> sign tablet
        << refused: no_such_statement
    """)
    play.perform("""
        >> revoke tablet by laptop
        << key_revoked tablet by laptop
        >> undo tablet by laptop
        << revocation_undone tablet by laptop
    """)
    replayed = play.statement
    assert replayed is not None
    play.perform("""
        >> revoke tablet by laptop
        << key_revoked tablet by laptop
    """)
    play.statement = replayed
    play.perform("""
        >> sign laptop
        << refused: no_such_statement
    """)


def test_a_statement_is_good_for_ten_minutes() -> None:
    assert STATEMENT_SECONDS == 600
    play = ann()
    proposed(play, "join tablet by laptop")
    play.perform("""
        >> sign laptop
        << statement_signed laptop
        >> 10 minutes pass
        >> sign tablet
        << refused: stale_statement
    """)
    proposed(play, "join tablet by laptop")
    play.perform("""
        >> 9.9 minutes pass
        >> sign tablet
        << statement_signed tablet
        >> sign laptop
        << key_joined tablet by laptop
    """)


def test_a_statement_for_another_server_is_nothing_here() -> None:
    here, there = ann(), KeyringPlay("other.example")
    there.perform("""
        >> laptop comes
        << key_met laptop
        >> join phone by laptop
        << key_joined phone by laptop
    """)
    proposed(here, "join tablet by laptop")
    proposed(there, "join tablet by laptop")
    here.statement, there.statement = there.statement, here.statement
    for play in (here, there):
        play.perform("""
            >> sign laptop
            << refused: other_server
        """)


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "revoke"},
        {"key": key_of("watch")},
        {"by": key_of("phone")},
        {"at": 0.0},
        {"nonce": "0" * 64},
        {"facts": "0" * 64},
        {"key": key_of("laptop"), "by": key_of("tablet")},
    ],
    ids=str,
)
def test_a_statement_with_anything_changed_is_another_one(changes: dict[str, object]) -> None:
    play = ann()
    proposed(play, "join tablet by laptop")
    assert play.statement is not None
    play.statement = replace(play.statement, **changes)
    play.perform("""
        >> sign laptop
        << refused: no_such_statement
    """)


def test_a_connection_has_one_statement_and_none_when_it_is_gone() -> None:
    play = ann()
    proposed(play, "join tablet by laptop")
    first = play.statement
    proposed(play, "join watch by laptop")
    assert len(play.state.proposals) == 1
    second, play.statement = play.statement, first
    play.perform("""
        >> sign tablet
        << refused: no_such_statement
    """)
    play.happen(play.proposal("join", "tablet", "laptop", asker="another connection"))
    assert len(play.state.proposals) == 2
    play.statement = second
    play.perform("""
        >> sign watch
        << statement_signed watch
        >> sign laptop
        << key_joined watch by laptop
    """)
    assert list(play.state.proposals) == ["another connection"]


def test_what_has_become_wrong_before_the_last_signature_does_not_happen() -> None:
    play = ann()
    proposed(play, "join tablet by phone")
    play.perform("""
        >> sign phone
        << statement_signed phone
    """)
    waiting = play.statement
    play.happen(play.proposal("revoke", "phone", "laptop", asker="another connection"))
    play.perform("""
        >> sign laptop
        << key_revoked phone by laptop
    """)
    play.statement = waiting
    play.perform("""
        >> sign tablet
        << refused: key_revoked
    """)


def test_whoever_is_banned_from_the_server_keeps_the_keys_that_they_have() -> None:
    play = ann()
    play.perform("""
        >> join tablet by laptop
        << key_joined tablet by laptop
        >> bob comes
        << key_met bob
        >> ban phone from SERVER for 3 days
        << person_banned
        >> join watch by laptop
        << refused: person_banned
        >> join laptop by bob
        << refused: person_banned
        >> unite laptop by bob
        << refused: person_banned
        >> unite bob by laptop
        << refused: person_banned
        >> split phone
        << refused: person_banned
        >> revoke phone by phone
        << refused: person_banned
        >> revoke phone by laptop
        << refused: person_banned
        >> recovery paper by laptop
        << refused: person_banned
        >> 3 days pass
        >> join watch by laptop
        << key_joined watch by laptop
    """)


def test_a_ban_covers_every_key_of_the_last_90_days() -> None:
    play = ann()
    play.perform("""
        >> join old by laptop
        << key_joined old by laptop
        >> split old
        << key_split_off old
        >> 89 days pass
        >> join lost by laptop
        << key_joined lost by laptop
        >> split lost
        << key_split_off lost
        >> revoke phone by phone
        << key_revoked phone for_good
        >> 2 days pass
        >> ban laptop from SERVER
        << person_banned
    """)
    for name, covered in {"laptop": 1, "phone": 1, "lost": 1, "old": 0, "bob": 0}.items():
        assert play.state.is_banned(key_of(name), "standup", play.now) == bool(covered)
    play.perform("""
        >> join more by lost
        << refused: person_banned
        >> bob comes
        << key_met bob
        >> unite lost by bob
        << refused: person_banned
        >> lift 1
        << ban_lifted
        >> lift 1
        >> join more by lost
        << key_joined more by lost
    """)


def test_a_ban_from_a_place_holds_for_keys_that_join_later() -> None:
    # A host could otherwise keep somebody from replacing a stolen key.
    play = ann()
    play.perform("""
        >> ban phone from standup
        << person_banned
        >> join tablet by laptop
        << key_joined tablet by laptop
        >> split tablet
        << refused: person_banned
        >> revoke phone by laptop
        << key_revoked phone by laptop
    """)
    for key in ("laptop", "phone", "tablet"):
        assert play.state.is_banned(key_of(key), "standup", play.now)
        assert not play.state.is_banned(key_of(key), "retro", play.now)


def test_a_ban_outlives_all_the_keys_that_it_was_about() -> None:
    play = ann()
    play.perform("""
        >> ban phone from standup
        << person_banned
        >> join tablet by laptop
        << key_joined tablet by laptop
        >> revoke laptop by laptop
        << key_revoked laptop for_good
        >> revoke phone by phone
        << key_revoked phone for_good
        >> join watch by tablet
        << key_joined watch by tablet
    """)
    for key in ("tablet", "watch"):
        assert play.state.may_sign_in(key_of(key))
        assert play.state.is_banned(key_of(key), "standup", play.now)


def test_a_thief_cannot_have_the_owner_banned_until_it_is_too_late() -> None:
    play = ann()
    play.perform("""
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> ban phone from SERVER for 7 days
        << person_banned
        >> undo laptop by laptop
        << revocation_undone laptop fallen phone
        >> 7 days pass
        >> join tablet by laptop
        << key_joined tablet by laptop
    """)


def test_a_key_that_was_banned_before_it_came_is_banned() -> None:
    play = ann()
    play.perform("""
        >> ban bob from SERVER
        << person_banned
        >> bob comes
        << key_met bob
        >> join bob by laptop
        << refused: person_banned
        >> ban stranger from SERVER
        << person_banned
        >> join stranger by laptop
        << refused: person_banned
        >> ban paper from standup
        << person_banned
        >> recovery paper by laptop
        << refused: person_banned
    """)
    assert play.state.is_banned(key_of("bob"), "standup", play.now)


def test_a_ban_from_the_server_ends_connections() -> None:
    keys = frozenset({"b", "a"})
    assert ended_keys(PersonBanned(ban=KeyBan(id="1", place="", keys=keys, at=0))) == ("a", "b")
    assert ended_keys(PersonBanned(ban=KeyBan(id="1", place="standup", keys=keys, at=0))) == ()


def test_what_was_proven_through_a_key_falls_with_it() -> None:
    play = ann()
    play.perform("""
        >> prove github by phone
        << claim_proven phone
        >> prove mail by laptop
        << claim_proven laptop
        >> revoke phone by laptop
        << key_revoked phone by laptop
        >> prove gitlab by phone
        << refused: key_revoked
        >> prove gitlab by nobody
        << refused: no_such_key
    """)
    assert play.person("laptop").standing_claims() == {"mail"}


def test_what_a_new_key_proved_before_comes_with_it() -> None:
    play = ann()
    play.perform("""
        >> tablet comes
        << key_met tablet
        >> prove github by tablet
        << claim_proven tablet
        >> join tablet by laptop
        << key_joined tablet by laptop
    """)
    assert play.person("laptop").standing_claims() == {"github"}


def test_a_place_raises_and_lowers_whom_it_likes() -> None:
    play = ann()
    play.perform("""
        >> rank phone in standup 3
        << past_noted
        >> rank laptop in standup 3
        >> revoke phone by laptop
        << key_revoked phone by laptop
        >> rank laptop in standup 0
        << past_noted
        >> rank nobody in standup 3
        << refused: no_such_key
    """)
    assert play.person("laptop").past.ranks == {}

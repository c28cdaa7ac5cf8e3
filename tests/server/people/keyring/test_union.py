"""Tests of two persons with a past who become one."""

from __future__ import annotations

from roomcli.protocol.statements import Statement
from server.people.keyring import preview_union
from server.people.keyring.state import MAX_KEYS

from .play import KeyringPlay, key_of


def two(*lines: str) -> KeyringPlay:
    """Return a play in which somebody is Ann with a laptop, and Anna with a desktop and a phone."""
    play = KeyringPlay()
    for line in ("laptop comes", "desktop comes", "join phone by desktop", *lines):
        told = play.speak(line.split())
        assert "refused" not in told[0]
    return play


def test_two_persons_become_one_when_both_have_signed() -> None:
    play = two()
    play.perform("""
        >> propose unite desktop by laptop
        >> sign laptop
        << statement_signed laptop
        >> sign desktop
        << persons_united desktop into laptop
    """)
    assert play.keys("phone") == ["laptop", "desktop", "phone"]
    assert len(play.state.persons) == 1
    play.perform("""
        >> unite desktop by laptop
        << refused: already_joined
    """)


def test_the_keys_of_the_one_who_comes_are_the_younger_ones() -> None:
    two("unite desktop by laptop").perform("""
        >> revoke laptop by desktop
        << key_revoked laptop by desktop
        >> undo laptop by laptop
        << revocation_undone laptop fallen desktop phone
        >> undo desktop by desktop
        << refused: not_undoable
    """)


def test_only_the_first_keys_unite_two_persons() -> None:
    two().perform("""
        >> unite phone by laptop
        << refused: not_first_key
        >> unite laptop by phone
        << refused: not_first_key
        >> recovery paper by desktop
        << recovery_set paper
        >> unite desktop by laptop
        << refused: not_first_key
        >> unite paper by laptop
        << persons_united desktop into laptop
        >> unite stranger by laptop
        << refused: no_such_key
    """)


def test_the_recovery_key_of_the_person_who_stays_stays() -> None:
    play = two("recovery paper by desktop", "recovery card by laptop", "unite paper by card")
    assert play.person("desktop").recovery == key_of("card")
    play.perform("""
        >> revoke laptop by paper
        << refused: key_revoked
        >> bob comes
        << key_met bob
        >> recovery paper by bob
        << refused: already_joined
    """)
    other = two("recovery paper by desktop", "unite paper by laptop")
    assert other.person("laptop").recovery == key_of("paper")


def test_what_is_held_against_either_is_held_against_both() -> None:
    play = two(
        "silence laptop in standup",
        "silence phone in retro",
        "report 1 about laptop",
        "report 2 about desktop",
        "ban desktop from cellar",
        "bob comes",
        "bob blocks phone",
        "unite desktop by laptop",
    )
    past = play.person("laptop").past
    assert past.silences == {"standup", "retro"}
    assert past.reports == {"1", "2"}
    for key in ("laptop", "desktop", "phone"):
        assert play.state.is_banned(key_of(key), "cellar", play.now)
        assert not play.state.is_banned(key_of(key), "standup", play.now)
        assert play.state.is_blocked(key_of("bob"), key_of(key))
    assert not play.state.is_blocked(key_of("laptop"), key_of("bob"))


def test_who_blocks_somebody_blocks_them_with_all_their_own_keys() -> None:
    play = two("bob comes", "desktop blocks bob", "desktop blocks laptop")
    assert not play.state.is_blocked(key_of("laptop"), key_of("bob"))
    play.perform(">> unite desktop by laptop\n<< persons_united desktop into laptop")
    assert play.state.is_blocked(key_of("laptop"), key_of("bob"))
    assert not play.state.is_blocked(key_of("desktop"), key_of("laptop"))


def test_a_blocker_who_splits_off_a_key_blocks_by_both() -> None:
    play = two("bob comes", "phone blocks bob", "split phone")
    for key in ("desktop", "phone"):
        assert play.state.is_blocked(key_of(key), key_of("bob"))
    assert not play.state.is_blocked(key_of("laptop"), key_of("bob"))
    assert not play.state.is_blocked(key_of("stranger"), key_of("bob"))
    assert not play.state.is_blocked(key_of("phone"), key_of("stranger"))


def test_of_roles_and_rooms_the_lower_until_the_place_agrees() -> None:
    play = two(
        "rank laptop in standup 3",
        "rank desktop in standup 1",
        "rank desktop in retro 4",
        "rank laptop in guild 2",
        "rank desktop in guild 2",
        "unite desktop by laptop",
    )
    past = play.person("laptop").past
    assert past.ranks == {"standup": 1, "guild": 2}
    assert past.withheld == {"standup": 3, "retro": 4}
    play.perform("""
        >> agree phone in retro
        << past_noted
        >> agree phone in nowhere
        >> rank phone in standup 2
        << past_noted
    """)
    past = play.person("laptop").past
    assert past.ranks == {"standup": 2, "guild": 2, "retro": 4}
    assert past.withheld == {}


def test_a_rank_that_waits_is_not_lost_by_another_union() -> None:
    play = two("rank desktop in retro 4", "unite desktop by laptop", "bob comes")
    play.perform("""
        >> rank bob in guild 1
        << past_noted
        >> unite laptop by bob
        << persons_united laptop into bob
    """)
    assert play.person("bob").past.withheld == {"guild": 1, "retro": 4}


def test_what_is_proven_of_either_is_proven_of_both_while_its_key_lives() -> None:
    play = two("prove github by phone", "prove mail by laptop", "unite desktop by laptop")
    assert play.person("laptop").standing_claims() == {"github", "mail"}
    play.perform("""
        >> revoke phone by desktop
        << key_revoked phone by desktop
    """)
    assert play.person("laptop").standing_claims() == {"mail"}
    play.perform("""
        >> undo phone by desktop
        << revocation_undone phone by desktop
    """)
    assert play.person("laptop").standing_claims() == {"github", "mail"}


def test_both_sign_what_was_shown_to_them() -> None:
    play = two("rank desktop in retro 4")
    play.perform("""
        >> propose unite desktop by laptop
        >> sign laptop
        << statement_signed laptop
    """)
    assert play.statement is not None
    [proposal] = play.state.proposals.values()
    one, into = play.person("desktop"), play.person("laptop")
    shown = preview_union(play.state, one, into, play.now, proposal.salt).facts
    assert play.statement.facts == shown.digest
    assert shown.withheld == {"retro": 4}
    assert [play.name(each) for each in shown.keys] == ["laptop", "desktop", "phone"]
    play.perform("""
        >> silence phone in standup
        << past_noted
        >> sign desktop
        << refused: facts_changed
        >> silence phone in
        << past_noted
        >> sign desktop
        << persons_united desktop into laptop
    """)


def test_a_ban_that_comes_between_is_seen() -> None:
    two().perform("""
        >> propose unite desktop by laptop
        >> sign laptop
        << statement_signed laptop
        >> ban phone from cellar
        << person_banned
        >> sign desktop
        << refused: facts_changed
    """)


def test_a_union_without_facts_is_none() -> None:
    play = two()
    play.speak(["propose", "unite", "desktop", "by", "laptop"])
    given = play.statement
    assert isinstance(given, Statement)
    assert given.facts
    play.speak(["propose", "join", "watch", "by", "laptop"])
    assert isinstance(play.statement, Statement)
    assert play.statement.facts == ""
    play.statement = given
    play.perform("""
        >> sign laptop
        << refused: no_such_statement
    """)


def test_two_persons_have_no_more_keys_than_one() -> None:
    more = [f"join key{number} by laptop" for number in range(MAX_KEYS - 2)]
    two(*more).perform("""
        >> unite desktop by laptop
        << refused: too_many_keys
    """)

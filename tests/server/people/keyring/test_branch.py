"""Tests of which keys fall with a revocation that was wrong."""

from __future__ import annotations

from .play import KeyringPlay


def family(*lines: str, recovery: bool = False) -> KeyringPlay:
    """Return a play with a laptop and keys that were brought in as these lines say: ``a by b``."""
    play = KeyringPlay()
    play.speak(["laptop", "comes"])
    if recovery:
        play.speak(["recovery", "paper", "by", "laptop"])
    for line in lines:
        assert play.speak(["join", *line.split()]) == [f"<< key_joined {line}"]
    return play


def test_what_the_revoker_brought_in_falls_with_it() -> None:
    family("phone by laptop", "a by phone", "b by a", "tablet by laptop").perform("""
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> undo laptop by laptop
        << revocation_undone laptop fallen phone a b
    """)


def test_so_does_that_through_which_it_came() -> None:
    # The phone was stolen; its thief brought in a, and that b, and lets b revoke.
    play = family("phone by laptop", "a by phone", "b by a", "c by phone", "tablet by laptop")
    play.perform("""
        >> revoke laptop by b
        << key_revoked laptop by b
        >> undo laptop by laptop
        << revocation_undone laptop fallen phone a b c
    """)
    assert play.keys("laptop") == ["laptop", "tablet"]


def test_no_older_key_falls() -> None:
    play = family("phone by laptop", "tablet by phone", "a by tablet")
    play.perform("""
        >> revoke phone by a
        << key_revoked phone by a
        >> undo phone by phone
        << revocation_undone phone fallen tablet a
    """)
    assert play.keys("laptop") == ["laptop", "phone"]


def test_the_key_that_is_back_stays_with_all_that_came_through_it() -> None:
    play = family("phone by laptop", "mine by phone", "ours by mine", "a by phone", recovery=True)
    play.perform("""
        >> revoke mine by a
        << key_revoked mine by a
        >> undo mine by paper
        << revocation_undone mine by paper fallen laptop phone a
    """)
    assert play.keys("mine") == ["mine", "ours"]


def test_a_thief_who_cuts_a_key_of_their_own_saves_none() -> None:
    family("phone by laptop", "a by phone", "b by a").perform("""
        >> revoke laptop by b
        << key_revoked laptop by b
        >> revoke a by b
        << key_revoked a by b
        >> undo laptop by laptop
        << revocation_undone laptop fallen phone a b
        >> undo a by a
        << refused: not_undoable
    """)


def test_a_thief_who_splits_off_saves_none() -> None:
    family("phone by laptop", "a by phone", "b by phone").perform("""
        >> split phone
        << key_split_off phone
        >> revoke laptop by b
        << key_revoked laptop by b
        >> undo laptop by laptop
        << revocation_undone laptop fallen a b
    """)


def test_who_takes_back_a_revocation_stays() -> None:
    family("phone by laptop", "a by phone").perform("""
        >> revoke laptop by phone
        << key_revoked laptop by phone
        >> undo laptop by phone
        << revocation_undone laptop by phone
    """)

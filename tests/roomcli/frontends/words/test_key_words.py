"""Tests of a person's keys in words."""

from __future__ import annotations

import pytest

from roomcli.frontends.words.happenings import Moment, describe
from roomcli.frontends.words.key_words import (
    day_and_time,
    key_lines,
    place_words,
    statement_words,
    union_lines,
)
from roomcli.protocol import events as e
from roomcli.protocol.keys import AwaitedStatement, OwnKey
from roomcli.protocol.statements import Purpose, Statement, UnionFacts

LAPTOP, PHONE, PAPER = "a" * 32, "b" * 32, "c" * 32
NAMES = {LAPTOP: "this machine"}
AT = 1_764_118_000.0


def statement(purpose: Purpose) -> Statement:
    return Statement(
        purpose=purpose, server="rooms.example:7420", nonce="0" * 64, at=AT, key=PHONE, by=LAPTOP
    )


def test_each_key_is_told_with_what_became_of_it() -> None:
    when = day_and_time(AT)
    listed = e.KeyList(
        known_by=LAPTOP,
        keys=(
            OwnKey(key=LAPTOP, joined_at=0.0),
            OwnKey(key=PHONE, joined_at=AT, introduced_by=LAPTOP),
            OwnKey(
                key="d" * 32,
                joined_at=AT,
                state="cut",
                ended_at=AT,
                ended_by=PHONE,
                undo_until=AT,
            ),
            OwnKey(key="e" * 32, joined_at=AT, state="revoked", ended_at=AT, ended_by=PAPER),
            OwnKey(key="f" * 32, joined_at=AT, state="left", ended_at=AT),
        ),
        recovery=PAPER,
        disputed_until=AT,
        waiting=(AwaitedStatement(statement=statement("join")),),
    )
    assert list(key_lines(listed, NAMES)) == [
        f"others know you by the key {LAPTOP}",
        f"{LAPTOP} (this machine): the first",
        f"{PHONE}: since {when}, brought in by this machine",
        f"{'d' * 32}: revoked {when} by {PHONE}; that can be undone until {when}",
        f"{'e' * 32}: revoked for good {when} by the recovery key",
        f"{'f' * 32}: a person of its own since {when}",
        f"{PAPER} (the recovery key): older than all others",
        f"until {when} no key joins, and you can give nothing up: a revocation can be undone",
        f"waits for signatures: {PHONE} becomes a key of the person of {LAPTOP} (this machine)",
    ]


@pytest.mark.parametrize("purpose", ["join", "unite", "revoke", "undo", "split", "recovery"])
def test_every_statement_is_told_with_its_keys_and_their_direction(purpose: Purpose) -> None:
    words = statement_words(statement(purpose), {})
    assert words.index(PHONE) >= 0
    assert purpose == "split" or words.index(LAPTOP) > words.index(PHONE)


def test_two_persons_are_told_what_they_would_be() -> None:
    facts = UnionFacts(
        salt="s",
        keys=(LAPTOP, PHONE),
        bans=("room/retro",),
        silences=("room/standup",),
        ranks={"community/c1": 1},
        withheld={"room/retro@1764118000": 4, "event/e1": 1},
    )
    assert list(union_lines(facts, frozenset({LAPTOP}), NAMES))[1:] == [
        f"  {LAPTOP} (this machine)",
        f"  {PHONE}, of the other person",
        "banned from room retro",
        "silenced in room standup",
        "your role in community c1 is the lower one of both",
        "your role in event e1 waits until a host there, or the admin, agrees",
        "your role in room retro waits until a host there, or the admin, agrees",
    ]
    assert place_words("") == "the whole server"


@pytest.mark.parametrize(
    ("news", "words"),
    [
        (e.KeysChanged(what="joined", key=PHONE), "A key joined yours"),
        (e.KeysChanged(what="revoked", key=PHONE), "revoked for good"),
        (e.KeysChanged(what="revoked", key=PHONE, undo_until=AT), day_and_time(AT)),
        (e.KeysChanged(what="undone", key=PHONE), "is back"),
        (e.KeysChanged(what="split", key=PHONE), "a person of its own"),
        (e.KeysChanged(what="recovery", key=PHONE), "You have a recovery key"),
        (e.KeysChanged(what="united", key=PHONE), "You are one person now"),
    ],
)
def test_news_of_a_key_concern_the_user_at_home_and_in_a_room(
    news: e.KeysChanged, words: str
) -> None:
    told = describe(news, None, None, Moment())
    assert told is not None
    assert told.weight == "loud"
    assert words in told.text
    assert PHONE in told.text

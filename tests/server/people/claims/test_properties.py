"""Properties of claims, whatever happens to them in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.errors import CommandRefused
from server.people.claims import commands as c
from server.people.claims.state import (
    SEEN_SECONDS,
    UNREACHED_SECONDS,
    ForgeAccount,
    IssuerAccount,
    MailBox,
    OwnDomain,
    gather,
    sole_holding,
)

from .test_decide import NOW, ClaimsPlay

PEOPLE = st.sampled_from(["ann", "bob", "eve"])
KEYS = st.sampled_from(["a" * 32, "b" * 32])
FACTS = st.sampled_from(
    [
        ForgeAccount("github", "github.com", "ann"),
        ForgeAccount("gitlab", "gitlab.com", "ann"),
        OwnDomain("acme.example"),
        MailBox("acme.example", "1"),
        MailBox("acme.example", "2"),
        IssuerAccount("https://sso.acme.example", "1"),
        IssuerAccount("https://sso.acme.example", "2", "acme.example"),
    ]
)
IDS = st.integers(0, 9).map(lambda number: number.to_bytes(8, "big").hex())
COMMANDS = st.one_of(
    st.builds(c.RecordProof, person=PEOPLE, fact=FACTS, key=KEYS, holder_stands=st.booleans()),
    st.builds(c.NoteSeen, id=IDS, key=KEYS),
    st.builds(c.NoteUnreached, id=IDS),
    st.builds(c.NoteGone, id=IDS),
    st.builds(c.WithdrawOwn, person=PEOPLE, id=IDS),
    st.builds(c.HideOwn, person=PEOPLE, id=IDS, hidden=st.booleans()),
    st.builds(c.WithdrawAll, person=PEOPLE),
    st.builds(c.PassOn, person=PEOPLE, into=PEOPLE),
    st.just(c.DropOld()),
)
STEPS = st.lists(st.tuples(COMMANDS, st.integers(0, 50).map(lambda days: days * 86400.0)))


def play_all(steps: list[tuple[c.ClaimsCommand, float]]) -> ClaimsPlay:
    """Let all of it happen that is not refused."""
    play = ClaimsPlay()
    for command, later in steps:
        play.now += later
        try:
            play.happen(command)
        except CommandRefused:
            continue
    return play


@given(STEPS)
@settings(max_examples=60)
def test_whatever_happens_claims_hold_together(
    steps: list[tuple[c.ClaimsCommand, float]],
) -> None:
    play = play_all(steps)
    claims = play.claims
    again = gather(claims.claims.values())  # the indexes are those of the claims
    assert (claims.claims, claims.holders) == (again.claims, again.holders)
    assert {person: set(ids) for person, ids in claims.of_person.items()} == {
        person: set(ids) for person, ids in again.of_person.items()
    }
    # Nobody stands beside another on what is one person's.
    held = [sole_holding(each.fact) for each in claims.claims.values() if sole_holding(each.fact)]
    assert len(held) == len(set(held))
    for claim in claims.claims.values():  # nothing stands longer than it was seen
        assert NOW <= claim.proven_at <= claim.checked_at <= play.now
        longest = SEEN_SECONDS if sole_holding(claim.fact) else UNREACHED_SECONDS
        assert claim.badge.until == claim.until == claim.checked_at + longest
        assert (claim.next_check_at is None) == bool(sole_holding(claim.fact))


@given(STEPS, KEYS)
@settings(max_examples=30)
def test_no_claim_stands_by_a_key_that_is_not_in_force(
    steps: list[tuple[c.ClaimsCommand, float]], key: str
) -> None:
    play = play_all(steps)
    for person in ("ann", "bob", "eve"):
        standing = play.claims.standing(person, frozenset({key}), play.now)
        assert {each.key for each in standing} <= {key}
        assert play.claims.standing(person, frozenset(), play.now) == []

"""Tests of what is decided about claims."""

from __future__ import annotations

import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol.badges import CHECK_AGAIN_SECONDS
from server.people.claims import commands as c
from server.people.claims import decide as decide_module
from server.people.claims.decide import ENTROPY_BYTES, decide
from server.people.claims.evolve import evolve
from server.people.claims.journal import JournalledClaim
from server.people.claims.state import (
    MAX_CLAIMS,
    RETRY_SECONDS,
    SEEN_SECONDS,
    UNREACHED_SECONDS,
    Claim,
    Claims,
    ForgeAccount,
    IssuerAccount,
    MailBox,
    OwnDomain,
    gather,
)

NOW = 1_764_000_000.0
DAY = 86400.0
ANN_AT_GITHUB = ForgeAccount("github", "github.com", "ann")
ACME = MailBox("acme.example", "box 1")
SIGNED_ON = IssuerAccount("https://sso.acme.example", "account 1", "acme.example")
KEY = "a" * 32


class ClaimsPlay:
    """Claims through what happens to them."""

    def __init__(self) -> None:
        self.claims = Claims()
        self.now = NOW
        self._count = 0

    def happen(self, command: c.ClaimsCommand) -> list[JournalledClaim]:
        """Carry out a command."""
        self._count += 1
        entropy = self._count.to_bytes(ENTROPY_BYTES - 1, "big") + b"\x80"
        events = decide(self.claims, command, self.now, entropy)
        for event in events:
            self.claims = evolve(self.claims, event)
        return events

    def prove(self, person: str, fact: object, key: str = KEY, **more: object) -> Claim:
        """Prove something of a person, and return the claim."""
        self.happen(c.RecordProof(person=person, fact=fact, key=key, **more))  # type: ignore[arg-type]
        found = self.claims.claim_about(person, fact)  # type: ignore[arg-type]
        assert found is not None
        return found

    def standing(self, person: str, *keys: str) -> list[object]:
        """Return what counts of a person whose keys in force are these."""
        found = self.claims.standing(person, frozenset(keys or (KEY,)), self.now)
        return [each.fact for each in found]


@pytest.fixture
def play() -> ClaimsPlay:
    """Nobody has a claim."""
    return ClaimsPlay()


def refused(play: ClaimsPlay, command: c.ClaimsCommand) -> str:
    """Return the code of a refusal."""
    with pytest.raises(CommandRefused) as error:
        play.happen(command)
    return error.value.code


def test_a_claim_says_what_was_proven_by_which_key_and_when(play: ClaimsPlay) -> None:
    claim = play.prove("ann", ANN_AT_GITHUB, account_since=1_000_000_000.0)
    badge = claim.badge
    assert (badge.kind, badge.subject) == ("forge", "github.com/ann")
    assert (badge.proven_at, badge.checked_at, badge.account_since) == (NOW, NOW, 1_000_000_000.0)
    assert badge.until == NOW + UNREACHED_SECONDS
    assert claim.key == KEY


def test_mail_and_sign_on_count_for_90_days_and_are_not_looked_at_again(play: ClaimsPlay) -> None:
    mail, signed_on = play.prove("ann", ACME), play.prove("ann", SIGNED_ON)
    assert SEEN_SECONDS == 90 * DAY
    for claim in (mail, signed_on):
        assert claim.badge.until == NOW + SEEN_SECONDS
        assert claim.badge.domain == "acme.example"
        assert claim.next_check_at is None
    assert mail.badge.subject == "acme.example"
    assert signed_on.badge.subject == "sso.acme.example"
    play.now += SEEN_SECONDS - 1
    assert play.standing("ann") == [ACME, SIGNED_ON]
    play.now += 1
    assert play.standing("ann") == []
    play.happen(c.DropOld())
    assert play.claims == Claims()


def test_what_can_be_looked_at_is_due_within_a_day(play: ClaimsPlay) -> None:
    claim = play.prove("ann", ANN_AT_GITHUB)
    assert play.claims.due(NOW) == []
    assert claim.next_check_at is not None
    assert 0.75 * DAY <= claim.next_check_at - NOW <= CHECK_AGAIN_SECONDS == DAY
    assert play.claims.due(NOW + DAY) == [claim]
    play.now += DAY
    play.happen(c.NoteSeen(id=claim.id, key=KEY))
    (seen,) = play.claims.claims_of("ann")
    assert (seen.proven_at, seen.checked_at) == (NOW, NOW + DAY)
    assert play.claims.due(play.now) == []


def test_a_place_that_is_down_ends_no_claim_for_two_weeks(play: ClaimsPlay) -> None:
    claim = play.prove("ann", OwnDomain("acme.example"))
    while play.now + RETRY_SECONDS < NOW + UNREACHED_SECONDS:
        play.happen(c.NoteUnreached(id=claim.id))
        assert play.claims.due(play.now) == []
        play.now += RETRY_SECONDS
        assert [each.id for each in play.claims.due(play.now)] == [claim.id]
        assert play.standing("ann") == [claim.fact]
    (kept,) = play.claims.claims_of("ann")
    assert kept.checked_at == NOW
    assert kept.badge.is_overdue(play.now)
    assert not kept.badge.is_overdue(NOW + DAY)
    play.now += RETRY_SECONDS
    assert play.standing("ann") == []


def test_what_is_gone_ends_at_once(play: ClaimsPlay) -> None:
    claim = play.prove("ann", ANN_AT_GITHUB)
    play.happen(c.NoteGone(id=claim.id))
    assert play.claims == Claims()
    assert play.happen(c.NoteGone(id=claim.id)) == []
    assert play.happen(c.NoteSeen(id=claim.id, key=KEY)) == []
    assert play.happen(c.NoteUnreached(id=claim.id)) == []


def test_a_claim_falls_with_its_key_and_is_back_with_it(play: ClaimsPlay) -> None:
    play.prove("ann", ANN_AT_GITHUB, key="b" * 32)
    assert play.standing("ann", KEY) == []
    assert play.standing("ann", KEY, "b" * 32) == [ANN_AT_GITHUB]


def test_a_claim_is_taken_back_by_its_person_only(play: ClaimsPlay) -> None:
    claim = play.prove("ann", ANN_AT_GITHUB)
    assert refused(play, c.WithdrawOwn(person="bob", id=claim.id)) == "no_such_claim"
    play.happen(c.WithdrawOwn(person="ann", id=claim.id))
    assert refused(play, c.WithdrawOwn(person="ann", id=claim.id)) == "no_such_claim"
    play.prove("ann", ACME)
    play.prove("ann", ANN_AT_GITHUB)
    play.happen(c.WithdrawAll(person="ann"))
    assert play.claims == Claims()


def test_a_claim_is_hidden_and_shown_by_its_person_only(play: ClaimsPlay) -> None:
    claim = play.prove("ann", ANN_AT_GITHUB)
    assert refused(play, c.HideOwn(person="bob", id=claim.id, hidden=True)) == "no_such_claim"
    assert not claim.hidden
    assert play.happen(c.HideOwn(person="ann", id=claim.id, hidden=False)) == []
    play.happen(c.HideOwn(person="ann", id=claim.id, hidden=True))
    play.now += DAY
    play.happen(c.NoteSeen(id=claim.id, key=KEY))
    assert play.prove("ann", ANN_AT_GITHUB).hidden  # proving it again shows it to nobody
    play.happen(c.PassOn(person="ann", into="bob"))
    (passed,) = play.claims.claims_of("bob")
    assert passed.hidden
    assert play.standing("bob") == [ANN_AT_GITHUB]  # a door is told
    play.happen(c.HideOwn(person="bob", id=claim.id, hidden=False))
    (shown,) = play.claims.claims_of("bob")
    assert not shown.hidden


@pytest.mark.parametrize("fact", [ACME, SIGNED_ON])
def test_a_box_and_an_account_at_an_issuer_are_one_persons(
    play: ClaimsPlay, fact: MailBox | IssuerAccount
) -> None:
    play.prove("ann", fact)
    record = c.RecordProof(person="bob", fact=fact, key="b" * 32)
    assert refused(play, record) == "claimed_by_another"
    play.now += SEEN_SECONDS  # until it is too old
    play.prove("bob", fact, key="b" * 32)
    assert play.claims.claims_of("ann") == []


def test_what_was_proven_through_a_key_that_fell_can_be_proven_by_another(play: ClaimsPlay) -> None:
    play.prove("ann", ACME)
    play.prove("bob", ACME, key="b" * 32, holder_stands=False)
    assert play.standing("bob", "b" * 32) == [ACME]
    assert play.claims.claims_of("ann") == []


def test_two_boxes_at_one_domain_are_one_claim_that_begins_anew(play: ClaimsPlay) -> None:
    first = play.prove("ann", ACME)
    play.now += DAY
    second = play.prove("ann", MailBox("acme.example", "box 2"))
    assert second.id == first.id
    assert second.proven_at == play.now
    assert play.claims.holder_of(ACME) is None
    play.prove("bob", ACME)  # the first box is free again


def test_proving_the_same_again_keeps_since_when(play: ClaimsPlay) -> None:
    play.prove("ann", ANN_AT_GITHUB, account_since=1.0)
    play.now += DAY
    again = play.prove("ann", ANN_AT_GITHUB)
    assert (again.proven_at, again.checked_at, again.account_since) == (NOW, NOW + DAY, 1.0)
    play.now += UNREACHED_SECONDS  # too old meanwhile: it was not proven without a break
    assert play.prove("ann", ANN_AT_GITHUB).proven_at == play.now


def test_a_person_has_so_many_claims(play: ClaimsPlay) -> None:
    for number in range(MAX_CLAIMS):
        play.prove("ann", OwnDomain(f"a{number}.example"))
    record = c.RecordProof(person="ann", fact=ANN_AT_GITHUB, key=KEY)
    assert refused(play, record) == "too_many_claims"
    play.prove("ann", OwnDomain("a3.example"))


def test_a_server_has_so_many_claims(play: ClaimsPlay, monkeypatch: pytest.MonkeyPatch) -> None:
    play.prove("ann", ANN_AT_GITHUB)
    monkeypatch.setattr(decide_module, "MAX_CLAIMS_IN_ALL", 1)
    record = c.RecordProof(person="anna", fact=ANN_AT_GITHUB, key=KEY)
    assert refused(play, record) == "server_full"
    play.prove("ann", ANN_AT_GITHUB)  # what is there is proven again


def test_claims_follow_who_becomes_another_person(play: ClaimsPlay) -> None:
    play.prove("ann", ANN_AT_GITHUB)
    play.prove("ann", ACME)
    play.prove("anna", ANN_AT_GITHUB)
    play.happen(c.PassOn(person="ann", into="anna"))
    assert play.claims.claims_of("ann") == []
    assert {each.fact for each in play.claims.claims_of("anna")} == {ANN_AT_GITHUB, ACME}
    holder = play.claims.holder_of(ACME)
    assert holder is not None
    assert holder.person == "anna"
    assert play.happen(c.PassOn(person="anna", into="anna")) == []


def test_claims_read_from_the_store_are_those_that_were_kept(play: ClaimsPlay) -> None:
    for person in ("ann", "bob"):
        play.prove(person, ANN_AT_GITHUB)
    play.prove("ann", ACME)
    assert gather(play.claims.claims.values()) == play.claims

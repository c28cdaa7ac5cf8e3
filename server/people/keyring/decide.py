"""Decides what a command does to the keyring: its events, or the refusal."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol.statements import STATEMENT_SECONDS, Statement

from . import commands as c
from . import journal as j
from .changes import changes_of, judge
from .refusals import refusal
from .state import KeyBan, Keyring, KnownPerson, Past, Proposal

NONCE_BYTES, SALT_BYTES = 32, 16


def decide(
    state: Keyring, command: c.KeyringCommand, now: float, entropy: bytes
) -> list[j.KeyringEvent]:
    """Return the events that follow from ``command``.

    ``entropy`` (48 bytes) is the nonce of a new statement, and the salt of what two persons are
    shown. Raises CommandRefused with a code of :mod:`.refusals`.
    """
    match command:
        case c.Propose():
            return [_proposed(state, command, now, entropy)]
        case c.Sign():
            return _signed(state, command, now)
        case c.WithdrawProposal(asker=asker):
            return [j.ProposalEnded(asker=asker)] if asker in state.proposals else []
        case c.MeetKey(key=key):
            return [] if key in state.holders else [j.KeyMet(key=key, at=now)]
        case c.LiftBan(id=id):
            return [j.BanLifted(id=id)] if id in state.bans else []
        case c.BanPerson():
            return [j.PersonBanned(ban=_covering_ban(state, command, now))]
        case _:
            return _noted(state, command, now)


def _proposed(
    state: Keyring, command: c.Propose, now: float, entropy: bytes
) -> j.StatementProposed:
    if len(entropy) != NONCE_BYTES + SALT_BYTES:
        raise ValueError("a nonce and a salt have 48 bytes")
    salt = entropy[NONCE_BYTES:].hex() if command.purpose == "unite" else ""
    statement = Statement(
        purpose=command.purpose,
        server=state.server,
        nonce=entropy[:NONCE_BYTES].hex(),
        at=now,
        key=command.key,
        by=command.by,
    )
    facts = judge(state, statement, now, salt).facts
    return j.StatementProposed(
        asker=command.asker, statement=replace(statement, facts=facts), salt=salt
    )


def _signed(state: Keyring, command: c.Sign, now: float) -> list[j.KeyringEvent]:
    statement = command.statement
    asker, proposal = _proposal(state, statement)
    if not statement.at <= now < statement.at + STATEMENT_SECONDS:
        raise refusal("stale_statement")
    if command.signer not in statement.signers:
        raise refusal("not_a_signer")
    signed_by = proposal.signed_by | {command.signer}
    if signed_by != statement.signers:
        return [j.StatementSigned(asker=asker, signer=command.signer)]
    judged = judge(state, statement, now, proposal.salt)
    if judged.facts != statement.facts:
        raise refusal("facts_changed")
    return [j.ProposalEnded(asker=asker), *changes_of(judged, statement, now)]


def _proposal(state: Keyring, statement: Statement) -> tuple[str, Proposal]:
    """Return who asked for this very statement, and what is known of it."""
    if statement.server != state.server:
        raise refusal("other_server")
    for asker, proposal in state.proposals.items():
        if proposal.statement == statement:
            return asker, proposal
    raise refusal("no_such_statement")


def _covering_ban(state: Keyring, command: c.BanPerson, now: float) -> KeyBan:
    person = state.person_of(command.key)
    covered = [each.id for each in person.keys if each.is_covered(now)] if person else []
    keys = frozenset({command.key, *covered})
    return KeyBan(id=command.id, place=command.place, keys=keys, at=now, until=command.until)


def _noted(
    state: Keyring,
    command: c.NotePast | c.SetRank | c.GiveUpRank | c.AgreeRank | c.ProveClaim,
    now: float,
) -> list[j.KeyringEvent]:
    person = state.person_of(command.key)
    if person is None:
        raise refusal("no_such_key")
    if isinstance(command, c.ProveClaim):
        if not person.speaks(command.key):
            raise refusal("key_revoked")
        return [j.ClaimProven(person=person.id, claim=command.claim, key=command.key)]
    past = _past(person, command, now)
    return [j.PastNoted(person=person.id, past=past)] if past != person.past else []


def _past(
    person: KnownPerson, command: c.NotePast | c.SetRank | c.GiveUpRank | c.AgreeRank, now: float
) -> Past:
    past = person.past
    match command:
        case c.NotePast(silences=silences, reports=reports, blocked_by=blocked_by):
            return replace(
                past,
                silences=past.silences if silences is None else silences,
                reports=past.reports if reports is None else reports,
                blocked_by=past.blocked_by if blocked_by is None else blocked_by,
            )
        case c.SetRank(place=place, rank=rank):
            return _ranked(past, place, rank)
        case c.GiveUpRank(place=place):
            if not person.speaks(command.key):
                raise refusal("key_revoked")
            if person.is_disputed(now):
                raise refusal("keys_disputed")
            return _ranked(past, place, 0)
        case c.AgreeRank(place=place):
            return _ranked(past, place, past.withheld.get(place, past.ranks.get(place, 0)))


def _ranked(past: Past, place: str, rank: int) -> Past:
    """Return a past with this rank, and with nothing withheld there."""
    ranks = {name: each for name, each in past.ranks.items() if name != place}
    withheld = {name: each for name, each in past.withheld.items() if name != place}
    return replace(past, ranks={**ranks, place: rank} if rank > 0 else ranks, withheld=withheld)

"""The desk for keys: shows people theirs, makes statements, and takes what keys have signed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import get_args

import msgspec
import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused, ProtocolError, StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.keys import AwaitedStatement, OwnKey
from roomcli.protocol.people import Person
from roomcli.protocol.statements import Statement, statement_text

from ..clock import Clock
from ..store import Store
from .identities import Identities, newly_revoked
from .keyring import Propose, ended_keys
from .keyring import journal as j
from .keyring.refusals import refusal
from .keyring.state import UNDO_SECONDS, KeyRecord, KnownPerson
from .sign_ins import SignIn, SignIns
from .signatures import signer_of

REVOKED = e.Goodbye(code="key_revoked", text="the key by which you signed in is revoked")
CHANGED = e.Goodbye(code="keys_changed", text="you are one person with another now", retry=True)
IN_FORCE = e.Goodbye(code="keys_changed", text="this machine's key is in force again", retry=True)


class KeyDesk:
    """Answers the commands about keys; ``reach`` gives news to all connections of a person.

    Tasks in ``background`` end the connections of keys that are revoked or somebody else's now,
    once that is on disk and answered. Until then these connections can do nothing.
    """

    commands = get_args(c.KeyCommand)
    questions = (c.ListKeys,)

    def __init__(
        self,
        identities: Identities,
        sign_ins: SignIns,
        store: Store,
        clock: Clock,
        background: trio.Nursery,
        reach: Callable[[str, e.Event], None],
    ) -> None:
        self._identities = identities
        self._sign_ins = sign_ins
        self._store = store
        self._clock = clock
        self._background = background
        self._reach = reach
        store.keyrings.elsewhere.hear(self._note_elsewhere)  # after the identities

    async def carry_out(
        self, asker: Person, command: c.KeyCommand, signer: str = ""
    ) -> Sequence[e.DeskEvent]:
        """Carry out a command of whoever signed in by ``signer``, by default the key by which they
        are known. Raises CommandRefused, StoreError.

        Each key that signed in has a statement of its own: a thief of one key ends no statement
        that is asked for by another.
        """
        signer = signer or asker.key
        match command:
            case c.ListKeys():
                return [await self._listed(asker)]
            case c.ProposeStatement():
                return [e.StatementMade(statement=await self._proposed(asker, command, signer))]
            case c.SignStatement(nonce=nonce, signature=signature):
                await self._sign(self._identities.awaited(nonce), signature)
            case c.WithdrawStatement():
                await self._identities.withdraw(signer)
        return []

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Yield a person's keys, if there are several or were."""
        known = self._identities.keys_of(self._identities.first_key(person.key))
        if len(known.keys) > 1 or known.recovery:
            shown = [_as_told(each, self._clock.now()) for each in known.keys]
            yield e.ThingHeld(kind="keys", thing={"keys": msgspec.to_builtins(shown)})

    def forget(self, person: Person) -> None:
        """Delete nothing: a key that is revoked must not become the person again."""

    async def _listed(self, asker: Person) -> e.KeyList:
        now, identities = self._clock.now(), self._identities
        first = identities.first_key(asker.key)
        known = identities.keys_of(first)
        waiting = [
            AwaitedStatement(
                statement=each.proposal.statement,
                signed_by=tuple(sorted(each.proposal.signed_by)),
                facts=each.facts,
            )
            for each in await identities.waiting(asker)
        ]
        return e.KeyList(
            known_by=first,
            keys=tuple(_as_told(each, now) for each in known.keys),
            recovery=known.recovery or None,
            disputed_until=known.disputed_until(now),
            waiting=tuple(waiting),
        )

    async def _proposed(self, asker: Person, wanted: c.ProposeStatement, signer: str) -> Statement:
        identities = self._identities
        dialled = {each.authority.lower() for each in self._sign_ins.of_person(asker.id)}
        if wanted.server.lower() not in dialled:
            raise refusal("other_server")
        own = identities.first_key(asker.key)
        mine = own in map(identities.first_key, (wanted.key, wanted.by))
        # By the key on paper one comes to the aid of a key that is cut, and so cannot come itself.
        if not mine and not identities.is_recovery(wanted.by):
            raise refusal("no_such_key")
        if not self._is_known(wanted.by):
            raise refusal("no_such_key")  # else one would become a person whom nobody has seen
        return await identities.propose(
            signer,
            wanted.server.lower(),
            Propose(asker="", purpose=wanted.purpose, key=wanted.key, by=wanted.by),
        )

    def _is_known(self, key: str) -> bool:
        """Whether somebody has, or had, this key here: another machine's is known once it came."""
        identities = self._identities
        first = identities.first_key(key)
        return identities.has_met(key) or bool(
            self._sign_ins.of_person(identities.person(first).id)
        )

    async def _sign(self, statement: Statement, signature: str) -> None:
        try:
            signer = signer_of(signature, statement_text(statement)).fingerprint
        except ProtocolError as error:
            raise CommandRefused(error.code, str(error)) from None
        before = self._of_persons(statement)
        for event in await self._identities.sign(statement, signer):
            for news in _news(event):
                for person in {each.person for each in before}:
                    self._reach(person, news)
            ended = ended_keys(event)
            self._end_later([each for each in before if each.key in ended], REVOKED)
        moved = [each for each in before if self._is_somebody_else(each)]
        self._end_later(moved, CHANGED)
        restored = [
            each for each in before if each.contests and not self._identities.contested(each.key)
        ]
        self._end_later(restored, IN_FORCE)

    def _note_elsewhere(self, id: str, before: KnownPerson | None, now: KnownPerson | None) -> None:
        """Tell people here what another server changed of their keys, and end what it ended."""
        keys = {id, *(key.id for each in (before, now) if each is not None for key in each.keys)}
        ids = {self._identities.person(each).id for each in keys}
        here = [each for person in ids for each in self._sign_ins.of_person(person)]
        for news in _news_between(before, now):
            for person in {each.person for each in here}:
                self._reach(person, news)
        ended = newly_revoked(before, now)
        self._end_later([each for each in here if each.key in ended], REVOKED)
        self._end_later([each for each in here if self._is_somebody_else(each)], CHANGED)
        restored = [
            each for each in here if each.contests and not self._identities.contested(each.key)
        ]
        self._end_later(restored, IN_FORCE)

    def _of_persons(self, statement: Statement) -> list[SignIn]:
        firsts = {self._identities.first_key(each) for each in (statement.key, statement.by)}
        ids = {self._identities.person(each).id for each in firsts | {statement.key, statement.by}}
        return [each for id in ids for each in self._sign_ins.of_person(id)]

    def _is_somebody_else(self, sign_in: SignIn) -> bool:
        first = self._identities.first_key(sign_in.key)
        return self._identities.person(first).id != sign_in.person

    def _end_later(self, sign_ins: list[SignIn], goodbye: e.Goodbye) -> None:
        if sign_ins:
            self._background.start_soon(self._end_when_kept, sign_ins, goodbye)

    async def _end_when_kept(self, sign_ins: list[SignIn], goodbye: e.Goodbye) -> None:
        with contextlib.suppress(StoreError):
            await self._store.flushed()
        for each in sign_ins:
            each.end(goodbye)


def _news_between(before: KnownPerson | None, now: KnownPerson | None) -> list[e.KeysChanged]:
    """Return what is told of a person's keys, as far as they themselves say what happened."""
    told = []
    known = {key.id for key in before.keys} if before is not None else set()
    for key in now.keys if now is not None else ():
        if key.introduced_by and key.id not in known:
            told.append(e.KeysChanged(what="joined", key=key.id, by=key.introduced_by))
        elif key.id in newly_revoked(before, now):
            until = None if key.for_good else (key.revoked_at or 0.0) + UNDO_SECONDS
            by = key.revoked_by
            told.append(e.KeysChanged(what="revoked", key=key.id, by=by, undo_until=until))
    return told


def _as_told(record: KeyRecord, now: float) -> OwnKey:
    ended_at = record.left_at if record.left_at is not None else record.revoked_at
    shown = OwnKey(
        key=record.id, joined_at=record.joined_at, introduced_by=record.introduced_by or None
    )
    if record.in_force:
        return shown
    if record.left_at is not None:
        return replace(shown, state="left", ended_at=ended_at)
    shown = replace(shown, ended_at=ended_at, ended_by=record.revoked_by or None)
    if record.is_cut(now):
        return replace(shown, state="cut", undo_until=_undo_until(record))
    return replace(shown, state="revoked")


def _undo_until(record: KeyRecord) -> float:
    return (record.revoked_at or 0.0) + UNDO_SECONDS


def _news(event: j.KeyringEvent) -> list[e.KeysChanged]:
    match event:
        case j.KeyJoined(key=key, introduced_by=by):
            return [e.KeysChanged(what="joined", key=key, by=by)]
        case j.KeyRevoked(key=key, by=by, at=at, for_good=for_good):
            until = None if for_good else at + UNDO_SECONDS
            return [e.KeysChanged(what="revoked", key=key, by=by, undo_until=until)]
        case j.RevocationUndone(key=key, by=by, at=at, fallen=fallen):
            until = at + UNDO_SECONDS
            return [
                e.KeysChanged(what="undone", key=key, by=by),
                *(e.KeysChanged(what="revoked", key=k, by=by, undo_until=until) for k in fallen),
            ]
        case j.KeySplitOff(key=key):
            return [e.KeysChanged(what="split", key=key, by=key)]
        case j.RecoverySet(key=key):
            return [e.KeysChanged(what="recovery", key=key)]
        case j.PersonsUnited(person=person, introduced_by=by):
            return [e.KeysChanged(what="united", key=person, by=by)]
    return []

"""What a statement changes, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass

from roomcli.protocol.statements import Statement

from . import journal as j
from .branch import fallen_keys
from .refusals import refusal
from .state import MAX_KEYS, SERVER, KeyRecord, Keyring, KnownPerson, Past
from .union import UnionPreview, preview_union


@dataclass(frozen=True)
class Judged:
    """A statement that may come true: whose keys it is about, and what two persons become."""

    person: KnownPerson
    other: KnownPerson | None = None
    union: UnionPreview | None = None

    @property
    def facts(self) -> str:
        """The hash of what has to be shown before."""
        return self.union.facts.digest if self.union is not None else ""


def judge(state: Keyring, statement: Statement, now: float, salt: str = "") -> Judged:
    """Return what a statement is about. Raises CommandRefused if it may not come true.

    It is judged when it is proposed, and once more when the last signature is there. ``salt`` is
    that of what two persons are shown.
    """
    key, by = statement.key, statement.by
    person = state.person_of(by)
    if person is None:
        raise refusal("no_such_key")
    match statement.purpose:
        case "join":
            return _judge_join(state, person, key, by, now)
        case "unite":
            return _judge_union(state, person, key, by, now, salt)
        case "revoke":
            return _judge_revocation(state, person, key, by, now)
        case "undo":
            return _judge_undoing(person, key, by, now)
        case "split":
            return _judge_split(state, person, key, by, now)
        case "recovery":
            return _judge_recovery(state, person, key, by, now)


def changes_of(judged: Judged, statement: Statement, now: float) -> list[j.KeyringEvent]:
    """Return the events of a statement that all have signed."""
    person, key, by = judged.person, statement.key, statement.by
    match statement.purpose:
        case "join":
            return [j.KeyJoined(person=person.id, key=key, introduced_by=by, at=now)]
        case "unite":
            assert judged.other is not None
            assert judged.union is not None
            return [
                j.PersonsUnited(
                    person=judged.other.id,
                    into=person.id,
                    introduced_by=by,
                    past=judged.union.past,
                    at=now,
                )
            ]
        case "revoke":
            for_good = by in (key, person.recovery)
            return [j.KeyRevoked(person=person.id, key=key, by=by, at=now, for_good=for_good)]
        case "undo":
            fallen = fallen_keys(person, key, by, now)
            return [j.RevocationUndone(person=person.id, key=key, by=by, at=now, fallen=fallen)]
        case "split":
            return [j.KeySplitOff(person=person.id, key=key, at=now)]
        case "recovery":
            return [j.RecoverySet(person=person.id, key=key)]


def _judge_join(state: Keyring, person: KnownPerson, key: str, by: str, now: float) -> Judged:
    _check_speaker(person, by)
    other = state.person_of(key)
    if other is not None and other.id == person.id:
        raise refusal("already_joined" if person.speaks(key) else "key_revoked")
    if other is not None and not other.speaks(key):
        raise refusal("key_revoked")
    if other is not None and key == other.recovery:
        raise refusal("recovery_key")
    if state.is_banned(key, SERVER, now):
        raise refusal("person_banned")
    if not _is_fresh(state, other, key, now):
        raise refusal("has_past")
    if person.record_of(key) is not None:
        raise refusal("has_left")
    _check_calm(state, person, now)
    if by != person.recovery:
        _check_room(_covered(person, now) + 1)
    return Judged(person, other)


def _judge_union(
    state: Keyring, person: KnownPerson, key: str, by: str, now: float, salt: str
) -> Judged:
    other = state.person_of(key)
    if other is None:
        raise refusal("no_such_key")
    if other.id == person.id:
        raise refusal("already_joined")
    for each, word in ((other, key), (person, by)):
        if word != each.first_key(now):
            raise refusal("not_first_key")
        _check_calm(state, each, now)
        _check_speaker(each, word)
    if any(person.record_of(each.id) is not None for each in other.keys):
        raise refusal("has_left")
    _check_room(_covered(person, now) + _covered(other, now))
    return Judged(person, other, preview_union(state, other, person, now, salt))


def _judge_revocation(state: Keyring, person: KnownPerson, key: str, by: str, now: float) -> Judged:
    record = _record(person, key)
    if record.is_over(now):
        raise refusal("key_revoked")
    if by not in (key, person.recovery):
        _check_speaker(person, by)
        if record.is_cut(now) and not person.is_older(by, record.revoked_by):
            raise refusal("key_revoked")
    if _is_out(state, person, now):
        raise refusal("person_banned")
    return Judged(person)


def _judge_undoing(person: KnownPerson, key: str, by: str, now: float) -> Judged:
    """Judge an undoing. Who is banned may: it lets nobody in, and a thief may have earned it."""
    record = _record(person, key)
    if not record.is_cut(now):
        raise refusal("not_undoable")
    if by not in (record.revoked_by, person.recovery) and not person.is_older(
        by, record.revoked_by
    ):
        raise refusal("not_undoable")
    if by != key:  # a key that was cut speaks for itself alone
        _check_speaker(person, by)
    return Judged(person)


def _judge_split(state: Keyring, person: KnownPerson, key: str, by: str, now: float) -> Judged:
    if key != by:
        raise refusal("no_such_key")
    if key == person.recovery:
        raise refusal("recovery_key")
    _check_speaker(person, key)
    if not any(each.in_force for each in person.keys if each.id != key):
        raise refusal("only_key")
    if key == person.id:
        raise refusal("naming_key")
    _check_calm(state, person, now)
    if state.bans_of(person, now):
        raise refusal("person_banned")
    return Judged(person)


def _judge_recovery(state: Keyring, person: KnownPerson, key: str, by: str, now: float) -> Judged:
    if by != person.first_key(now):
        raise refusal("not_first_key")
    _check_calm(state, person, now)
    _check_speaker(person, by)
    if key in state.holders:
        raise refusal("already_joined")
    if state.bans_on(key, now):
        raise refusal("person_banned")
    return Judged(person)


def _is_fresh(state: Keyring, person: KnownPerson | None, key: str, now: float) -> bool:
    """Whether nothing is known of a person but one key, so that nothing is lost or gained."""
    alone = person is None or (len(person.keys) == 1 and not person.recovery)
    nothing = person is None or person.past == Past()
    return alone and nothing and not state.bans_on(key, now)


def _is_out(state: Keyring, person: KnownPerson, now: float) -> bool:
    return any(each.place == SERVER for each in state.bans_of(person, now))


def _check_calm(state: Keyring, person: KnownPerson, now: float) -> None:
    """Refuse changes while a revocation can be undone, and all of who is banned from the server."""
    until = person.disputed_until(now)
    if until is not None:
        raise refusal("keys_disputed", retry_after=until - now)
    if _is_out(state, person, now):
        raise refusal("person_banned")


def _check_speaker(person: KnownPerson, key: str) -> None:
    if not person.speaks(key):
        raise refusal("key_revoked")


def _check_room(keys: int) -> None:
    if keys > MAX_KEYS:
        raise refusal("too_many_keys")


def _covered(person: KnownPerson, now: float) -> int:
    """Count the keys of the last 90 days, but for those that another key has put out for good.

    Else a thief could use up the number.
    """
    return sum(
        each.is_covered(now) and not (each.is_over(now) and each.revoked_by not in ("", each.id))
        for each in person.keys
    )


def _record(person: KnownPerson, key: str) -> KeyRecord:
    if key == person.recovery:
        raise refusal("recovery_key")
    record = person.record_of(key)
    if record is None or record.left_at is not None:
        raise refusal("no_such_key")
    return record

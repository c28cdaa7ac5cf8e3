"""What happened to the keyring. Each event holds all that ``evolve`` needs, times too."""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.statements import Statement
from roomcli.protocol.tags import snake_case

from .state import KeyBan, Past


class KeyringEntry(Struct, frozen=True, kw_only=True, tag_field="event", tag=snake_case):
    """The base of all events."""


class KeyMet(KeyringEntry, frozen=True, kw_only=True):
    """A new key is a person."""

    key: str
    at: float


class StatementProposed(KeyringEntry, frozen=True, kw_only=True):
    """A statement waits for signatures."""

    asker: str
    statement: Statement
    salt: str = ""


class StatementSigned(KeyringEntry, frozen=True, kw_only=True):
    """One more key has signed."""

    asker: str
    signer: str


class ProposalEnded(KeyringEntry, frozen=True, kw_only=True):
    """A statement came true, or is wanted no more: its nonce is worth nothing now."""

    asker: str


class KeyJoined(KeyringEntry, frozen=True, kw_only=True):
    """A key became one of the person's."""

    person: str
    key: str
    introduced_by: str
    at: float


class PersonsUnited(KeyringEntry, frozen=True, kw_only=True):
    """The first person became the second, by the word of a key of the second.

    ``past`` is what the server holds of the two as one.
    """

    person: str
    into: str
    introduced_by: str
    past: Past
    at: float


class KeyRevoked(KeyringEntry, frozen=True, kw_only=True):
    """A key is refused from now on, ``for_good`` or until that is undone."""

    person: str
    key: str
    by: str
    at: float
    for_good: bool


class RevocationUndone(KeyringEntry, frozen=True, kw_only=True):
    """A key is in force again; ``fallen`` are revoked in its place, by the word of ``by``."""

    person: str
    key: str
    by: str
    at: float
    fallen: tuple[str, ...]


class KeySplitOff(KeyringEntry, frozen=True, kw_only=True):
    """A key became a person of its own, with what is held against the person it was of."""

    person: str
    key: str
    at: float


class RecoverySet(KeyringEntry, frozen=True, kw_only=True):
    """A person has a recovery key, in place of the one they had."""

    person: str
    key: str


class PersonBanned(KeyringEntry, frozen=True, kw_only=True):
    """Somebody is kept out of a place."""

    ban: KeyBan


class BanLifted(KeyringEntry, frozen=True, kw_only=True):
    """Somebody is let in again."""

    id: str


class PastNoted(KeyringEntry, frozen=True, kw_only=True):
    """The server holds something else of a person than before."""

    person: str
    past: Past


class ClaimProven(KeyringEntry, frozen=True, kw_only=True):
    """Something is proven of a person, through one of their keys."""

    person: str
    claim: str
    key: str


KeyringEvent = (
    KeyMet
    | StatementProposed
    | StatementSigned
    | ProposalEnded
    | KeyJoined
    | PersonsUnited
    | KeyRevoked
    | RevocationUndone
    | KeySplitOff
    | RecoverySet
    | PersonBanned
    | BanLifted
    | PastNoted
    | ClaimProven
)


def ended_keys(event: KeyringEvent) -> tuple[str, ...]:
    """Return the keys whose connections and tickets end at once by this event."""
    match event:
        case KeyRevoked(key=key):
            return (key,)
        case RevocationUndone(fallen=fallen):
            return fallen
        case PersonBanned(ban=ban):
            return tuple(sorted(ban.keys)) if not ban.place else ()
    return ()

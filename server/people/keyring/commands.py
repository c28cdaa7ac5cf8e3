"""What may be asked of the keyring, by people and by the rest of the server."""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.statements import Purpose, Statement


class MeetKey(Struct, frozen=True, kw_only=True):
    """A key opened a connection; if it is new, it is a person now."""

    key: str


class Propose(Struct, frozen=True, kw_only=True):
    """The connection ``asker`` wants a statement to sign, in place of the one it had."""

    asker: str
    purpose: Purpose
    key: str
    by: str


class Sign(Struct, frozen=True, kw_only=True):
    """A signature of ``signer`` fits this statement. The last one needed makes it come true."""

    statement: Statement
    signer: str


class WithdrawProposal(Struct, frozen=True, kw_only=True):
    """The connection ``asker`` is gone, or wants its statement no more."""

    asker: str


class BanPerson(Struct, frozen=True, kw_only=True):
    """Keep the person with this key out of a place; None is for good."""

    id: str
    key: str
    place: str
    until: float | None = None


class LiftBan(Struct, frozen=True, kw_only=True):
    """Let a person in again."""

    id: str


class NotePast(Struct, frozen=True, kw_only=True):
    """What the rest of the server holds of the person with this key now; None is as before."""

    key: str
    silences: frozenset[str] | None = None
    reports: frozenset[str] | None = None
    blocked_by: frozenset[str] | None = None


class SetRank(Struct, frozen=True, kw_only=True):
    """A place raised or lowered the person with this key; 0 is no rank."""

    key: str
    place: str
    rank: int


class GiveUpRank(Struct, frozen=True, kw_only=True):
    """The person with this key hands over, or gives up, what they are in a place."""

    key: str
    place: str


class AgreeRank(Struct, frozen=True, kw_only=True):
    """A host of the place, or the admin, agrees to the rank that was withheld."""

    key: str
    place: str


class ProveClaim(Struct, frozen=True, kw_only=True):
    """The server checked a claim that was proven through this key."""

    key: str
    claim: str


KeyringCommand = (
    MeetKey
    | Propose
    | Sign
    | WithdrawProposal
    | BanPerson
    | LiftBan
    | NotePast
    | SetRank
    | GiveUpRank
    | AgreeRank
    | ProveClaim
)

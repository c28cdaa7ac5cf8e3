"""What may be done with claims, by people and by the checks of the server."""

from __future__ import annotations

from msgspec import Struct

from .state import Fact


class RecordProof(Struct, frozen=True, kw_only=True):
    """Something was proven of a person just now, through a key of theirs.

    ``account_since`` is None where nobody tells it. ``holder_stands`` says whether the key of
    whoever has it already, if it is one person's only, is still in force.
    """

    person: str
    fact: Fact
    key: str
    account_since: float | None = None
    holder_stands: bool = True


class NoteSeen(Struct, frozen=True, kw_only=True):
    """The server looked, and it still is so, by this key of the person."""

    id: str
    key: str


class NoteUnreached(Struct, frozen=True, kw_only=True):
    """The server could not look."""

    id: str


class NoteGone(Struct, frozen=True, kw_only=True):
    """The server looked, and it is so no longer."""

    id: str


class WithdrawOwn(Struct, frozen=True, kw_only=True):
    """A person takes a claim of theirs back."""

    person: str
    id: str


class HideOwn(Struct, frozen=True, kw_only=True):
    """A person hides a claim of theirs from others, or shows it again."""

    person: str
    id: str
    hidden: bool


class WithdrawAll(Struct, frozen=True, kw_only=True):
    """A person is to have no claims any longer."""

    person: str


class PassOn(Struct, frozen=True, kw_only=True):
    """The first person became the second one."""

    person: str
    into: str


class DropOld(Struct, frozen=True, kw_only=True):
    """End what is too old to count."""


ClaimsCommand = (
    RecordProof
    | NoteSeen
    | NoteUnreached
    | NoteGone
    | WithdrawOwn
    | HideOwn
    | WithdrawAll
    | PassOn
    | DropOld
)

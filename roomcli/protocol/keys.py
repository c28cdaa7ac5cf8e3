"""A person's keys, as their owner is shown them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .people import Key
from .statements import Statement, UnionFacts
from .times import Seconds

KeyState = Literal["in_force", "cut", "revoked", "left"]


class OwnKey(Struct, frozen=True, kw_only=True):
    """One key of a person, from when it ``joined_at``, by the word of ``introduced_by``.

    ``in_force`` it signs for them. It is ``cut`` since ``ended_at``, by the word of ``ended_by``,
    if that can be undone until ``undo_until``; else it is ``revoked`` for good, or has ``left`` to
    be a person of its own.
    """

    key: Key
    joined_at: Seconds
    introduced_by: Key | None = None
    state: KeyState = "in_force"
    ended_at: Seconds | None = None
    ended_by: Key | None = None
    undo_until: Seconds | None = None


class AwaitedStatement(Struct, frozen=True, kw_only=True):
    """A statement that waits for signatures, and the keys that have given theirs.

    ``facts`` is what two persons would be as one: not told to who proposed it before the other
    person has signed.
    """

    statement: Statement
    signed_by: tuple[Key, ...] = ()
    facts: UnionFacts | None = None

"""Events about a person's keys, for nobody but that person."""

from __future__ import annotations

from typing import Literal

from ..keys import AwaitedStatement, OwnKey
from ..people import Key
from ..statements import Statement
from ..times import Seconds
from .base import DeskEvent


class KeyList(DeskEvent, frozen=True, kw_only=True):
    """One's own keys, from the oldest to the youngest, and what waits for their signatures.

    ``known_by`` is the key by which others know the person. Until ``disputed_until`` a revocation
    can be undone, and no key joins.
    """

    known_by: Key
    keys: tuple[OwnKey, ...]
    recovery: Key | None = None
    disputed_until: Seconds | None = None
    waiting: tuple[AwaitedStatement, ...] = ()


class StatementMade(DeskEvent, frozen=True, kw_only=True):
    """The statement that was asked for, which waits for signatures now."""

    statement: Statement


class KeysChanged(DeskEvent, frozen=True, kw_only=True):
    """Something happened to a key of one's own, by the word of ``by``.

    If it was revoked, that can be undone until ``undo_until``, or never.
    """

    what: Literal["joined", "revoked", "undone", "split", "recovery", "united"]
    key: Key
    by: Key | None = None
    undo_until: Seconds | None = None


KeyEvent = KeyList | StatementMade | KeysChanged
"""Every event about keys."""

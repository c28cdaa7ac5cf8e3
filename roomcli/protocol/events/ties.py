"""Events about ties."""

from __future__ import annotations

from typing import Literal

from ..people import Count, Person
from .base import DeskEvent


class TiesPage(DeskEvent, frozen=True, kw_only=True):
    """A page of one's ties, the newest first, after the ``offset`` newest of ``total``.

    ``people`` are those whom one follows, or blocks; ``communities`` are ids.
    """

    of: Literal["following", "communities", "blocked"] = "following"
    people: tuple[Person, ...] = ()
    communities: tuple[str, ...] = ()
    offset: Count = 0
    total: Count = 0


class BlockedChanged(DeskEvent, frozen=True, kw_only=True):
    """One blocks these people from now on, by id, and nobody else."""

    people: tuple[str, ...] = ()


TiesEvent = TiesPage | BlockedChanged
"""Every event about ties."""

"""Commands that find what goes on: home, and search."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..finding import MAX_SEARCH, SearchScope
from .base import Command


class ShowHome(Command, frozen=True, kw_only=True):
    """Ask for what stands at home now: ``home_shown``."""


class Search(Command, frozen=True, kw_only=True):
    """Look for words by their beginnings; answered by ``search_results``.

    With ``of`` "everything", ``offset`` counts in each kind.
    """

    of: SearchScope = "everything"
    text: Annotated[str, Meta(min_length=1, max_length=MAX_SEARCH)]
    offset: Annotated[int, Meta(ge=0, lt=1_000_000)] = 0


class WatchHome(Command, frozen=True, kw_only=True):
    """Be told from now on what stands at home, or with ``on`` false no longer.

    ``home_shown`` comes at once, and again, whole, when it has changed for the person.
    """

    on: bool = True


FindingCommand = ShowHome | Search
"""Every command that finds what goes on, and is answered once."""

"""Whom people block, as rules ask for it. What blocked people ask of their blockers is in vain."""

from __future__ import annotations

from collections.abc import Callable

Blocks = Callable[[str, str], bool]
"""Whether the one person blocks the other; both by their ids."""


def nobody_blocks(person: str, other: str) -> bool:
    """Return False: the answer where there are no ties."""
    return False

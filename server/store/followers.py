"""What is in memory outside of the store, and follows what other servers write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

Follow = Callable[[Collection[str] | None], Awaitable[None]]
"""Reads again what other servers changed: what has these ids, or all. Raises StoreError."""
Hear = Callable[[str, bytes], None]
"""Takes what another server told a person, by their id."""


class Followers(NamedTuple):
    """Who follows what: ``choices`` are what people, by their ids, chose for their calendar.

    ``news`` are told to whoever is connected here, after all that was changed by then.
    """

    communities: Follow
    calendar_events: Follow
    choices: Follow
    news: Hear

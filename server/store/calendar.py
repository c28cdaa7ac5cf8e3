"""What is planned: calendar events, who answered, and what people chose for their calendar."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from msgspec import Struct

from roomcli.protocol.calendar import REMIND_MINUTES

from ..calendar.rules.state import CalendarEvent


class CalendarChoices(Struct, frozen=True, kw_only=True):
    """What one person chose. ``feed`` is the hash of their feed's address, empty without one.

    ``remind`` is how many minutes before the start they are reminded, 0 for never.
    """

    remind: int = REMIND_MINUTES
    feed: str = ""


class Calendars(Protocol):
    """All calendar events. Whoever is named by one, or answered one, is kept as a person."""

    async def load(self) -> list[CalendarEvent]:
        """Return all that can be read, each with its answers; the admin is told of the others."""

    async def load_again(self, ids: Collection[str] | None) -> list[CalendarEvent]:
        """Return those with these ids, or all, as they are once everything queued is written.

        Raises StoreError.
        """

    async def load_choices(self) -> dict[str, CalendarChoices]:
        """Return what people chose, by person, as far as that can be read."""

    async def choices_again(self, people: Collection[str] | None) -> dict[str, CalendarChoices]:
        """Return what these people chose, or all, once everything queued is written.

        Raises StoreError.
        """

    def save(self, before: CalendarEvent | None, after: CalendarEvent) -> None:
        """Save what is different; ``before`` is None for one that is new."""

    def forget(self, id: str) -> None:
        """Delete a calendar event, with its answers."""

    def save_choices(self, person: str, choices: CalendarChoices) -> None:
        """Save what somebody chose; nothing is kept of who chose nothing."""

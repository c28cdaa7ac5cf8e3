"""Which lines stand at home when more is on than fits: what is theirs, then a part for each.

Whoever plans a hundred things, or makes keys to ask people to come, fills a part of the lines, and
no more while others have planned anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from roomcli.protocol.calendar import ListedOccurrence

from .agenda import AgendaEntry
from .listing import Listing
from .planned import PlannedEvents
from .rules import CalendarEvent, Circle, Communities, Nearness, nearness_of

OF_PLANNER = 3
"""Lines of one planner among those that the person did not choose."""
OF_NETWORK = 9
"""Lines of all planners of one network among them."""
ASKED = 10
"""Lines of what the person is asked to come to, before any others."""
LOOKED_AT = 5_000
"""The most entries of others that are looked at: some milliseconds."""


class ForemostLines:
    """Chooses lines for one person, up to ``length``; for one choice only."""

    def __init__(
        self,
        planned: PlannedEvents,
        listing: Listing,
        communities: Communities,
        person: str,
        length: int,
    ) -> None:
        self._planned = planned
        self._listing = listing
        self._communities = communities
        self._person = person
        self._length = length
        self.rows: list[ListedOccurrence] = []
        self.left_out: float | None = None
        """When the first begins that has no line; None when all have one."""
        self._parts: Counter[tuple[str, str]] = Counter()

    def choose(
        self, near: Iterable[CalendarEvent], circle: Circle, since: float, before: float
    ) -> None:
        """Choose from what is on between two moments; ``near`` is all that is near the person."""
        kinds: dict[Nearness, list[AgendaEntry]] = {each: [] for each in Nearness}
        for entry in self._planned.entries_of(near, since, before):
            event = self._event(entry)
            kinds[nearness_of(event, entry.day, self._person, circle)].append(entry)
        for entry in (*kinds[Nearness.OWN], *kinds[Nearness.CHOSEN]):
            self._give_line(entry)
        known = {each for of_kind in list(Nearness)[:-1] for each in kinds[of_kind]}
        most = len(self.rows) + ASKED
        late = [
            entry
            for entry in kinds[Nearness.ASKED]
            if len(self.rows) >= most or not self._give_part(entry)
        ]
        others = self._planned.entries_between(since, before, self._person, self._communities)
        for entry in islice((each for each in others if each not in known), LOOKED_AT):
            if not self._give_part(entry):
                late.append(entry)
            if len(self.rows) == self._length and self.left_out is not None:
                break  # what comes now begins later still
        for entry in late:
            self._give_line(entry)

    def _give_part(self, entry: AgendaEntry) -> bool:
        """Add a line, unless its planner or their network has had their part; return whether so.

        Where the network is not known it has no part of its own.
        """
        event = self._event(entry)
        parts = [("planner", event.planner, OF_PLANNER), ("network", event.origin, OF_NETWORK)]
        if any(whose and self._parts[kind, whose] >= most for kind, whose, most in parts):
            return False
        if self._give_line(entry):
            self._parts.update((kind, whose) for kind, whose, _ in parts)
        return True

    def _give_line(self, entry: AgendaEntry) -> bool:
        """Add a line if there is room for it and the person may know of it; return whether so."""
        for event, occurrence in self._planned.time_of(entry):
            row = self._listing.row(event, occurrence, self._person)
            if row is None:
                return False
            if len(self.rows) < self._length:
                self.rows.append(row)
                return True
            if self.left_out is None or entry.starts_at < self.left_out:
                self.left_out = entry.starts_at
        return False

    def _event(self, entry: AgendaEntry) -> CalendarEvent:
        event = self._planned.look_up(entry.event)
        assert event is not None
        return event

"""What the calendar holds of a person, and how it follows the person's keys."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from roomcli.protocol.people import Person

from ..people.keyring.state import KnownPerson, Past
from ..store import Store
from ..store.calendar import CalendarChoices
from .feeds import Feeds
from .planned import PlannedEvents
from .rules import CalendarEvent, last_end
from .rules.journal import OrganiserNamed, PersonBecame

_PLACE = "event/"
_ORGANISER = 1
"""The one rank that there is in a calendar event."""


class CalendarHolder:
    """Looks up what somebody organises (:class:`server.people.holdings.Holder`)."""

    def __init__(
        self, planned: PlannedEvents, feeds: Feeds, store: Store, now: Callable[[], float]
    ) -> None:
        self._planned = planned
        self._feeds = feeds
        self._store = store
        self._now = now

    async def look_up(self, person: KnownPerson) -> CalendarHoldings:
        """Return what is held of a person: what they organise that is still to come."""
        id, now = self._store.people.id_of(person.id), self._now()
        organised = [
            each
            for each in self._planned.concerning(id)
            if each.organises(id) and not each.cancelled and last_end(each) > now
        ]
        past = Past(ranks={f"{_PLACE}{each.id}": _ORGANISER for each in organised})
        return CalendarHoldings(self._planned, self._feeds, self._now, past)

    def agree(self, person: Person, place: str, rank: int) -> bool:
        """Let somebody organise what was withheld when two persons became them."""
        event = self._planned.look_up(place.removeprefix(_PLACE))
        if not place.startswith(_PLACE) or event is None:
            return False
        if not event.organises(person.id):
            now = self._now()
            entry = OrganiserNamed(id=event.id, by=person.id, at=now)
            self._planned.record(event, [entry], now)
        return True

    def sign_out(self, key: str) -> None:
        """Do nothing: nobody has anything in the calendar by having signed in."""


class CalendarHoldings:
    """What the calendar holds of one person at a moment."""

    def __init__(
        self, planned: PlannedEvents, feeds: Feeds, now: Callable[[], float], past: Past
    ) -> None:
        self._planned = planned
        self._feeds = feeds
        self._now = now
        self.past = past

    def move(self, one: Person, into: Person, past: Past) -> None:
        """Make parts, answers and choices the second person's; they organise what both did."""
        now = self._now()
        hidden = (event for event, _ in self._planned.hidden_from(one.id))
        theirs = {each.id: each for each in (*self._planned.concerning(one.id), *hidden)}
        for event in theirs.values():
            entry = PersonBecame(
                id=event.id,
                by=one.id,
                at=now,
                into=into.id,
                organises=self._organises(event, past, now),
            )
            self._planned.record(event, [entry], now)
        for event in self._planned.concerning(into.id):
            if event.organises(into.id) and not self._organises(event, past, now):
                entry = PersonBecame(id=event.id, by=one.id, at=now, into=into.id, organises=False)
                self._planned.record(event, [entry], now)
        self._move_choices(one.id, into.id)

    def copy(self, person: Person, alone: Person) -> None:
        """Leave everything where it is: a key that splits off takes no part along."""

    def _organises(self, event: CalendarEvent, past: Past, now: float) -> bool:
        if event.cancelled or last_end(event) <= now:
            return True  # it is over: nothing is gained by it
        return past.ranks.get(f"{_PLACE}{event.id}", 0) >= _ORGANISER

    def _move_choices(self, one: str, into: str) -> None:
        theirs, mine = self._feeds.choices_of(one), self._feeds.choices_of(into)
        self._feeds.choose(one, CalendarChoices())
        if mine == CalendarChoices():
            self._feeds.choose(into, theirs)
        elif not mine.feed:
            self._feeds.choose(into, replace(mine, feed=theirs.feed))

"""The feeds: which calendar events a reader of an address may see, as iCalendar.

A person's own feed lies at an address with 128 random bits, the one secret that a URL may hold: it
can be revoked, and only its hash is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import deque
from collections.abc import Collection
from functools import partial

import trio

from ..store import Store
from ..store.calendar import CalendarChoices
from .ics import event_file, feed_file
from .planned import PlannedEvents
from .rules import CalendarEvent, Communities, is_of, last_end, may_know
from .rules.state import SHOW_HIDDEN, Withdrawal

Writing = partial[bytes]
"""Writes a file: what is in it is settled, so that another thread can do it."""
KEPT_WRITTEN = 8
"""Files that are kept as they were written last, for whoever asks again and again."""
SHOWN_ENDED = 30 * 86400.0
"""Seconds that a feed still has what is over."""
MAX_IN_FEED = 500
FEED_PATH = "/calendar/feeds/{token}.ics"
NAME = "Events on this roomcli server"


def hash_feed(token: str) -> str:
    """Return what is kept of a feed's secret part."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_feed() -> tuple[str, str]:
    """Return the path of a new feed, which is told once, and what is kept of it."""
    token = secrets.token_urlsafe(16)
    return FEED_PATH.format(token=token), hash_feed(token)


class Feeds:
    """Writes the feeds, and knows whose each address is."""

    def __init__(
        self,
        planned: PlannedEvents,
        communities: Communities,
        store: Store,
        choices: dict[str, CalendarChoices],
    ) -> None:
        self._planned = planned
        self._communities = communities
        self._store = store
        self._choices = choices
        self._turn = trio.Lock()
        self._written: deque[tuple[Writing, bytes]] = deque(maxlen=KEPT_WRITTEN)
        self._owners = {each.feed: person for person, each in choices.items() if each.feed}

    def remind_of(self, person: str) -> int:
        """Return how many minutes before the start somebody is reminded; 0 is never."""
        return self._choices.get(person, CalendarChoices()).remind

    def choices_of(self, person: str) -> CalendarChoices:
        """Return what somebody chose for their calendar."""
        return self._choices.get(person, CalendarChoices())

    def remind_minutes(self) -> set[int]:
        """Return every choice that somebody made, and the usual one."""
        return {CalendarChoices().remind, *(each.remind for each in self._choices.values())} - {0}

    def choose(self, person: str, choices: CalendarChoices) -> None:
        """Keep what somebody chose; a feed that they had before ends if it is another one."""
        if self.choices_of(person) != choices:
            self._note_choice(person, choices)
            self._store.calendar.save_choices(person, choices)

    async def read_elsewhere(self, people: Collection[str] | None) -> None:
        """Read again what people chose on other servers: these, or all. Raises StoreError."""
        while people is None or people:
            before = dict(self._choices)
            found = await self._store.calendar.choices_again(people)
            read, people = found.keys() | before.keys() if people is None else people, []
            for person in read:
                if self._choices.get(person) is not before.get(person):
                    people.append(person)  # chosen here meanwhile, after what was read
                else:
                    self._note_choice(person, found.get(person, CalendarChoices()))

    def _note_choice(self, person: str, choices: CalendarChoices) -> None:
        before = self.choices_of(person)
        self._owners.pop(before.feed, None)
        if choices.feed:
            self._owners[choices.feed] = person
        self._choices[person] = choices
        if choices == CalendarChoices():
            del self._choices[person]

    def event_for(self, id: str, viewer: str | None, url: str = "") -> Writing | None:
        """Return a file of one event; None for who may not know of it."""
        event = self._planned.look_up(id)
        if event is None or not may_know(event, viewer, self._communities):
            return None
        return partial(event_file, event, url)

    def of_token(self, token: str, url: str, now: float) -> Writing | None:
        """Return the feed of whoever has this address; None if nobody has."""
        person = self._owners.get(hash_feed(token))
        return None if person is None else self.own_file(person, url, now)

    def own_file(self, person: str, url: str, now: float) -> Writing:
        """Return everything that is somebody's; what was hidden from them is cancelled there."""
        events = [
            each
            for each in self._planned.concerning(person)
            if is_of(each, person) and may_know(each, person, self._communities)
        ]
        hidden = [
            (each, gone)
            for each, gone in self._planned.hidden_from(person)
            if gone.at + SHOW_HIDDEN > now and not may_know(each, person, self._communities)
        ]
        return partial(feed_file, NAME, _newest(events, now), url, hidden)

    def of_community(self, community: str, url: str, now: float) -> Writing | None:
        """Return what everybody may see of a community; what was public before is cancelled.

        None for a community that strangers may not know of.
        """
        name = self._communities.shown_name(community, "")
        if not name:
            return None
        events, withdrawn = list[CalendarEvent](), list[tuple[CalendarEvent, Withdrawal]]()
        for event in self._planned.of_community(community):
            gone = event.withdrawn.get("public")
            if may_know(event, None, self._communities):
                events.append(event)
            elif gone is not None and gone.at + SHOW_HIDDEN > now:
                withdrawn.append((event, gone))
        return partial(feed_file, name, _newest(events, now), url, withdrawn)

    async def write_out(self, writing: Writing) -> bytes:
        """Write a file in a thread: a long feed takes a third of a second, and voice does not wait.

        One is written at a time, and none again of which nothing has changed: else strangers could
        keep the server at it.
        """
        async with self._turn:
            for before, content in self._written:
                if (before.func, before.args) == (writing.func, writing.args):
                    return content
            content = await trio.to_thread.run_sync(writing)
            self._written.append((writing, content))
            return content


def _newest(events: list[CalendarEvent], now: float) -> list[CalendarEvent]:
    shown = [each for each in events if last_end(each) + SHOWN_ENDED > now]
    return sorted(shown, key=lambda each: (-each.changed_at, each.id))[:MAX_IN_FEED]

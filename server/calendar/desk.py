"""The desk for what is planned: answers commands, and tells people what concerns them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, get_args

import msgspec
import trio
from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.calendar import ROOM_OPENS, ListedAnswer, ListedOccurrence
from roomcli.protocol.people import Person

from ..clock import Clock
from ..people.identity import token_hash
from ..store import Store
from ..store.calendar import CalendarChoices
from .feeds import Feeds, write_file
from .listing import Listing
from .planned import PlannedEvents
from .reminders import due_reminders
from .rules import (
    CalendarEvent,
    ChangingCommand,
    Communities,
    NewsItem,
    Occurrence,
    Surroundings,
    decide,
    is_of,
    last_end,
    may_change,
    may_know,
    news_of,
    refusal,
)
from .rules.decide import ID_BYTES
from .rules.journal import PersonForgotten

WEEK = 7 * 86400.0
PAGE = 50
"""Lines of a page of a list."""
TICK = 10.0
"""Seconds between two looks at who is to be reminded."""
_PART = 3000
"""Bytes of a part of an exported file, which is cut between two lines."""
Tell = Callable[[str, e.Event], None]
Found = Iterable[tuple[CalendarEvent, Occurrence]]
ListedEvents = Literal["mine", "week", "community"]


class CalendarDesk:
    """Answers commands about what is planned; ``tell`` gives news to all of a person's connections.

    Without ``open_hosting``, what everybody may see is planned by who has the host token.
    """

    commands = get_args(c.CalendarCommand)

    def __init__(
        self,
        planned: PlannedEvents,
        feeds: Feeds,
        store: Store,
        clock: Clock,
        communities: Communities,
        tell: Tell,
        *,
        open_hosting: bool,
    ) -> None:
        self.planned = planned
        self.feeds = feeds
        self._store = store
        self._clock = clock
        self._communities = communities
        self._tell = tell
        self._open_hosting = open_hosting
        self.listing = Listing(planned, communities, store.people.find)

    async def carry_out(self, asker: Person, command: c.CalendarCommand) -> Sequence[e.DeskEvent]:
        """Carry out a command. Raises CommandRefused with a code of ``rules.refusals``."""
        now = self._clock.now()
        match command:
            case c.ShowEvent(event=id):
                return [self.listing.show(self.planned.look_up(id), asker.id, now)]
            case c.ListEvents():
                return [self._list(asker.id, command, now)]
            case c.ListAnswers():
                return [self._who_answered(asker.id, command)]
            case c.SetReminder(minutes=minutes):
                chosen = replace(self.feeds.choices_of(asker.id), remind=minutes)
                self.feeds.choose(asker.id, chosen)
                return [e.ReminderSet(minutes=minutes)]
            case c.MakeFeed():
                return [e.FeedMade(path=self.feeds.make_feed(asker.id))]
            case c.RevokeFeed():
                self.feeds.choose(asker.id, replace(self.feeds.choices_of(asker.id), feed=""))
                return []
            case c.ExportEvents():
                return await self._exported(asker.id, command, now)
            case _:
                return [self._record_change(asker, command, now)]

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Yield what somebody planned, is named in, or answered, and what they chose."""
        choices = self.feeds.choices_of(person.id)
        if choices != CalendarChoices():
            thing = {"remind": choices.remind, "has_feed": bool(choices.feed)}
            yield e.ThingHeld(kind="calendar", thing=thing)
        for event in self.planned.concerning(person.id):
            answers = {
                day: each[person.id].reply
                for day, each in event.answers.items()
                if person.id in each
            }
            told: dict[str, Any] = {"event": event.id, "answers": answers}
            if may_know(event, person.id, self._communities):
                told["title"] = event.plan.title
            if event.organises(person.id):
                told["plan"] = msgspec.to_builtins(event.plan)
            yield e.ThingHeld(kind="calendar_event", thing=told)
        for event, gone in self.planned.hidden_from(person.id):
            yield e.ThingHeld(
                kind="calendar_event", thing={"hidden_event": event.id, "at": gone.at}
            )

    def forget(self, person: Person) -> None:
        """Delete somebody's answers, parts and choices; what only they organise is cancelled."""
        now = self._clock.now()
        self.feeds.choose(person.id, CalendarChoices())
        concerning = self.planned.concerning(person.id)
        hidden = [event for event, _ in self.planned.hidden_from(person.id)]
        for event in {each.id: each for each in (*concerning, *hidden)}.values():
            entry = PersonForgotten(id=event.id, by=person.id, at=now)
            after = self.planned.record(event, [entry], now)
            assert after is not None
            self._tell_news(news_of(event, after, [entry], self._communities))

    def may_open(self, person: str, room: str, now: float) -> bool:
        """Whether an event that took the host token lets somebody open a room now without it."""
        return any(each.opens_room for each in self._about_to_meet(person, room, now))

    def may_open_for(self, person: str, room: str, community: str, now: float) -> bool:
        """Whether an event of a community lets somebody open its room now."""
        meeting = self._about_to_meet(person, room, now)
        return any(each.plan.community == community for each in meeting)

    def _about_to_meet(self, person: str, room: str, now: float) -> Iterator[CalendarEvent]:
        """Yield what somebody organises in a room, from 15 min before its start to its end."""
        for event in self.planned.concerning(person):
            occurrence = self.planned.next_of(event, now)
            if (
                event.organises(person)
                and event.plan.room == room
                and occurrence is not None
                and not occurrence.cancelled
                and occurrence.starts_at - ROOM_OPENS <= now < occurrence.ends_at
            ):
                yield event

    async def run(self) -> None:
        """Remind people, look ahead, and delete what is over for long; until it is cancelled."""
        since = tidied = self._clock.now()
        while True:
            await trio.sleep(TICK)
            now = self._clock.now()
            self.remind(since, now)
            self.planned.look_ahead(now)
            if now > tidied + 3600:
                self.planned.forget_old(now)
                tidied = now
            since = now

    def remind(self, since: float, now: float) -> None:
        """Remind everybody whose time has come after ``since``."""
        minutes, remind_of = self.feeds.remind_minutes(), self.feeds.remind_of
        starting, communities = self.planned.starting, self._communities
        for due in due_reminders(since, now, minutes, remind_of, starting, communities):
            row = self.listing.row(due.event, due.occurrence, due.person)
            if row is not None:
                seconds = max(due.occurrence.starts_at - now, 0.0)
                self._tell(due.person, e.EventReminder(occurrence=row, seconds=seconds))

    # Changes.

    def _record_change(self, asker: Person, command: ChangingCommand, now: float) -> e.EventShown:
        before = None if isinstance(command, c.PlanEvent) else self.planned.look_up(command.event)
        around = self._surroundings(asker.id, command, now)
        entropy = secrets.token_bytes(ID_BYTES)
        entries = decide(before, asker.id, command, now, entropy, around)
        with self._store.transaction():
            after = self.planned.record(before, entries, now)
        assert after is not None
        self._tell_news(news_of(before, after, entries, self._communities))
        return self.listing.show(after, asker.id, now)

    def _surroundings(self, asker: str, command: ChangingCommand, now: float) -> Surroundings:
        around = Surroundings(
            communities=self._communities, is_known=self._is_known, blocks=self._blocks
        )
        if isinstance(command, c.PlanEvent):
            planned = [each for each in self.planned.concerning(asker) if self._is_ahead(each, now)]
            of_community = self.planned.of_community(command.community)
            around = replace(
                around,
                of_person=sum(each.plan.organisers[:1] == (asker,) for each in planned),
                of_community=sum(self._is_ahead(each, now) for each in of_community),
                on_server=len(self.planned),
            )
        if isinstance(command, c.PlanEvent | c.ChangeEvent):
            token = command.host_token
            is_valid = self._store.host_tokens.is_valid
            has_token = token is not None and is_valid(token_hash(token), now)
            may_publish = self._open_hosting or has_token
            around = replace(around, may_publish=may_publish, has_host_token=has_token)
        return around

    def _is_ahead(self, event: CalendarEvent, now: float) -> bool:
        return not event.cancelled and last_end(event) > now

    def _is_known(self, person: str) -> bool:
        return self._store.people.find(person) is not None

    def _blocks(self, person: str, other: str) -> bool:
        return other in self._store.ties.made_by(person, "blocks")

    def _tell_news(self, items: Iterable[NewsItem]) -> None:
        for person, kind, event, occurrence, notice in items:
            row = self.listing.row(event, occurrence, person)
            if row is not None:
                self._tell(person, e.EventNews(kind=kind, occurrence=row, notice=notice))

    # Questions.

    def _list(self, asker: str, command: c.ListEvents, now: float) -> e.EventsListed:
        found: Found
        match command.of:
            case "week":
                found = self.planned.between(now, now + WEEK, asker, self._communities)
            case "mine":
                mine = (each for each in self.planned.concerning(asker) if is_of(each, asker))
                found = self._by_time(mine, now)
            case "community":
                found = self._by_time(self.planned.of_community(command.community), now)
        return self._rows_up_to(command.of, _after(found, command.after), asker, PAGE)

    def week_of(self, person: str, length: int) -> e.EventsListed:
        """Return the first lines of what is on now and in the next seven days, for a person."""
        now = self._clock.now()
        found = self.planned.between(now, now + WEEK, person, self._communities)
        return self._rows_up_to("week", found, person, length)

    def next_time(self, id: str, viewer: str) -> ListedOccurrence | None:
        """Return a line for the next time of an event; None for who may not know of it.

        What is over has no next time.
        """
        event = self.planned.look_up(id)
        found = self.planned.next_of(event, self._clock.now()) if event is not None else None
        if event is None or found is None:
            return None
        return self.listing.row(event, found, viewer)

    def is_ahead_for(self, id: str, viewer: str) -> bool:
        """Whether :meth:`next_time` has a line of it for somebody."""
        event = self.planned.look_up(id)
        if event is None or not may_know(event, viewer, self._communities):
            return False
        return self.planned.next_of(event, self._clock.now()) is not None

    def _rows_up_to(
        self, of: ListedEvents, found: Found, asker: str, length: int
    ) -> e.EventsListed:
        rows: list[ListedOccurrence] = []
        for row in self.listing.rows(found, asker):
            if len(rows) == length:
                more = _cursor(rows[-1].starts_at, rows[-1].event, rows[-1].day)
                return e.EventsListed(of=of, occurrences=tuple(rows), more=more)
            rows.append(row)
        return e.EventsListed(of=of, occurrences=tuple(rows))

    def _by_time(self, events: Iterable[CalendarEvent], now: float) -> Found:
        nexts = ((each, self.planned.next_of(each, now)) for each in events)
        found = [(event, each) for event, each in nexts if each is not None]
        return sorted(found, key=lambda pair: (pair[1].starts_at, pair[0].id, pair[1].day))

    def _who_answered(self, asker: str, command: c.ListAnswers) -> e.AnswersListed:
        event = self.planned.look_up(command.event)
        if event is None or not may_know(event, asker, self._communities):
            raise refusal("no_such_event")
        if not may_change(event, asker, self._communities):
            raise refusal("not_organiser")
        day = command.day or ""
        coming = self.planned.attendance_of(event, day)
        all_of_it = {**event.answers.get("", {}), **event.answers.get(day, {})}
        others = sorted((each.number, person) for person, each in all_of_it.items())
        order = dict.fromkeys((*coming.seated, *coming.waiting, *(who for _, who in others)))
        page = list(order)[command.offset : command.offset + PAGE]
        people = (self._store.people.find(each) for each in page)
        return e.AnswersListed(
            seated=len(coming.seated),
            waiting=len(coming.waiting),
            answers=tuple(ListedAnswer(person=each, answer=all_of_it[each].reply) for each in page),
            offset=command.offset,
            total=len(order),
            people={each.id: each for each in people if each is not None},
        )

    async def _exported(
        self, asker: str, command: c.ExportEvents, now: float
    ) -> Sequence[e.EventsExported]:
        if command.event is None:
            writing = self.feeds.own_file(asker, "", now)
        else:
            found = self.feeds.event_for(command.event, asker)
            if found is None:
                raise refusal("no_such_event")
            writing = found
        written = await write_file(writing)
        parts = [b""]
        for line in written.splitlines(keepends=True):
            if len(parts[-1]) + len(line) > _PART:
                parts.append(b"")
            parts[-1] += line
        return [
            e.EventsExported(data=base64.b64encode(part).decode(), more=number < len(parts))
            for number, part in enumerate(parts, 1)
        ]


def _after(found: Found, cursor: str) -> Found:
    """Yield what comes after a page that ended with ``cursor``."""
    if not cursor:
        yield from found
        return
    at, _, rest = cursor.partition(" ")
    event, _, day = rest.partition(" ")
    try:
        last = (float(at), event, day)
    except ValueError:
        return
    for each in found:
        if (each[1].starts_at, each[0].id, each[1].day) > last:
            yield each


def _cursor(starts_at: float, event: str, day: str) -> str:
    return f"{starts_at} {event} {day}"


async def open_calendar(
    store: Store, clock: Clock, communities: Communities, tell: Tell, *, open_hosting: bool
) -> CalendarDesk:
    """Return the desk with all that is kept."""
    planned = PlannedEvents(await store.calendar.load(), store, clock.now())
    feeds = Feeds(planned, communities, store, await store.calendar.load_choices())
    return CalendarDesk(planned, feeds, store, clock, communities, tell, open_hosting=open_hosting)

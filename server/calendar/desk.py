"""The desk for what is planned: answers commands, and tells people what concerns them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, get_args

import msgspec
import trio
from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.calendar import ROOM_OPENS
from roomcli.protocol.people import Person

from ..clock import Clock
from ..people.identity import token_hash
from ..people.origins import no_origin
from ..people.profiles.visible import find_shown
from ..store import Store
from ..store.calendar import CalendarChoices
from .answers import CalendarAnswers, CalendarQuestion
from .feeds import Feeds, new_feed
from .listing import Listing, row_out_of_sight
from .planned import PlannedEvents
from .reminders import due_reminders
from .rules import (
    CalendarEvent,
    ChangingCommand,
    Communities,
    NewsItem,
    Surroundings,
    decide,
    last_end,
    may_know,
    news_of,
)
from .rules.decide import ID_BYTES
from .rules.journal import PersonForgotten, SightLost

TICK = 10.0
"""Seconds between two looks at who is to be reminded."""
Tell = Callable[[str, e.Event], None]


class CalendarDesk:
    """Answers commands about what is planned, and tells people what concerns them.

    ``tell`` gives news to all of a person's connections, ``remind`` to those to this server alone:
    each server reminds whoever is there.
    ``origin_of`` marks the network from which somebody comes. Without ``open_hosting``, what
    everybody may see is planned by who has the host token.
    """

    commands = get_args(c.CalendarCommand)
    questions = get_args(CalendarQuestion)

    def __init__(
        self,
        planned: PlannedEvents,
        feeds: Feeds,
        store: Store,
        clock: Clock,
        communities: Communities,
        tell: Tell,
        remind: Tell,
        origin_of: Callable[[str], str] = no_origin,
        *,
        open_hosting: bool,
    ) -> None:
        self.planned = planned
        self.feeds = feeds
        self._store = store
        self._clock = clock
        self._communities = communities
        self._tell = tell
        self._remind = remind
        self._origin_of = origin_of
        self._open_hosting = open_hosting
        self.listing = Listing(planned, communities, partial(find_shown, store))
        self.answers = CalendarAnswers(planned, feeds, communities, self.listing, store)

    async def carry_out(self, asker: Person, command: c.CalendarCommand) -> Sequence[e.DeskEvent]:
        """Carry out a command. Raises CommandRefused with a code of ``rules.refusals``."""
        now = self._clock.now()
        match command:
            case c.SetReminder(minutes=minutes):
                self._choose(asker, remind=minutes)
                return [self.answers.choices_of(asker.id)]
            case c.MakeFeed():
                path, feed = new_feed()
                self._choose(asker, feed=feed)
                return [e.FeedMade(path=path)]
            case c.RevokeFeed():
                self._choose(asker, feed="")
                return []
            case _ if isinstance(command, CalendarQuestion):
                return await self.answers.answer(asker.id, command, now)
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
                self._remind(due.person, e.EventReminder(occurrence=row, seconds=seconds))

    def hide_from_others(self, community: str, people: Collection[str] | None, by: str) -> None:
        """Hide what a community has planned from those who may not know of it any longer.

        They are among ``people``; None is whoever answered. ``by`` is who is told nothing of it.
        """
        now = self._clock.now()
        for event in self._answered_by(community, people):
            answered = {person for each in event.answers.values() for person in each}
            asked = answered if people is None else answered.intersection(people)
            lost = sorted(each for each in asked if not may_know(event, each, self._communities))
            if lost:
                entry = SightLost(id=event.id, by=by, at=now, people=tuple(lost))
                after = self.planned.record(event, [entry], now)
                assert after is not None
                self._tell_news(news_of(event, after, [entry], self._communities))

    def _answered_by(
        self, community: str, people: Collection[str] | None
    ) -> Iterable[CalendarEvent]:
        if people is None:
            return self.planned.of_community(community)
        found = (each for person in people for each in self.planned.concerning(person))
        return {each.id: each for each in found if each.plan.community == community}.values()

    # Changes.

    def _record_change(self, asker: Person, command: ChangingCommand, now: float) -> e.EventShown:
        before = None if isinstance(command, c.PlanEvent) else self.planned.look_up(command.event)
        around = self._surroundings(asker.id, command, now)
        entropy = secrets.token_bytes(ID_BYTES)
        entries = decide(before, asker.id, command, now, entropy, around)
        with self._store.transaction():
            self._store.people.save(asker, now)
            after = self.planned.record(before, entries, now)
            assert after is not None
            self._tell_news(news_of(before, after, entries, self._communities))
        return self.listing.show(after, asker.id, now)

    def _choose(self, asker: Person, **chosen: Any) -> None:
        with self._store.transaction():
            self._store.people.save(asker, self._clock.now())
            self.feeds.choose(asker.id, replace(self.feeds.choices_of(asker.id), **chosen))

    def _surroundings(self, asker: str, command: ChangingCommand, now: float) -> Surroundings:
        around = Surroundings(
            communities=self._communities, is_known=self._is_known, blocks=self._blocks
        )
        if isinstance(command, c.PlanEvent):
            planned = [each for each in self.planned.concerning(asker) if self._is_ahead(each, now)]
            of_community = self.planned.of_community(command.community)
            around = replace(
                around,
                origin=self._origin_of(asker),
                of_person=sum(each.plan.organisers[:1] == (asker,) for each in planned),
                of_community=sum(self._is_ahead(each, now) for each in of_community),
                on_server=len(self.planned),
            )
        if isinstance(command, c.PlanEvent | c.ChangeEvent):
            around = self._with_asked(asker, command, around, now)
            token = command.host_token
            is_valid = self._store.host_tokens.is_valid
            has_token = token is not None and is_valid(token_hash(token), now)
            may_publish = self._open_hosting or has_token
            around = replace(around, may_publish=may_publish, has_host_token=has_token)
        return around

    def _with_asked(
        self, asker: str, command: c.PlanEvent | c.ChangeEvent, around: Surroundings, now: float
    ) -> Surroundings:
        """Return what surrounds a plan, and how many wait for whom its planner may ask to come."""
        if not (command.organisers or command.speakers or command.invited):
            return around
        planner, origin = asker, around.origin
        if isinstance(command, c.ChangeEvent):
            event = self.planned.look_up(command.event)
            planner, origin = (event.planner, event.origin) if event else ("", "")
        ahead = [each for each in self.planned.everything() if self._is_ahead(each, now)]
        own = (each for each in ahead if each.planner == planner)
        near = (each for each in ahead if origin and each.origin == origin)
        return replace(
            around,
            is_stranger=self._is_stranger,
            asked_by_person=sum(map(self._strangers_asked, own)),
            asked_by_network=sum(map(self._strangers_asked, near)),
        )

    def _strangers_asked(self, event: CalendarEvent) -> int:
        """Return how many strangers a planner asked who have not said anything."""
        answered = {person for each in event.answers.values() for person in each}
        waiting = event.named - event.agreed - answered
        return sum(self._is_stranger(each, event.planner) for each in waiting)

    def _is_stranger(self, person: str, planner: str) -> bool:
        if planner in self._store.ties.made_by(person, "follows"):
            return False
        theirs = self._communities.communities_of(person)
        return not any(self._communities.is_member(planner, each) for each in theirs)

    def _is_ahead(self, event: CalendarEvent, now: float) -> bool:
        return not event.cancelled and last_end(event) > now

    def _is_known(self, person: str) -> bool:
        return self._store.people.find(person) is not None

    def _blocks(self, person: str, other: str) -> bool:
        return other in self._store.ties.made_by(person, "blocks")

    def _tell_news(self, items: Iterable[NewsItem]) -> None:
        for person, kind, event, occurrence, notice, out_of_sight in items:
            row = (
                row_out_of_sight(event, occurrence)
                if out_of_sight
                else self.listing.row(event, occurrence, person)
            )
            if row is not None:
                self._tell(person, e.EventNews(kind=kind, occurrence=row, notice=notice))


async def open_calendar(
    store: Store,
    clock: Clock,
    communities: Communities,
    tell: Tell,
    remind: Tell,
    origin_of: Callable[[str], str] = no_origin,
    *,
    open_hosting: bool,
) -> CalendarDesk:
    """Return the desk with all that is kept."""
    planned = PlannedEvents(await store.calendar.load(), store, clock.now())
    feeds = Feeds(planned, communities, store, await store.calendar.load_choices())
    return CalendarDesk(
        *(planned, feeds, store, clock, communities, tell, remind, origin_of),
        open_hosting=open_hosting,
    )

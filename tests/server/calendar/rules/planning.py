"""A calendar event with a clock and its people, for tests of the rules."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence, Reply
from roomcli.protocol.community import CommunityRole
from server.calendar.rules import (
    CalendarEvent,
    CalendarJournal,
    ChangingCommand,
    NewsItem,
    Surroundings,
    attendance,
    decide,
    evolve,
    news_of,
    occurrences,
)
from server.calendar.rules.times import instant, parse_local

DAY = 86400.0
NOW = 1_764_000_000.0
"""Monday, 24 November 2025, 16:00 UTC."""
PARIS = "Europe/Paris"


class KnownCommunities:
    """Communities as a test says; those in ``hidden`` only their members may know."""

    def __init__(self, roles: dict[tuple[str, str], CommunityRole] | None = None) -> None:
        self.roles = roles or {}
        self.hidden: set[str] = set()

    def role(self, person: str, community: str) -> CommunityRole | None:
        return self.roles.get((person, community))

    def is_member(self, person: str, community: str) -> bool:
        return (person, community) in self.roles

    def is_hidden(self, community: str) -> bool:
        return community in self.hidden or community not in {each for _, each in self.roles}

    def communities_of(self, person: str) -> list[str]:
        return [community for who, community in self.roles if who == person]

    def shown_name(self, community: str, person: str) -> str:
        is_hidden = self.is_hidden(community) and not self.is_member(person, community)
        return "" if is_hidden else community.title()


class Planning:
    """One calendar event, what happened to it, and what people were told."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.event: CalendarEvent | None = None
        self.journal: list[CalendarJournal] = []
        self.told: list[NewsItem] = []
        self.communities = KnownCommunities({("owner", "rust"): "owner", ("meg", "rust"): "member"})
        self.known = {"ann", "ben", "cat", "dan", "eve", "owner", "meg"}
        self.surroundings: dict[str, Any] = {}

    def give(self, asker: str, command: ChangingCommand) -> list[CalendarJournal]:
        """Give a command. Raises CommandRefused."""
        around = Surroundings(
            communities=self.communities, is_known=self.known.__contains__, **self.surroundings
        )
        before = None if isinstance(command, c.PlanEvent) else self.event
        entries = decide(before, asker, command, self.now, bytes(8), around)
        after = before
        for entry in entries:
            after = evolve(after, entry)
        if after is not None:
            self.told = news_of(before, after, entries, self.communities)
            self.event = after
        self.journal += entries
        return entries

    def refused(self, asker: str, command: ChangingCommand) -> str:
        """Return the code by which a command is refused."""
        before = self.event
        try:
            self.give(asker, command)
        except CommandRefused as error:
            assert self.event is before
            return error.code
        raise AssertionError(f"not refused: {command}")

    def plan(self, start: str = "2026-01-06T18:30", zone: str = PARIS, **fields: Any) -> None:
        """Let Ann plan something."""
        self.give("ann", c.PlanEvent(title="Talks", start=start, zone=zone, **fields))

    def change(self, **fields: Any) -> list[CalendarJournal]:
        """Let Ann change it, based on what it is now."""
        return self.give("ann", c.ChangeEvent(**self.based(), **fields))

    def based(self) -> dict[str, Any]:
        """Return the fields that say what a change is based on."""
        return {"event": self.it.id, "version": self.it.version}

    def answer(self, person: str, reply: Reply = "yes", day: str | None = None) -> None:
        """Let somebody answer."""
        self.give(person, c.AnswerEvent(event=self.it.id, answer=reply, day=day))

    @property
    def it(self) -> CalendarEvent:
        assert self.event is not None
        return self.event

    def seats(self, day: str = "") -> tuple[str, str]:
        """Return who has a seat and who waits, in words."""
        found = attendance(self.it, day)
        return " ".join(found.seated), " ".join(found.waiting)

    def news(self) -> list[tuple[str, str]]:
        """Return who was told what by the last command."""
        return [(each.person, each.kind) for each in self.told]

    def local_starts(self, days: float = 400.0) -> list[str]:
        """Return the local starts of all times from now on, cancelled ones in brackets."""
        found = occurrences(self.it, self.now, self.now + days * DAY)
        texts = [(each.local.strftime("%Y-%m-%dT%H:%M"), each.cancelled) for each in found]
        return [f"({text})" if cancelled else text for text, cancelled in texts]

    def replay(self) -> None:
        """Check that the journal, written down and read again, gives the state."""
        again: CalendarEvent | None = None
        for entry in self.journal:
            kept = msgspec.msgpack.encode(entry)
            again = evolve(again, msgspec.msgpack.decode(kept, type=type(entry)))
        assert again == self.event


def moment(text: str, zone: str = PARIS) -> float:
    """Return the moment of a local time."""
    local = parse_local(text)
    assert local is not None
    return instant(local, zone)


def monthly(nth: Any, weekday: Any, **fields: Any) -> Recurrence:
    """Return the rule of a series on one weekday of the month."""
    return Recurrence(every="month", nth=nth, weekdays=(weekday,), **fields)

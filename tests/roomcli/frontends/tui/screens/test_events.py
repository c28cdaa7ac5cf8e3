"""Tests of the pages of events, against a calendar that is scripted."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from roomcli.errors import CommandRefused
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.calendar import ListedAnswer, ListedOccurrence, Recurrence, Reply, ShownEvent
from roomcli.protocol.community import CommunityCard, CommunityDetails
from roomcli.protocol.people import Person

from .....support.fake_room import FakeRoom, make_view
from .....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    ScreenSeat,
    ScriptedDesk,
    ScriptedEngines,
    app_seat,
)

HOUR = 3600.0
ANN, BEN = Person("a" * 16, "Ann Lindqvist"), Person("b" * 16, "Ben Okafor")
ZOE = Person("c" * 16, "Zoe Waits")
TALKS = ShownEvent(
    id="00112233aabbccdd",
    version=3,
    title="Rust [talks]",
    agenda=("Welcome", "Borrowing"),
    start="2026-12-01T18:30",
    zone="Europe/Paris",
    minutes=90,
    room="rust",
    capacity=2,
    organisers=(ANN.id,),
    speakers=(BEN.id,),
)
MONTHLY = Recurrence(every="month", nth=1, weekdays=("tu",))


class CalendarServer(ScriptedDesk):
    """A server with one event, and one community that has planned it."""

    def __init__(self, event: ShownEvent = TALKS, *, begins_in: float = 26 * HOUR) -> None:
        super().__init__()
        self.event = event
        self.begins_in = begins_in
        self.answers: dict[str | None, Reply] = {}
        self.cancelled: set[str | None] = set()
        self.wants_token = False
        self.chosen = e.CalendarShown(remind=45)

    def upcoming(self) -> tuple[ListedOccurrence, ...]:
        """Return the next times."""
        days = ("2026-12-01", "2027-01-05") if self.event.recurrence else ("",)
        now, event = time.time() + self.begins_in, self.event
        return tuple(
            ListedOccurrence(
                event=event.id,
                day=day,
                title=event.title,
                starts_at=now + place * 35 * 24 * HOUR,
                ends_at=now + place * 35 * 24 * HOUR + event.minutes * 60,
                zone=event.zone,
                room=event.room,
                host=ANN.name,
                coming=1,
                capacity=event.capacity,
                cancelled=day in self.cancelled,
                answer=self.answers.get(day or None) or self.answers.get(None),
            )
            for place, day in enumerate(days)
        )

    async def __call__(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Answer a command as a calendar does."""
        self.asked.append(command)
        match command:
            case c.ListEvents(of=of):
                return [e.EventsListed(of=of, occurrences=self.upcoming())]
            case c.ListCommunities():
                card = CommunityCard(id="c0ffee00c0ffee00", name="Bee Folk", you="owner")
                return [e.CommunitiesListed(of="mine", communities=(card,), total=1)]
            case c.ShowCommunity():
                details = CommunityDetails(id="c0ffee00c0ffee00", name="Bee Folk")
                return [e.CommunityShown(community=details)]
            case c.AnswerEvent(answer=answer, day=day):
                self.answers[day] = answer
                self.event = replace(self.event, answer=self.answers.get(None))
            case c.ChangeEvent(version=version) if version != self.event.version:
                raise CommandRefused("changed_meanwhile", "Ben changed the title meanwhile")
            case c.ChangeEvent(title=title):
                self.event = replace(self.event, title=title or self.event.title, version=9)
            case c.PlanEvent(host_token=None) if self.wants_token:
                raise CommandRefused("may_not_publish", "this takes the host token")
            case c.PlanEvent(title=title):
                self.event = replace(self.event, title=title)
            case c.CancelEvent(day=day) | c.MoveOccurrence(day=day):
                self.cancelled.add(day)
            case c.ListAnswers():
                said = (ListedAnswer(person=ANN.id, answer="yes"),)
                people = {ANN.id: ANN}
                return [e.AnswersListed(seated=1, waiting=0, answers=said, total=1, people=people)]
            case c.Search(text=text):
                return [e.SearchResults(of="people", text=text, people=(ZOE,))]
            case c.ShowCalendar():
                return [self.chosen]
            case c.SetReminder(minutes=minutes):
                self.chosen = replace(self.chosen, remind=minutes)
                return [self.chosen]
            case c.MakeFeed():
                return [e.FeedMade(path="/f/sesame.ics")]
            case c.RevokeFeed():
                return []
            case c.ExportEvents():
                parts = (b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n")
                return [e.EventsExported(data=b64encode(each).decode()) for each in parts]
        people = {ANN.id: ANN, BEN.id: BEN}
        return [e.EventShown(shown=self.event, upcoming=self.upcoming(), people=people)]

    def asked_last(self, kind: type[c.Command]) -> c.Command:
        """Return the last command of a kind, without its ref."""
        return next(replace(each, ref=None) for each in self.asked[::-1] if isinstance(each, kind))


@asynccontextmanager
async def reader(
    desk: CalendarServer, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ScreenSeat[RoomcliApp], ScriptedEngines]]:
    """Run the app from home on, with the list of events open."""
    engines = ScriptedEngines()
    app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
    async with app_seat(app, engines, size) as you:
        await you.until(lambda: you.app.is_running)
        await you.presses("E")
        await you.sees("Rust [talks]")
        yield you, engines


def test_one_reads_an_event_answers_it_and_saves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"event-{TALKS.id}.ics"

    async def scenario() -> None:
        desk = CalendarServer(replace(TALKS, visibility="community", community="c0ffee00c0ffee00"))
        async with reader(desk) as (you, engines):
            await you.presses("tab")
            await you.until(lambda: desk.asked_last(c.ListEvents) == c.ListEvents(of="week"))
            await you.presses("tab")
            await you.until(lambda: desk.asked_last(c.ListEvents).of == "community")  # type: ignore[attr-defined]
            await you.sees("1 of 2 come")
            await you.presses("enter")
            for told in ("Borrowing", "Speaking   Ben Okafor", "members of Bee Folk", "in Europe/"):
                await you.sees(told)
            await you.sees("you have not said")
            await you.presses("enter")
            assert not engines.entered, "it is a day ahead"
            await you.presses("y")
            await you.sees("you come")
            await you.pilot.click(offset=you.place("do not come"))
            await you.sees("you do not come")
            await you.presses("ctrl+p", *"Perhaps")
            await you.sees("Perhaps")
            await you.presses("enter")
            await you.sees("perhaps you come")
            await you.presses("f")
            await you.until(lambda: file.exists() and file.stat().st_size)
            assert file.read_bytes() == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
            desk.event = replace(desk.event, title="Rust evening")
            you.app.hear_at_home(
                e.EventNews(kind="changed", occurrence=desk.upcoming()[0]), SERVER.name
            )
            await you.sees("Rust evening has changed")
            await you.presses("escape")
            await you.sees("the next list")

    asyncio.run(scenario())


def test_organisers_change_one_day_of_a_series_or_all_of_it() -> None:
    async def scenario() -> None:
        desk = CalendarServer(replace(TALKS, recurrence=MONTHLY, may_change=True))
        async with reader(desk, (100, 40)) as (you, _):
            await you.presses("enter")
            await you.sees("every first Tuesday")
            await you.presses("up", "y")
            await you.until(lambda: None in desk.answers)
            await you.presses("down", "down", "n")
            await you.until(lambda: desk.answers.get("2027-01-05") == "no")
            await you.presses("w")
            await you.sees("Ann Lindqvist: yes")
            await you.presses("v")
            await you.sees("The time is that of Europe/Paris")
            you.app.screen.query_one("#start", Input).value = "tomorrow"
            await you.confirms()
            await you.sees("a time is like")
            you.app.screen.query_one("#start", Input).value = "2027-01-06 19:00"
            await you.presses("enter")
            await you.until(lambda: "2027-01-05" in desk.cancelled)
            moved = c.MoveOccurrence(
                event=TALKS.id, version=3, day="2027-01-05", start="2027-01-06T19:00"
            )
            assert desk.asked_last(c.MoveOccurrence) == moved
            await you.misses("The time is that of")
            await you.presses("up", "up", "x")
            await you.sees("All days that are to come")
            you.app.screen.query_one("#notice", Input).value = "The hall is closed"
            await you.confirms()
            await you.until(lambda: None in desk.cancelled)
            assert desk.asked_last(c.CancelEvent).notice == "The hall is closed"  # type: ignore[attr-defined]

    asyncio.run(scenario())


def test_an_event_is_planned_and_changed_though_another_organiser_was_quicker() -> None:
    async def scenario() -> None:
        desk = CalendarServer(replace(TALKS, may_change=True))
        async with reader(desk, (100, 40)) as (you, _):
            await you.presses("n")
            await you.sees("Plan an event")
            await you.presses("enter")
            await you.sees("title and start must be filled in")
            for field, text in (
                ("title", "Bees"),
                ("start", "2027-03-02 18:30"),
                ("zone", "Europe/Paris"),
                ("recurrence", "every first tuesday"),
                ("capacity", "20"),
                ("speakers", f"{BEN.id}, zoe"),
            ):
                you.app.screen.query_one(f"#{field}", Input).value = text
            await you.sees("Bee Folk")
            you.app.screen.query_one("#invited", Input).focus()
            await you.presses("tab", *"Honey", "enter", *"Wax", "up", "up")
            assert you.app.screen.focused is you.app.screen.query_one("#invited")
            await you.presses("down", "ctrl+s")
            await you.sees("y come  m perhaps")
            assert desk.asked_last(c.PlanEvent) == c.PlanEvent(
                title="Bees",
                start="2027-03-02T18:30",
                zone="Europe/Paris",
                recurrence=MONTHLY,
                capacity=20,
                speakers=(BEN.id, ZOE.id),
                agenda=("Honey", "Wax"),
            )
            await you.presses("e")
            await you.sees("Change Bees")
            desk.event = replace(desk.event, title="Bees!", version=4)
            you.app.screen.query_one("#room", Input).value = "hive"
            await you.presses("enter")
            await you.sees("Ben changed the title meanwhile")
            title, room = (you.app.screen.query_one(f"#{id}", Input) for id in ("title", "room"))
            assert (title.value, room.value) == ("Bees!", "hive")
            await you.pilot.click(offset=you.place("changes it"))
            await you.misses("Change Bees")
            changed = c.ChangeEvent(event=TALKS.id, version=4, room="hive")
            assert desk.asked_last(c.ChangeEvent) == changed

    asyncio.run(scenario())


def test_the_host_token_is_asked_for_where_the_server_wants_one() -> None:
    async def scenario() -> None:
        desk = CalendarServer(begins_in=600)
        desk.wants_token = True
        async with reader(desk) as (you, engines):
            await you.presses("n")
            await you.sees("Plan an event")
            assert not you.shows("Host token")
            for field, text in (("title", "Bees"), ("start", "2027-03-02 18:30"), ("zone", "UTC")):
                you.app.screen.query_one(f"#{field}", Input).value = text
            await you.presses("enter")
            await you.sees("this takes the host token")
            await you.sees("Host token")
            await you.presses(*"sesame", "enter")
            await you.sees("y come  m perhaps")
            assert not you.shows("sesame")
            assert desk.asked_last(c.PlanEvent).host_token == "sesame"  # type: ignore[attr-defined]
            desk.event = replace(desk.event, may_change=True)
            news = e.EventNews(kind="changed", occurrence=desk.upcoming()[0])
            you.app.hear_at_home(news, SERVER.name)
            await you.sees("open its room")
            await you.presses("o")
            await you.until(lambda: engines.entered)
            text = "opening rooms here takes the host token"
            you.engine.say(local.Left(code="hosting_not_allowed", text=text, exit_code=4))
            await you.sees(text)
            await you.types("sesame")
            await you.presses("enter")
            await you.until(lambda: len(engines.entered) == 2)
            assert engines.entered[1].url.endswith("/r/rust#host_token=sesame")
            assert engines.entered[1].intent == "host"

    asyncio.run(scenario())


def test_its_room_is_entered_when_it_begins_and_the_calendar_has_an_address() -> None:
    async def scenario() -> None:
        desk = CalendarServer(replace(TALKS, may_change=True), begins_in=600)
        async with reader(desk) as (you, engines):
            await you.presses("f")
            await you.sees("You are reminded 45 min before")
            await you.presses("right", "enter")
            await you.sees("You are reminded 1 hour before")
            assert c.SetReminder(minutes=60) in desk.asked
            await you.presses("a")
            await you.sees("https://rooms.example:7420/f/sesame.ics")
            desk.asked.clear()
            await you.presses("a")
            await you.sees("press a once more")
            assert c.MakeFeed() not in desk.asked
            await you.presses("a")
            await you.until(lambda: c.MakeFeed() in desk.asked)
            await you.presses("r", "r")
            await you.misses("/f/sesame.ics")
            await you.sees("has no address")
            await you.presses("escape")
            await you.sees("the next list")
            await you.presses("enter")
            await you.sees("open its room")
            await you.presses("o")
            await you.until(lambda: engines.entered)
            assert (engines.entered[0].intent, engines.entered[0].url[-7:]) == ("host", "/r/rust")

    asyncio.run(scenario())


def test_in_a_room_it_is_a_page_and_whoever_is_on_stage_is_asked_before_they_go() -> None:
    async def scenario() -> None:
        desk = CalendarServer(begins_in=600)
        engines = ScriptedEngines(FakeRoom(make_view("speaker")), FakeRoom(make_view("listener")))
        app = RoomcliApp(ENTER, engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines) as you:
            await you.sees("Ann Lindqvist")
            await you.presses("slash", *f"show_event {TALKS.id}", "enter")
            await you.sees("Borrowing")
            await you.presses("enter")
            await you.sees("you are on stage in standup")
            assert c.Leave() not in you.sent
            await you.presses("enter")
            await you.until(lambda: len(engines.entered) == 2)
            assert engines.entered[1].url.endswith("/r/rust")

    asyncio.run(scenario())

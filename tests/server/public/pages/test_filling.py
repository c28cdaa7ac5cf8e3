"""Tests of what pages show of communities, calendar events and people, and of what they do not."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import feedparser
import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.calendar import Recurrence
from roomcli.protocol.people import BanNotice
from server.public.http import Head
from server.public.routes import Routes
from server.public.site import site_routes
from server.store import EVERYWHERE

from ....support.serving import Client, RunningServer, serving
from .reading import read, text_of
from .test_handlers import got

NOWHERE = "aaaaaaaa"
A_GLANCE = 40
"""Calls, of a tenth of a microsecond each: what it takes to see that somebody may not see it."""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server on which everybody may open rooms and plan what everybody may see."""
    async with serving(tmp_path) as server:
        yield server


async def at_home(running: RunningServer, name: str) -> tuple[Client, str]:
    """Return a client of somebody at home, and the id of the person."""
    client = await running.connected()
    welcome = await client.say_hello(
        client.hello((await client.until(e.Challenge)).nonce, name=name)
    )
    return client, welcome.you.id


async def plan(client: Client, running: RunningServer, **fields: Any) -> str:
    """Plan a calendar event, by default one for everybody in two days, and return its id."""
    day = datetime.fromtimestamp(running.clock.now(), UTC) + timedelta(days=2)
    given = {"title": "Middlemarch", "start": f"{day:%Y-%m-%d}T18:30", "zone": "Europe/Paris"}
    shown = await client.question(c.PlanEvent(**(given | fields)), e.EventShown)
    id: str = shown.shown.id
    return id


async def found(client: Client, **fields: Any) -> str:
    """Found a community, and return its id."""
    shown = await client.question(c.FoundCommunity(**fields), e.CommunityShown)
    id: str = shown.community.id
    return id


async def page(running: RunningServer, path: str) -> tuple[Element, str]:
    """Return a page that is there, and its text with single blanks."""
    status, _, content = await got(running, path)
    assert status == 200, path
    tree = read(content)
    return tree, " ".join(text_of(tree).split())


async def test_what_everybody_may_see_is_on_pages_and_in_feeds(running: RunningServer) -> None:
    ann, _ = await at_home(running, "Ann")
    readers = await found(ann, name="Readers", summary="Long books", rules=("No spoilers.",))
    event = await plan(
        ann, running, community=readers, agenda=("Chapters 5 to 9",), room="book-club", capacity=9
    )
    front, text = await page(running, "/")
    assert {f"./e/{event}", f"./c/{readers}"} <= {each.get("href") for each in front.iter("a")}
    assert "Middlemarch" in text
    _, text = await page(running, f"/e/{event}")
    for told in ("Middlemarch", "18:30", "Europe/Paris", "Chapters 5 to 9", "9 places", "Readers"):
        assert told in text
    assert "roomcli join" in text
    assert "Organised by Ann" in text
    _, text = await page(running, f"/c/{readers}")
    for told in ("Readers", "Long books", "1 member", "No spoilers.", "Middlemarch", "Ann"):
        assert told in text
    assert "Readers ·" not in text.partition("Coming up")[2], "they do not say whose they are"
    for path in ("/events.atom", f"/c/{readers}/events.atom"):
        (entry,) = feedparser.parse((await got(running, path))[2]).entries
        assert entry.title == "Middlemarch"
        assert entry.link == f"http://rooms.example.org/e/{event}"


async def test_links_of_pages_lead_to_what_is_there(running: RunningServer) -> None:
    ann, person = await at_home(running, "Ann")
    await ann.do(c.ChangeProfile(page="public"))
    readers = await found(ann, name="Readers")
    event = await plan(ann, running, community=readers, room="book-club")
    for path in ("/", f"/e/{event}", f"/c/{readers}", f"/p/{person}"):
        tree, _ = await page(running, path)
        for link in (*tree.iter("a"), *tree.iter("link")):
            href = link.get("href", "")
            assert href.startswith(("./", "../"))
            there = "/" + href.removeprefix("./").removeprefix("../")
            status, _, _ = await got(running, there)
            assert status == 200, (path, href)


async def test_what_is_hidden_changes_no_answer(running: RunningServer) -> None:
    ann, person = await at_home(running, "Ann")
    await ann.do(c.ChangeProfile(bio="Keeps bees."))
    open_one = await found(ann, name="Readers")
    public = await plan(ann, running, community=open_one)
    seen = ["/", "/events.atom", f"/c/{open_one}", f"/c/{open_one}/events.atom", f"/e/{public}"]
    seen += [f"/c/{open_one}.ics", f"/e/{public}.ics"]
    before = {path: await got(running, path) for path in seen}
    secret = await found(ann, name="Climbers", hidden=True)
    hidden = [
        await plan(ann, running, title="Ascent", community=secret),
        await plan(ann, running, title="Vigil", visibility="private"),
        await plan(ann, running, title="Choir", visibility="community", community=open_one),
    ]
    for path, answer in before.items():
        assert await got(running, path) == answer, path
    gone = await got(running, f"/e/{NOWHERE}")
    assert gone[0] == 404
    paths = [f"/e/{each}" for each in hidden]
    paths += [f"/c/{secret}", f"/c/{secret}/events.atom", f"/p/{person}", f"/p/{NOWHERE}"]
    paths += [f"/e/{each}.ics" for each in (*hidden, NOWHERE)]
    paths += [f"/c/{secret}.ics", f"/c/{NOWHERE}.ics", f"/calendar/feeds/{NOWHERE}.ics"]
    for path in (*paths, f"/c/{NOWHERE}"):
        assert await got(running, path) == gone, path


async def work_of(answer: Callable[[], Awaitable[object]]) -> int:
    """Return how many functions are called until something is answered."""
    calls = 0

    def count(frame: object, what: str, about: object) -> None:
        nonlocal calls
        calls += what in ("call", "c_call")

    sys.setprofile(count)
    try:
        with contextlib.suppress(CommandRefused):
            await answer()
    finally:
        sys.setprofile(None)
    return calls


async def test_no_more_is_done_for_what_is_hidden_however_much_it_is(
    running: RunningServer,
) -> None:
    """Work is counted, not timed: then it is the same on every machine, and each time."""
    ann, person = await at_home(running, "Ann")
    eve, eve_id = await at_home(running, "Eve")
    await eve.do(c.SetReminder(minutes=20))
    clubs, events = [], []
    for number, about in enumerate((("We climb.",) * 4, ())):
        club = await found(ann, name=f"Climbers {number}", hidden=True, about=about)
        fields = {"agenda": ("Up.",) * 8 if about else (), "community": club}
        clubs.append(club)
        events.append(await plan(ann, running, **fields))
    for _ in range(9):
        await plan(ann, running, community=clubs[0])
    await ann.do(c.AnswerEvent(event=events[0], answer="yes"))
    assert running.desks is not None
    desks = running.desks
    site = Routes(site_routes(running.hub, running.store, desks))
    stranger = running.store.people.find(eve_id)
    assert stranger is not None

    async def works(kind: str, id: str) -> int:
        if kind.startswith("/"):
            head = Head("GET", kind.format(id), {"host": "rooms.example.org"})
            return await work_of(lambda: site.answer(head, "https://rooms.example.org"))
        commands: dict[str, c.DeskCommand] = {
            "show_event": c.ShowEvent(event=id),
            "answer_event": c.AnswerEvent(event=id, answer="yes"),
            "export_events": c.ExportEvents(event=id),
            "show_community": c.ShowCommunity(community=id),
            "join_community": c.JoinCommunity(community=id),
        }
        return await work_of(lambda: desks.all.carry_out(stranger, commands[kind]))

    of_events = ("/e/{}", "/e/{}.ics", "show_event", "answer_event", "export_events")
    of_clubs = ("/c/{}", "/c/{}.ics", "/c/{}/events.atom", "show_community", "join_community")
    for kinds, (much, little) in ((of_events, events), (of_clubs, clubs)):
        for kind in kinds:
            for id in (much, little, NOWHERE):
                await works(kind, id)  # what is done only once
            most, least, nothing = [await works(kind, id) for id in (much, little, NOWHERE)]
            assert most == least, kind
            assert 0 <= least - nothing <= A_GLANCE, (kind, least, nothing)
    assert await works("/p/{}", person) - await works("/p/{}", NOWHERE) <= A_GLANCE


async def test_a_person_has_a_page_as_long_as_they_want_one(running: RunningServer) -> None:
    ann, person = await at_home(running, "Ann")
    event = await plan(ann, running)
    change = c.ChangeProfile(
        headline="Reader", links=("https://ann.example/a",), pronouns="she/her", bio="Keeps bees."
    )
    await ann.do(change)
    _, text = await page(running, f"/e/{event}")
    assert "Organised by Ann" in text
    assert "Reader" not in text, "the headline is for the server, and the name for the event"
    assert (await got(running, f"/p/{person}"))[0] == 404
    await ann.do(c.ChangeProfile(page="public"))
    tree, text = await page(running, f"/p/{person}")
    for told in ("Ann", "she/her", "Reader", "Keeps bees.", "ann.example/a", "Middlemarch"):
        assert told in text
    (link,) = (each for each in tree.iter("a") if each.get("rel"))
    assert (link.get("href"), link.get("rel")) == ("https://ann.example/a", "nofollow noopener ugc")
    tree, text = await page(running, f"/e/{event}")
    assert "Reader" in text
    assert f"../p/{person}" in {each.get("href") for each in tree.iter("a")}
    await ann.do(c.ChangeProfile(page=""))
    assert (await got(running, f"/p/{person}"))[0] == 404
    await ann.do(c.ChangeProfile(page="public"))
    await ann.do(c.DeleteProfile())
    assert (await got(running, f"/p/{person}"))[0] == 404


async def test_nobody_who_is_banned_from_the_server_has_a_page(running: RunningServer) -> None:
    ann, person = await at_home(running, "Ann")
    await ann.do(c.ChangeProfile(page="public"))
    assert (await got(running, f"/p/{person}"))[0] == 200
    now = running.clock.now()
    known = running.store.people.find(person)
    assert known is not None
    ban = BanNotice(person=person, key=known.key, name="Ann", at=now, until=now + 60)
    running.store.bans.save(EVERYWHERE, "", ban)
    assert (await got(running, f"/p/{person}"))[0] == 404
    running.pass_time(61)
    assert (await got(running, f"/p/{person}"))[0] == 200


async def test_a_series_and_what_is_over_or_called_off(running: RunningServer) -> None:
    ann, _ = await at_home(running, "Ann")
    series = await plan(ann, running, recurrence=Recurrence(every="week", until="2099-01-01"))
    tree, text = await page(running, f"/e/{series}")
    assert "until 1 January 2099" in text
    assert len(list(tree.iter("time"))) == 10
    (script,) = tree.iter("script")
    assert text_of(script).count("EventScheduled") == 10
    once = await plan(ann, running, title="Once")
    end = datetime.fromtimestamp(running.clock.now(), UTC) + timedelta(days=3)
    twice = await plan(
        ann, running, recurrence=Recurrence(every="day", interval=9, until=f"{end:%Y-%m-%d}")
    )
    running.pass_time(4 * 86400)
    for over in (once, twice):
        _, text = await page(running, f"/e/{over}")
        assert "This is over." in text
        assert "coming" not in text
        assert "roomcli lobby" not in text
    assert "Once" not in (await page(running, "/"))[1]
    off = await plan(ann, running, title="Off")
    await ann.do(c.CancelEvent(event=off, version=1, notice="The author is ill."))
    _, text = await page(running, f"/e/{off}")
    assert "Cancelled. The author is ill." in text
    assert "Take it out of your calendar" in text
    assert "roomcli lobby" not in text


async def test_a_listed_room_is_shown_with_its_community(running: RunningServer) -> None:
    ann, _ = await at_home(running, "Ann")
    readers = await found(ann, name="Readers")
    await ann.do(c.AddCommunityRoom(community=readers, room="book-club"))
    host = await running.client(running.room("book-club"), ann.key, intent="host")
    _, text = await page(running, "/r/book-club")
    assert "Readers" in text
    _, text = await page(running, f"/c/{readers}")
    assert "book-club" in text
    await host.do(c.ChangeSettings(listed=False))
    assert "Readers" not in (await page(running, "/r/book-club"))[1]
    assert "book-club" not in (await page(running, f"/c/{readers}"))[1]

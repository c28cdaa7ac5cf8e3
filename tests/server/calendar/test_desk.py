"""Tests of the desk for what is planned, over real connections."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.calendar import ROOM_OPENS, ListedOccurrence, Recurrence
from server.calendar import feeds
from server.calendar.rules import CalendarEvent, Occurrence
from server.calendar.rules.times import format_local, local_time

from ...support.serving import Client, RunningServer, serving

ZONE = "Europe/Berlin"
DAY = 86400.0


async def at_home(server: RunningServer, name: str, key: Any = None) -> tuple[Client, str]:
    """Return a client at home whom the server keeps as a person, and the person's id."""
    client = await server.connected(key=key)
    nonce = (await client.until(e.Challenge)).nonce
    await client.say_hello(client.hello(nonce, name=name))
    welcome = next(each for each in client.got if isinstance(each, e.Welcome))
    await client.do(c.SetReminder(minutes=15), c.SetReminder(minutes=20))
    return client, welcome.you.id


def start(server: RunningServer, seconds: float) -> str:
    """Return the local time so many seconds from now, to the minute."""
    return format_local(local_time(server.clock.now() + seconds, ZONE))


def wish(server: RunningServer, ahead: float = DAY, **fields: Any) -> c.PlanEvent:
    """Return a command that plans something."""
    return c.PlanEvent(
        **{"title": "Talks", "start": start(server, ahead), "zone": ZONE, **fields},
    )


async def plan(client: Client, command: c.PlanEvent) -> e.EventShown:
    shown: e.EventShown = await client.question(command, e.EventShown)
    return shown


async def refusal(client: Client, command: c.HomeCommand) -> str:
    """Return the code by which a command is refused."""
    answer = await client.ask(command)
    assert isinstance(answer, e.Refused)
    return answer.code


async def listed(client: Client, **fields: Any) -> list[tuple[str, str]]:
    """Return title and day of all that is listed."""
    found: e.EventsListed = await client.question(c.ListEvents(**fields), e.EventsListed)
    return [(each.title, each.day) for each in found.occurrences]


async def test_something_is_planned_answered_and_listed(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (ann, ann_id), (ben, _) = await at_home(server, "Ann"), await at_home(server, "Ben")
        command = wish(server, agenda=("Welcome", "Talks"), capacity=1, room="talks")
        shown = await plan(ann, command)
        assert (shown.shown.title, shown.shown.agenda) == ("Talks", ("Welcome", "Talks"))
        assert shown.people[ann_id].name == "Ann"
        assert shown.shown.may_change
        id = shown.shown.id
        answered: e.EventShown = await ben.question(
            c.AnswerEvent(event=id, answer="yes"), e.EventShown
        )
        assert (answered.shown.answer, answered.upcoming[0].coming) == ("yes", 1)
        assert not answered.shown.may_change
        for client in (ann, ben):
            assert await listed(client) == [("Talks", "")]
            assert await listed(client, of="mine") == [("Talks", "")]
        cat, _ = await at_home(server, "Cat")
        assert await listed(cat, of="mine") == []
        waiting: e.EventShown = await cat.question(
            c.AnswerEvent(event=id, answer="yes"), e.EventShown
        )
        row = waiting.upcoming[0]
        assert (row.coming, row.waiting, row.place, row.host) == (1, 1, 1, "Ann")
        answers: e.AnswersListed = await ann.question(c.ListAnswers(event=id), e.AnswersListed)
        assert [answers.people[each.person].name for each in answers.answers] == ["Ben", "Cat"]
        assert (answers.seated, answers.waiting) == (1, 1)
        assert await refusal(ben, c.ListAnswers(event=id)) == "not_organiser"
        await ben.do(c.AnswerEvent(event=id, answer="no"))
        news: e.EventNews = await cat.until(e.EventNews)
        assert (news.kind, news.occurrence.place) == ("seat", 0)


async def test_whoever_the_server_meets_for_the_first_time_plans_under_their_name(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        zoe = await server.connected()
        welcome = await zoe.say_hello(zoe.hello((await zoe.until(e.Challenge)).nonce, name="Zoe"))
        shown = await plan(zoe, wish(server))
        assert shown.people[welcome.you.id].name == "Zoe"
        assert shown.upcoming[0].host == "Zoe"
        await zoe.do(c.ChangeProfile(name="Zoë Ray"))
        again: e.EventShown = await zoe.question(c.ShowEvent(event=shown.shown.id), e.EventShown)
        assert again.people[welcome.you.id].name == again.upcoming[0].host == "Zoë Ray"


async def test_changes_are_told_to_who_comes_wherever_they_are(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (ann, _), (ben, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        shown = await plan(ann, wish(server, invited=(ben_id,), visibility="private"))
        asked: e.EventNews = await ben.until(e.EventNews)
        assert (asked.kind, asked.occurrence.part) == ("asked", "invited")
        id = shown.shown.id
        await ben.do(c.AnswerEvent(event=id, answer="yes"))
        await ben.go_into(intent="host")
        ben.got.clear()
        change = c.ChangeEvent(event=id, version=1, start=start(server, 2 * DAY), notice="full")
        await ann.do(change)
        moved: e.EventNews = await ben.until(e.EventNews)
        assert (moved.kind, moved.notice, moved.ref) == ("moved", "full", None)
        assert await refusal(ann, change) == "changed_meanwhile"
        await ann.do(c.CancelEvent(event=id, version=2))
        ben.got.clear()
        cancelled: e.EventNews = await ben.until(e.EventNews)
        assert (cancelled.kind, cancelled.occurrence.cancelled) == ("cancelled", True)
        assert not any(isinstance(each, e.EventNews) for each in ann.got), "who did it knows"


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (ann, _), (ben, _) = await at_home(server, "Ann"), await at_home(server, "Ben")
        series = wish(server, recurrence=Recurrence(every="week", count=3), capacity=3)
        shown = await plan(ann, series)
        id, day = shown.shown.id, shown.upcoming[1].day
        await ben.do(c.AnswerEvent(event=id, answer="yes", day=day))
        feed: e.FeedMade = await ben.question(c.MakeFeed(), e.FeedMade)
        before: e.EventShown = await ben.question(c.ShowEvent(event=id), e.EventShown)
    async with serving(tmp_path) as server:
        ben, _ = await at_home(server, "Ben", ben.key)
        after: e.EventShown = await ben.question(c.ShowEvent(event=id), e.EventShown)
        assert (after.shown, after.upcoming) == (before.shown, before.upcoming)
        assert [each.answer for each in after.upcoming] == [None, "yes", None]
        assert await listed(ben, of="mine") == [("Talks", shown.upcoming[0].day)]
        assert b"BEGIN:VEVENT" in await server.exchange(_get(feed.path))


async def test_what_is_hidden_is_answered_as_what_is_not_there(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (ann, _), (eve, _) = await at_home(server, "Ann"), await at_home(server, "Eve")
        shown = await plan(ann, wish(server, visibility="private"))
        nothing = "0" * 16
        for id in (shown.shown.id, nothing):
            for command in (
                c.ShowEvent(event=id),
                c.AnswerEvent(event=id, answer="yes"),
                c.ListAnswers(event=id),
                c.ExportEvents(event=id),
                c.CancelEvent(event=id, version=1),
            ):
                assert await refusal(eve, command) == "no_such_event"
        assert await listed(eve) == []
        answers = [await server.exchange(_get(f"/e/{id}.ics")) for id in (shown.shown.id, nothing)]
        assert answers[0] == answers[1]
        assert answers[0].startswith(b"HTTP/1.1 404 ")


async def test_a_feed_of_ones_own_has_a_secret_address_that_can_be_revoked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with serving(tmp_path) as server:
        ann, _ = await at_home(server, "Ann")
        await plan(ann, wish(server, visibility="private", title="Secret"))
        first: e.FeedMade = await ann.question(c.MakeFeed(), e.FeedMade)
        token = first.path.removeprefix("/calendar/feeds/").removesuffix(".ics")
        assert len(base64.urlsafe_b64decode(f"{token}==")) * 8 == 128
        answer = await server.exchange(_get(first.path))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"Secret" in answer
        for header in (b"cache-control: no-store", b"x-robots-tag: noindex", b"text/calendar"):
            assert header in answer.lower()
        second: e.FeedMade = await ann.question(c.MakeFeed(), e.FeedMade)
        chosen: e.CalendarShown = await ann.question(c.ShowCalendar(), e.CalendarShown)
        assert chosen.has_feed
        assert (await server.exchange(_get(first.path))).startswith(b"HTTP/1.1 404 ")
        assert (await server.exchange(_get(second.path))).startswith(b"HTTP/1.1 200 ")
        await ann.do(c.RevokeFeed())
        assert (await server.exchange(_get(second.path))).startswith(b"HTTP/1.1 404 ")
        files = [each for each in await trio.Path(tmp_path).iterdir() if await each.is_file()]
        kept = b"".join([await each.read_bytes() for each in files])
        assert token.encode() not in kept
        assert token not in caplog.text


async def test_a_file_is_written_again_when_something_has_changed_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def event_file(event: CalendarEvent, url: str) -> bytes:
        written.append(event.plan.title)
        return event.plan.title.encode()

    monkeypatch.setattr(feeds, "event_file", event_file)
    async with serving(tmp_path) as server:
        ann, _ = await at_home(server, "Ann")
        id = (await plan(ann, wish(server, title="Talks"))).shown.id
        address = _get(f"/e/{id}.ics")
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(server.exchange, address)
        assert written == ["Talks"]
        await ann.do(c.ChangeEvent(event=id, version=1, title="Walks"))
        assert (await server.exchange(address)).endswith(b"Walks")
        assert written == ["Talks", "Walks"]
        hidden = c.ChangeEvent(event=id, version=2, visibility="private")
        await ann.do(hidden)
        assert (await server.exchange(address)).startswith(b"HTTP/1.1 404")


async def test_of_a_hidden_community_a_stranger_has_nothing_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        (ann, _), (ben, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        founded: e.CommunityShown = await ann.question(
            c.FoundCommunity(name="Readers", hidden=True), e.CommunityShown
        )
        club = founded.community.id
        for title, invited in (("one", ()), ("two", ()), ("three", (ben_id,))):
            command = wish(server, title=title, community=club, visibility="community")
            await plan(ann, replace(command, invited=invited))
        planned, looked = server.calendar.planned, list[str]()
        really = planned.next_of

        def next_of(event: CalendarEvent, now: float) -> Occurrence | None:
            looked.append(event.id)
            return really(event, now)

        monkeypatch.setattr(planned, "next_of", next_of)
        assert len(await listed(ann, of="community", community=club)) == 3
        looked.clear()
        assert await listed(ben, of="community", community=club) == [("three", "")]
        assert len(looked) == 1


async def test_what_is_hidden_from_somebody_is_cancelled_in_their_calendar(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (ann, _), (ben, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        cat, _ = await at_home(server, "Cat")
        fields: dict[str, Any] = {"visibility": "private", "invited": (ben_id,), "title": "Vigil"}
        id = (await plan(ann, wish(server, **fields))).shown.id
        paths = [(await each.question(c.MakeFeed(), e.FeedMade)).path for each in (ben, cat)]

        async def feeds() -> list[bytes]:
            return [await server.exchange(_get(each)) for each in paths]

        bens, cats = await feeds()
        assert b"SUMMARY:Vigil" in bens
        assert id.encode() not in cats
        await ann.do(c.ChangeEvent(event=id, version=1, invited=(), title="Secret", notice="Hush"))
        bens, cats = await feeds()
        assert f"UID:{id}@roomcli".encode() in bens
        assert b"STATUS:CANCELLED" in bens
        assert b"SEQUENCE:2" in bens
        for word in (b"SUMMARY", b"Vigil", b"Secret", b"Hush"):
            assert word not in bens
        assert id.encode() not in cats
        await ann.do(c.ChangeEvent(event=id, version=2, invited=(ben_id,)))
        assert (await feeds())[0].count(b"STATUS:CONFIRMED") == 1
        await ann.do(c.ChangeEvent(event=id, version=3, invited=()))
        await ben.do(c.ExportProfile())
        told = [each.thing for each in ben.got if isinstance(each, e.ThingHeld)]
        assert id in [each.get("hidden_event") for each in told]
        server.pass_time(31 * DAY)
        assert id.encode() not in (await feeds())[0]
        await ben.do(c.DeleteProfile())
        assert ben_id not in repr(await server.store.calendar.load())


async def test_people_are_reminded_when_they_chose_and_only_who_comes(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        people = [await at_home(server, name) for name in ("Ann", "Ben", "Cat", "Dan")]
        (ann, _), (ben, _), (cat, _), (dan, _) = people
        for client, minutes in ((ann, 15), (ben, 60), (cat, 0), (dan, 15)):
            await client.do(c.SetReminder(minutes=minutes))
        shown = await plan(ann, wish(server, 2 * 3600 + 59))
        id, at = shown.shown.id, shown.upcoming[0].starts_at
        for client, answer in ((ben, "yes"), (cat, "yes"), (dan, "no")):
            await client.do(c.AnswerEvent(event=id, answer=answer))  # type: ignore[arg-type]
        desk = server.calendar
        desk.remind(at - 3601, at - 3599)
        desk.remind(at - 3599, at - 901)
        desk.remind(at - 901, at - 899)
        desk.remind(at - 899, at)
        reminded: e.EventReminder = await ben.until(e.EventReminder)
        assert reminded.occurrence.event == id
        assert 3598 < reminded.seconds < 3602
        assert (await ann.until(e.EventReminder)).seconds < 901
        for client in (ann, ben, cat, dan):
            await client.do(c.ShowEvent(event=id))
        counts = [sum(isinstance(each, e.EventReminder) for each in who.got) for who, _ in people]
        assert counts == [1, 1, 0, 0]


async def test_a_long_list_comes_in_pages(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, _ = await at_home(server, "Ann")
        daily = Recurrence(every="day", count=7)
        for number in range(10):
            await plan(
                ann, wish(server, 3600.0 * number + 60, title=f"T{number}", recurrence=daily)
            )
        rows: list[ListedOccurrence] = []
        after = ""
        while True:
            page: e.EventsListed = await ann.question(c.ListEvents(after=after), e.EventsListed)
            rows += page.occurrences
            after = page.more
            if not after:
                break
            assert len(page.occurrences) == 50
        assert len(rows) == len({(each.event, each.day) for each in rows}) == 70
        assert [each.starts_at for each in rows] == sorted(each.starts_at for each in rows)
        nonsense: e.EventsListed = await ann.question(c.ListEvents(after="x y"), e.EventsListed)
        assert nonsense.occurrences == ()


async def test_organisers_open_their_room_a_quarter_of_an_hour_before(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        server.hub.admit_hosts("right")
        (ann, ann_id), (_, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        fields = {"room": "talks", "speakers": (ben_id,), "host_token": "right"}
        shown = await plan(ann, wish(server, 7200, **fields))
        at, may_open = shown.upcoming[0].starts_at, server.calendar.may_open
        assert not may_open(ann_id, "talks", at - ROOM_OPENS - 1)
        assert may_open(ann_id, "talks", at - ROOM_OPENS)
        assert may_open(ann_id, "talks", at + 3599)
        assert not may_open(ann_id, "talks", at + 3600)
        assert not may_open(ben_id, "talks", at)
        assert not may_open(ann_id, "other", at)


async def test_who_organises_it_opens_the_room_without_the_host_token(tmp_path: Path) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        server.hub.admit_hosts("right")
        (ann, _), (ben, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        cat, _ = await at_home(server, "Cat")
        soon = {"room": "talks", "host_token": "right", "organisers": (ben_id,)}
        shown = await plan(ann, wish(server, 1800, **soon))
        await plan(cat, wish(server, 120, room="talks", visibility="private"))
        await ben.do(c.AnswerEvent(event=shown.shown.id, answer="yes"))
        opening = c.EnterRoom(room="talks", intent="host")
        assert await refusal(ben, opening) == "hosting_not_allowed", "too early"
        server.pass_time(shown.upcoming[0].starts_at - ROOM_OPENS - server.clock.now())
        assert await refusal(cat, opening) == "hosting_not_allowed", "hers took no token"
        await ben.do(opening)


async def test_without_the_host_token_a_change_opens_no_other_room_and_to_nobody_else(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        server.hub.admit_hosts("right")
        (ann, ann_id), (_, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        shown = await plan(ann, wish(server, room="talks", host_token="right"))
        id, version = shown.shown.id, shown.shown.version
        at, may_open = shown.upcoming[0].starts_at, server.calendar.may_open
        for change, room in (
            ({"title": "Other words"}, "talks"),
            ({"room": "vault"}, ""),
            ({"room": "vault", "minutes": 90, "host_token": "right"}, "vault"),
            ({"organisers": (ann_id, ben_id)}, ""),
            ({"minutes": 60, "host_token": "right"}, "vault"),
            ({"recurrence": Recurrence(every="day")}, ""),
        ):
            asked = c.ChangeEvent(event=id, version=version, **change)
            version = (await ann.question(asked, e.EventShown)).shown.version
            rooms = ["talks", "vault"]
            assert [each for each in rooms if may_open(ann_id, each, at)] == (
                [room] if room else []
            )


async def test_who_organises_for_a_community_opens_its_room(tmp_path: Path) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        server.hub.admit_hosts("right")
        (ann, _), (ben, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        cat, _ = await at_home(server, "Cat")
        founded: e.CommunityShown = await ann.question(
            c.FoundCommunity(name="Readers"), e.CommunityShown
        )
        club = founded.community.id
        room = c.AddCommunityRoom(community=club, room="talks", host_token="right")
        await ann.do(room)
        await ben.do(c.JoinCommunity(community=club))
        soon = {"room": "talks", "organisers": (ben_id,), "host_token": "right"}
        shown = await plan(ann, wish(server, 1800, community=club, **soon))
        await plan(cat, wish(server, 120, room="talks", host_token="right"))
        await ben.do(c.AnswerEvent(event=shown.shown.id, answer="yes"))
        server.pass_time(shown.upcoming[0].starts_at - ROOM_OPENS - server.clock.now())
        opening = c.EnterRoom(room="talks", intent="host")
        assert await refusal(cat, opening) == "room_taken", "hers is not the community's"
        await ann.do(c.BanFromCommunity(community=club, person=ben_id))
        assert await refusal(ben, opening) == "room_taken"
        await ann.do(c.LiftCommunityBan(community=club, person=ben_id))
        await ben.do(opening)


async def test_all_about_somebody_is_told_and_deleted(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (ann, _), (ben, ben_id) = await at_home(server, "Ann"), await at_home(server, "Ben")
        theirs = await plan(ann, wish(server, title="Of Ann"))
        mine = await plan(ben, wish(server, title="Of Ben"))
        await ben.do(c.AnswerEvent(event=theirs.shown.id, answer="yes"))
        await ann.do(c.AnswerEvent(event=mine.shown.id, answer="yes"))
        await ben.do(c.ExportProfile())
        things = [each for each in ben.got if isinstance(each, e.ThingHeld)]
        told = {each.thing["title"] for each in things if each.kind == "calendar_event"}
        assert told == {"Of Ann", "Of Ben"}
        assert {each.thing["remind"] for each in things if each.kind == "calendar"} == {20}
        await ben.do(c.DeleteProfile())
        news: e.EventNews = await ann.until(e.EventNews)
        assert (news.kind, news.occurrence.title) == ("cancelled", "Of Ben")
        after: e.EventShown = await ann.question(c.ShowEvent(event=theirs.shown.id), e.EventShown)
        assert after.upcoming[0].coming == 0
        kept = await server.store.calendar.load()
        assert ben_id not in repr(kept)


async def test_a_file_of_ones_calendar_comes_in_parts(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann, _ = await at_home(server, "Ann")
        for number in range(12):
            await plan(ann, wish(server, title=f"Talk {number}", agenda=("x" * 90,) * 4))
        await ann.do(c.ExportEvents())
        parts = [each for each in ann.got if isinstance(each, e.EventsExported)]
        assert len(parts) > 1
        assert [each.more for each in parts] == [True] * (len(parts) - 1) + [False]
        written = b"".join(base64.b64decode(each.data) for each in parts)
        assert written.count(b"BEGIN:VEVENT") == 12
        assert written.endswith(b"END:VCALENDAR\r\n")


async def test_without_open_hosting_publishing_takes_the_host_token(tmp_path: Path) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        ann, _ = await at_home(server, "Ann")
        assert await refusal(ann, wish(server)) == "may_not_publish"
        assert await refusal(ann, wish(server, host_token="wrong")) == "may_not_publish"
        server.hub.admit_hosts("right")
        await plan(ann, wish(server, host_token="right"))
        await plan(ann, wish(server, visibility="private"))


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

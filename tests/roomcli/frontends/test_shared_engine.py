"""Tests of the one engine of home and all visits: who hears what, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.frontends.model.open_rooms import RoomsNews, Unreached
from roomcli.frontends.shared_engine import SharedEngine, VisitEngine
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import Person

from ...support.fake_engine import ScriptedEngine
from ...support.fake_room import YOU, make_view
from ...support.patience import PATIENCE

ENTER = local.Enter(url="wss://rooms.example:7420/r/standup", name="Robin Keller")
CONNECT = local.ConnectServer(url="wss://rooms.example:7420", name="Robin Keller")
WELCOME = e.Welcome(you=Person("robin", "Robin Keller"), server_time=0.0)
STANDUP, VIENNA = ListedRoom(name="standup"), ListedRoom(name="vienna")
JOINED = e.Joined(room="standup", you=YOU, view=make_view("listener"), server_time=0.0)
LEFT = local.Left(code="left", text="you left", exit_code=0)


def of(said: e.ServerMessage | local.LocalEvent, server: str = CONNECT.url) -> local.ServerNews:
    """Return what a server says to who is at home there."""
    return local.ServerNews(server=server, said=said)


def watching(*, on: bool) -> list[c.Command]:
    """Return the commands that ask for the news of the home server, or for none."""
    asks = c.WatchRooms(on=on), c.WatchHome(on=on)
    return [local.ForServer(server=CONNECT.url, asks=each) for each in asks]


class Engines:
    """Starts scripted engines, and keeps what each was told, first commands included."""

    def __init__(self) -> None:
        self.started: list[ScriptedEngine] = []
        self.shared = SharedEngine(self)

    def __call__(self, opening: c.Command) -> ScriptedEngine:
        """Start an engine."""
        engine = ScriptedEngine()
        engine.send(opening)
        self.started.append(engine)
        return engine

    @property
    def sent(self) -> list[c.Command]:
        """What the newest engine was told."""
        return self.started[-1].sent

    def say(self, *events: local.ChannelEvent) -> None:
        """Say something as the newest engine."""
        self.started[-1].say(*events)


class HeardByVisit:
    """What a visit hears, until its end."""

    def __init__(self, engines: Engines, enter: local.Enter = ENTER) -> None:
        self.engine: VisitEngine = engines.shared.visit(enter)
        self.events: list[local.ChannelEvent] = []
        self.following = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.engine.events():
            self.events.append(event)
            if isinstance(event, local.Left):
                return


def played(scene: Callable[[Engines], Awaitable[None]]) -> Engines:
    """Play a scene, and close the engine."""
    engines = Engines()

    async def run() -> None:
        async with asyncio.timeout(PATIENCE):
            await scene(engines)
            await engines.shared.close()

    asyncio.run(run())
    return engines


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - played() limits it
        await asyncio.sleep(0)


def test_rooms_are_watched_while_they_are_looked_at() -> None:
    async def scene(engines: Engines) -> None:
        rooms = engines.shared.rooms(CONNECT)
        news: list[RoomsNews] = []

        async def look() -> None:
            async for each in rooms:
                news.append(each)  # noqa: PERF401 - seen while they come

        looking = asyncio.create_task(look())
        await until(lambda: len(engines.started) == 1)
        engines.say(of(local.Connection(state="connecting", text="not there", retry_in=1.0)))
        await until(lambda: len(news) == 1)
        assert news[0] == Unreached("not there", 1.0)
        engines.say(of(WELCOME), of(e.RoomsListed(rooms=(STANDUP,), more=True)))
        engines.say(of(e.RoomsListed(rooms=(VIENNA,))))
        await until(lambda: len(news) == 2)
        engines.say(of(e.HomeShown(total_rooms=2)))
        await until(lambda: len(news) == 3)
        assert news.pop() == e.HomeShown(total_rooms=2)
        engines.say(of(e.RoomsListed(gone=("standup",))))
        await until(lambda: len(news) == 3)
        # Connected again: what closed meanwhile is not told.
        engines.say(of(WELCOME), of(e.RoomsListed(rooms=(STANDUP,))))
        await until(lambda: len(news) == 4)
        engines.say(of(e.RoomsListed(gone=("standup",)), "wss://other.example:7420"))
        engines.say(of(e.Refused(command="connect_server", code="banned", text="you are banned")))
        await until(lambda: len(news) == 5)
        assert isinstance(news[4], CommandRefused)
        told = [[room.name for room in each] for each in news if isinstance(each, tuple)]
        assert told == [["standup", "vienna"], ["vienna"], ["standup"]]
        assert engines.sent == [CONNECT, *watching(on=True)]
        looking.cancel()
        await asyncio.wait([looking])
        await rooms.aclose()
        assert engines.sent[3:] == [], "it is no home any more"

    played(scene)


def test_a_lost_connection_is_told_to_the_visit_and_to_home() -> None:
    async def scene(engines: Engines) -> None:
        visit = HeardByVisit(engines)
        rooms = engines.shared.rooms(CONNECT)
        news = asyncio.ensure_future(anext(rooms))
        await until(lambda: engines.started)
        await until(lambda: watching(on=True)[0] in engines.sent)
        lost = local.Connection(state="reconnecting", text="nobody listens", retry_in=1.0)
        engines.say(JOINED, local.Connection(state="connected", rtt_ms=1.0), lost, of(lost))
        assert await news == Unreached("nobody listens", 1.0)
        await until(lambda: lost in visit.events)
        await rooms.aclose()
        engines.say(LEFT)
        await visit.following

    played(scene)


@pytest.mark.parametrize(
    ("end", "code", "exit_code"),
    [
        (e.RoomLeft(reason="left", text="you left"), "left", 0),
        (e.RoomLeft(reason="ended", text="it ended"), "ended", 0),
        (e.RoomLeft(reason="removed", text="Ann removed you"), "removed", 4),
        (e.RoomLeft(reason="banned", text="Ann banned you"), "banned", 4),
        (e.Refused(command="enter", code="locked", text="it is locked"), "locked", 4),
        (e.Refused(command="enter", code="connection_failed", text="x"), "connection_failed", 3),
    ],
)
def test_a_visit_ends_and_the_engine_goes_on(
    end: e.RoomLeft | e.Refused, code: str, exit_code: int
) -> None:
    async def scene(engines: Engines) -> None:
        await be_home(engines)
        visit = HeardByVisit(engines)
        await until(lambda: ENTER in engines.sent)
        if isinstance(end, e.RoomLeft):
            engines.say(e.RoomLeft(reason="left", text="of a room before"), JOINED)
            await until(lambda: visit.events)
        level = local.Levels(microphone=-20)
        engines.say(level)
        visit.engine.send(c.RaiseHand())
        visit.engine.send(c.Leave())
        engines.say(end)
        await visit.following
        assert visit.events[-2:] == [
            level,
            local.Left(code=code, text=end.text, exit_code=exit_code),
        ]
        visit.engine.send(c.LowerHand())
        await visit.engine.close()
        told = [each for each in engines.sent if not isinstance(each, local.ForServer)]
        assert told == [CONNECT, ENTER, c.RaiseHand(), c.LeaveRoom()], "and nothing after its end"
        other = replace(ENTER, url="wss://rooms.example:7420/r/vienna")
        following = HeardByVisit(engines, other)
        await until(lambda: other in engines.sent)
        engines.say(LEFT)
        await following.following
        assert following.events == [LEFT]
        assert len(engines.started) == 1

    played(scene)


async def be_home(engines: Engines) -> None:
    """Be at home until the rooms are known."""
    rooms = engines.shared.rooms(CONNECT)
    asked = asyncio.ensure_future(anext(rooms))
    await until(lambda: engines.started)
    engines.say(of(WELCOME), of(e.RoomsListed()))
    await asked
    await rooms.aclose()
    assert engines.sent[-2:] == watching(on=False)


def test_without_a_home_the_engine_ends_with_its_room_and_another_begins() -> None:
    async def scene(engines: Engines) -> None:
        for number in (1, 2):
            visit = HeardByVisit(engines)
            await until(lambda number=number: len(engines.started) == number)  # type: ignore[misc]
            visit.engine.send(c.Leave())
            assert engines.sent == [ENTER, c.Leave()]
            engines.say(LEFT)
            await visit.following
            assert visit.events == [LEFT]

    played(scene)


def test_a_visit_that_is_closed_leaves_the_room() -> None:
    async def scene(engines: Engines) -> None:
        visit = HeardByVisit(engines)
        await until(lambda: engines.started)
        await visit.engine.close()
        await visit.following
        assert engines.sent == [ENTER, c.Leave()]

    engines = played(scene)
    assert engines.started[0].closed


def test_news_for_the_person_is_heard_at_home_and_in_a_room_by_the_visit() -> None:
    at_home: list[tuple[e.DeskMessage | local.Problem, str]] = []
    news = e.CalendarShown(remind=5)
    warning = local.Problem(code="unproven_server", text="nothing proves that it is")

    async def scene(engines: Engines) -> None:
        engines.shared.hear_at_home = lambda news, server: at_home.append((news, server))
        rooms = engines.shared.rooms(CONNECT)
        first = asyncio.create_task(anext(rooms))
        await asyncio.sleep(0)
        engines.say(of(WELCOME), of(news), of(warning), of(e.RoomsListed()))
        await asyncio.wait_for(first, PATIENCE)
        assert at_home == [(news, CONNECT.url), (warning, CONNECT.url)]
        visit = HeardByVisit(engines)
        await asyncio.sleep(0)
        engines.say(JOINED, news, of(news, "wss://other.example:7420"), LEFT)
        await asyncio.wait_for(visit.following, PATIENCE)
        assert visit.events.count(news) == 1
        assert at_home[2:] == [(news, "wss://other.example:7420")], "of another server than here"

    played(scene)

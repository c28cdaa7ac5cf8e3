"""Tests of home: rooms as a server tells them, found by typing, entered by Enter or click."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from roomcli.errors import CommandRefused, UsageError
from roomcli.frontends.model.open_rooms import HomeServer, OpenRoom, RoomsNews, Unreached
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens.person import PersonScreen
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.calendar import ListedOccurrence
from roomcli.protocol.community import CommunityCard
from roomcli.protocol.finding import HomeRoom
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import Person
from roomcli.protocol.profile import PUBLIC, Profile
from roomcli.protocol.sound import SoundSettings

from .....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    Rooms,
    ScreenSeat,
    ScriptedDesk,
    ScriptedEngines,
    app_seat,
    told,
)

KEPT = ("the last minute of voice, for reports", "chat while the room is open")
ROOMS = (
    OpenRoom("standup", "Trains, and how they stop", "Ann Lindqvist", 6, 240, (), KEPT),
    OpenRoom("vienna", "Ask anything", "Cho Min-seo", 1, 12),
    OpenRoom("compilers", "", "Ben Okafor", 2, 3, ("wants a password", "locked")),
)


OTHER = HomeServer(
    "wss://other.example:443",
    "wss://other.example:443",
    lambda room: f"wss://other.example:443/r/{room}",
)
NOON = 1_790_000_000.0
ANN, BEN = Person("a" * 16, "Ann Lindqvist", "Trains"), Person("b" * 16, "Ben Okafor", "Maps")


def planned(title: str, hours: float, **more: Any) -> ListedOccurrence:
    """Return one time of an event, so many hours from the time when snapshots are taken."""
    begins = more.pop("now", NOON) + hours * 3600
    return ListedOccurrence(
        event=title.encode().hex()[:16],
        title=title,
        starts_at=begins,
        ends_at=begins + 5400,
        zone="Europe/Paris",
        coming=3,
        **more,
    )


def evening(now: float = NOON) -> e.HomeShown:
    """Return a home with somebody whom one follows on stage, and something planned."""
    vienna = ListedRoom(name="vienna", topic="Ask anything", host="Cho Min-seo", stage=1)
    return e.HomeShown(
        rooms=(HomeRoom(room=vienna, followed=(ANN.id,), community="bees"),),
        total_rooms=3,
        occurrences=(
            planned("Rust talks", 1, room="rust", capacity=40, answer="yes", now=now),
            planned("Bee evening", 50, community="bees", now=now),
        ),
        communities=(
            CommunityCard(
                id="bees", name="Bee Folk", summary="All about bees", members=12, you="member"
            ),
        ),
        total_communities=1,
        discoverable=(CommunityCard(id="rail", name="Rail Friends", members=80),),
        total_discoverable=7,
        following=(BEN.id, ANN.id),
        total_following=2,
        people={ANN.id: ANN, BEN.id: BEN},
        community_names={"bees": "Bee Folk"},
    )


@asynccontextmanager
async def visitor(
    rooms: Rooms,
    size: tuple[int, int] = (80, 24),
    servers: tuple[HomeServer, ...] = (SERVER,),
    *,
    kept: KeptServers | None = None,
    desk: ScriptedDesk | None = None,
) -> AsyncIterator[tuple[ScreenSeat[RoomcliApp], ScriptedEngines]]:
    """Run the app from home on."""
    engines = ScriptedEngines()
    app = RoomcliApp(
        replace(ENTER, url=""),
        engines,
        servers,
        rooms,
        kept=kept,
        leave_home=kept.left.append if kept is not None else str,
        ask=desk or ScriptedDesk(),
    )
    async with app_seat(app, engines, size) as you:
        yield you, engines


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_what_is_kept_is_told_to_its_end_before_one_goes_in(size: tuple[int, int]) -> None:
    kept = ("the last minute of voice, in memory", "the chat", "what moderators do, in a log")
    room = OpenRoom("standup", ROOMS[0].topic, keeps=kept)

    async def scenario() -> None:
        async with visitor(told((room,)), size) as (you, _):
            await you.sees("1 open room")
            await you.sees("in a log")
            await you.sees("standup")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("keys", "room"),
    [
        (("enter",), "standup"),
        (("down", "enter"), "vienna"),
        ((*"ben", "enter"), "compilers"),
        ((*"trains stop", "enter"), "standup"),
        ((*"nobody", "escape", "down", "down", "enter"), "compilers"),
        ((*"g", "escape", "enter"), "vienna"),
    ],
)
def test_keys_lead_in(keys: tuple[str, ...], room: str) -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses(*keys)
            await you.until(lambda: engines.entered, "still at home")
            (entered,) = engines.entered
            url = f"wss://rooms.example:7420/r/{room}"
            assert entered == replace(ENTER, url=url, levels=True, sound=SoundSettings())

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+q", "ctrl+c"])
def test_keys_lead_out(key: str) -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses(key)
            await you.until(lambda: not you.app.is_running, "still at home")
            assert you.app.return_value == Outcome(0)
            assert engines.openings == []

    asyncio.run(scenario())


def test_a_click_goes_in_and_a_q_in_a_word_is_a_letter() -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses(*"aq?")
            await you.sees("Nothing fits “aq?”")
            assert you.app.screen.query_one(Input).value == "aq?"
            await you.presses("escape")
            await you.sees("vienna")
            await you.pilot.click(offset=you.place("vienna"))
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url.endswith("/r/vienna")

    asyncio.run(scenario())


def test_rooms_come_and_go_while_one_looks() -> None:
    news: asyncio.Queue[RoomsNews] = asyncio.Queue()

    async def follow(_: local.ConnectServer) -> AsyncGenerator[RoomsNews, None]:
        while True:
            yield await news.get()

    async def scenario() -> None:
        async with visitor(follow) as (you, engines):
            await you.sees("asking")
            news.put_nowait(())
            await you.sees("roomcli host NAME")
            news.put_nowait(Unreached("nothing listens there", 3.0))
            await you.sees("Cannot be reached: nothing listens there; tried again in")
            await you.sees("trying again")
            news.put_nowait(CommandRefused("banned", "you are banned here"))
            await you.sees("Does not let you in: you are banned here")
            await you.misses("trying again")
            news.put_nowait(ROOMS)
            await you.sees("Ann Lindqvist")
            await you.misses("Does not let you in")
            await you.presses("down")
            news.put_nowait((ROOMS[2], ROOMS[1]))
            await you.misses("standup")
            await you.sees("Ask anything")
            await you.presses("enter")
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url.endswith("/r/vienna"), "whichever is picked stays so"

    asyncio.run(scenario())


def test_without_a_server_it_says_how_to_begin() -> None:
    async def scenario() -> None:
        async with visitor(NO_ROOMS, servers=()) as (you, engines):
            for text in ("none runs on this machine", "roomcli host standup", "roomcli doctor"):
                await you.sees(text)
            await you.presses("enter", "question_mark")
            await you.sees("raise or lower your hand")
            await you.presses("escape", "q")
            await you.until(lambda: not you.app.is_running)
            assert engines.openings == []

    asyncio.run(scenario())


def test_the_palette_enters_rooms_and_help_lies_over_home() -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS)) as (you, engines):
            await you.sees("3 open rooms")
            await you.presses("f1")
            await you.sees("raise or lower your hand")
            await you.presses("escape")
            await you.misses("raise or lower your hand")
            await you.presses("ctrl+p")
            await you.types("enter vie")
            await you.sees("Enter vienna")
            await you.misses("Enter standup")
            await you.presses("enter")
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url.endswith("/r/vienna")

    asyncio.run(scenario())


def test_whom_a_room_lets_in_is_read_before_one_enters() -> None:
    async def scenario() -> None:
        asks = ("for people with mail or sign-on at acme.example", "others knock")
        room = OpenRoom("standup", "Trains", "Ann", 6, 240, ("locked", *asks), KEPT, asks)
        async with visitor(told((room,)), (120, 40)) as (you, _):
            await you.sees("locked · not for all")
            await you.sees("For people with mail or sign-on at acme.example; others knock")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_all_that_goes_on_is_in_sections_and_a_key_leads_to_the_next(
    size: tuple[int, int],
) -> None:
    async def scenario() -> None:
        async with visitor(told(ROOMS, evening(time.time())), size) as (you, engines):
            await you.sees("with Ann Lindqvist")
            await you.sees("Rust talks")
            vienna, standup = you.place("vienna")[1], you.place("standup")[1]
            assert vienna < standup, "who is followed comes first"
            if size[0] > 100:
                for text in ("Bee evening", "Bee Folk", "Rail Friends", "Ben Okafor"):
                    await you.sees(text)
                assert you.place("Rust talks")[0] > 60, "what is planned stands beside who is there"
            await you.presses("tab")
            picked = "Trains" if size[0] > 100 else "3 of 40 come · you come"
            await you.until(lambda: picked in map(str.strip, you.lines))
            await you.presses("shift+tab", "enter")
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url.endswith("/r/vienna")

    asyncio.run(scenario())


class SearchingServer(ScriptedDesk):
    """A server that finds somebody and an event by any word."""

    async def __call__(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Answer a search, and what is asked about what it found."""
        match command:
            case c.Search(text=text):
                self.asked.append(command)
                found = (planned("Zebra talk", 300, now=time.time()),)
                zoe = Person("c" * 16, "Zoe Waits", "Bridges")
                return [
                    e.SearchResults(of="everything", text=text, people=(zoe,), occurrences=found)
                ]
            case c.Follow() | c.Unfollow():
                self.asked.append(command)
                return []
        return await super().__call__(command)


def test_what_is_typed_is_looked_for_on_the_server_and_somebody_found_is_followed() -> None:
    async def scenario() -> None:
        zoe = Profile(name="Zoe Waits", company="Bridges Ltd")
        desk = SearchingServer(None, **{"c" * 16: zoe})
        async with visitor(told(ROOMS, evening(time.time())), desk=desk) as (you, _):
            await you.sees("vienna")
            await you.presses(*"ze")
            await you.misses("standup")
            await you.sees("Zebra talk")
            await you.sees("Zoe Waits")
            assert desk.asked[-1] == c.Search(text="ze"), "asked once the user stops typing"
            await you.presses("tab", "enter")
            await you.sees("Bridges Ltd")
            await you.presses("f")
            await you.until(lambda: c.Follow(person="c" * 16) in desk.asked)
            await you.presses("escape", "escape")
            await you.sees("standup")

    asyncio.run(scenario())


def test_the_page_of_somebody_tells_their_web_page_and_blocks_them_at_the_second_press() -> None:
    async def scenario() -> None:
        zoe = Person("c" * 16, "Zoe Waits")
        desk = ScriptedDesk(None, **{zoe.id: Profile(name=zoe.name, page=PUBLIC)})
        async with visitor(told(ROOMS), desk=desk) as (you, _):
            await you.sees("standup")
            you.app.push_screen(PersonScreen(zoe))
            await you.sees(f"Web page: https://rooms.example:7420/p/{zoe.id}")
            await you.presses("b")
            await you.sees("press b once more")
            assert c.Block(person=zoe.id) not in desk.asked
            await you.presses("b")
            await you.until(lambda: c.Block(person=zoe.id) in desk.asked)

    asyncio.run(scenario())


class KeptServers:
    """Keeps what servers are added and forgotten."""

    def __init__(self) -> None:
        self.added: list[str] = []
        self.left: list[str] = []
        self.forgotten: list[str] = []

    def add(self, url: str) -> HomeServer:
        """Keep a server."""
        if url == "nonsense!":
            raise UsageError("that is no address")
        self.added.append(url)
        return HomeServer(url, url, lambda room: f"{url}/r/{room}")

    def forget(self, server: HomeServer) -> None:
        """Keep one no longer."""
        self.forgotten.append(server.name)


class ServersNews:
    """Several servers, each with news of its own; ``asked`` is which were followed, in order."""

    def __init__(self, **news: RoomsNews) -> None:
        self.asked: list[str] = []
        self.say: dict[str, asyncio.Queue[RoomsNews]] = {}
        self._first = news

    async def follow(self, server: local.ConnectServer) -> AsyncGenerator[RoomsNews, None]:
        """Yield the news of a server."""
        self.asked.append(server.url)
        say = self.say.setdefault(server.url, asyncio.Queue())
        host = server.url.split("/")[2].split(".")[0]
        if host in self._first:
            say.put_nowait(self._first[host])
        while True:
            yield await say.get()


BOTH = (SERVER, OTHER)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_several_servers_are_live_side_by_side_and_each_is_entered_where_it_is(
    size: tuple[int, int],
) -> None:
    async def scenario() -> None:
        servers = ServersNews(rooms=ROOMS[:1], other=ROOMS[1:2])
        async with visitor(servers.follow, size, BOTH) as (you, engines):
            await you.sees("2 servers")
            await you.sees("standup")
            await you.sees("vienna")
            assert servers.asked == [SERVER.url, OTHER.url]
            first, second = you.place("wss://rooms.example"), you.place("wss://other.example")
            assert (first[1] == second[1]) == (size[0] > 100), "on a wide screen beside each other"
            servers.say[OTHER.url].put_nowait((*ROOMS[1:2], OpenRoom("pond", "Frogs")))
            await you.sees("pond")
            await you.pilot.click(offset=you.place("vienna"))
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url == "wss://other.example:443/r/vienna"

    asyncio.run(scenario())


def test_one_that_hangs_or_is_down_harms_no_other_and_says_so() -> None:
    async def scenario() -> None:
        servers = ServersNews(rooms=ROOMS[:1])
        async with visitor(servers.follow, (120, 30), BOTH) as (you, engines):
            await you.sees("standup")
            await you.sees("connecting")
            servers.say[OTHER.url].put_nowait(Unreached("nothing listens there", 30.0))
            await you.sees("cannot be reached")
            servers.say[OTHER.url].put_nowait(ROOMS[1:2])
            await you.sees("vienna")
            await you.misses("cannot be reached")
            await you.presses("enter")
            await you.until(lambda: engines.entered)
            assert engines.entered[0].url == "wss://rooms.example:7420/r/standup"

    asyncio.run(scenario())


class TwoDesks(ScriptedDesk):
    """Says which server was asked what, and finds somebody on one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[tuple[str, str]] = []

    async def __call__(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Note where a command went."""
        self.at.append((str(command.__struct_config__.tag), server))
        if isinstance(command, c.Search):
            zoe = Person("c" * 16, "Zoe Waits", "Bridges")
            people = (zoe,) if server == OTHER.name else ()
            return [e.SearchResults(of="everything", text=command.text, people=people)]
        return await super().__call__(command)


def test_a_search_asks_all_and_pages_are_of_the_server_that_is_picked() -> None:
    async def scenario() -> None:
        desk, servers = TwoDesks(), ServersNews(rooms=ROOMS[:1], other=ROOMS[1:2])
        async with visitor(servers.follow, (80, 24), BOTH, desk=desk) as (you, _):
            await you.sees("vienna")
            await you.presses("P")
            await you.until(lambda: ("show_profile", SERVER.name) in desk.at)
            await you.presses("escape", "N", "P")
            await you.until(lambda: ("show_profile", OTHER.name) in desk.at)
            await you.presses("escape")
            await you.presses(*"zoe")
            await you.sees("Zoe Waits")
            assert {("search", SERVER.name), ("search", OTHER.name)} <= set(desk.at)
            assert you.shows("wss://other.example"), "whose it is"
            assert not you.shows("wss://rooms.example")

    asyncio.run(scenario())


@pytest.mark.parametrize("way", ["keys", "typed", "palette"])
def test_a_server_is_added_and_forgotten(way: str) -> None:
    async def scenario() -> None:
        kept = KeptServers()
        servers = ServersNews(rooms=ROOMS[:1], other=ROOMS[1:2])
        async with visitor(servers.follow, (80, 24), kept=kept) as (you, _):
            await you.sees("standup")
            if way == "typed":
                await you.types("/add_server nonsense!")
                await you.presses("enter")
                await you.sees("That is no address")
                await you.types(f"/add_server {OTHER.name}")
            else:
                opens = ("A",) if way == "keys" else ("ctrl+p", *"add a serv", "enter")
                await you.presses(*opens)
                await you.sees("Home shows it beside the others")
                await you.types(OTHER.name)
            await you.presses("enter")
            await you.sees("vienna")
            assert kept.added == [OTHER.name]
            match way:
                case "keys":
                    await you.presses("N", "F")
                case "typed":
                    await you.types("/forget_server other.example:443")
                    await you.presses("enter")
                case _:
                    await you.presses("ctrl+p", *"forget wss://other", "enter")
            await you.misses("vienna")
            assert kept.forgotten == kept.left == [OTHER.name]
            await you.sees("standup")

    asyncio.run(scenario())

"""Tests of every screen as text against snapshots that somebody has looked at.

After a wanted change: ``ROOMCLI_SNAPSHOTS=write pytest`` with the path of this file, and look at
the difference.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from roomcli.frontends.model import level_history
from roomcli.frontends.model.open_rooms import Unreached
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens.communities import CommunityScreen
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Knocker, Person, Role
from roomcli.protocol.settings import RoomSettings

from ....support.fake_cast import ANN, ME
from ....support.fake_room import YOU, FakeRoom, make_view
from ....support.seats import invited_to_stage
from ....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    AnyApp,
    ScreenSeat,
    ScriptedDesk,
    ScriptedEngines,
    app_seat,
    seat,
    told,
)
from .screens.test_communities import BEES, BeeServer
from .screens.test_events import MONTHLY, TALKS, CalendarServer
from .screens.test_home import OTHER, ROOMS, ServersNews, evening, visitor
from .screens.test_profile import FAY, ROBIN

SNAPSHOTS = Path(__file__).parent / "snapshots"
NOON = 1_790_000_000.0
TINY, SMALL, MIDDLE, BROAD = (40, 12), (80, 24), (120, 40), (300, 80)


@pytest.fixture(autouse=True)
def _at_one_moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop the clock and the waves, and set the same time zone everywhere."""
    monkeypatch.setattr(level_history, "_step", lambda now: 0)
    monkeypatch.setattr(time, "time", lambda: NOON)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lively(role: Role) -> FakeRoom:
    """Return a room with a topic, a fair queue, and turns of two minutes."""
    view = make_view(role)
    settings = RoomSettings(topic="Trains, and how they stop", order="fair", floor_seconds=120)
    turns = {"ann1": NOON + 75, "ben1": NOON + 12}
    stage = {id: replace(each, turn_ends_at=turns.get(id)) for id, each in view.stage.items()}
    room = FakeRoom(replace(view, settings=settings, stage=stage), invite="sesame")
    return room


async def looks_right(you: ScreenSeat[AnyApp], name: str) -> None:
    """Compare the screen with its snapshot, or store it if that is asked for."""
    you.app.clear_notifications()
    width, height = you.app.size
    path = SNAPSHOTS / f"{name}-{width}x{height}.txt"
    if os.environ.get("ROOMCLI_SNAPSHOTS") == "write":
        shown = ""
        while shown != (shown := as_text(you)):  # a busy machine draws late
            await you.pilot.pause(0.5)
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    stored = path.read_text("utf-8")
    await you.until(
        lambda: as_text(you) == stored, f"{path.name} looks different, it was\n{stored}"
    )


def as_text(you: ScreenSeat[AnyApp]) -> str:
    """Return the screen as text, without the spaces at the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in you.lines)


HOST_PAGES = (
    ("reading", ("c", "up"), ("escape",)),
    ("writing", ("t", *"hello"), ("escape",)),
    ("slash", ("slash", *"ban "), ("escape",)),
    ("speaker-picked", ("right", "right"), ()),
    ("card", ("enter",), ("escape",)),
    ("report", ("r",), ("escape",)),
    ("remove", ("x",), ("escape",)),
    ("hand-picked", ("down", "down", "down"), ()),
    ("card-of-a-hand", ("enter",), ("escape", "escape")),
    ("settings", ("S",), ("escape",)),
    ("sound", ("v",), ("escape",)),
    ("devices", ("I",), ("escape",)),
    ("invite", ("L",), ()),
    ("new-invite", ("n",), ("enter",)),
    ("invites", (), ("escape",)),
    ("people", ("p",), ("tab",)),
    ("left-lately", (), ("escape",)),
    ("emoji", ("e",), ("escape",)),
    ("quality", ("w",), ("escape",)),
    ("help", ("question_mark",), ("escape",)),
    ("leaving", ("q",), ("escape",)),
    ("lower-all", ("D",), ("escape",)),
)
"""Name of a page, the keys that lead to it, and the keys that lead on from it."""


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_the_pages_of_a_host(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with seat("host", size, room=lively("host")) as you:
            await you.sees("Trains")
            for name, there, on in HOST_PAGES:
                await you.presses(*there)
                await looks_right(you, name)
                await you.presses(*on)
            you.room.pick("ben1")
            await you.presses("B")
            await looks_right(you, "ban")
            await you.confirms()
            await you.presses("M")
            await you.sees("banned Ben Okafor")
            await looks_right(you, "log")
            await you.presses("escape", "p", "tab", "tab")
            await you.sees("lets in again")
            await looks_right(you, "kept-out")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [TINY, SMALL, MIDDLE, BROAD])
def test_the_room(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with seat("speaker", size, room=lively("speaker")) as you:
            await you.presses("space")
            you.engine.say(local.Levels(microphone=-90, speakers={"ann1": -22}))
            await you.until(lambda: you.shows("● speaking") or you.shows("● Ann"))
            await looks_right(you, "room")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_everything_that_asks_for_attention(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with seat("speaker", size) as you:
            you.engine.say(
                e.SpeakerDropped(id="ann1", kept_until=NOON + 24),
                e.TurnSet(id=YOU, ends_at=NOON + 14),
                e.TurnEnding(id=YOU, ends_at=NOON + 14),
                e.AskedToUnmute(by="ANN1"),
                e.HostAbsent(closes_at=NOON + 55),
                local.Problem(code="silent_microphone", text="Nothing is coming in"),
            )
            await you.sees("Nothing is coming from your microphone")
            await looks_right(you, "attention")
            you.engine.say(
                local.Connection(state="reconnecting", text="the network is gone", retry_in=2.0)
            )
            await you.sees("you come back muted")
            await looks_right(you, "reconnecting")
        async with seat("listener", size, room=lively("listener")) as you:
            await looks_right(you, "listener")
            await you.presses("h")
            you.engine.say(invited_to_stage(ME, ANN))
            await you.sees("invites you on stage")
            await looks_right(you, "invited")
            await you.presses("S")
            await looks_right(you, "settings-to-read")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [TINY, SMALL, MIDDLE])
def test_the_door(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        people = (Person("ZOE", "Zoe Waits", "Bridges"), Person("DORA", "Dora Knocker"))
        async with seat("host", size, room=lively("host")) as you:
            you.engine.say(e.Knocked(knockers={each.id: Knocker(each, NOON) for each in people}))
            await you.sees("Zoe Waits")
            await looks_right(you, "knocking")
            await you.presses("k")
            await you.sees("waits since")
            await looks_right(you, "door")
        engines = ScriptedEngines()
        async with app_seat(RoomcliApp(ENTER, engines, (SERVER,), NO_ROOMS), engines, size) as you:
            text = "you wait at the door of standup until a host answers"
            you.engine.say(local.Connection(state="knocking", text=text))
            await you.sees("stop waiting")
            await looks_right(you, "at-the-door")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_home_at_two_servers(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        servers = ServersNews(other=ROOMS[1:])
        async with visitor(servers.follow, size, (SERVER, OTHER)) as (you, _):
            await you.sees("vienna")
            for news in (ROOMS, evening()):
                servers.say[SERVER.url].put_nowait(news)
            await you.sees("with Ann Lindqvist")
            await looks_right(you, "home-two-servers")
            servers.say[OTHER.url].put_nowait(Unreached("other.example:443: nothing listens there"))
            await you.presses("N")
            await you.sees("tried again now")
            await looks_right(you, "home-one-server-down")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_home(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        for name, news in (("home", (ROOMS, evening())), ("home-empty", ((),))):
            async with visitor(told(*news), size) as (you, _):
                await you.sees("open room")
                await looks_right(you, name)
        async with visitor(NO_ROOMS, size, servers=()) as (you, _):
            await you.sees("roomcli demo")
            await looks_right(you, "home-without-server")
        async with seat("speaker", size, rooms=told(ROOMS)) as you:
            await you.presses("space", "g")
            await you.sees("● ON AIR")
            await you.sees("vienna")
            await looks_right(you, "home-on-air")
            await you.presses("down", "enter")
            await you.sees("leave it?")
            await looks_right(you, "home-leave-it")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_profiles(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        desk = ScriptedDesk(ROBIN, FAY1=FAY)
        async with seat("listener", size, room=lively("listener"), desk=desk) as you:
            await you.presses("P")
            await you.sees("Skagen")
            await looks_right(you, "profile")
            await you.presses("escape")
            you.room.pick("fay1")
            await you.presses("enter")
            await you.sees("she/her")
            await looks_right(you, "card-with-profile")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_a_community(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        desk, engines = BeeServer(), ScriptedEngines()
        desk.bees = replace(BEES, you="owner", agreed=1, applications=2, rooms=("hive",), members=2)
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines, size) as you:
            await you.sees("type to find a room")
            app.push_screen(CommunityScreen(BEES.id))
            await you.sees("you own it")
            await looks_right(you, "community")
            for name, keys, sign in (
                ("community-members", ("m", "down"), "Ben"),
                ("community-ban", ("b",), "For how long?"),
                ("community-apply", ("escape", "tab"), "Cid"),
                ("community-decline", ("d",), "Decline Cid?"),
                ("community-log", ("escape", "escape", "o"), "follows from"),
                ("community-change", ("escape", "e"), "Change Bee Folk"),
                ("community-invite", ("escape", "i", *"fa"), "Fay Nakamura"),
                ("community-rooms", ("escape", "r"), "Swarms"),
                ("community-close", ("escape", "x"), "Close Bee Folk?"),
            ):
                await you.presses(*keys)
                await you.sees(sign)
                await looks_right(you, name)

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
def test_events(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        event = replace(TALKS, may_change=True, recurrence=MONTHLY)
        desk, engines = CalendarServer(event), ScriptedEngines()
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines, size) as you:
            await you.sees("type to find a room")
            for name, keys, sign in (
                ("events", ("E",), "Rust [talks]"),
                ("event", ("enter",), "every first Tuesday"),
                ("event-change", ("e",), "changes it"),
                ("event-cancel", ("escape", "x"), "cancels it"),
                ("event-plan", ("escape", "escape", "n"), "plans it"),
                ("own-calendar", ("escape", "f"), "45 min before"),
            ):
                await you.presses(*keys)
                await you.sees(sign)
                await looks_right(you, name)

    asyncio.run(scenario())

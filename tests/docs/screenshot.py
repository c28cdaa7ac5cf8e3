"""Draw the pictures for the README and the docs: ``python -m tests.docs.screenshot [NAME]``.

They are ``docs/room.svg``, ``docs/home.svg`` and ``docs/event.svg``; a name draws one alone.
"""

from __future__ import annotations

import asyncio
import math
import re
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens.event import EventScreen
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.settings import RoomSettings

from .. import ROOT
from ..roomcli.frontends.tui.screens.test_events import MONTHLY, TALKS, CalendarServer
from ..roomcli.frontends.tui.screens.test_home import OTHER, ROOMS, ServersNews, evening
from ..support.fake_engine import ScriptedEngine
from ..support.fake_room import YOU, FakeRoom, make_view
from ..support.seats import chat_message, hand_raised, someone
from ..support.tui_seat import ENTER, NO_ROOMS, SERVER, ScriptedEngines, app_seat, told

FOLDER = ROOT / "docs"
SIZE = (120, 36)
SPOKEN = 8.0
"""Seconds of speech before the picture, for the waves."""
RISING = 1.6
"""Seconds after which the reactions have risen far enough to be seen."""
SAID = (
    ("ben1", "Ben Okafor", "Slides: https://rooms.example/slides"),
    ("cho1", "Cho Min-seo", "Is the graph on page 4 in decibels?"),
    ("ben1", "Ben Okafor", "@Robin Keller would you take that one?"),
)
ON_STAGE = ("ann1", "ben1", "cho1", YOU)
FONTS = "'DejaVu Sans Mono', Menlo, Consolas, monospace"


async def picture() -> str:
    """Draw a room as SVG: a stage, somebody speaking, hands, chat, reactions, and you on air."""
    view = make_view("host", audience=64)
    stage = {id: view.stage[id] for id in ON_STAGE}
    settings = RoomSettings(topic="Trains, and how they stop", order="fair", floor_seconds=180)
    room = FakeRoom(msgspec.structs.replace(view, stage=stage, settings=settings))
    now = time.time()
    room.chat = []
    chat = [
        chat_message(someone(id, name), number, text, now + number)
        for number, (id, name, text) in enumerate(SAID, 1)
    ]
    engine = ScriptedEngine(room)
    app = RoomcliApp(ENTER, lambda _: engine, (SERVER,), NO_ROOMS)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        engine.say(
            hand_raised(someone("ole1", "Ole Haas", "Draws maps"), at=time.time() - 4),
            e.StageJoined(speaker=msgspec.structs.replace(stage["cho1"], muted=False)),
            e.TurnSet(id="ann1", ends_at=now + 74),
            *(e.ChatPosted(message=message) for message in chat),
            e.Pulse(audience=64, reactions={"👏": 12, "❤️": 3}),
            local.Levels(microphone=-34, speakers={"ann1": -22, "ben1": -80, "cho1": -80}),
        )
        assert app.client is not None
        model = app.client.model
        while not model.microphone_open or "ann1" not in model.levels:
            await pilot.pause()
        heard = time.monotonic() - SPOKEN
        for step in range(int(SPOKEN * 8)):
            model.receive(_spoken(step), heard + step / 8, now)
        # What is said at once about oneself is on the screen's corner only for a moment.
        app.clear_notifications()
        await pilot.pause(RISING)
        engine.say(local.Levels(microphone=-34, speakers={"ann1": -22, "ben1": -80, "cho1": -80}))
        await pilot.pause(0.1)
        return portable(app.export_screenshot(title="roomcli host standup"))


def _spoken(step: int) -> local.Levels:
    """Return levels as of Ann's speech, after a word of one's own."""
    level = -int(30 + 12 * math.sin(step / 3) + 8 * math.sin(step / 1.3))
    ann = level if step > 28 and step % 23 > 4 else -80
    return local.Levels(microphone=level if step < 22 else -80, speakers={"ann1": ann})


def portable(svg: str) -> str:
    """Remove web fonts and keep all spaces, so that every program draws the same picture."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: (?!arial)[^;]+;", f"font-family: {FONTS};", svg)
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


async def home_picture() -> str:
    """Draw home at two servers as SVG: live rooms, what is planned, communities, people."""
    engines = ScriptedEngines()
    servers = ServersNews(rooms=ROOMS, other=ROOMS[:0:-1])
    app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER, OTHER), servers.follow)
    async with app_seat(app, engines, SIZE) as you:
        await you.sees("2 servers")
        servers.say[SERVER.url].put_nowait(evening(time.time()))
        await you.sees("with Ann Lindqvist")
        await you.sees("compilers")
        return portable(app.export_screenshot(title="roomcli"))


async def event_picture() -> str:
    """Draw the page of an event as SVG, over home."""
    agenda = ("18:30 Welcome", "18:40 Borrowing, from scratch", "19:20 Questions")
    talks = replace(TALKS, title="Rust talks", agenda=agenda, capacity=40, recurrence=MONTHLY)
    start = datetime.fromisoformat(talks.start).replace(tzinfo=ZoneInfo(talks.zone)).timestamp()
    desk = CalendarServer(talks, begins_in=start - time.time())
    engines = ScriptedEngines()
    app = RoomcliApp(
        replace(ENTER, url=""), engines, (SERVER,), told(ROOMS, evening(time.time())), ask=desk
    )
    async with app_seat(app, engines, SIZE) as you:
        await you.sees("with Ann Lindqvist")
        app.push_screen(EventScreen(talks.id))
        await you.sees("Every time")
        await you.presses("y")
        await you.sees("you come")
        return portable(app.export_screenshot(title="roomcli"))


PICTURES: dict[str, Callable[[], Coroutine[Any, Any, str]]] = {
    "room": picture,
    "home": home_picture,
    "event": event_picture,
}


def main() -> None:
    """Draw the pictures, or the one that is named, and write them to their files."""
    for name in sys.argv[1:] or PICTURES:
        (FOLDER / f"{name}.svg").write_text(asyncio.run(PICTURES[name]()) + "\n", "utf-8")


if __name__ == "__main__":
    main()

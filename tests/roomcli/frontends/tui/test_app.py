"""Tests of the one app: from home into a room and back, and from one room into another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from textual.css.stylesheet import Stylesheet

from roomcli.frontends.model.named import Named
from roomcli.frontends.model.open_rooms import OpenRoom
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.room_client import ActOn
from roomcli.frontends.tui.screens.home import HomeScreen
from roomcli.frontends.tui.screens.password import PasswordScreen
from roomcli.frontends.tui.screens.room import RoomScreen
from roomcli.frontends.tui.widgets.status import OwnBar
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.calendar import ListedOccurrence
from roomcli.protocol.people import Role

from ....support.fake_cast import ANN, ME, person
from ....support.fake_engine import ScriptedEngine
from ....support.fake_room import YOU, FakeRoom, make_view
from ....support.seats import invited_to_stage
from ....support.tui_seat import (
    ENTER,
    SERVER,
    SHARE,
    ScreenSeat,
    ScriptedEngines,
    app_seat,
    seat,
    told,
)

ROOMS = (OpenRoom("standup", host="Ann Lindqvist", stage=6), OpenRoom("vienna", host="Cho"))
WANTED = local.Left(code="password_needed", text="vienna wants a password", exit_code=4)
WRONG = local.Left(code="wrong_password", text="that is not the password", exit_code=4)


def room_of(role: Role, name: str = "standup") -> FakeRoom:
    return FakeRoom(replace(make_view(role), name=name), invite="sesame")


@asynccontextmanager
async def user(
    *entered: FakeRoom, url: str = "", share_line: str | None = None, ends_room: bool = False
) -> AsyncIterator[tuple[ScreenSeat[RoomcliApp], ScriptedEngines]]:
    """Run the app, at home or in the room of ``url``; rooms are ``entered`` in their order."""
    engines = ScriptedEngines(*entered)
    enter = replace(ENTER, url=url)
    rooms = told(ROOMS)
    app = RoomcliApp(enter, engines, (SERVER,), rooms, share_line=share_line, ends_room=ends_room)
    async with app_seat(app, engines) as you:
        await you.sees("standup")
        yield you, engines


async def in_the_room(you: ScreenSeat[RoomcliApp]) -> None:
    await you.until(lambda: isinstance(you.app.screen, RoomScreen) and you.model.view is not None)


async def at_home(you: ScreenSeat[RoomcliApp]) -> None:
    await you.until(lambda: isinstance(you.app.screen, HomeScreen))
    await you.sees("2 open rooms")


def left(engine: ScriptedEngine) -> bool:
    return c.Leave() in engine.sent


def test_a_room_counts_as_entered_once_one_is_in_it() -> None:
    async def scenario() -> None:
        entered: list[str] = []
        async with seat(entered=entered.append) as you:
            await you.until(lambda: entered == [ENTER.url])
            you.visit.receive(
                e.Joined(
                    room="standup",
                    you=YOU,
                    view=make_view("listener"),
                    server_time=0.0,
                    resumed=True,
                )
            )
        assert entered == [ENTER.url], "not again after a lost connection"

    asyncio.run(scenario())


def test_leaving_a_room_leads_home_where_one_came_from() -> None:
    async def scenario() -> None:
        async with user(room_of("listener"), room_of("listener")) as (you, engines):
            for number in (1, 2):
                await you.presses("enter")
                await in_the_room(you)
                await you.presses("q")
                await at_home(you)
                assert len(engines.entered) == number
                assert left(you.engine)
                assert not you.shows("You are in")
            await you.presses("q")
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Outcome(0)

    asyncio.run(scenario())


def test_who_is_put_out_of_a_room_is_told_so_at_home() -> None:
    async def scenario() -> None:
        async with user(room_of("listener")) as (you, _):
            await you.presses("enter")
            await in_the_room(you)
            you.engine.say(local.Left(code="removed", text="Ann [removed] you", exit_code=4))
            await at_home(you)
            await you.sees("Ann [removed] you")
            assert you.app.is_running

    asyncio.run(scenario())


def test_a_room_that_was_named_ends_the_program_with_itself() -> None:
    async def scenario() -> None:
        async with user(room_of("listener"), url=ENTER.url) as (you, _):
            await in_the_room(you)
            await you.presses("g")
            await at_home(you)
            you.engine.say(local.Left(code="removed", text="Ann removed you", exit_code=4))
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Outcome(4, "Ann removed you", "removed")

    asyncio.run(scenario())


def test_a_room_goes_on_while_home_is_shown() -> None:
    async def scenario() -> None:
        async with user(room_of("speaker"), url=ENTER.url) as (you, engines):
            await in_the_room(you)
            await you.presses("space")
            await you.sees("● ON AIR")
            await you.presses("g")
            await at_home(you)
            await you.sees("You are in standup")
            await you.sees("● ON AIR")
            bar = you.app.screen.query_one(OwnBar)
            assert bar.region.width == 80
            assert bar.has_class("-on-air")
            assert you.sent == [c.Unmute(lease=True)], "nothing is muted by looking"
            you.engine.say(local.Levels(microphone=20))
            await you.sees("━━━")
            await you.presses("ctrl+t")
            await you.sees("○ MUTED")
            await you.presses("ctrl+t")
            await you.sees("● ON AIR")
            you.engine.say(
                e.Silenced(id=YOU, by="ann1"), local.Microphone(open=False, reason="silenced")
            )
            await you.sees("silenced you")
            await you.sees("SILENCED")
            await you.presses("g")
            await in_the_room(you)
            await you.sees("silenced you")
            await you.presses("g", *"vi", "escape", "escape")
            await in_the_room(you)
            assert len(engines.entered) == 1

    asyncio.run(scenario())


def test_who_is_called_on_stage_while_at_home_is_told() -> None:
    async def scenario() -> None:
        async with user(room_of("listener"), url=ENTER.url) as (you, _):
            await in_the_room(you)
            await you.presses("g")
            await at_home(you)
            you.engine.say(invited_to_stage(person("ben1", "Ben Okafor"), ANN))
            you.engine.say(invited_to_stage(ME, ANN))
            await you.sees("invites you on stage")
            await you.presses("escape")
            await in_the_room(you)
            await you.sees("invites you on stage")
            await you.sees("come up, muted")

    asyncio.run(scenario())


def test_news_that_come_while_the_app_closes_are_not_shown() -> None:
    async def scenario() -> None:
        async with user(room_of("host")) as (you, _):
            await you.presses("enter")
            await in_the_room(you)
            visit, app = you.visit, you.app
        assert app.screen_stack == [], "its screens are gone"
        visit.receive(local.Problem(code="report", text="a report came"))
        visit.sync()
        visit.end_visit(Outcome(0))
        app._notice(local.Problem(code="report", text="a report came"))
        app.hear_at_home(e.KeysChanged(what="revoked", key="b" * 32))

    asyncio.run(scenario())


def test_a_question_about_somebody_is_asked_in_the_room_though_home_came_first() -> None:
    async def scenario() -> None:
        async with user(room_of("host"), url=ENTER.url) as (you, _):
            await in_the_room(you)
            await you.presses("g")
            await at_home(you)
            cho = you.model.view.person("cho1") if you.model.view else None
            assert cho is not None
            you.app.post_message(ActOn("hand_over", Named("cho1", cho)))
            await in_the_room(you)
            await you.sees("Hand the room over to Cho Min-seo?")

    asyncio.run(scenario())


def test_the_room_that_one_is_in_is_marked_and_led_back_to() -> None:
    async def scenario() -> None:
        async with user(room_of("speaker"), url=ENTER.url) as (you, engines):
            await in_the_room(you)
            await you.presses("g")
            await you.sees("here · 6")
            await you.presses("enter")
            await in_the_room(you)
            assert not left(you.engine)
            assert len(engines.entered) == 1

    asyncio.run(scenario())


def test_a_listener_who_enters_another_room_leaves_the_one_before() -> None:
    async def scenario() -> None:
        async with user(room_of("listener"), room_of("listener", "vienna"), url=ENTER.url) as (
            you,
            engines,
        ):
            await in_the_room(you)
            await you.presses("g")
            await at_home(you)
            await you.presses("down", "enter")
            await you.until(lambda: len(engines.entered) == 2)
            await in_the_room(you)
            assert left(engines.started[0])
            assert [each.url.rpartition("/")[2] for each in engines.entered] == [
                "standup",
                "vienna",
            ]
            await you.presses("q")
            await at_home(you)
            assert you.app.is_running, "this room was entered from home"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("role", "stake"), [("host", "the host of standup"), ("speaker", "on stage in standup")]
)
def test_hosts_and_speakers_are_asked_once_whether_they_leave(role: Role, stake: str) -> None:
    async def scenario() -> None:
        async with user(room_of(role), room_of("listener", "vienna"), url=ENTER.url) as (
            you,
            engines,
        ):
            await in_the_room(you)
            await you.presses("g")
            await at_home(you)
            await you.presses("down", "enter")
            await you.sees(f"You are {stake}: leave it?")
            await you.presses("escape")
            await you.misses("leave it?")
            await you.presses("enter")
            await you.sees(f"You are {stake}: leave it?")
            await you.presses("up")
            await you.misses("leave it?")
            await you.presses("down", "enter")
            await you.sees("leave it?")
            assert not left(you.engine)
            await you.presses("enter")
            await you.until(lambda: len(engines.entered) == 2)
            await in_the_room(you)
            assert engines.started[0].sent == [c.Leave()]
            assert you.visit.room_name == "vienna"

    asyncio.run(scenario())


def test_leaving_by_key_at_home_asks_a_host_as_in_the_room() -> None:
    async def scenario() -> None:
        async with user(room_of("host"), url=ENTER.url, share_line=SHARE) as (you, engines):
            await you.sees("sesame")
            await you.presses("enter", "g")
            await at_home(you)
            await you.presses("q")
            await you.sees("Hand over to Ann Lindqvist")
            await you.presses("enter")
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Outcome(0, "", "left")
            assert you.app.last_words() == SHARE.replace("{invite}", "sesame")
            assert left(engines.started[0])

    asyncio.run(scenario())


def test_control_c_at_home_asks_once_while_a_room_goes_on() -> None:
    async def scenario() -> None:
        async with user(room_of("speaker")) as (you, _):
            await you.presses("enter")
            await in_the_room(you)
            await you.presses("g")
            await at_home(you)
            await you.presses("ctrl+c")
            await you.sees("Ctrl+C again leaves the room")
            await you.presses("ctrl+c")
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Outcome(130)
            assert left(you.engine)

    asyncio.run(scenario())


def test_a_password_is_asked_for_and_the_room_entered_again() -> None:
    async def scenario() -> None:
        async with user() as (you, engines):
            await you.presses("down", "enter")
            await you.until(lambda: engines.entered)
            for number, (told, word) in enumerate(((WANTED, "sesam"), (WRONG, "sesame")), 2):
                you.engine.say(told)
                await you.sees(told.text)
                await you.types(word)
                await you.presses("enter")
                await you.until(lambda number=number: len(engines.entered) == number)  # type: ignore[misc]
                assert not you.shows(word)
            assert [each.password for each in engines.entered] == [None, "sesam", "sesame"]
            assert {each.url for each in engines.entered} == {"wss://rooms.example:7420/r/vienna"}
            you.engine.say(WRONG)
            await you.sees(WRONG.text)
            await you.presses("escape")
            await at_home(you)
            assert you.app.is_running

    asyncio.run(scenario())


def test_who_types_no_password_stays_outside_and_so_after_three_tries() -> None:
    async def scenario() -> None:
        async with user(url=ENTER.url) as (you, engines):
            you.engine.say(WANTED)
            await you.sees(WANTED.text)
            await you.presses("escape")
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Outcome(4, WANTED.text, WANTED.code)
        async with user(url=ENTER.url) as (you, engines):
            you.engine.say(WANTED)
            for number in (2, 3, 4):
                await you.until(lambda: isinstance(you.app.screen, PasswordScreen))
                await you.types("x")
                await you.presses("enter")
                await you.until(lambda number=number: len(engines.entered) == number)  # type: ignore[misc]
                you.engine.say(WRONG)
            await you.until(lambda: not you.app.is_running)
            assert you.app.return_value == Outcome(4, WRONG.text, WRONG.code)

    asyncio.run(scenario())


def test_every_engine_is_closed_and_a_notice_of_ones_own_server_is_told_everywhere() -> None:
    async def scenario() -> None:
        async with user(room_of("listener")) as (you, engines):
            you.app._notice(local.Problem(code="report", text="a [report] came"))
            await you.sees("a [report] came")
            you.app.clear_notifications()
            await you.presses("enter")
            await in_the_room(you)
            you.app._notice(local.Problem(code="report", text="another came"))
            await you.sees("another came")
            await you.presses("q")
            await at_home(you)
            await you.until(lambda: engines.started[0].closed)

    asyncio.run(scenario())


def test_a_reminder_is_told_and_rings_at_home_and_in_a_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[None] = []
    on_desktop: list[str] = []
    monkeypatch.setattr(RoomcliApp, "bell", lambda app: rung.append(None))
    monkeypatch.setattr(RoomcliApp, "show_on_desktop", lambda app, text: on_desktop.append(text))
    talks = ListedOccurrence(
        event="0011", title="Rust talks", starts_at=900.0, ends_at=4500.0, zone="UTC", room="rust"
    )
    reminder = e.EventReminder(occurrence=talks, seconds=900.0)

    async def scenario() -> None:
        async with user(room_of("listener")) as (you, engines):
            you.app.hear_at_home(e.KeysChanged(what="revoked", key="b" * 32), SERVER.name)
            await you.sees("revoked for good")
            you.app.hear_at_home(reminder, SERVER.name)
            await you.sees("Rust talks begins in 15 min, in rust")
            assert len(rung) == 1
            await you.presses("enter")
            await you.until(lambda: you.app.client is not None)
            engines.started[-1].say(replace(reminder, seconds=600.0))
            await you.sees("Rust talks begins in 10 min")
            assert len(rung) == 2
            assert on_desktop == [
                "Rust talks begins in 15 min, in rust",
                "Rust talks begins in 10 min, in rust",
            ]

    asyncio.run(scenario())


def test_all_styles_are_read_once_and_again_only_for_another_theme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reparse, readings = Stylesheet.reparse, 0

    def counted(styles: Stylesheet) -> None:
        nonlocal readings
        readings += 1
        reparse(styles)

    async def scenario() -> None:
        async with user(room_of("listener"), url=ENTER.url) as (you, _):
            await in_the_room(you)
            dark = you.app.screen.styles.background
            await you.presses("g")
            await at_home(you)
            assert readings == 1
            you.app.theme = "roomcli-light"
            await you.until(lambda: readings > 1)
            await you.presses("g")
            await in_the_room(you)
            await you.until(lambda: you.app.screen.styles.background != dark)

    monkeypatch.setattr(Stylesheet, "reparse", counted)
    asyncio.run(scenario())

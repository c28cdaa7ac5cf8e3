"""Tests that whatever has a key on a page, or at home, can be clicked and is in the palette.

All pages are found, and their keys are read from their bindings, so that no new one is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from msgspec.structs import replace

from roomcli.frontends.tui import screens
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.home_commands import HomeCommands, acts_at
from roomcli.frontends.tui.page_commands import PageCommands
from roomcli.frontends.tui.screens.claims import ClaimsScreen
from roomcli.frontends.tui.screens.communities import CommunitiesScreen, CommunityScreen
from roomcli.frontends.tui.screens.community_application import ApplicationForm
from roomcli.frontends.tui.screens.community_description import DescriptionForm
from roomcli.frontends.tui.screens.community_endings import (
    CloseCommunityForm,
    HandOverCommunityForm,
)
from roomcli.frontends.tui.screens.community_forms import (
    BanFromCommunityForm,
    DeclineForm,
    RemoveMemberForm,
    RoleForm,
)
from roomcli.frontends.tui.screens.community_invite import InvitePeopleScreen
from roomcli.frontends.tui.screens.community_log import CommunityLogScreen
from roomcli.frontends.tui.screens.community_people import CommunityPeopleScreen
from roomcli.frontends.tui.screens.community_rooms import AddRoomForm, CommunityRoomsScreen
from roomcli.frontends.tui.screens.event import EventScreen
from roomcli.frontends.tui.screens.event_changes import CancelForm, MoveForm
from roomcli.frontends.tui.screens.event_form import EventForm
from roomcli.frontends.tui.screens.events import EventsScreen
from roomcli.frontends.tui.screens.forms import BanForm, Form, RemoveForm, ReportForm
from roomcli.frontends.tui.screens.home import HomeScreen
from roomcli.frontends.tui.screens.own_calendar import OwnCalendarScreen
from roomcli.frontends.tui.screens.person import PersonScreen
from roomcli.frontends.tui.screens.profile import ProfileScreen
from roomcli.frontends.tui.screens.proving import ProvingScreen
from roomcli.frontends.tui.widgets.sheet import DeskSheet, Sheet
from roomcli.frontends.words.claim_words import provable
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile

from ....support.fake_room import FakeRoom, make_view
from ....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    AnyApp,
    ScreenSeat,
    ScriptedDesk,
    ScriptedEngines,
    app_seat,
)
from .screens.test_communities import BEES, BeeServer, listed
from .screens.test_events import MONTHLY, TALKS, CalendarServer

MOVING = {"step", "turn", "pick"}
"""Actions of pages that move about, which a mouse does by itself."""
MOVING_AT_HOME = {"move", "back"}
OF_THE_TERMINAL = {"copy_selection", "interrupt", "suspend", "command_palette"}
"""Actions of the whole app that are no act at home."""
ZOE = Person("c" * 16, "Zoe Waits", "Bridges")


class TownServer(ScriptedDesk):
    """A server with one community, which the user owns, and one series, which they organise."""

    def __init__(self) -> None:
        super().__init__(None, **{ZOE.id: Profile(name=ZOE.name)})
        self.calendar = CalendarServer(
            replace(TALKS, may_change=True, recurrence=MONTHLY), begins_in=600
        )
        self.bees = BeeServer()
        self.bees.bees = replace(BEES, you="owner", agreed=0, applications=2, rooms=("hive",))
        self.bees.lists |= {
            "invitations": listed(("f7", "Fabian", {"by": "Ann"})),
            "bans": listed(("e5", "Eve", {})),
        }

    async def __call__(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Have the part of the server answer whose command it is."""
        if isinstance(command, c.CommunityCommand):
            return await self.bees(command)
        if isinstance(command, c.CalendarCommand):
            return await self.calendar(command)
        if isinstance(command, c.ListClaims):
            return [e.ClaimsListed()]
        return await super().__call__(command)


def pages() -> Iterator[tuple[Sheet[Any], tuple[str, ...]]]:
    """Yield every page that offers something, with keys after which it offers more."""
    ann, cid = (next(iter(BeeServer().lists[of].values())) for of in ("members", "applications"))
    bees, event = replace(BEES, you="owner"), replace(TALKS, recurrence=MONTHLY)
    shown = e.EventShown(shown=event)
    yield EventsScreen(), ()
    yield EventScreen(TALKS.id), ("down",)
    yield EventForm(), ()
    yield CancelForm(shown, None), ()
    yield MoveForm(shown, "2026-12-01"), ()
    yield OwnCalendarScreen(), ("a",)
    yield CommunitiesScreen(), ()
    yield CommunityScreen(BEES.id), ()
    yield ApplicationForm(BEES), ()
    yield CommunityRoomsScreen(replace(bees, rooms=("hive",))), ()
    yield AddRoomForm(bees), ()
    yield HandOverCommunityForm(bees, ann), ()
    yield CloseCommunityForm(bees), ()
    yield DescriptionForm(bees), ()
    yield InvitePeopleScreen(bees), ()
    yield CommunityLogScreen(bees), ()
    for of in ("members", "applications", "invitations", "bans"):
        yield CommunityPeopleScreen(bees, of), ("down",)
    yield DeclineForm(BEES.id, cid), ()
    for form in (RemoveMemberForm, BanFromCommunityForm, RoleForm):
        yield form(BEES.id, ann), ()
    for room_form in (RemoveForm, BanForm, ReportForm):
        yield room_form("ben1", "Ben"), ()
    yield PersonScreen(ZOE, "rust"), ()
    yield ProfileScreen(), ()
    yield ClaimsScreen(), ()
    yield ProvingScreen(provable(e.ClaimsListed())[0]), ()


def keys_of(page: type[Sheet[Any]]) -> set[str]:
    """Return the actions that have a key on a page, but for those that move about."""
    bindings = [
        each
        for base in page.__mro__
        if issubclass(base, Sheet)
        for each in base.__dict__.get("BINDINGS", ())
    ]
    return {each.action for each in bindings if each.action.partition("(")[0] not in MOVING}


def all_pages() -> set[type[Sheet[Any]]]:
    """Return the pages at home, of communities and of events, and the forms about people."""
    found: set[type[Sheet[Any]]] = set()
    for module in iter_modules(screens.__path__):
        for thing in vars(import_module(f"{screens.__name__}.{module.name}")).values():
            if isinstance(thing, type) and issubclass(thing, DeskSheet | Form):
                found.add(thing)
    return {each for each in found if not any(set(each.__subclasses__()) & found)}


def is_offered(action: str, offered: set[str]) -> bool:
    """Whether an action is offered; one that is offered without parameters covers those with."""
    return action in offered or action.partition("(")[0] in offered


def asks(page: Sheet[Any]) -> bool:
    """Whether a page waits for the server."""
    return any(each.node is page for each in page.workers)


def clickable_actions(you: ScreenSeat[AnyApp]) -> set[str]:
    """Return the actions of the hints that are on the screen."""
    strips = you.app.screen._compositor.render_strips()
    metas = [each.style.meta for strip in strips for each in strip if each.style is not None]
    clicks = [meta["@click"] for meta in metas if meta and "@click" in meta]
    return {parameters[0] for action, parameters in clicks if action == "do"}


def test_every_key_of_a_page_can_be_clicked_and_is_in_the_palette() -> None:
    offered: dict[type[Sheet[Any]], set[str]] = {}

    async def scenario() -> None:
        engines = ScriptedEngines()
        enter = replace(ENTER, url="")
        app = RoomcliApp(enter, engines, (SERVER,), NO_ROOMS, ask=TownServer())
        async with app_seat(app, engines, (80, 34)) as you:
            await you.sees("type to find a room")
            for page, more in pages():
                await app.push_screen(page)
                await you.until(lambda page=page: not asks(page), "it asks for ever")  # type: ignore[misc]
                await you.presses(*more)
                await you.until(lambda page=page: not asks(page), "it asks for ever")  # type: ignore[misc]
                actions = {each.action for each in page.offered if each.action}
                await you.until(lambda seen=actions: seen <= clickable_actions(you), f"{actions}")  # type: ignore[misc]
                palette = list(PageCommands(page).offers())
                assert len(palette) == len([each for each in page.offered if each.action])
                offered.setdefault(type(page), set()).update(actions)
                app.pop_screen()

    asyncio.run(scenario())
    assert all_pages() <= offered.keys()
    missing = {
        page.__name__: forgotten
        for page, actions in offered.items()
        if (forgotten := {each for each in keys_of(page) if not is_offered(each, actions)})
    }
    assert not missing


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
def test_every_key_at_home_is_in_the_palette_which_a_click_opens(size: tuple[int, int]) -> None:
    async def scenario() -> None:
        engines = ScriptedEngines(FakeRoom(make_view("speaker")))
        app = RoomcliApp(ENTER, engines, (SERVER,), NO_ROOMS, ask=ScriptedDesk())
        async with app_seat(app, engines, size) as you:
            await you.until(lambda: app.client is not None and app.client.model.view is not None)
            await you.presses("g")
            await you.until(lambda: isinstance(app.screen, HomeScreen))
            home = app.screen
            assert isinstance(home, HomeScreen)
            keys = {each.action for each in (*HomeScreen.BINDINGS, *RoomcliApp.BINDINGS)}  # type: ignore[union-attr]
            keys = {each for each in keys if each.partition("(")[0] not in MOVING_AT_HOME}
            assert keys - OF_THE_TERMINAL <= {each.action for each in acts_at(home)}
            palette = {each.words for each in HomeCommands(home).offers()}
            assert palette >= {each.words for each in acts_at(home)}
            assert "Plan an event" in palette
            assert "app.command_palette" in clickable_actions(you)

    asyncio.run(scenario())

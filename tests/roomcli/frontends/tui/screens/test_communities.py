"""Tests of the pages of communities."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace
from textual.widgets import Input

from roomcli.errors import CommandRefused
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens.communities import CommunityScreen
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.community import CommunityCard, CommunityDetails, CommunityPerson
from roomcli.protocol.finding import HomeRoom
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.moderation_log import LogEntry, root, sealed
from roomcli.protocol.people import Person

from .....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    ScreenSeat,
    ScriptedDesk,
    ScriptedEngines,
    app_seat,
)

BEES = CommunityDetails(
    id="c0ffee00c0ffee00",
    name="Bee Folk",
    summary="All about [bees]",
    rules=("Be kind to bees",),
    rules_version=1,
    members=1,
    owners=(Person("a1", "Ann"),),
)


FIRST = sealed(
    LogEntry(
        number=1,
        at=1_764_000_000.0,
        action="found_community",
        actor=Person("a1", "Ann"),
        target=None,
        previous=root("community bees", 0.0),
    )
)
LOG = (
    FIRST,
    sealed(
        replace(
            FIRST,
            number=2,
            action="ban",
            detail="for 1 day",
            target=Person("e5", "Eve"),
            reason="spam",
            previous=FIRST.hash,
        )
    ),
)


def listed(*people: tuple[str, str, dict[str, Any]]) -> dict[str, CommunityPerson]:
    """Return people of a community's list, by id."""
    return {
        id: CommunityPerson(person=Person(id, name), at=0.0, **more) for id, name, more in people
    }


class BeeServer(ScriptedDesk):
    """A server with one community, which the user may join."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.answers.set()
        self.bees = BEES
        self.lists = {
            "members": listed(("a1", "Ann", {"role": "owner"}), ("b2", "Ben", {"role": "member"})),
            "applications": listed(
                ("c3", "Cid", {"note": "I keep bees"}), ("d4", "Dan", {"note": "let me in"})
            ),
            "bans": {},
        }

    async def __call__(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Answer as the server would."""
        self.asked.append(command)
        match command:
            case c.ListCommunities(of=of):
                has = of == "discoverable" or self.bees.you != "stranger"
                card = CommunityCard(id=BEES.id, name=BEES.name, summary=BEES.summary)
                cards = (replace(card, you=self.bees.you),) if has else ()
                return [e.CommunitiesListed(of=of, communities=cards, total=len(cards))]
            case c.ShowCommunity():
                return [e.CommunityShown(community=self.bees)]
            case c.JoinCommunity(rules=1) if self.bees.entry == "application":
                if command.note == "let me in":
                    raise CommandRefused("too_many_communities", "you applied to too many")
                self.bees = replace(self.bees, you="applied")
                return [e.CommunityShown(community=self.bees)]
            case c.JoinCommunity(rules=1):
                await self.answers.wait()
                self.bees = replace(self.bees, you="member", agreed=1, rooms=("hive",))
                return [e.CommunityShown(community=self.bees)]
            case c.HandOverCommunity(person=person):
                members = self.lists["members"]
                members[person] = replace(members[person], role="owner")
                self.bees = replace(self.bees, you="moderator")
                return []
            case c.CloseCommunity(reason=""):
                raise CommandRefused("key_disputed", "not while a key of yours is in dispute")
            case c.CloseCommunity():
                self.bees = BEES
                return []
            case c.AddCommunityRoom(host_token=None):
                raise CommandRefused("hosting_not_allowed", "that takes the host token")
            case c.AddCommunityRoom(room=room):
                self.bees = replace(self.bees, rooms=(*self.bees.rooms, room))
                return [e.CommunityShown(community=self.bees)]
            case c.GiveUpCommunityRoom(room=room):
                rooms = tuple(each for each in self.bees.rooms if each != room)
                self.bees = replace(self.bees, rooms=rooms)
                return [e.CommunityShown(community=self.bees)]
            case c.ShowHome():
                hive = ListedRoom(name="hive", topic="Swarms", stage=1, audience=2)
                return [e.HomeShown(rooms=(HomeRoom(room=hive, community=BEES.id),))]
            case c.LeaveCommunity():
                self.bees = BEES
                return []
            case c.ListCommunityPeople(of=of):
                people = tuple(self.lists.get(of, {}).values())
                return [
                    e.CommunityPeople(community=BEES.id, of=of, people=people, total=len(people))
                ]
            case c.AcceptApplication(person=person):
                self.lists["members"][person] = replace(
                    self.lists["applications"].pop(person), role="member", note=""
                )
                return []
            case c.DeclineApplication(person=person):
                del self.lists["applications"][person]
                return []
            case c.SetCommunityRole(person=person, role=role):
                members = self.lists["members"]
                members[person] = replace(members[person], role=role)
                return []
            case c.BanFromCommunity(person=person, reason=reason):
                someone = self.lists["members"].pop(person)
                self.lists["bans"][person] = replace(someone, role=None, note=reason)
                return []
            case c.LiftCommunityBan(person=person):
                del self.lists["bans"][person]
                return []
            case c.DescribeCommunity(name="Wasps"):
                raise CommandRefused("name_taken", "another one is called so")
            case c.DescribeCommunity() | c.FoundCommunity():
                said = {name: getattr(command, name) for name in ("name", "rules", "entry")}
                changed = {name: value for name, value in said.items() if value is not None}
                self.bees = replace(self.bees, you="owner", **changed)
                return [e.CommunityShown(community=self.bees)]
            case c.Search(text=text):
                found = (Person("f6", "Fay Nakamura", "Maps"), Person("f7", "Fabian"))
                return [e.SearchResults(of="people", text=text, people=found)]
            case c.InviteToCommunity(person=person):
                self.lists["invitations"] = listed((person, "Fabian", {"by": "Ann"}))
                return []
            case c.ReadCommunityLog():
                return [
                    e.CommunityLog(
                        community=BEES.id, entries=LOG, chained_to="community bees", founded_at=0.0
                    )
                ]
        raise CommandRefused("not_allowed", "that is not in the script")


def test_one_finds_a_community_reads_its_rules_joins_and_leaves_it() -> None:
    async def scenario() -> None:
        desk, engines = BeeServer(), ScriptedEngines()
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines) as you:
            await you.sees("type to find a room")
            await you.presses("ctrl+p", *"Communities")
            await you.sees("Of this server")
            await you.presses("enter")
            await you.sees("you are in none yet")
            await you.presses("tab")
            await you.sees("Bee Folk; 0 members; All about [bees]")
            await you.presses("enter")
            await you.sees("1. Be kind to bees")
            await you.sees("agrees to the rules and joins")
            await you.presses("j")
            await you.sees("Rooms: hive")
            assert c.JoinCommunity(community=BEES.id, rules=1) in desk.asked
            await you.presses("m")
            await you.sees("People of Bee Folk  2")
            await you.sees("Ann  owner")
            await you.presses("x", "escape")
            assert not any(isinstance(each, c.RemoveMember) for each in desk.asked)
            await you.presses("l")
            await you.sees("press l once more")
            assert c.LeaveCommunity(community=BEES.id) not in desk.asked
            await you.presses("l")
            await you.sees("All that may be found")
            assert c.LeaveCommunity(community=BEES.id) in desk.asked

    asyncio.run(scenario())


def test_why_the_server_refuses_is_said_on_the_page() -> None:
    async def scenario() -> None:
        desk, engines = BeeServer(), ScriptedEngines()
        desk.bees = replace(BEES, rules_version=2)
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines) as you:
            await you.sees("type to find a room")
            await you.presses("ctrl+p", *"Communities")
            await you.sees("Of this server")
            await you.presses("enter", "tab")
            await you.sees("All about [bees]")
            await you.presses("enter")
            await you.sees("agrees to the rules and joins")
            await you.presses("j")
            await you.sees("that is not in the script")

    asyncio.run(scenario())


def test_one_applies_with_a_note_which_stays_if_it_is_refused() -> None:
    async def scenario() -> None:
        desk = BeeServer()
        desk.bees = replace(BEES, entry="application")
        async with visitor(desk) as you:
            await you.sees("agrees to the rules and applies")
            await you.presses("j")
            await you.sees("Why would you like to join?")
            await you.presses(*"let me in", "enter")
            await you.sees("you applied to too many")
            await you.presses(*"!", "enter")
            await you.sees("you applied; All about [bees]")
            wanted = c.JoinCommunity(community=BEES.id, rules=1, note="let me in!")
            assert wanted in desk.asked

    asyncio.run(scenario())


def test_news_of_a_community_do_not_stop_what_is_being_done() -> None:
    async def scenario() -> None:
        desk = BeeServer()
        async with visitor(desk) as you:
            desk.answers.clear()
            await you.presses("j")
            await you.until(lambda: any(isinstance(each, c.JoinCommunity) for each in desk.asked))
            asked = len(desk.asked)
            ann = Person("a1", "Ann")
            you.app.pass_on(e.ApplicationMade(community=BEES.id, name="Bee Folk", person=ann))
            await you.until(lambda: len(desk.asked) > asked, "it never looks again")
            desk.answers.set()
            await you.sees("you are a member")

    asyncio.run(scenario())


def test_an_owner_moderates_by_key_by_click_and_in_the_palette() -> None:
    async def scenario() -> None:
        desk, engines = BeeServer(), ScriptedEngines()
        desk.bees = replace(BEES, you="owner", agreed=1, applications=2)
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines) as you:
            await you.sees("type to find a room")
            await you.presses("ctrl+p", *"Communities")
            await you.sees("Of this server")
            await you.presses("enter")
            await you.sees("you own it")
            await you.presses("enter")
            await you.sees("a 2 apply")
            await you.presses("a")
            await you.sees("Cid  I keep bees")
            await you.presses("a")
            await you.sees("People of Bee Folk  1")
            x, y = you.place("declines")
            await you.pilot.click(offset=(x, y))
            await you.sees("Decline Dan?")
            await you.presses(*"no")
            await you.confirms()
            await you.sees("no people who apply")
            assert c.DeclineApplication(community=BEES.id, person="d4", reason="no") in desk.asked
            await you.presses("shift+tab")
            await you.sees("People of Bee Folk  3")
            await you.presses("down", "o")
            await you.sees("The role of Ben")
            await you.presses("right")
            await you.confirms()
            await you.sees("Ben  moderator")
            await you.presses("ctrl+p", *"bans")
            await you.sees("Bans")
            await you.presses("enter")
            await you.sees("Ban Ben from the community?")
            await you.presses("tab", *"spam")
            await you.confirms()
            await you.sees("People of Bee Folk  2")
            wanted = c.BanFromCommunity(
                community=BEES.id, person="b2", seconds=86400, reason="spam"
            )
            assert wanted in desk.asked
            await you.presses("shift+tab")
            await you.sees("lets in again")
            await you.presses("u")
            await you.sees("no people who are banned")
            await you.presses("escape", "o")
            await you.sees("every entry follows from the one before")
            await you.sees("Ann: ban Eve (for 1 day): spam")

    asyncio.run(scenario())


@asynccontextmanager
async def visitor(desk: BeeServer) -> AsyncIterator[ScreenSeat[RoomcliApp]]:
    """Run the app with the page of the community, as it is."""
    engines = ScriptedEngines()
    app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
    async with app_seat(app, engines) as you:
        await you.sees("type to find a room")
        app.push_screen(CommunityScreen(BEES.id))
        await you.sees("All about [bees]")
        yield you


@asynccontextmanager
async def owner(desk: BeeServer) -> AsyncIterator[ScreenSeat[RoomcliApp]]:
    """Run the app with the page of the community, which the user owns."""
    desk.bees = replace(BEES, you="owner", agreed=1)
    async with visitor(desk) as you:
        await you.sees("you own it")
        yield you


def test_an_owner_changes_what_it_says_its_rules_and_who_gets_in() -> None:
    async def scenario() -> None:
        desk = BeeServer()
        async with owner(desk) as you:
            await you.presses("e")
            await you.sees("Change Bee Folk")
            you.app.screen.query_one("#name", Input).value = "Wasps"
            await you.presses("down", "down", *"Hives", "tab", "right", "tab", "right")
            await you.presses("tab", "tab", "end", "enter", *"listen", "ctrl+s")
            await you.sees("another one is called so")
            you.app.screen.query_one("#name", Input).value = "Bee Guild"
            await you.presses("ctrl+s")
            await you.sees("2. listen")
            await you.sees("one applies to join")
            assert desk.asked[-2] == c.DescribeCommunity(
                community=BEES.id,
                name="Bee Guild",
                about=("Hives",),
                rules=("Be kind to bees", "listen"),
                entry="application",
                hidden=True,
            )

    asyncio.run(scenario())


def test_a_community_is_founded_at_home() -> None:
    async def scenario() -> None:
        desk, engines = BeeServer(), ScriptedEngines()
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines) as you:
            await you.sees("type to find a room")
            await you.presses("ctrl+p", *"found a comm")
            await you.sees("And own it")
            await you.presses("enter")
            await you.sees("Rules")
            await you.presses("enter")
            await you.sees("a community needs a name")
            await you.presses(*"Bees", "enter")
            await you.sees("you own it")
            assert c.FoundCommunity(name="Bees") in desk.asked

    asyncio.run(scenario())


def test_somebody_is_looked_for_and_invited() -> None:
    async def scenario() -> None:
        desk = BeeServer()
        async with owner(desk) as you:
            await you.presses("m")
            await you.sees("i invites")
            await you.presses("i", *"fa")
            await you.sees("Fay Nakamura")
            await you.presses("down", "enter")
            await you.sees("Fabian is invited")
            assert c.InviteToCommunity(community=BEES.id, person="f7") in desk.asked
            asked = len(desk.asked)
            await you.presses("enter", "escape", "shift+tab", "shift+tab")
            await you.sees("w withdraws")
            assert not any(isinstance(each, c.InviteToCommunity) for each in desk.asked[asked:])

    asyncio.run(scenario())


def test_the_rooms_of_a_community_are_added_entered_and_taken_out() -> None:
    async def scenario() -> None:
        desk, engines = BeeServer(), ScriptedEngines()
        desk.bees = replace(BEES, you="owner", agreed=1, rooms=("hive",))
        app = RoomcliApp(replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk)
        async with app_seat(app, engines) as you:
            await you.sees("type to find a room")
            app.push_screen(CommunityScreen(BEES.id))
            await you.sees("you own it")
            below = app.screen
            await you.presses("r")
            await you.sees("hive  open · Swarms · 3 in it")
            await you.presses("a", *"Comb", "enter")
            await you.sees("room has to be a room's name")
            you.app.screen.query_one("#room", Input).value = "comb"
            assert not you.shows("Host token")
            await you.presses("enter")
            await you.sees("that takes the host token")
            await you.sees("Host token")
            await you.presses(*"sesame", "enter")
            await you.sees("Rooms of Bee Folk")
            await you.sees("comb")
            added = c.AddCommunityRoom(community=BEES.id, room="comb", host_token="sesame")
            assert added in desk.asked
            await you.presses("down", "x")
            await you.sees("everybody may open comb then")
            assert c.GiveUpCommunityRoom(community=BEES.id, room="comb") not in desk.asked
            await you.presses("x")
            await you.until(lambda: desk.bees.rooms == ("hive",), "comb is never taken out")
            await you.misses("comb")
            await you.presses("enter")
            await you.until(lambda: bool(engines.entered), "no room is entered")
            assert engines.entered[0].url.endswith("/r/hive")
            assert engines.entered[0].intent == "join"
            assert not below.is_mounted, "what comes late would be shown on a closed page"

    asyncio.run(scenario())


def test_handing_over_is_asked_twice_and_leaves_a_moderator() -> None:
    async def scenario() -> None:
        desk = BeeServer()
        async with owner(desk) as you:
            await you.presses("m")
            await you.sees("Ben")
            await you.presses("h")
            assert not you.shows("Hand Bee Folk over")
            await you.presses("down", "h")
            await you.sees("Hand Bee Folk over to Ben?")
            await you.sees("You become a moderator")
            await you.confirms()
            await you.sees("once more hands it over")
            assert c.HandOverCommunity(community=BEES.id, person="b2") not in desk.asked
            await you.confirms()
            await you.sees("Ben  owner")
            assert c.HandOverCommunity(community=BEES.id, person="b2") in desk.asked
            await you.misses("h hands it over")

    asyncio.run(scenario())


def test_closing_is_asked_twice_and_leaves_the_page() -> None:
    async def scenario() -> None:
        desk = BeeServer()
        async with owner(desk) as you:
            await you.presses("x")
            await you.sees("It is gone for all of its members")
            await you.confirms()
            await you.sees("once more closes it for good")
            await you.confirms()
            await you.sees("not while a key of yours")
            await you.presses(*"over", "enter")
            await you.until(lambda: not isinstance(you.app.screen, CommunityScreen))
            await you.misses("Bee Folk")
            assert c.CloseCommunity(community=BEES.id, reason="over") in desk.asked

    asyncio.run(scenario())

"""Tests of the pages of communities."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.community import CommunityCard, CommunityDetails, CommunityPerson
from roomcli.protocol.people import Person

from .....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
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


class BeeServer(ScriptedDesk):
    """A server with one community, which the user may join."""

    def __init__(self) -> None:
        super().__init__()
        self.bees = BEES

    async def __call__(self, command: c.DeskCommand) -> list[e.DeskEvent]:
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
            case c.JoinCommunity(rules=1):
                self.bees = replace(self.bees, you="member", agreed=1, rooms=("hive",))
                return [e.CommunityShown(community=self.bees)]
            case c.LeaveCommunity():
                self.bees = BEES
                return []
            case c.ListCommunityPeople():
                person = CommunityPerson(person=Person("a1", "Ann"), at=0.0, role="owner")
                return [
                    e.CommunityPeople(community=BEES.id, of="members", people=(person,), total=1)
                ]
        raise CommandRefused("not_allowed", "that is not in the script")


def test_one_finds_a_community_reads_its_rules_joins_and_leaves_it() -> None:
    async def scenario() -> None:
        desk, engines = BeeServer(), ScriptedEngines()
        app = RoomcliApp(replace(ENTER, url=""), engines, SERVER, NO_ROOMS, ask=desk)
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
            await you.sees("Ann (a1); owner")
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
        app = RoomcliApp(replace(ENTER, url=""), engines, SERVER, NO_ROOMS, ask=desk)
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

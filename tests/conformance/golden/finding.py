"""Golden messages of home and search."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.community import CommunityCard
from roomcli.protocol.finding import HomeRoom
from roomcli.protocol.listing import ListedRoom

from .calendar import EVENING
from .communities import COMMUNITY
from .people import BOB, ROOM

COMMANDS: list[c.Command] = [
    c.ShowHome(ref=18),
    c.WatchHome(),
    c.WatchHome(on=False, ref=19),
    c.Search(text="bee"),
    c.Search(of="people", text="Zoé ál", offset=20, ref=20),
]

EVENTS: list[e.Event] = [
    e.HomeShown(ref=18),
    e.HomeShown(
        rooms=(
            HomeRoom(room=ListedRoom(name=ROOM), community=COMMUNITY, followed=(BOB.id,)),
            HomeRoom(room=ListedRoom(name="open")),
        ),
        total_rooms=31,
        occurrences=(EVENING,),
        more="x",
        communities=(CommunityCard(id=COMMUNITY, name="Engines", members=2, you="owner"),),
        total_communities=1,
        discoverable=(CommunityCard(id="c1", name="Royal Society"),),
        total_discoverable=21,
        following=(BOB.id,),
        total_following=51,
        people={BOB.id: BOB},
        community_names={COMMUNITY: "Engines"},
    ),
    e.SearchResults(of="everything", text="bee", ref=20),
    e.SearchResults(
        of="people",
        text="b",
        offset=20,
        rooms=(ListedRoom(name=ROOM),),
        people=(BOB,),
        communities=(CommunityCard(id="c1", name="Royal Society"),),
        occurrences=(EVENING,),
        more=("people", "events"),
        community_names={"c1": "Royal Society"},
    ),
]

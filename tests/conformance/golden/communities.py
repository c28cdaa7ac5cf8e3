"""Golden messages of communities."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.community import CommunityCard, CommunityDetails, CommunityPerson
from roomcli.protocol.people import BanNotice

from .people import ADA, BOB

COMMUNITY = "c0ffee00c0ffee00"

COMMANDS: list[c.Command] = [
    c.FoundCommunity(name="Engines"),
    c.FoundCommunity(
        name="Engines",
        summary="All that turns",
        about=("We meet on Tuesdays.",),
        rules=("Be kind.", "Listen."),
        entry="application",
        hidden=True,
        ref=16,
    ),
    c.DescribeCommunity(community=COMMUNITY, rules=("Be kind.",), hosting="members", ref=17),
    c.ListCommunities(),
    c.ListCommunities(of="discoverable", offset=50, ref=18),
    c.ShowCommunity(community=COMMUNITY, ref=19),
    c.JoinCommunity(community=COMMUNITY),
    c.JoinCommunity(community=COMMUNITY, rules=2, note="I build engines", ref=20),
    c.AgreeToRules(community=COMMUNITY, rules=3),
    c.LeaveCommunity(community=COMMUNITY),
    c.AcceptApplication(community=COMMUNITY, person=BOB.id),
    c.DeclineApplication(community=COMMUNITY, person=BOB.id, reason="not now"),
    c.InviteToCommunity(community=COMMUNITY, person=BOB.id),
    c.WithdrawCommunityInvitation(community=COMMUNITY, person=BOB.id),
    c.SetCommunityRole(community=COMMUNITY, person=BOB.id, role="moderator"),
    c.HandOverCommunity(community=COMMUNITY, person=BOB.id),
    c.RemoveMember(community=COMMUNITY, person=BOB.id, reason="off topic"),
    c.BanFromCommunity(community=COMMUNITY, person=BOB.id, seconds=3600, reason="spam"),
    c.BanFromCommunity(community=COMMUNITY, person=BOB.id),
    c.LiftCommunityBan(community=COMMUNITY, person=BOB.id),
    c.ListCommunityPeople(community=COMMUNITY),
    c.ListCommunityPeople(community=COMMUNITY, of="bans", offset=100),
    c.ReadCommunityLog(community=COMMUNITY, after=50),
    c.AddCommunityRoom(community=COMMUNITY, room="standup"),
    c.GiveUpCommunityRoom(community=COMMUNITY, room="standup"),
    c.CloseCommunity(community=COMMUNITY, reason="we are done"),
]

EVENTS: list[e.Event] = [
    e.CommunitiesListed(of="mine", communities=(CommunityCard(id=COMMUNITY, name="Engines"),)),
    e.CommunitiesListed(
        of="discoverable",
        communities=(
            CommunityCard(
                id=COMMUNITY,
                name="Engines",
                summary="All that turns",
                entry="application",
                hidden=True,
                members=2,
                you="applied",
            ),
        ),
        offset=50,
        total=51,
        ref=18,
    ),
    e.CommunityShown(community=CommunityDetails(id=COMMUNITY, name="Engines")),
    e.CommunityShown(
        community=CommunityDetails(
            id=COMMUNITY,
            name="Engines",
            about=("We meet on Tuesdays.",),
            rules=("Be kind.", "Listen."),
            rules_version=2,
            agreed=1,
            founded_at=1_800_000_000.0,
            hosting="members",
            owners=(ADA,),
            moderators=(BOB,),
            rooms=("standup",),
            successor=BOB,
            applications=3,
            ban=BanNotice(key=BOB.key, name="Bob", at=1_800_000_000.0),
            you="owner",
        ),
        ref=19,
    ),
    e.CommunityPeople(
        community=COMMUNITY,
        of="bans",
        people=(
            CommunityPerson(
                person=BOB, at=1_800_000_000.0, note="spam", until=1_800_003_600.0, by="Ada"
            ),
        ),
        offset=0,
        total=1,
        ref=20,
    ),
    e.CommunityPeople(
        community=COMMUNITY,
        of="members",
        people=(CommunityPerson(person=ADA, at=1_800_000_000.0, role="owner"),),
    ),
    e.CommunityLog(
        community=COMMUNITY,
        entries=(),
        chained_to=f"community {COMMUNITY}",
        founded_at=1_800_000_000.0,
        more=True,
        ref=21,
    ),
    e.ApplicationMade(
        community=COMMUNITY, name="Engines", person=BOB, note="I build engines", waiting=1
    ),
    e.StandingChanged(
        community=COMMUNITY, name="Engines", you="member", why="accepted", text="you are a member"
    ),
]

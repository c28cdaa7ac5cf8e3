"""Golden messages of coming in: the hello, rooms entered, and what is told to one person alone."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.entrance import EntranceRule
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import BanNotice, HearerInTrouble, RoomInvite, SilenceNotice
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import SideChannelOffer
from roomcli.protocol.view import RoomView

from .moderation_log import LOG
from .people import (
    ADA,
    AUTHORITY,
    BOB,
    CERTIFICATE,
    EVE,
    KEY,
    NEW,
    NONCE,
    OPENED_AT,
    PUBLIC,
    ROOM,
    SIGNED,
    ZOE,
)
from .room import MESSAGE, TAILED, VIEW

UDP_SECRET = bytes(range(0x40, 0x60))
UDP_IDS = tuple(bytes.fromhex(each) for each in ("8f0b1d52", "03c7e9a4", "d16e4f77", "5ab2900c"))

HELLO = c.Hello(
    ref=1,
    key=PUBLIC,
    signature=KEY.sign(SIGNED),
    certificate=CERTIFICATE,
    authority=AUTHORITY,
    name="Ada Lovelace",
    headline="Engines",
    keeps_name=True,
    features=("later",),
)

COMMANDS: list[c.Command] = [
    HELLO,
    c.Hello(key=PUBLIC, signature=KEY.sign(SIGNED), certificate=CERTIFICATE, name="Ada"),
    c.EnterRoom(
        ref=4,
        room=ROOM,
        intent="host",
        access="invite",
        invite="inv-1_x",
        host_token="host-1_x",
        password="open sesame",
        ticket="tick-1_x",
        chat_after=7,
        lasting_refs=True,
    ),
    c.EnterRoom(room="a"),
    c.LeaveRoom(ref=5),
    c.WatchRooms(),
    c.WatchRooms(on=False, ref=6),
    c.EchoVoice(),
    c.EchoVoice(on=False, ref=21),
]

EVENTS: list[e.Event] = [
    e.Challenge(nonce=NONCE, features=("later",)),
    e.Welcome(
        you=ADA,
        server_time=1_800_000_000.5,
        hosting="everybody",
        features=("later",),
        blocked=(EVE.id,),
    ),
    e.Welcome(you=BOB, server_time=0.0),
    e.Joined(
        visit=255,
        room=ROOM,
        you="s3",
        view=VIEW,
        server_time=1_800_000_000.5,
        resumed=True,
        ticket="tick-2_y",
        invite="inv-2_y",
        chat=(TAILED,),
        people={BOB.id: BOB},
        keeps=("the last minute of voice", "the chat"),
        udp=SideChannelOffer(port=7420, host="192.0.2.7", secret=Secret(UDP_SECRET), ids=UDP_IDS),
        remembers=60.0,
    ),
    e.Joined(
        room=ROOM, you="s3", view=RoomView(ROOM, "s3", me=EVE.id, people=NEW), server_time=0.0
    ),
    e.RoomLeft(reason="left", text="you left"),
    e.RoomLeft(reason="banned", text="Ada Lovelace banned you"),
    e.RoomsListed(),
    e.RoomsListed(
        rooms=(
            ListedRoom(
                name=ROOM,
                topic="lighthouses",
                host="Ada Lovelace",
                stage=3,
                audience=41,
                password=True,
                locked=True,
                keeps=("the chat",),
                entrance=EntranceRule(
                    guests="off", members=True, claimed=("any",), by_list=True, knock=True
                ),
                asks=("for members of its community", "others knock"),
            ),
            ListedRoom(name="a"),
        ),
        gone=("b",),
        more=True,
    ),
    e.AskedToUnmute(by=ADA.id),
    e.HeardBy(listeners=1, hearing=1),
    e.HeardBy(
        listeners=44,
        hearing=42,
        worst_ms=480,
        troubled=7,
        trouble=(
            HearerInTrouble(id="s3", person=EVE.id, why="behind", delay_ms=90),
            HearerInTrouble(id="s4", person=BOB.id, why="late", delay_ms=460),
            HearerInTrouble(id="s5", person=ZOE.id, why="deaf"),
        ),
        people={each.id: each for each in (EVE, BOB, ZOE)},
    ),
    e.PeoplePage(offset=50, total=51, seats={"s3": EVE.id}, people=NEW, ref=4),
    e.PeoplePage(offset=0, total=1, seats={"s3": EVE.id}, people=NEW, of="left"),
    e.ChatPage(messages=(MESSAGE,), people=NEW, more=True, ref=8),
    e.LogPage(entries=LOG, opened_at=OPENED_AT, ref=9),
    e.BanList(
        bans=(
            BanNotice(key=BOB.key, name="Bob", at=1.8e9),
            BanNotice(
                person=BOB.id,
                key=BOB.key,
                name="Bob",
                at=1.8e9,
                until=1.9e9,
                reason="shouting",
                by="Ada",
            ),
        ),
        ref=6,
    ),
    e.SilenceList(
        silences=(
            SilenceNotice(person=BOB.id, key=BOB.key, name="Bob", at=1.8e9),
            SilenceNotice(
                person=BOB.id, key=BOB.key, name="Bob", at=1.8e9, reason="noise", by="Ada"
            ),
        ),
        ref=11,
    ),
    e.RoomInviteList(
        invites=(
            RoomInvite(id="abcdefgh234567ab", expires_at=1.9e9),
            RoomInvite(
                id="abcdefgh234567ac", role="cohost", expires_at=1.9e9, uses=3, used=1, by="Ada"
            ),
        )
    ),
    e.RoomInviteMade(
        invite="abcdefgh234567ab-Zm9v_g", expires_at=1_800_604_800.0, id="abcdefgh234567ab", ref=5
    ),
    e.Done(ref=2),
    e.Refused(command="unmute", code="silenced", text="a moderator has silenced you", ref=2),
    e.Refused(command="react", code="rate_limited", text="wait", retry_after=1.5),
    e.ServerStopping(stops_at=1_800_000_005.0),
    e.OtherServers(addresses=("wss://two.example:7420#pin=" + "ab" * 32, "wss://three.example")),
    e.ServersApart(apart=True),
    e.Goodbye(code="server_closing", text="the server restarts", retry=True),
    e.Goodbye(code="server_closing", text="the server stops", retry=True, elsewhere=True),
]

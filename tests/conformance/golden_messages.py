"""Commands and events for the golden vectors, each with few fields and with all of them."""

from __future__ import annotations

from msgspec.structs import asdict, replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, OfferedIssuer, OwnClaim
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.community import CommunityCard, CommunityDetails, CommunityPerson
from roomcli.protocol.entrance import EntranceRule
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import (
    BanNotice,
    Hand,
    Knocker,
    Person,
    RoomInvite,
    SilenceNotice,
    Speaker,
    StageInvitation,
)
from roomcli.protocol.profile import Profile
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.view import RoomView

from .golden_room import (
    ADA,
    AUTHORITY,
    BOB,
    CERTIFICATE,
    EVE,
    KEY,
    LOG,
    NONCE,
    OPENED_AT,
    PUBLIC,
    ROOM,
    SIGNED,
)

ZOE = Person("p9", "Zoe", "Bridges", "c0ffee00c0ffee00c0ffee00c0ffee00")
HOST = Speaker("s1", ADA.id, "host", 0, 1, muted=False)
GUEST = Speaker(
    "s2",
    BOB.id,
    "speaker",
    3,
    255,
    silenced=True,
    connected=False,
    kept_until=1_800_000_030.5,
    spoken=61.25,
    turn_ends_at=1_800_000_135.0,
)
LINE = 'the brakes, "again"'
HAND = Hand("s3", EVE.id, 1_800_000_000.25, LINE, 12.5)
SETTINGS = RoomSettings(
    topic="Brakes & 引擎",
    hands="invited",
    order="fair",
    floor_seconds=120,
    chat=False,
    slow_seconds=10,
    capacity=500,
    listed=False,
    guests="listen",
    members=True,
    claimed=("anyone@acme.example", "git.example:8443/anyone+90d"),
    by_device=False,
    allowed=("p7", BOB.key),
    knock=True,
)
MESSAGE = ChatMessage(
    number=7, person=EVE.id, name="Eve", text="@Ada see https://example.org/a?b=1", at=1.8e9
)
TAILED = ChatMessage(number=8, person=BOB.id, name="Bob", tail="cab7", text="or not", at=1.8e9)
NEW = {EVE.id: EVE}
VIEW = RoomView(
    name=ROOM,
    you="s3",
    stage={"s1": HOST, "s2": GUEST},
    hands=(HAND,),
    front_row={"s3": EVE.id},
    audience=41,
    stage_invitations={"s3": StageInvitation(EVE.id, ADA.id)},
    knockers={ZOE.id: Knocker(ZOE, 1_800_000_001.5)},
    me=EVE.id,
    people={each.id: each for each in (ADA, BOB, EVE)},
    settings=SETTINGS,
    locked=True,
    password=True,
    access="invite",
    closes_at=1_800_000_060.0,
    log=LOG[-1].hash,
)

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
CLAIM = OwnClaim(
    id="0123456789abcdef",
    badge=Badge(
        kind="sign_on",
        subject="sso.acme.example",
        proven_at=1.7e9,
        checked_at=1.75e9,
        until=1.8e9,
        domain="acme.example",
        account_since=1.6e9,
        by_device=True,
    ),
    key=ADA.key,
)
PROFILE = Profile(
    name="Ada",
    headline="Engines",
    company="Analytical Engines & Co",
    location="London",
    pronouns="she/her",
    bio="Notes on the engine.",
    links=("https://ada.example/notes", "https://xn--bcher-kva.example"),
    page="public",
)
COMMUNITY = "c0ffee00c0ffee00"
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
    ),
    c.EnterRoom(room="a"),
    c.LeaveRoom(ref=5),
    c.WatchRooms(),
    c.WatchRooms(on=False, ref=6),
    c.Knock(room=ROOM),
    c.Knock(room=ROOM, invite="inv-1_x", on=False, ref=7),
    c.AnswerKnock(id=ZOE.id),
    c.AnswerKnock(id=ZOE.id, let_in=False, ref=8),
    c.Mute(),
    c.Mute(ref=9_007_199_254_740_991),
    c.Unmute(ref=2),
    c.RaiseHand(),
    c.RaiseHand(topic=LINE),
    c.LowerHand(),
    c.LowerAllHands(),
    c.AcceptHand(id="s3", ref=3),
    c.DeclineHand(id="s3"),
    c.InviteToStage(id="s3"),
    c.AcceptStageInvitation(),
    c.DeclineStageInvitation(),
    c.MoveToAudience(id="s2", reason="time for others"),
    c.LeaveStage(),
    c.GiveTime(id="s2", seconds=3600),
    c.Silence(id="s2", reason="noise"),
    c.LiftSilence(id="s2", ref=10),
    c.AskToUnmute(id="s2"),
    c.Remove(id="s2", reason="shouting"),
    c.Ban(id="s2"),
    c.Ban(id="s2", seconds=31_622_400, reason="shouting"),
    c.Unban(key=BOB.key),
    c.ListBans(ref=6),
    c.ListSilenced(ref=11),
    c.Report(id="s2", reason="harassment", note="from the start"),
    c.Lock(),
    c.Unlock(),
    c.MakeCohost(id="s2"),
    c.HandOver(id="s2"),
    c.React(reaction="👏"),
    # 500 characters of four bytes: the longest message that a room takes.
    c.Chat(text="😀" * 500, ref=7),
    c.RemoveMessage(number=7, reason="spam"),
    c.ReadChat(before=7),
    c.ListPeople(offset=50),
    c.ListPeople(of="left"),
    c.ChangeSettings(),
    c.ChangeSettings(**asdict(SETTINGS)),
    c.SetPassword(password="open sesame"),
    c.MakeRoomInvite(),
    c.MakeRoomInvite(role="speaker", uses=1000, seconds=3_024_000),
    c.RevokeRoomInvite(),
    c.RevokeRoomInvite(id="abcdefgh234567ab"),
    c.ListRoomInvites(),
    c.ReadLog(after=3),
    c.EndRoom(reason="we are done"),
    c.ShowProfile(),
    c.ShowProfile(person=BOB.id, ref=12),
    c.ChangeProfile(),
    c.ChangeProfile(**asdict(PROFILE), ref=13),
    c.ExportProfile(ref=14),
    c.DeleteProfile(ref=15),
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
    c.ListClaims(ref=20),
    c.ClaimForge(forge="github", user="ada"),
    c.ClaimForge(forge="gitlab", user="ada", host="git.acme.example:8443", ref=21),
    c.ClaimDomain(domain="acme.example", ref=22),
    c.ClaimMail(address="ada@acme.example", ref=23),
    c.ConfirmMail(code="12345678", attempt="0" * 32, ref=24),
    c.ClaimSignOn(issuer="https://sso.acme.example", port=50123, ref=25),
    c.FinishSignOn(attempt="1" * 32, state="a state", code="a code", ref=26),
    c.ClaimByDevice(issuer="https://sso.acme.example", ref=27),
    c.WithdrawClaim(claim="0123456789abcdef", ref=28),
]
EVENTS: list[e.Event] = [
    e.Challenge(nonce=NONCE, features=("later",)),
    e.Welcome(you=ADA, server_time=1_800_000_000.5, hosting="everybody", features=("later",)),
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
    e.ParticipantJoined(id="s3", person=EVE.id),
    e.ParticipantJoined(id="s3", person=EVE.id, people=NEW),
    e.PersonChanged(person=replace(BOB, tail="cab7"), log=LOG[0].hash),
    e.ParticipantLeft(id="s3"),
    e.ParticipantLeft(id="s2", reason="removed", by=ADA.id),
    e.ParticipantLeft(id="s2", reason="banned", log=LOG[2].hash),
    e.HandRaised(id="s3", person=EVE.id, at=1_800_000_000.25),
    e.HandRaised(
        id="s3", person=EVE.id, at=1_800_000_000.25, topic=LINE, spoken=12.5, people=NEW,
        log=LOG[0].hash,
    ),
    e.HandLowered(id="s3", reason="declined", by=ADA.id),
    e.HandsLowered(by=ADA.id),
    e.InvitedToStage(id="s3", person=EVE.id, by=ADA.id),
    e.InvitedToStage(id="s3", person=EVE.id, by=ADA.id, people=NEW),
    e.StageInvitationSettled(id="s3", answer="accepted"),
    e.Knocked(knockers={ZOE.id: Knocker(ZOE, 1_800_000_001.5)}),
    e.KnockSettled(person=ZOE.id, answer="refused", by=ADA.id),
    e.KnockSettled(person=ZOE.id, answer="gone"),
    e.KnockAnswered(room=ROOM, answer="let_in", text="come in", until=1_800_000_300.0),
    e.KnockAnswered(room=ROOM, answer="refused", text="not now", retry_after=600.0),
    e.KnockAnswered(room=ROOM, answer="over", text="the room is locked"),
    e.StageJoined(speaker=Speaker("s3", EVE.id, "speaker", 2, 0), people=NEW),
    e.StageLeft(id="s2", by=ADA.id, reason="moved"),
    e.StageLeft(id="s2", reason="time"),
    e.Muted(id="s2"),
    e.Unmuted(id="s2"),
    e.Silenced(id="s2", by=ADA.id),
    e.SilenceLifted(id="s2", by=ADA.id),
    e.SpeakerDropped(id="s2", kept_until=1_800_000_030.5),
    e.SpeakerReturned(id="s2"),
    e.RoleChanged(id="s2", role="cohost", by=ADA.id),
    e.RoleChanged(id="s2", role="host"),
    e.TurnSet(id="s2", ends_at=1_800_000_135.0),
    e.TurnSet(id="s2"),
    e.TurnEnding(id="s2", ends_at=1_800_000_135.0),
    e.RoomLocked(by=ADA.id),
    e.RoomUnlocked(by=ADA.id),
    e.SettingsChanged(settings=SETTINGS, by=ADA.id),
    e.PasswordChanged(wanted=True, by=ADA.id),
    e.ChatPosted(message=MESSAGE, people=NEW, log=LOG[2].hash),
    e.ChatPosted(message=TAILED),
    e.ChatRemoved(number=7, by=ADA.id),
    e.ModerationLogged(entry=LOG[2], log=LOG[2].hash),
    e.HostAbsent(closes_at=1_800_000_060.0),
    e.HostPresent(),
    e.Pulse(audience=41, reactions={"👏": 3, "❤️": 1}, spoken={"s2": 62.5}),
    e.RoomEnded(reason="ended", by=ADA.id),
    e.RoomEnded(reason="closed_by_admin"),
    e.AskedToUnmute(by=ADA.id),
    e.PeoplePage(offset=50, total=51, seats={"s3": EVE.id}, people=NEW, ref=4),
    e.PeoplePage(offset=0, total=1, seats={"s3": EVE.id}, people=NEW, of="left"),
    e.ChatPage(messages=(MESSAGE,), people=NEW, more=True, ref=8),
    e.LogPage(entries=LOG, opened_at=OPENED_AT, ref=9),
    e.BanList(
        bans=(
            BanNotice(key=BOB.key, name="Bob", at=1.8e9),
            BanNotice(
                person=BOB.id, key=BOB.key, name="Bob", at=1.8e9, until=1.9e9, reason="shouting",
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
    e.ProfileShown(person=BOB, profile=Profile(name="Bob"), ref=12),
    e.ProfileShown(person=ADA, profile=PROFILE),
    e.ProfileChanged(profile=PROFILE),
    e.ProfileChanged(),
    e.ClaimsListed(ref=20),
    e.ClaimsListed(
        claims=(CLAIM, replace(CLAIM, stands=False)),
        companies=("acme.example",),
        issuers=(
            OfferedIssuer(issuer="https://sso.acme.example", name="Acme"),
            OfferedIssuer(issuer="https://sso.other.example", name="Other", by_device=True),
        ),
        ref=20,
    ),
    e.MailCodeSent(address="ada@acme.example", attempt="0" * 32, until=1.8e9, ref=23),
    e.SignOnBegun(
        issuer="https://sso.acme.example",
        attempt="1" * 32,
        state="a state",
        url="https://sso.acme.example/authorize?state=a+state",
        until=1.8e9,
        ref=25,
    ),
    e.DeviceCodeReady(
        issuer="https://sso.acme.example",
        user_code="WDJB-MJHT",
        url="https://sso.acme.example/link",
        until=1.8e9,
    ),
    e.ClaimMade(claim=CLAIM),
    e.ClaimRefused(
        kind="domain", subject="acme.example", code="not_listed", text="it lists none of your keys"
    ),
    e.ClaimEnded(claim=CLAIM, why="gone"),
    e.ThingHeld(kind="profile", thing=asdict(Profile(name="Ada", headline="Engines")), ref=14),
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
    e.Done(ref=2),
    e.Refused(
        command="unmute", code="silenced", text="a moderator has silenced you", ref=2
    ),
    e.Refused(command="react", code="rate_limited", text="wait", retry_after=1.5),
    e.Goodbye(code="server_closing", text="the server restarts", retry=True),
]  # fmt: skip

"""Tests of typed lines: every command from a line, and a line on what is wrong with it."""

from __future__ import annotations

import os
from typing import get_args

import pytest
from msgspec.structs import replace

from roomcli.frontends.grammar.slash import completions, parse, secret_at
from roomcli.frontends.grammar.usage import COMMANDS, USAGE
from roomcli.frontends.model.room_model import RoomModel
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.adjustment import (
    AdjustingCommand,
    MuteForMe,
    SetVolume,
    SuppressNoise,
    UnmuteForMe,
)
from roomcli.protocol.calendar import Recurrence
from roomcli.protocol.health import ShowQuality
from roomcli.protocol.local import (
    ChooseMicrophone,
    ChooseSpeakers,
    HearYourself,
    ListDevices,
    LocalCommand,
    PushToTalk,
    SignOnByBrowser,
    ToggleMicrophone,
    TypedCommand,
)
from roomcli.protocol.people import BanNotice, Knocker, Person, Role, RoomInvite, SilenceNotice
from roomcli.protocol.permissions import PERMISSIONS
from roomcli.protocol.playing import Pause, PlaySound, Seek, StopPlaying
from roomcli.protocol.sound import ChangeSound

from ....support.fake_cast import ANN
from ....support.fake_room import TROLL, FakeRoom, make_view
from ....support.seats import chat_posted, complete, hand, hand_raised, people_page, someone

KEY = "0123456789abcdef" * 2
ANNS_KEY = ANN.key
BAN = BanNotice(key=KEY, name="Bad Actor", at=0.0)
LINK = RoomInvite(id="link1", expires_at=9.0)
KNOCKERS = (Person("ZOE", "Zoe Waits"), Person("DORA", "Dora Knocker"))
RUDE = someone("rude1", "Rudy Gone")


def seated(role: Role = "host") -> RoomModel:
    """Return a model that has joined the scripted room and asked for its lists."""
    model = RoomModel()
    asked = (
        e.BanList(bans=(BAN,)),
        e.SilenceList(silences=(SilenceNotice(person="away1", key="e" * 32, name="Away", at=0.0),)),
        e.RoomInviteList(invites=(LINK,)),
        people_page(
            (
                TROLL,
                RUDE,
            ),
            of="left",
        ),
        people_page((someone("far1", "Farah Backrow"),), offset=50, total=51),
        e.Knocked(knockers={each.id: Knocker(each, 0.0) for each in KNOCKERS}),
    )
    for event in (*FakeRoom(make_view(role, 4)).enter(), *asked):
        model.receive(event, 0.0, 0.0)
    return model


LINES: list[tuple[str, c.Command]] = [
    ("hello @Ben  you", c.Chat(text="hello @Ben  you")),
    ("/chat /mute closes it", c.Chat(text="/mute closes it")),
    ("/mute", c.Mute()),
    ("/quality", ShowQuality()),
    ("  /unmute  ", c.Unmute(lease=True)),
    ("/toggle_microphone", ToggleMicrophone()),
    ("/mute toggle", ToggleMicrophone()),
    ("/push_to_talk down", PushToTalk(down=True)),
    ("/push_to_talk down=up", PushToTalk(down=False)),
    ("/ptt UP", PushToTalk(down=False)),
    ("/ptt off", PushToTalk(down=False)),
    ("/choose_microphone  USB mic 2 ", ChooseMicrophone(device="USB mic 2")),
    ("/mic default", ChooseMicrophone(device="default")),
    ("/choose_speakers device=Headphones", ChooseSpeakers(device="Headphones")),
    ("/list_devices", ListDevices()),
    ("/change_sound echo=off gate=high", ChangeSound(echo="off", gate="high")),
    ("/sound noise off music on", ChangeSound(noise=False, music=True)),
    ("/set_volume Ann Lindqvist 50", SetVolume(key=ANNS_KEY, percent=50)),
    ("/volume ann 150 %", SetVolume(key=ANNS_KEY, percent=150)),
    (f"/volume {'7' * 32} 0%", SetVolume(key="7" * 32, percent=0)),
    ("/mute_for_me ann", MuteForMe(key=ANNS_KEY)),
    ("/unmute_for_me Ann Lindqvist", UnmuteForMe(key=ANNS_KEY)),
    ("/suppress_noise Ann", SuppressNoise(key=ANNS_KEY)),
    ("/suppress_noise Ann Lindqvist off", SuppressNoise(key=ANNS_KEY, on=False)),
    ("/hear_yourself", HearYourself()),
    ("/hear_yourself off", HearYourself(on=False)),
    ("/play", PlaySound()),
    ("/play /tmp/my talk.mp3", PlaySound(file="/tmp/my talk.mp3")),
    ('/play file="/tmp/my talk.mp3"', PlaySound(file="/tmp/my talk.mp3")),
    ("/play ~/talk.mp3", PlaySound(file=os.path.expanduser("~/talk.mp3"))),
    ("/play talk.mp3", PlaySound(file=os.path.abspath("talk.mp3"))),
    ("/pause", Pause()),
    ("/seek 1:30", Seek(to=90.0)),
    ("/seek 1:02:03", Seek(to=3723.0)),
    ("/seek 2m", Seek(to=120.0)),
    ("/seek +10", Seek(by=10.0)),
    ("/seek -1:00", Seek(by=-60.0)),
    ("/stop", StopPlaying()),
    ("/raise_hand", c.RaiseHand()),
    ("/raise_hand I would ask about X", c.RaiseHand(topic="I would ask about X")),
    ("/lower_hand", c.LowerHand()),
    ("/lower_all_hands", c.LowerAllHands()),
    ("/accept_hand Fay Nakamura", c.AcceptHand(id="fay1")),
    ("/accept_hand gus1", c.AcceptHand(id="gus1")),
    ("/accept_hand", c.AcceptHand(id="fay1")),
    ("/decline_hand", c.DeclineHand(id="fay1")),
    ("/raise on tests", c.RaiseHand(topic="on tests")),
    ("/lower", c.LowerHand()),
    ("/decline_hand fay", c.DeclineHand(id="fay1")),
    ("/invite_to_stage ida", c.InviteToStage(id="p0")),
    ("/invite_to_stage farah", c.InviteToStage(id="far1")),
    ("/accept_stage_invitation", c.AcceptStageInvitation()),
    ("/decline_stage_invitation", c.DeclineStageInvitation()),
    ("/leave_stage", c.LeaveStage()),
    ("/move_to_audience cho off topic", c.MoveToAudience(id="cho1", reason="off topic")),
    ("/give_time Cho", c.GiveTime(id="cho1")),
    ("/give_time Cho Min-seo 2m", c.GiveTime(id="cho1", seconds=120)),
    ("/give_time cho1 90", c.GiveTime(id="cho1", seconds=90)),
    ("/silence Ben talks over others", c.Silence(id="ben1", reason="talks over others")),
    ("/silence Ben  Okafor  talks", c.Silence(id="ben1", reason="talks")),
    ('/silence "Ben Okafor" talks', c.Silence(id="ben1", reason="talks")),
    ("/silence BEN OKA", c.Silence(id="ben1")),
    ('/silence "Be" x', c.Silence(id="ben1", reason="x")),
    ("/ask_to_unmute dee", c.AskToUnmute(id="dee1")),
    ("/remove Ida Berg spam", c.Remove(id="p0", reason="spam")),
    ("/ban troy", c.Ban(id="tro1")),
    ("/ban Troy Troll 10m", c.Ban(id="tro1", seconds=600)),
    ("/ban troy 3d came back twice", c.Ban(id="tro1", seconds=259200, reason="came back twice")),
    ("/ban troy forever insults", c.Ban(id="tro1", reason="insults")),
    ("/ban troy 3 times rude", c.Ban(id="tro1", reason="3 times rude")),
    ("/ban troy 2hot takes", c.Ban(id="tro1", reason="2hot takes")),
    ("/ban troy 2nd warning", c.Ban(id="tro1", reason="2nd warning")),
    ("/ban id=troy seconds=2h reason=spam", c.Ban(id="tro1", seconds=7200, reason="spam")),
    ('/ban Ben reason="too loud" seconds=30m', c.Ban(id="ben1", seconds=1800, reason="too loud")),
    ("/remove Ben said a=b", c.Remove(id="ben1", reason="said a=b")),
    ("/unban bad actor", c.Unban(key=KEY)),
    ("/unban 0123", c.Unban(key=KEY)),
    ("/unban Bad", c.Unban(key=KEY)),
    (f"/unban Bad Actor·{KEY[-4:]}", c.Unban(key=KEY)),
    (f"/unban {'f' * 32}", c.Unban(key="f" * 32)),
    ("/report rudy", c.Report(id="rude1")),
    ("/report Troy hate said so", c.Report(id="tro1", reason="hate", note="said so")),
    ("/report Troy said so", c.Report(id="tro1", note="said so")),
    ("/make_cohost cho", c.MakeCohost(id="cho1")),
    ("/answer_knock", c.AnswerKnock(id="ZOE")),
    ("/answer_knock no", c.AnswerKnock(id="ZOE", let_in=False)),
    ("/answer_knock dora", c.AnswerKnock(id="DORA")),
    ("/answer_knock Dora Knocker no", c.AnswerKnock(id="DORA", let_in=False)),
    (
        "/change_settings guests=listen members=on knock=on by_device=off",
        c.ChangeSettings(guests="listen", members=True, knock=True, by_device=False),
    ),
    (
        "/change_settings claimed=anyone@acme.example,github.com/anyone+90d allowed=none",
        c.ChangeSettings(claimed=("anyone@acme.example", "github.com/anyone+90d"), allowed=()),
    ),
    (
        f'/change_settings claimed=none allowed="Ben Okafor, {KEY}"',
        c.ChangeSettings(claimed=(), allowed=("BEN1", KEY)),
    ),
    ("/hand_over cho", c.HandOver(id="cho1")),
    ("/show_profile", c.ShowProfile()),
    ("/show_profile ben oka", c.ShowProfile(person="BEN1")),
    ("/show_profile 0123456789abcdef", c.ShowProfile(person="0123456789abcdef")),
    (
        '/change_profile headline="Keeps bees" links="https://a.example https://b.example" bio=',
        c.ChangeProfile(
            headline="Keeps bees", links=("https://a.example", "https://b.example"), bio=""
        ),
    ),
    ("/list_claims", c.ListClaims()),
    ("/claim_forge github ann", c.ClaimForge(forge="github", user="ann")),
    (
        "/claim_forge forgejo ann git.acme.example:8443",
        c.ClaimForge(forge="forgejo", user="ann", host="git.acme.example:8443"),
    ),
    ("/claim_domain did:web:acme.example", c.ClaimDomain(domain="did:web:acme.example")),
    ("/claim_mail ann@acme.example", c.ClaimMail(address="ann@acme.example")),
    ("/confirm_mail 12345678", c.ConfirmMail(code="12345678")),
    ("/confirm_mail 1234 5678 attempt=0f0f", c.ConfirmMail(code="1234 5678", attempt="0f0f")),
    (
        "/claim_sign_on https://sso.acme.example",
        SignOnByBrowser(issuer="https://sso.acme.example"),
    ),
    (
        "/claim_by_device https://sso.acme.example",
        c.ClaimByDevice(issuer="https://sso.acme.example"),
    ),
    ("/hide_claim 0123456789abcdef", c.HideClaim(claim="0123456789abcdef")),
    ("/show_claim 0123456789abcdef", c.ShowClaim(claim="0123456789abcdef")),
    ("/withdraw_claim 0123456789abcdef", c.WithdrawClaim(claim="0123456789abcdef")),
    ("/export_profile", c.ExportProfile()),
    ("/follow ben oka", c.Follow(person="BEN1")),
    ("/unfollow Ben", c.Unfollow(person="BEN1")),
    ("/follow_community c1", c.FollowCommunity(community="c1")),
    ("/unfollow_community c1", c.UnfollowCommunity(community="c1")),
    ("/block troy", c.Block(person="TRO1")),
    ("/unblock 0123456789abcdef", c.Unblock(person="0123456789abcdef")),
    ("/list_ties", c.ListTies()),
    ("/list_ties blocked 100", c.ListTies(of="blocked", offset=100)),
    ("/show_home", c.ShowHome()),
    ("/search bee keeper", c.Search(text="bee keeper")),
    ("/search people zoe", c.Search(of="people", text="zoe")),
    ("/search bee offset=20", c.Search(text="bee", offset=20)),
    ("/delete_profile", c.DeleteProfile()),
    ("/list_communities", c.ListCommunities()),
    ("/list_communities discoverable 50", c.ListCommunities(of="discoverable", offset=50)),
    ("/show_community c0ffee", c.ShowCommunity(community="c0ffee")),
    (
        '/found_community name="Bee Folk" entry=application rules="Be kind | Listen" hidden=on',
        c.FoundCommunity(
            name="Bee Folk", entry="application", rules=("Be kind", "Listen"), hidden=True
        ),
    ),
    (
        "/describe_community c0ffee hosting=members about=",
        c.DescribeCommunity(community="c0ffee", hosting="members", about=()),
    ),
    ("/join_community c0ffee", c.JoinCommunity(community="c0ffee")),
    (
        "/join_community c0ffee 2 I keep bees",
        c.JoinCommunity(community="c0ffee", rules=2, note="I keep bees"),
    ),
    ("/agree_to_rules c0ffee 3", c.AgreeToRules(community="c0ffee", rules=3)),
    ("/leave_community c0ffee", c.LeaveCommunity(community="c0ffee")),
    ("/accept_application c0ffee ben", c.AcceptApplication(community="c0ffee", person="BEN1")),
    (
        "/decline_application c0ffee 0123456789abcdef not now",
        c.DeclineApplication(community="c0ffee", person="0123456789abcdef", reason="not now"),
    ),
    ("/invite_to_community c0ffee ben", c.InviteToCommunity(community="c0ffee", person="BEN1")),
    (
        "/withdraw_community_invitation c0ffee ben",
        c.WithdrawCommunityInvitation(community="c0ffee", person="BEN1"),
    ),
    (
        "/set_community_role c0ffee ben role=moderator",
        c.SetCommunityRole(community="c0ffee", person="BEN1", role="moderator"),
    ),
    ("/hand_over_community c0ffee ben", c.HandOverCommunity(community="c0ffee", person="BEN1")),
    (
        "/remove_member c0ffee ben spam",
        c.RemoveMember(community="c0ffee", person="BEN1", reason="spam"),
    ),
    (
        "/ban_from_community c0ffee ben 3d spam",
        c.BanFromCommunity(community="c0ffee", person="BEN1", seconds=259200, reason="spam"),
    ),
    ("/lift_community_ban c0ffee ben", c.LiftCommunityBan(community="c0ffee", person="BEN1")),
    (
        "/list_community_people c0ffee bans 100",
        c.ListCommunityPeople(community="c0ffee", of="bans", offset=100),
    ),
    ("/read_community_log c0ffee 7", c.ReadCommunityLog(community="c0ffee", after=7)),
    ("/add_community_room c0ffee retro", c.AddCommunityRoom(community="c0ffee", room="retro")),
    (
        "/give_up_community_room c0ffee retro",
        c.GiveUpCommunityRoom(community="c0ffee", room="retro"),
    ),
    ("/close_community c0ffee so long", c.CloseCommunity(community="c0ffee", reason="so long")),
    ("/list_events", c.ListEvents()),
    ("/list_events mine", c.ListEvents(of="mine")),
    (
        '/list_events community community=rust after="1.0 x"',
        c.ListEvents(of="community", community="rust", after="1.0 x"),
    ),
    ("/show_event 0011", c.ShowEvent(event="0011")),
    ("/answer_event 0011 yes", c.AnswerEvent(event="0011", answer="yes")),
    (
        "/answer_event 0011 maybe 2027-03-02",
        c.AnswerEvent(event="0011", answer="maybe", day="2027-03-02"),
    ),
    (
        '/plan_event title="Rust talks" start=2027-03-02T18:30 zone=Europe/Paris'
        ' agenda="Welcome | Talks" repeats="every first tuesday" speakers="a1 b2" capacity=20',
        c.PlanEvent(
            title="Rust talks",
            start="2027-03-02T18:30",
            zone="Europe/Paris",
            agenda=("Welcome", "Talks"),
            recurrence=Recurrence(every="month", nth=1, weekdays=("tu",)),
            speakers=("a1", "b2"),
            capacity=20,
        ),
    ),
    (
        '/change_event 0011 3 minutes=90 once=on notice="one talk more"',
        c.ChangeEvent(event="0011", version=3, minutes=90, once=True, notice="one talk more"),
    ),
    (
        "/move_occurrence 0011 3 2027-03-02 2027-03-03T18:30 the hall is taken",
        c.MoveOccurrence(
            event="0011",
            version=3,
            day="2027-03-02",
            start="2027-03-03T18:30",
            notice="the hall is taken",
        ),
    ),
    (
        '/cancel_event 0011 3 day=2027-03-02 notice="holidays"',
        c.CancelEvent(event="0011", version=3, day="2027-03-02", notice="holidays"),
    ),
    ("/list_answers 0011", c.ListAnswers(event="0011")),
    ("/list_answers 0011 2027-03-02 50", c.ListAnswers(event="0011", day="2027-03-02", offset=50)),
    ("/show_calendar", c.ShowCalendar()),
    ("/set_reminder 30", c.SetReminder(minutes=30)),
    ("/make_feed", c.MakeFeed()),
    ("/revoke_feed", c.RevokeFeed()),
    ("/export_events", c.ExportEvents()),
    ("/export_events 0011", c.ExportEvents(event="0011")),
    ("/lock", c.Lock()),
    ("/unlock", c.Unlock()),
    (
        '/change_settings floor_seconds=2m order=fair topic="On trains" chat=off',
        c.ChangeSettings(floor_seconds=120, order="fair", topic="On trains", chat=False),
    ),
    ("/change_settings topic= slow_seconds=0", c.ChangeSettings(topic="", slow_seconds=0)),
    ("/change_settings max_bitrate=24", c.ChangeSettings(max_bitrate=24)),
    ("/set_password open  sesame", c.SetPassword(password="open  sesame")),
    ("/set_password", c.SetPassword(password="")),
    ("/make_room_invite", c.MakeRoomInvite()),
    (
        "/make_room_invite speaker uses=1 for=2h",
        c.MakeRoomInvite(role="speaker", uses=1, seconds=7200),
    ),
    ("/make_room_invite for=2h cohost", c.MakeRoomInvite(role="cohost", seconds=7200)),
    ("/revoke_room_invite", c.RevokeRoomInvite()),
    ("/revoke_room_invite lin", c.RevokeRoomInvite(id="link1")),
    ("/revoke_room_invite other", c.RevokeRoomInvite(id="other")),
    ("/list_room_invites", c.ListRoomInvites()),
    ("/list_people", c.ListPeople()),
    ("/list_people 100", c.ListPeople(offset=100)),
    ("/list_people left", c.ListPeople(of="left")),
    ("/list_bans", c.ListBans()),
    ("/list_silenced", c.ListSilenced()),
    ("/lift_silence ben okafor", c.LiftSilence(id="ben1")),
    ("/lift_silence Away", c.LiftSilence(id="away1")),
    ("/read_log 7", c.ReadLog(after=7)),
    ("/react", c.React(reaction="👏")),
    ("/react 🐍", c.React(reaction="🐍")),
    ("/remove_message 3 spam", c.RemoveMessage(number=3, reason="spam")),
    ("/read_chat", c.ReadChat(before=1)),
    ("/read_chat 40", c.ReadChat(before=40)),
    ("/end_room thank you all", c.EndRoom(reason="thank you all")),
    ("/leave", c.Leave()),
]


@pytest.mark.parametrize(("line", "command"), LINES)
def test_a_line_is_a_command(line: str, command: c.Command) -> None:
    assert parse(line, seated()) == command


def test_the_engine_is_asked_where_the_sound_is_not_known() -> None:
    assert parse("/sound", RoomModel()) == ChangeSound()


def test_every_command_can_be_typed_and_is_explained() -> None:
    everything = set(get_args(TypedCommand))
    assert {type(command) for _, command in LINES} == everything
    assert set(USAGE) == set(COMMANDS)
    assert set(COMMANDS.values()) == everything


def test_who_knocks_is_completed_and_where_nobody_does_that_is_said() -> None:
    assert completions("/answer_knock Do", seated()) == ["/answer_knock Dora Knocker "]
    model = seated()
    for each in KNOCKERS:
        model.receive(e.KnockSettled(person=each.id, answer="gone"), 0.0, 0.0)
    assert parse("/answer_knock", model) == "Nobody knocks"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/", "There is no /: /help lists the commands"),
        ("/dance", "There is no /dance: /help lists the commands"),
        ("/mut", "There is no /mut, did you mean /mute? /help lists the commands"),
        ("/open_devices", "There is no /open_devices, did you mean /list_devices? /help lists"),
        ("/invite_to_stage", "Say whom: /invite_to_stage NAME"),
        ("/ban", "Say whom: /ban NAME [10m|2h|3d|forever] [REASON]"),
        ("/ban troy 2 h spam", "2 h is no time: say 90s, 30m, 2h, 7d or forever"),
        ("/ban troy 1.5h", "1.5h is no time"),
        ("/ban troy -5m spam", "-5m is no time"),
        ("/ban troy 30", "30 is no time"),
        ("/ban troy 1h30m spam", "1h30m is no time"),
        ("/ban troy 2 Hours", "2 Hours is no time"),
        ("/ban troy 10 minutes, please", "10 minutes is no time"),
        ("/ban id=troy seconds=1.5h", "1.5h is no time"),
        ("/accept_hand Nobody", "Nobody here is called Nobody"),
        ("/set_volume Ann", "Say what: /set_volume NAME 0-200"),
        ("/volume", "Say whom: /set_volume NAME 0-200"),
        ("/volume Ann 201", "That does not fit. /set_volume NAME 0-200: hear somebody louder"),
        ("/volume Ann loud", "I do not understand loud: /set_volume NAME 0-200"),
        ("/mute_for_me Nobody", "Nobody here is called Nobody"),
        ("/mute_for_me you1", "That is you: this is about how you hear others"),
        ("/accept_hand Fay Nakamora", "Nobody here is called Fay Nakamora"),
        ("/answer_knock Nobody no", "Nobody here is called Nobody"),
        ("/answer_knock Ben Okafor", "Nobody here is called Ben"),
        (
            "/change_settings claimed=acme",
            "acme is no claim: say anyone@acme.example, acme.example,",
        ),
        ("/change_settings allowed=Nobody", "Nobody here is called Nobody"),
        ("/silence Troy", "Nobody here is called Troy"),
        ('/silence ""', "Nobody here is called "),
        ("/lock now", "I do not understand now: /lock stands alone"),
        ("/give_time cho soon", "I do not understand soon: /give_time NAME [60s]"),
        (
            "/give_time cho 2h",
            "That does not fit. /give_time NAME [60s]: let a turn last longer, 10 s to 1 h",
        ),
        ("/react hello", "hello is no emoji: 👏 ❤️ 😂 🎉 🤔 👍 or any other single one"),
        ("/unban stranger", "No ban of stranger is known: /list_bans tells who is kept out"),
        ("/remove_message", "Say what: /remove_message NUMBER [REASON]"),
        ("/change_settings speed=3", "There is no speed: there are topic, hands, order,"),
        ("/change_settings order=random", "order is one of fifo, fair"),
        ("/change_settings chat=maybe", "chat is one of on, off"),
        ("/change_settings capacity=many", "capacity is a number, or a time such as 2m"),
        ("/change_settings topic=Two words", "I do not understand words:"),
        ("/change_settings", "The room: topic: there is no topic; hands: everybody may"),
        ("/sound", "Your sound: echo: echo is taken out whenever there is one; noise: steady"),
        ("/sound echo maybe", "echo is one of auto, on, off"),
        ("/sound noise", "I do not understand noise: /change_sound [echo=auto|on|off]"),
        ("/make_room_invite boss", "I do not understand boss:"),
        ("/chat", "Say what: /chat TEXT"),
        ("", "Say what: /chat TEXT"),
        ("x" * 501, "A message has 500 characters at most; this one has 501"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(line: str, words: str) -> None:
    said = parse(line, seated())
    assert isinstance(said, str)
    assert said.startswith(words)
    assert "\n" not in said


def test_people_of_one_name_are_told_apart() -> None:
    model = seated()
    assert model.view is not None
    toms = [someone(f"tom{number}", "Tom Adler") for number in (1, 2)]
    toms.append(someone("tom3", "Tom Adler Smith"))
    waiting = tuple(hand(each, 0.0) for each in toms)
    model.view = complete(replace(model.view, hands=waiting), *toms)
    said = parse("/accept_hand tom adler", model)
    assert said == "Several people fit tom adler: Tom Adler (tom1), Tom Adler (tom2)"
    assert parse("/accept_hand tom2", model) == c.AcceptHand(id="tom2")
    called_so = someone("x", "tom2")
    waiting = (*waiting, hand(called_so, 0.0))
    model.view = complete(replace(model.view, hands=waiting), called_so)
    assert parse("/accept_hand tom2", model) == c.AcceptHand(id="tom2"), "an id is not to be taken"
    assert parse("/silence Tom Adler Smith hums", model) == c.Silence(id="tom3", reason="hums")


def test_who_wrote_and_went_can_be_reported_and_put_out_but_not_on_stage() -> None:
    model = seated()
    author = someone("aut1", "Otto Author")
    model.receive(chat_posted(author, 1, "so it is", 0.0), 1.0, 0.0)
    assert parse("/invite_to_stage Otto", model) == c.InviteToStage(id="AUT1")
    model.receive(people_page((author,), of="left"), 1.0, 0.0)
    for kind, name in (
        (c.Report, "report"),
        (c.Remove, "remove"),
        (c.MoveToAudience, "move_to_audience"),
    ):
        assert parse(f"/{name} Otto", model) == kind(id="aut1")
    assert isinstance(parse("/invite_to_stage Otto", model), str)


def test_letters_are_the_same_however_they_are_typed() -> None:
    model = seated()
    jose = someone("jos1", "Jos\u00e9")
    model.receive(hand_raised(jose, at=0.0), 1.0, 0.0)
    assert parse("/accept_hand Jose\u0301", model) == c.AcceptHand(id="jos1")


def test_who_was_listed_and_left_is_not_here() -> None:
    model = seated()
    listed = someone("p0", "Ida Berg")
    model.receive(people_page((listed,)), 1.0, 0.0)
    model.receive(e.ParticipantLeft(id="p0"), 1.0, 0.0)
    assert parse("/silence Ida", model) == "Nobody here is called Ida"
    assert parse("/ban Ida", model) == c.Ban(id="p0")


def test_outside_a_room_nobody_is_known() -> None:
    assert parse("/silence Ann", RoomModel()) == "Nobody here is called Ann"
    assert isinstance(parse("/change_settings order=fair", RoomModel()), c.ChangeSettings)


@pytest.mark.parametrize(
    ("prefix", "lines"),
    [
        ("/rea", ["/react ", "/read_chat ", "/read_community_log ", "/read_log "]),
        ("/lo", ["/lower_hand", "/lower_all_hands", "/lock"]),
        ("/silence b", ["/silence Ben Okafor "]),
        ("/silence ben ok", ["/silence Ben Okafor "]),
        ("/silence tro", []),
        ("/ban tro", ["/ban Troy Troll "]),
        ("/report Ben Okafor ha", ["/report Ben Okafor harassment", "/report Ben Okafor hate"]),
        ("/make_room_invite sp", ["/make_room_invite speaker"]),
        ("/make_room_invite speaker us", ["/make_room_invite speaker uses="]),
        ("/change_settings or", ["/change_settings order="]),
        ("/change_settings order=fair fl", ["/change_settings order=fair floor_seconds="]),
        ("/list_people l", ["/list_people left"]),
        ("/dance ", []),
        ("hello @be", ["hello @Ben Okafor "]),
        ("mail@be", []),
        ("hello", []),
        ("", []),
    ],
)
def test_completions(prefix: str, lines: list[str]) -> None:
    assert completions(prefix, seated()) == lines


def test_nobody_is_offered_what_they_may_not() -> None:
    offered = {role: completions("/", seated(role)) for role in ("listener", "cohost", "host")}
    assert "/ban " not in offered["listener"]
    assert "/ban " in offered["cohost"]
    assert "/hand_over " not in offered["cohost"]
    assert "/raise_hand " in offered["listener"]
    assert "/raise_hand " not in offered["host"]
    for role in ("listener", "cohost", "host"):
        names = {each.strip("/ ") for each in offered[role]}
        machines = LocalCommand | AdjustingCommand | SignOnByBrowser
        for_all = get_args(c.Leave | machines | c.DeskCommand)
        own = {each for each in COMMANDS if COMMANDS[each] in for_all}
        given = {each for each in COMMANDS.keys() - own if role in PERMISSIONS[COMMANDS[each]].who}
        assert names == own | given


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("/set_password hunter2", "hunter2"),
        ("  /set_password  a b", " a b"),
        ("/set_password ", ""),
        ("/Set_Passwrod x", "x"),
        ("/set_password", None),
        ("/ban Ann", None),
        ("the password is x", None),
        ("", None),
    ],
)
def test_a_password_in_a_line_is_found(line: str, secret: str | None) -> None:
    place = secret_at(line)
    assert (None if place is None else line[place:]) == secret

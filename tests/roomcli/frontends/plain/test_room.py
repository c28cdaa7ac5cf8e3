"""Tests of the plain room: what is said, what a typed line does, and why it is over."""

from __future__ import annotations

import asyncio
import time

import pytest
from msgspec.structs import replace

from roomcli.frontends.grammar.usage import USAGE
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.plain import room as module
from roomcli.frontends.plain.room import PlainRoom
from roomcli.frontends.words import comings
from roomcli.frontends.words.applause import Applause
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.health import ShowQuality
from roomcli.protocol.people import HearerInTrouble, Knocker, Person
from roomcli.protocol.profile import Profile

from ....support.fake_cast import ANN, ME
from ....support.fake_engine import ScriptedEngine
from ....support.fake_room import STATS, YOU, FakeRoom, make_view
from ....support.patience import PATIENCE
from ....support.plain_seat import ENTER, TypedLines, seated
from ....support.seats import (
    hand_raised,
    invited_to_stage,
    participant_joined,
    people_page,
    someone,
)


def test_entering_tells_who_is_here() -> None:
    lines = TypedLines(
        FakeRoom(make_view("host", 4), invite="sesame"), "roomcli join 'x#i={invite}'"
    )
    assert lines.hears() == Outcome(0, "", "left")
    text = "\n".join(lines.said)
    for wanted in (
        "You are in standup",
        "On stage: Ann Lindqvist, co-host, Principal engineer, Northwind Rail: open, spoke 12 min",
        "On stage: Dee Castellanos, speaker, Site reliability, Porto Bank: silenced, spoke 41 s",
        "On stage: Eli Brandt, speaker, Writes about networks: muted, reconnecting",
        "On stage: Robin Keller (you), host, Platform, Kestrel Labs: muted",
        "Hand 1: Fay Nakamura, waits 4 min: How do you test the stop signals?",
        "Hand 2: Gus Petrov, waits 1 min",
        "In the audience: 4",
        "If you drop: Ann Lindqvist in 30 s",
        "In the chat: 3 messages, /read_chat reads them",
        "roomcli join 'x#i=sesame'",
        "/help lists the commands",
    ):
        assert wanted in text


def test_everything_that_happens_is_one_line() -> None:
    lines = TypedLines(FakeRoom(make_view("speaker", 4)))
    before = len(lines.said)
    lines.hears(
        local.Microphone(open=True),
        local.Levels(microphone=-20, speakers={"ann1": -20}),
        local.Microphone(open=False, reason="lease"),
        hand_raised(someone("zed1", "Zed [bold]\x1b[31mred"), at=time.time()),
        local.Connection(state="reconnecting", text="the network is gone"),
        local.Problem(code="x", text="[bold]no markup[/]"),
        e.Silenced(id="ben1", by="ANN1"),
        e.ParticipantLeft(id="ben1"),
        people_page(
            (
                someone("p0", "Ida"),
                someone("p1", "Jon"),
            )
        ),
        e.Refused(command="lock", code="not_allowed", text="only hosts lock"),
        invited_to_stage(ME, ANN),
        e.AskedToUnmute(by="ANN1"),
        people_page((someone("q", "Quy"),), total=3, of="left"),
        e.TurnEnding(id=YOU, ends_at=time.time() + 15),
    )
    news = lines.said[before:]
    for wanted in (
        "You are on air",
        "You are muted: the screen stood still",
        "Reconnecting: the network is gone",
        "[bold]no markup[/]",
        "Ann Lindqvist (host) silenced Ben Okafor (co-host)",
        "Ben Okafor (co-host) left",
        "Audience: Ida, Jon",
        "only hosts lock",
        "Ann Lindqvist (host) invites you on stage: /accept_stage_invitation or"
        " /decline_stage_invitation",
        "Ann Lindqvist (host) would like to hear you: /unmute opens your microphone",
        "Left: Quy, and 2 more: /list_people left 1",
        "Your turn is over: 15 s to finish",
    ):
        assert wanted in news
    assert all("\n" not in line for line in news)


def test_people_who_come_and_go_together_are_said_once_before_what_follows() -> None:
    lines = TypedLines(FakeRoom(make_view("host", 4)))
    ida, jon = someone("ida1", "Ida"), someone("jon1", "Jon")
    wave = participant_joined(ida), participant_joined(jon), e.ParticipantLeft(id="ben1")
    lines.hears(*wave, hand_raised(jon, at=time.time()))
    assert lines.said[-2:] == [
        "Ida and Jon are here. Ben Okafor (co-host) left",
        "Jon raised a hand",
    ]


def test_a_wave_is_said_even_if_nothing_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEWAL", 0.01)
    monkeypatch.setattr(comings, "PAUSE", 0.0)
    engine = ScriptedEngine(FakeRoom(make_view("host", 4)))

    async def wait() -> None:
        told = asyncio.Event()
        room = PlainRoom(engine, lambda line: told.set() if line == "Ida is here" else None, ENTER)
        running = asyncio.create_task(room.run())
        engine.say(participant_joined(someone("ida1", "Ida")))
        async with asyncio.timeout(PATIENCE):
            await told.wait()
        running.cancel()

    asyncio.run(wait())


def test_quiet_says_no_longer_who_comes_and_goes_and_then_again() -> None:
    lines = seated()
    assert "not told any more" in lines.answers("/quiet")[0]
    said = len(lines.said)
    lines.hears(participant_joined(someone("ida1", "Ida")))
    assert lines.said[said:] == []
    assert lines.answers("/quiet") == ["You are told again who comes and goes"]
    lines.hears(participant_joined(someone("jon1", "Jon")))
    assert lines.said[-1] == "Jon is here"


def test_who_begins_with_who_speaks_now() -> None:
    lines = seated()
    assert lines.answers("/who")[0] == "Nobody is speaking now"
    lines.hears(local.Levels(microphone=-90, speakers={"ann1": -20, "ben1": -80}))
    assert lines.answers("/who")[0] == "Speaking now: Ann Lindqvist (co-host)"


def test_why_the_link_is_lost_is_said_once_for_all_tries() -> None:
    lines = TypedLines(FakeRoom(make_view("listener", 4)))
    lines.hears()
    before = len(lines.said)
    refused = local.Connection(state="reconnecting", text="nobody listens", retry_in=1.0)
    silent = replace(refused, text="the server fell silent", retry_in=2.0)
    lines.hears(silent, refused, replace(refused, retry_in=2.0), refused, silent)
    lines.hears(local.Connection(state="connected"), silent)
    assert lines.said[before:] == [
        "Reconnecting: the server fell silent",
        "Reconnecting: nobody listens",
        "Reconnecting: the server fell silent",
        "Reconnecting: the server fell silent",
    ]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("Hello, all", c.Chat(text="Hello, all")),
        ("  /unmute  ", c.Unmute(lease=True)),
        ("/silence ben too loud", c.Silence(id="ben1", reason="too loud")),
        ("/bans", c.ListBans()),
        ("/invites", c.ListRoomInvites()),
        ("/read_chat 3", c.ReadChat(before=3)),
        ("/log", c.ReadLog()),
        ("/accept_hand", c.AcceptHand(id="fay1")),
    ],
)
def test_a_line_is_a_command(line: str, command: c.Command) -> None:
    lines = seated()
    assert lines.answers(line) == []
    assert lines.engine.sent == [command]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", []),
        ("/dance", ["There is no /dance: /help lists the commands"]),
        ("/invite_to_stage", ["Say whom: /invite_to_stage NAME"]),
        ("/help mute", ["/mute: close your microphone"]),
    ],
)
def test_what_asks_for_nothing_is_answered_here(line: str, said: list[str]) -> None:
    lines = seated()
    assert lines.answers(line) == said
    assert lines.engine.sent == []


def test_help_tells_what_one_may_do() -> None:
    host, guest = (
        "\n".join(seated().answers("/help")),
        TypedLines(FakeRoom(make_view("listener", 4))),
    )
    guest.hears()
    told = "\n".join(guest.answers("/help"))
    assert "/raise_hand [TOPIC]: ask to speak" in told
    assert "/ban NAME" in host
    assert "/ban NAME" not in told
    assert len(USAGE) > 30
    for name in USAGE:
        assert (f"/{name}" in host) == (name not in ("raise_hand", "leave_stage"))


def test_applause_is_one_line_now_and_then() -> None:
    applause = Applause()
    assert applause.line(0.0) is None
    applause.add({"👏": 2})
    assert applause.line(0.0) == "2 \N{MULTIPLICATION SIGN} 👏"
    for _ in range(1000):
        applause.add({"👏": 1, "🎉": 2})
        assert applause.line(9.9) is None
    times = "\N{MULTIPLICATION SIGN}"
    assert applause.line(10.0) == f"2000 {times} 🎉, 1000 {times} 👏"
    assert applause.line(30.0) is None


def test_what_came_through_a_pipe_early_is_done_in_the_room() -> None:
    lines = TypedLines(FakeRoom(make_view("listener", 4)))
    for line in ("/raise_hand on tests", "/mute", "good evening"):
        assert lines.answers(line) == []
    lines.room.end_input()
    assert lines.engine.sent == []
    lines.hears()
    asked = [type(command).__name__ for command in lines.engine.sent]
    assert asked == ["RaiseHand", "Mute", "Chat", "Leave"]


def test_who_ends_the_input_before_the_room_is_known_leaves() -> None:
    lines = TypedLines()
    lines.room.end_input()
    assert [type(command).__name__ for command in lines.engine.sent] == ["Leave"]


def test_the_last_word_is_the_engines() -> None:
    lines = TypedLines()
    lines.engine.say(local.Left(code="removed", text="Ann removed you", exit_code=4))
    assert asyncio.run(lines.room.run()) == Outcome(4, "Ann removed you", "removed")
    silent = TypedLines()
    asyncio.run(silent.engine.close())
    assert asyncio.run(silent.room.run()).exit_code == 1


def test_leaving_is_no_news_to_whoever_leaves() -> None:
    lines = TypedLines(FakeRoom(make_view("speaker", 4)))
    lines.hears()
    before = len(lines.said)
    lines.hears(e.ParticipantLeft(id=YOU), e.Goodbye(code="left", text="you left"))
    assert lines.said[before:] == []


@pytest.mark.parametrize(
    "last",
    [
        e.Goodbye(code="banned", text="Ann banned you"),
        e.RoomLeft(reason="banned", text="Ann banned you"),
    ],
)
def test_why_it_is_over_is_told_once(last: e.Goodbye | e.RoomLeft) -> None:
    lines = TypedLines(FakeRoom(make_view("speaker", 4)))
    lines.hears()
    before = len(lines.said)
    lines.engine.say(
        last,
        local.Left(code="banned", text="Ann banned you", exit_code=4),
    )
    assert asyncio.run(lines.room.run()) == Outcome(4, "Ann banned you", "banned")
    assert lines.said[before:] == []


class Renewals(ScriptedEngine):
    """An engine that counts how often the lease was renewed."""

    def __init__(self, room: FakeRoom) -> None:
        super().__init__(room)
        self.count = 0
        self.several = asyncio.Event()

    def send(self, command: c.Command) -> None:
        self.count += isinstance(command, local.RenewMicrophone)
        if self.count > 2:
            self.several.set()
        super().send(command)


def test_an_open_microphone_is_renewed_while_this_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEWAL", 0.01)
    engine = Renewals(FakeRoom(make_view("speaker", 4)))

    async def scenario() -> None:
        room = PlainRoom(engine, lambda _: None, ENTER)
        running = asyncio.create_task(room.run())
        await asyncio.sleep(0.05)
        assert engine.count == 0, "nothing to renew yet"
        room.obey("/unmute")
        await asyncio.wait_for(engine.several.wait(), PATIENCE)
        room.leave()
        await running
        after = engine.count
        await asyncio.sleep(0.05)
        assert engine.count == after

    asyncio.run(scenario())


def test_a_profile_is_read_out_and_changed() -> None:
    lines = seated()
    assert lines.answers("/show_profile ben oka") == []
    assert lines.answers('/change_profile bio="Keeps bees."') == []
    asked = [replace(each, ref=None) for each in lines.engine.sent]
    assert asked == [c.ShowProfile(person="BEN1"), c.ChangeProfile(bio="Keeps bees.")]
    before = len(lines.said)
    ben = Profile(name="Ben", links=("https://ben.example",))
    lines.room.receive(e.ProfileShown(person=Person("BEN1", "Ben"), profile=ben))
    lines.room.receive(e.Done(ref=lines.engine.sent[1].ref or 0))
    lines.room.receive(e.ThingHeld(kind="profile", thing={"name": "Robin"}))
    assert lines.said[before:] == [
        "Name: Ben",
        "Links: https://ben.example",
        "Your profile is changed",
        'profile: {"name": "Robin"}',
    ]


def test_deleting_all_about_oneself_is_asked_once() -> None:
    lines = seated()
    assert "deletes all" in lines.answers("/delete_profile")[0]
    assert lines.answers("no") == ["Nothing is deleted"]
    assert lines.engine.sent == []
    lines.answers("/delete_profile")
    lines.answers("yes")
    (asked,) = lines.engine.sent
    assert isinstance(asked, c.DeleteProfile)


def test_who_knocks_is_told_to_a_host_with_what_to_type() -> None:
    lines = seated()
    zoe = Person("ZOE", "Zoe Waits", "Bridges")
    lines.hears(e.Knocked(knockers={"ZOE": Knocker(zoe, 0.0)}))
    assert "Zoe Waits, Bridges, knocks: /answer_knock yes or /answer_knock no" in lines.said
    lines.engine.sent.clear()
    lines.answers("/answer_knock no")
    assert [replace(each, ref=None) for each in lines.engine.sent] == [
        c.AnswerKnock(id="ZOE", let_in=False)
    ]


def test_who_waits_at_the_door_is_told_how_to_stop() -> None:
    lines = TypedLines()
    waits = local.Connection(state="knocking", text="you wait at the door of standup")
    lines.room.receive(waits)
    assert lines.said == ["You wait at the door of standup: /leave stops waiting"]
    lines.room.obey("/leave")
    assert lines.engine.sent == [c.Leave()]


def test_devices_are_read_out_and_those_that_are_chosen_are_kept() -> None:
    kept: list[local.DeviceChosen] = []

    def keep(chosen: local.DeviceChosen) -> str:
        kept.append(chosen)
        return "kept"

    lines = TypedLines(FakeRoom(make_view("speaker")))
    lines.room._keep_device = keep
    lines.hears(
        local.DeviceList(microphones=("USB mic",), speakers=("Horn",)),
        local.DeviceChosen(kind="microphone", device="USB mic"),
    )
    assert any(line.startswith("Microphones: USB mic. Speakers: Horn.") for line in lines.said)
    assert "Microphone from now on: USB mic" in lines.said
    assert "kept" in lines.said
    assert kept == [local.DeviceChosen(kind="microphone", device="USB mic")]


def test_how_well_voice_goes_is_said_in_lines() -> None:
    lines = TypedLines(FakeRoom(make_view("listener")))
    lines.hears()
    lines.answers("/quality")
    assert lines.engine.sent[-1] == ShowQuality(ref=lines.engine.sent[-1].ref)
    before = len(lines.said)
    lines.hears(STATS)
    said = lines.said[before:]
    assert "Connection: excellent, round trip 34 ms" in said
    assert any(line.startswith("Ann Lindqvist (host): 61 ms to your ear") for line in said)
    assert any(line.startswith("For a report: roomcli") for line in said)


def test_who_hears_is_said_when_others_have_trouble_than_before() -> None:
    lines = TypedLines(FakeRoom(make_view("speaker")))
    lines.hears()
    before = len(lines.said)
    fine = e.HeardBy(listeners=44, hearing=44, worst_ms=180)
    ann = HearerInTrouble(id="ann1", person=ANN.id, why="behind")
    bad = replace(fine, hearing=43, troubled=1, trouble=(ann,), people={ANN.id: ANN})
    lines.hears(fine, bad, replace(bad, worst_ms=220), fine)
    assert lines.said[before:][:2] == [
        "43 of 44 hear you, worst 180 ms. Ann Lindqvist (host) misses words, on a slow connection",
        "All 44 hear you, worst 180 ms",
    ]

"""The room line by line: what is said, what a typed line does, and how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import msgspec
import pytest

from roomcli.frontends import plain as module
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.plain import HELP, PlainRoom
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Hand, Person

from .fake_engine import ScriptedEngine
from .fake_room import YOU, FakeRoom, make_view
from .terminal import ROOT, children, lives, until

LEFT = local.Left(code="left", text="", exit_code=0)


class Lines:
    """A room in lines, and what it said."""

    def __init__(self, room: FakeRoom | None = None, share_line: str | None = None) -> None:
        self.engine = ScriptedEngine(room)
        self.said: list[str] = []
        self.room = PlainRoom(self.engine, self.said.append, share_line)

    def hears(self, *events: local.ChannelEvent) -> Outcome:
        """Take these in, and everything that waits; the outcome."""
        self.engine.say(*events, LEFT)
        return asyncio.run(self.room.run())

    def answers(self, line: str) -> list[str]:
        """What a typed line leads to."""
        before = len(self.said)
        self.room.obey(line)
        return self.said[before:]


def seated() -> Lines:
    """The host of the scripted room, with nobody to answer."""
    lines = Lines(FakeRoom(make_view("host", 4)))
    lines.hears()
    lines.engine.room = None
    lines.engine.sent.clear()
    return lines


def test_entering_tells_who_is_here() -> None:
    lines = Lines(FakeRoom(make_view("host", 4), invite="sesame"), "roomcli join 'x#i={invite}'")
    assert lines.hears() == Outcome(0, "")
    text = "\n".join(lines.said)
    for wanted in (
        "You are in standup",
        "On stage: Ann Lindqvist, co-host, Principal engineer, Northwind Rail: open",
        "On stage: Dee Castellanos, speaker, Site reliability, Porto Bank: silenced",
        "On stage: Eli Brandt, speaker, Writes about networks: muted, reconnecting",
        "On stage: Robin Keller (you), host, Platform, Kestrel Labs: muted",
        "Hand 2: Gus Petrov",
        "In the audience: 4",
        "roomcli join 'x#i=sesame'",
        "/help lists the commands",
    ):
        assert wanted in text


def test_everything_that_happens_is_one_line() -> None:
    lines = Lines(FakeRoom(make_view("speaker", 4)))
    before = len(lines.said)
    lines.hears(
        local.Microphone(open=True),
        local.Levels(microphone=20, speakers={"ann1": 20}),
        local.Microphone(open=False, reason="lease"),
        e.HandRaised(person=Person("zed1", "Zed [bold]\x1b[31mred"), at=time.time()),
        local.Connection(state="reconnecting", text="the network is gone"),
        local.Problem(code="x", text="[bold]no markup[/]"),
        e.Silenced(id="ben1", by="ann1"),
        e.ParticipantLeft(id="ben1"),
        e.PeoplePage(offset=0, total=2, people=(Person("p0", "Ida"), Person("p1", "Jon"))),
        e.Refused(command="lock", code="not_allowed", text="only hosts lock"),
    )
    news = lines.said[before:]
    for wanted in (
        "You are on air",
        "You are muted: the screen stood still",
        "Reconnecting: the network is gone",
        "[bold]no markup[/]",
        "Ann Lindqvist silenced Ben Okafor",
        "Ben Okafor left",
        "Audience: Ida, Jon",
        "only hosts lock",
    ):
        assert wanted in news
    assert all("\n" not in line for line in news)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/raise_hand", c.RaiseHand()),
        ("  /unmute  ", c.Unmute(lease=True)),
        ("/react", c.React(reaction="👏")),
        ("/react 🎉", c.React(reaction="🎉")),
        ("/accept_hand Fay Nakamura", c.AcceptHand(id="fay1")),
        ("/accept_hand fay", c.AcceptHand(id="fay1")),
        ("/accept_hand gus1", c.AcceptHand(id="gus1")),
        ("/silence BEN", c.Silence(id="ben1")),
        ("/invite_to_stage ida", c.InviteToStage(id="p0")),
        ("/lock", c.Lock()),
        ("/mute", c.Mute()),
        ("/accept_invite", c.AcceptInvite()),
        ("/leave_stage", c.LeaveStage()),
        ("/silence Ben Okafor", c.Silence(id="ben1")),
        ("/leave", c.Leave()),
    ],
)
def test_a_slash_is_a_command(line: str, command: c.Command) -> None:
    lines = seated()
    assert lines.answers(line) == []
    assert lines.engine.sent == [command]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", None),
        ("hello", "Commands begin with a slash"),
        ("/dance", "/help lists the commands"),
        ("/accept_hand", "Say whom: /accept_hand NAME"),
        ("/accept_hand Nobody", "Nobody here is called Nobody"),
        ("/enter wss://elsewhere", "Nobody here is called"),
        ("/open_devices", "cannot be done so"),
        ("/", "/help lists the commands"),
    ],
)
def test_what_cannot_be_done_is_said(line: str, words: str | None) -> None:
    lines = seated()
    said = lines.answers(line)
    assert lines.engine.sent == []
    assert said == [] if words is None else words in said[0]


def test_several_of_a_name_are_told_apart() -> None:
    lines = seated()
    view = lines.room.model.view
    assert view is not None
    twins = tuple(Hand(Person(id, "Tom Adler"), 0.0) for id in ("tom1", "tom2"))
    lines.room.model.view = msgspec.structs.replace(view, hands=(*view.hands, *twins))
    (said,) = lines.answers("/accept_hand tom")
    assert said == "Several people fit tom: Tom Adler (tom1), Tom Adler (tom2)"
    assert lines.engine.sent == []
    lines.answers("/accept_hand tom2")
    assert lines.engine.sent == [c.AcceptHand(id="tom2")]


def test_help_names_commands_that_there_are() -> None:
    lines = seated()
    assert lines.answers("/help") == [HELP]
    names = {word.rstrip(",") for word in HELP.split() if word.startswith("/")} - {"/who"}
    for name in names:
        lines.engine.sent.clear()
        lines.answers(f"{name} {'' if f'{name} NAME' not in HELP else 'Ben'}")
        assert lines.engine.sent, name


def test_before_the_room_is_known_nobody_is() -> None:
    lines = Lines()
    assert lines.answers("/who") == ["You are not in the room yet"]
    assert lines.answers("/silence Ann") == ["Nobody here is called Ann: /who lists them"]


def test_the_last_word_is_the_engines() -> None:
    lines = Lines()
    lines.engine.say(local.Left(code="removed", text="Ann removed you", exit_code=4))
    assert asyncio.run(lines.room.run()) == Outcome(4, "Ann removed you")
    silent = Lines()
    asyncio.run(silent.engine.close())
    assert asyncio.run(silent.room.run()).exit_code == 1


def test_leaving_is_no_news_to_whoever_leaves() -> None:
    lines = Lines(FakeRoom(make_view("speaker", 4)))
    lines.hears()
    before = len(lines.said)
    lines.hears(e.ParticipantLeft(id=YOU), e.Goodbye(code="left", text="you left"))
    assert lines.said[before:] == []


class Renewals(ScriptedEngine):
    """Counts how often the lease was renewed."""

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
        room = PlainRoom(engine, lambda _: None, None)
        running = asyncio.create_task(room.run())
        await asyncio.sleep(0.05)
        assert engine.count == 0, "nothing to renew yet"
        room.obey("/unmute")
        await asyncio.wait_for(engine.several.wait(), 5)
        room.leave()
        await running
        after = engine.count
        await asyncio.sleep(0.05)
        assert engine.count == after

    asyncio.run(scenario())


def plain() -> subprocess.Popen[str]:
    """The scripted room by lines, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fake_engine", "--plain", "--you", "speaker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def lines_until(process: subprocess.Popen[str], text: str) -> None:
    """Read lines up to one that holds this; pytest's timeout bounds it."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    pytest.fail(f"it ended before {text!r}")


def test_end_of_input_leaves() -> None:
    with plain() as process:
        assert process.stdin is not None
        lines_until(process, "You are in standup")
        process.stdin.write("/unmute\n")
        process.stdin.flush()
        lines_until(process, "You are on air")
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_no_engine(number: signal.Signals) -> None:
    with plain() as process:
        lines_until(process, "/help lists")
        (engine,) = children(process.pid)
        os.kill(process.pid, number)
        assert process.wait(10) == (130 if number is not signal.SIGKILL else -signal.SIGKILL)
        until(lambda: not lives(engine), "the engine's end", 3.0)

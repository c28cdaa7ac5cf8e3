"""The room line by line: what is said, what a typed line does, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from roomcli.frontends import plain_room as module
from roomcli.frontends.applause import Applause
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.plain_room import PlainRoom
from roomcli.frontends.usage import USAGE
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.moderation_log import LogEntry, first_fault
from roomcli.protocol.people import Person
from roomcli.protocol.settings import Settings

from .fake_engine import ScriptedEngine
from .fake_room import OPENED_AT, YOU, FakeRoom, make_view
from .terminal import ROOT, children, lives, until

ENTER = local.Enter(url="wss://rooms.example/r/standup", name="Robin Keller")
LEFT = local.Left(code="left", text="", exit_code=0)


class Lines:
    """A room in lines, and what it said."""

    def __init__(self, room: FakeRoom | None = None, share_line: str | None = None) -> None:
        self.engine = ScriptedEngine(room)
        self.said: list[str] = []
        self.room = PlainRoom(self.engine, self.said.append, ENTER, share_line)

    def hears(self, *events: local.ChannelEvent) -> Outcome:
        """Take these in, and everything that waits; the outcome."""
        self.engine.say(*events, LEFT)
        return asyncio.run(self.room.run())

    def answers(self, line: str) -> list[str]:
        """What a typed line leads to."""
        before = len(self.said)
        self.room.obey(line)
        return self.said[before:]


class PagedRoom(FakeRoom):
    """Tells its log an entry at a time."""

    def answer(self, command: c.Command) -> list[local.ChannelEvent]:
        """The first entry of those asked for."""
        return [
            msgspec.structs.replace(event, entries=event.entries[:1], more=len(event.entries) > 1)
            if isinstance(event, e.LogPage)
            else event
            for event in super().answer(command)
        ]


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
        e.InvitedToStage(id=YOU, by="ann1"),
        e.AskedToUnmute(by="ann1"),
        e.PeoplePage(offset=0, total=3, people=(Person("q", "Quy"),), of="left"),
        e.TurnEnding(id=YOU, ends_at=time.time() + 15),
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
        "Ann Lindqvist invites you on stage: /accept_invite or /decline_invite",
        "Ann Lindqvist would like to hear you: /unmute opens your microphone",
        "Left: Quy, and 2 more: /list_people left 1",
        "15 s left of your turn",
    ):
        assert wanted in news
    assert all("\n" not in line for line in news)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("Hello, all", c.Chat(text="Hello, all")),
        ("  /unmute  ", c.Unmute(lease=True)),
        ("/silence ben too loud", c.Silence(id="ben1", reason="too loud")),
        ("/bans", c.ListBans()),
        ("/invites", c.ListInvites()),
        ("/read_chat 3", c.ReadChat(before=3)),
        ("/log", c.ReadLog()),
        ("/leave", c.Leave()),
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
        ("/accept_hand", ["Say whom: /accept_hand NAME"]),
        ("/help mute", ["/mute: close your microphone"]),
    ],
)
def test_what_asks_for_nothing_is_answered_here(line: str, said: list[str]) -> None:
    lines = seated()
    assert lines.answers(line) == said
    assert lines.engine.sent == []


def test_help_tells_what_one_may_do() -> None:
    host, guest = "\n".join(seated().answers("/help")), Lines(FakeRoom(make_view("listener", 4)))
    guest.hears()
    told = "\n".join(guest.answers("/help"))
    assert "/raise_hand [LINE]: ask to speak" in told
    assert "/ban" not in told.replace("/bans", "")
    for name in USAGE:
        assert f"/{name}" in host


def test_the_queue_tells_its_reasons() -> None:
    lines = seated()
    assert len(lines.answers("/hands")) == 3
    fair = Settings(order="fair")
    lines.hears(e.SettingsChanged(settings=fair, by="ann1"))
    assert lines.answers("/hands")[-1].startswith("Hand 3: Fay Nakamura, has spoken 40 s, waits")
    lines.hears(e.HandsLowered(by="ann1"))
    assert lines.answers("/hands") == ["No hand is up"]


def test_the_chat_is_read_backwards() -> None:
    lines = seated()
    first = "Message 1, Ann Lindqvist: Welcome! Slides: https://rooms.example/slides"
    assert lines.answers("/read_chat")[0] == first
    assert lines.answers("/read_chat") == ["There are no older messages"]
    assert lines.engine.sent == []


def test_older_messages_are_asked_for() -> None:
    lines = seated()
    many = tuple(
        ChatMessage(number=number, person=Person("a", "Ada"), text=str(number), at=0.0)
        for number in range(100, 150)
    )
    lines.hears(e.ChatPage(messages=many[-30:], more=True))
    lines.said.clear()
    lines.answers("/read_chat")
    assert [line.split()[1] for line in lines.said] == ["1,", "2,", "3,"]
    lines.answers("/read_chat")
    assert lines.engine.sent == [c.ReadChat(before=1)]


def test_what_was_missed_is_read_out_on_coming_back() -> None:
    lines = seated()
    view, before = lines.room.model.view, len(lines.said)
    assert view is not None
    new = ChatMessage(number=4, person=Person("a", "Ada"), text="where were you?", at=0.0)
    back = e.Joined(room="standup", you=YOU, view=view, server_time=0.0, resumed=True, chat=(new,))
    lines.hears(back)
    assert lines.said[before] == "Back in standup, muted"
    assert lines.said[-1] == "Message 4, Ada: where were you?"


def test_a_report_is_confirmed_to_whoever_made_it() -> None:
    room = FakeRoom(make_view("listener", 4))
    lines = Lines(room)
    lines.hears()
    lines.answers("/report Dee harassment insults people")
    lines.hears()
    assert lines.said[-1] == "Reported to the server's admins"
    (report,) = [each for each in room.commands if isinstance(each, c.Report)]
    assert (report.id, report.reason, report.note) == ("dee1", "harassment", "insults people")


def test_lists_are_read_out() -> None:
    lines = seated()
    lines.engine.room = FakeRoom(make_view("host", 4))
    for line in (
        "/invites",
        "/bans",
        "/make_invite speaker uses=2",
        "/ban Dee 10m insults",
        "/bans",
        "/invites",
    ):
        lines.answers(line)
    before = len(lines.said)
    lines.hears()
    said = lines.said[before:]
    assert said[:2] == ["No invite is good", "Nobody is kept out"]
    assert said[2].startswith("Invite i1, good until ")
    assert said[2].endswith(
        ": roomcli join 'wss://rooms.example:7420/r/standup#invite=fresh-invite'"
    )
    assert said[3] == "You banned Dee Castellanos (for 600 s): insults"
    assert said[4].startswith("Dee Castellanos is kept out until ")
    assert ", by Robin Keller: insults. Key " in said[4]
    assert said[5].startswith("Invite i1: as speaker, 2 times, used 0 times, until ")


def test_the_log_is_read_whole_and_written_once(tmp_path: Path) -> None:
    lines = seated()
    lines.engine.room = PagedRoom(make_view("host", 4))
    file = tmp_path / "log.jsonl"
    for line in ("/silence Ben too loud", "/remove Ida Berg spam", "/lock", "/silence Cho"):
        lines.answers(line)
    lines.hears()
    lines.said.clear()
    for line in (f"/log {file}", "/log", f"/log {file}", f"/log {tmp_path / 'no' / 'log'}"):
        lines.answers(line)
        for _ in range(4):  # three pages, and the last word of each run
            lines.hears()
    head, *entries = (json.loads(line) for line in file.read_text().splitlines())
    assert head["room"] == "standup"
    assert head["opened_at"] == OPENED_AT
    log = msgspec.convert(entries, list[LogEntry])
    assert [entry.action for entry in log] == ["silence", "remove", "silence"]
    assert first_fault(log, head["room"], head["opened_at"]) is None
    assert file.stat().st_mode & 0o777 == 0o600
    assert "The log is sound: 3 entries" in lines.said
    assert any(
        line.startswith("Entry 2, ") and line.endswith(": You removed Ida Berg: spam")
        for line in lines.said
    )
    assert f"{file} exists already: name another file" in lines.said
    assert lines.said[-1].endswith("No such file or directory")


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


def test_before_the_room_is_known_nobody_is() -> None:
    lines = Lines()
    assert lines.answers("/who") == ["You are not in the room yet"]
    assert lines.answers("/hands") == ["No hand is up"]
    assert lines.answers("/silence Ann") == ["Nobody here is called Ann"]


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


def test_why_it_is_over_is_told_once() -> None:
    lines = Lines(FakeRoom(make_view("speaker", 4)))
    lines.hears()
    before = len(lines.said)
    lines.engine.say(
        e.Goodbye(code="banned", text="Ann banned you"),
        local.Left(code="banned", text="Ann banned you", exit_code=4),
    )
    assert asyncio.run(lines.room.run()) == Outcome(4, "Ann banned you")
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
        room = PlainRoom(engine, lambda _: None, ENTER)
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

"""The room line by line: what it says, what it understands, how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from roomcli.frontends.plain import PlainRoom
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Role

from .fake_engine import ScriptedEngine
from .fake_room import YOU, FakeRoom, make_view


async def _said(
    *events: local.ChannelEvent, role: Role = "listener", typed: tuple[str, ...] = ()
) -> tuple[list[str], list[c.Command]]:
    """The lines that these events and inputs lead to, and the commands."""
    lines: list[str] = []
    engine = ScriptedEngine(FakeRoom(make_view(role)))
    engine.room = None
    room = PlainRoom(engine, lines.append, None)
    engine.say(*events, local.Left(code="left", text="", exit_code=0))
    outcome = await room.run()
    assert outcome.exit_code == 0
    for line in typed:
        room.obey(line)
    return lines, engine.sent


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (e.HandLowered(id="gus1"), "Gus Petrov lowered their hand"),
        (e.Silenced(id="ben1", by="ann1"), "Ann Lindqvist silenced Ben Okafor"),
        (e.InvitedToStage(id=YOU, by="ann1"), "Ann Lindqvist invites you on stage"),
        (e.ParticipantLeft(id="ben1"), "Ben Okafor left"),
        (local.Problem(code="x", text="[bold]no markup[/]"), "[bold]no markup[/]"),
        (local.Microphone(open=True), "You are on air"),
        (local.Connection(state="reconnecting", text="no network"), "Reconnecting: no network"),
    ],
)
def test_what_happens_is_a_line_of_words(event: local.ChannelEvent, line: str) -> None:
    lines, _ = asyncio.run(_said(event))
    assert line in lines


def test_entering_tells_who_is_there() -> None:
    lines, _ = asyncio.run(_said())
    text = "\n".join(lines)
    for words in ("Ann Lindqvist, host", "Hand 1: Fay Nakamura", "In the audience: 40", "/help"):
        assert words in text


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("/raise_hand", c.RaiseHand()),
        ("/mute", c.Mute()),
        ("/unmute", c.Unmute()),
        ("/accept_invite", c.AcceptInvite()),
        ("/leave_stage", c.LeaveStage()),
        ("/react", c.React(reaction="👏")),
        ("/react 🎉", c.React(reaction="🎉")),
        ("/accept_hand fay", c.AcceptHand(id="fay1")),
        ("/silence Ben Okafor", c.Silence(id="ben1")),
        ("/remove dee1", c.Remove(id="dee1")),
        ("/lock", c.Lock()),
        ("  /leave  ", c.Leave()),
    ],
)
def test_slash_commands(typed: str, command: c.Command) -> None:
    _, sent = asyncio.run(_said(typed=(typed,)))
    assert sent == [command]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("hello", "slash"),
        ("/nonsense", "/help"),
        ("/silence", "Say whom"),
        ("/silence nobody", "Nobody here is called nobody"),
        ("/help", "/raise_hand"),
    ],
)
def test_what_is_not_understood_is_answered_and_sends_nothing(typed: str, answer: str) -> None:
    lines, sent = asyncio.run(_said(typed=(typed,)))
    assert sent == []
    assert any(answer in line for line in lines)


class Terminalless:
    """The plain frontend as a process, with pipes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fake_engine", "--plain", "--you", "speaker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )

    def waits_for(self, text: str) -> None:
        """Read until a line holds this."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line.decode():
                return
        raise AssertionError(f"never said: {text}")

    def types(self, line: str) -> None:
        """One line of input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def ends(self) -> int:
        """Wait for the end; the exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        code = self.process.wait(timeout=20)
        self.process.stdin.close()
        self.process.stdout.close()
        return code


def test_it_reads_a_pipe_and_leaves_at_its_end() -> None:
    room = Terminalless()
    room.waits_for("/help lists")
    room.types("/unmute")
    room.waits_for("You are on air")
    assert room.process.stdin is not None
    room.process.stdin.close()
    room.process.stdin = open(os.devnull, "wb")  # noqa: SIM115 - closed by ends()
    assert room.ends() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves(number: signal.Signals) -> None:
    room = Terminalless()
    room.waits_for("/help lists")
    started = time.monotonic()
    room.process.send_signal(number)
    assert room.ends() == 130
    assert time.monotonic() - started < 10

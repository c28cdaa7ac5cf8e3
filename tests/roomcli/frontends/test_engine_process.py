"""Tests of the engine as a child: entered again after its death, muted; ended in any case."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from roomcli import folders
from roomcli.frontends import engine_process, engine_start
from roomcli.frontends.engine_process import EngineProcess
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local

from ... import ROOT
from ...support.patience import PATIENCE
from ...support.terminal import lives

FAKE = (sys.executable, "-m", "tests.support.fake_engine", "--you", "speaker", "--events", "0")
ENTER = local.Enter(url="wss://rooms.example:7420/r/standup", name="Robin Keller")
CHANNEL = "import socket, sys, time\nchannel = socket.socket(fileno=int(sys.argv[-1]))\n"
HELLO = """channel.sendall(b'{"event": "connection", "state": "connecting"}\\n')\n"""
BARE = (sys.executable, "-S", "-c")


def played(
    tmp_path: Path,
    scene: Callable[[EngineProcess, list[local.ChannelEvent], asyncio.Event], Awaitable[None]],
    command: tuple[str, ...] = FAKE,
    enter: local.Enter = ENTER,
) -> list[local.ChannelEvent]:
    """Run a scene beside the engine; return all events, and fail if a process is left."""
    said: list[local.ChannelEvent] = []

    async def run() -> None:
        engine = EngineProcess(enter, log=tmp_path / "log" / "engine.log", command=command)
        news = asyncio.Event()

        async def listen() -> None:
            async for event in engine.events():
                said.append(event)
                news.set()

        listening = asyncio.create_task(listen())
        try:
            await asyncio.wait_for(scene(engine, said, news), PATIENCE)
        finally:
            pid = engine.pid
            await engine.close()
            await asyncio.wait_for(listening, PATIENCE)
        assert pid is None or not lives(pid)

    asyncio.run(run())
    return said


async def heard(
    said: list[local.ChannelEvent], news: asyncio.Event, wanted: Callable[[], object]
) -> None:
    """Wait until the events are as ``wanted``."""
    while not wanted():
        news.clear()
        await asyncio.wait_for(news.wait(), PATIENCE)


def test_a_dead_engine_is_entered_again_muted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        def joined() -> int:
            return sum(isinstance(event, e.Joined) for event in said)

        await heard(said, news, lambda: joined() == 1)
        engine.send(c.Unmute())
        await heard(said, news, lambda: local.Microphone(open=True) in said)
        first = engine.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await heard(said, news, lambda: joined() == 2)
        assert engine.pid not in (None, first)
        assert not lives(first)

    said = [event for event in played(tmp_path, scene) if not isinstance(event, local.Levels)]
    switched = [event.open for event in said if isinstance(event, local.Microphone)]
    assert switched == [True, False]
    states = [event.state for event in said if isinstance(event, local.Connection)]
    assert states == ["connected", "reconnecting", "connected"]


def test_a_room_over_a_real_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        await heard(said, news, lambda: any(isinstance(event, e.Joined) for event in said))
        engine.send(c.Unmute(lease=True))
        await heard(said, news, lambda: local.Microphone(open=True) in said)
        engine.send(c.Leave())
        await heard(said, news, lambda: isinstance(said[-1], local.Left))

    *_, last = played(tmp_path, scene)
    assert isinstance(last, local.Left)
    assert last.exit_code == 0


def test_it_has_a_session_of_its_own_and_no_secret_in_its_arguments(tmp_path: Path) -> None:
    program = (
        "import os\n"
        "print(os.getsid(0) == os.getpid(), sys.argv, file=sys.stderr, flush=True)\n"
        "assert b'sesame' in channel.recv(65536)\n"
        """channel.sendall(b'{"event":"left","code":"left","text":"","exit_code":0}\\n')\n"""
    )

    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        await heard(said, news, lambda: said)

    secret = local.Enter(url="wss://rooms.example/r/standup#invite=sesame", name="Robin")
    said = played(tmp_path, scene, (*BARE, CHANNEL + program), secret)
    assert said == [local.Left(code="left", text="", exit_code=0)]
    told = (tmp_path / "log" / "engine.log").read_text()
    assert told.startswith("True ")
    assert "sesame" not in told


def test_an_engine_that_dies_again_and_again_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "BACKOFF", (0.01, 0.01, 0.01))

    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        await heard(said, news, lambda: said and isinstance(said[-1], local.Left))

    command = (*BARE, "print('boom', file=__import__('sys').stderr)")
    *_, last = played(tmp_path, scene, command)
    assert isinstance(last, local.Left)
    assert last.exit_code == 1
    log = tmp_path / "log" / "engine.log"
    assert str(log) in last.text
    assert log.read_text().count("boom") == 4
    assert log.stat().st_mode & 0o077 == 0


def test_an_engine_that_cannot_be_started_is_said(tmp_path: Path) -> None:
    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        await heard(said, news, lambda: said)

    (left,) = played(tmp_path, scene, (str(tmp_path / "nothing"),))
    assert isinstance(left, local.Left)
    assert "cannot start the engine" in left.text


def test_a_hanging_engine_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_start.GRACE <= 2.0
    monkeypatch.setattr(engine_start, "GRACE", 0.2)

    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        await heard(said, news, lambda: said)
        # More than the channel holds, so that closing it has something to wait for.
        for _ in range(20_000):
            engine.send(c.React(reaction="👏"))
        await engine.close()

    played(tmp_path, scene, (*BARE, CHANNEL + HELLO + "time.sleep(600)"))


def test_what_is_no_event_of_ours_is_passed_over(tmp_path: Path) -> None:
    lines = (
        '{"event": "of_tomorrow"}',
        "no JSON at all",
        '{"event": "left", "code": "left", "text": "", "exit_code": 0}',
    )
    text = "".join(line + "\n" for line in lines)
    program = CHANNEL + f"channel.sendall({text!r}.encode())"

    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        await heard(said, news, lambda: said)

    said = played(tmp_path, scene, (*BARE, program))
    assert said == [local.Left(code="left", text="", exit_code=0)]


def test_the_log_is_kept_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_LOG", 10)
    log = tmp_path / "log" / "engine.log"
    log.parent.mkdir()
    log.write_text("of yesterday, long")

    async def scene(
        engine: EngineProcess, said: list[local.ChannelEvent], news: asyncio.Event
    ) -> None:
        await heard(said, news, lambda: said)

    played(tmp_path, scene, (*BARE, CHANNEL + HELLO))
    assert log.with_suffix(".log.1").read_text() == "of yesterday, long"

"""The engine as its frontend sees it: started, spoken with, started again, ended."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from roomcli.frontends import engine_process
from roomcli.frontends.engine_process import EngineProcess
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local

ENTER = local.Enter(url="wss://rooms.example:7420/r/standup", name="Robin Keller")
FAKE = [sys.executable, "-m", "tests.fake_engine", "--you", "speaker"]


def script(text: str) -> list[str]:
    """An engine that does just this; ``channel`` is its end, as a file."""
    head = (
        "import os, sys, time\n"
        "fd = int(sys.argv[sys.argv.index('--channel-fd') + 1])\n"
        "channel = os.fdopen(fd, 'r+b', buffering=0)\n"
    )
    return [sys.executable, "-c", head + text]


async def _until(engine: EngineProcess, kind: type[object]) -> list[local.ChannelEvent]:
    seen: list[local.ChannelEvent] = []
    async with asyncio.timeout(20):
        async for event in engine.events():
            seen.append(event)
            if isinstance(event, kind):
                break
    return seen


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_room_over_a_real_channel(tmp_path: Path) -> None:
    async def scenario() -> None:
        log = tmp_path / "logs" / "engine.log"
        engine = EngineProcess(ENTER, log=log, command=FAKE)
        seen: list[local.ChannelEvent] = []
        async with asyncio.timeout(20):
            async for event in engine.events():
                seen.append(event)
                if isinstance(event, e.Joined):
                    engine.send(c.Unmute(lease=True))
                if isinstance(event, local.Microphone) and event.open:
                    engine.send(c.Leave())
        assert isinstance(seen[-1], local.Left)
        assert seen[-1].exit_code == 0
        await engine.close()
        assert stat.S_IMODE(log.stat().st_mode) == 0o600

    asyncio.run(scenario())


def test_the_engine_has_a_session_of_its_own_and_no_secret_in_its_arguments(tmp_path: Path) -> None:
    async def scenario() -> None:
        secret = local.Enter(url="wss://rooms.example/r/standup#invite=sesame", name="Robin")
        tell = "print(os.getsid(0) == os.getpid(), sys.argv, file=sys.stderr, flush=True)\n"
        line = b'{"event":"left","code":"left","text":"","exit_code":0}\\n'
        command = script(f"{tell}assert b'sesame' in channel.readline()\nchannel.write({line!r})")
        command[-1] = command[-1].replace("\\\\n", "\\n")
        engine = EngineProcess(secret, log=tmp_path / "log", command=command)
        seen = await _until(engine, local.Left)
        assert seen[-1] == local.Left(code="left", text="", exit_code=0)
        await engine.close()
        said = (tmp_path / "log").read_text()
        assert said.startswith("True ")
        assert "sesame" not in said

    asyncio.run(scenario())


def test_an_engine_that_dies_is_started_again_muted(tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = EngineProcess(ENTER, log=tmp_path / "log", command=FAKE)
        seen: list[local.ChannelEvent] = []
        joins = 0
        async with asyncio.timeout(30):
            async for event in engine.events():
                if not isinstance(event, local.Levels):
                    seen.append(event)
                if isinstance(event, e.Joined):
                    joins += 1
                    assert engine.pid is not None
                    if joins == 1:
                        os.kill(engine.pid, 9)
                    else:
                        break
        await engine.close()
        restart = seen.index(local.Microphone(open=False, reason="reconnected"))
        after = seen[restart + 1]
        assert isinstance(after, local.Connection)
        assert after.state == "reconnecting"

    asyncio.run(scenario())


def test_an_engine_that_dies_again_and_again_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "BACKOFF", (0.01, 0.01))

    async def scenario() -> None:
        engine = EngineProcess(ENTER, log=tmp_path / "log", command=script("raise SystemExit(1)"))
        seen = await _until(engine, local.Left)
        assert isinstance(seen[-1], local.Left)
        assert seen[-1].exit_code == 1
        assert str(tmp_path / "log") in seen[-1].text
        assert sum(isinstance(event, local.Connection) for event in seen) == 2

    asyncio.run(scenario())


def test_an_engine_that_cannot_start_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = EngineProcess(ENTER, log=tmp_path / "log", command=[str(tmp_path / "nothing")])
        seen = await _until(engine, local.Left)
        assert isinstance(seen[-1], local.Left)
        assert "cannot start" in seen[-1].text

    asyncio.run(scenario())


def test_unknown_events_are_passed_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        said = (
            "for line in (b'{\"event\": \"of_tomorrow\"}', b'no json', "
            'b\'{"event":"left","code":"left","text":"bye","exit_code":0}\'):\n'
            "    channel.write(line + bytes([10]))\n"
        )
        engine = EngineProcess(ENTER, log=tmp_path / "log", command=script(said))
        assert await _until(engine, local.Left) == [
            local.Left(code="left", text="bye", exit_code=0)
        ]
        await engine.close()

    asyncio.run(scenario())


def test_closing_ends_an_engine_that_does_not_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "GRACE", 0.3)

    async def scenario() -> None:
        hello = b'{"event":"connection","state":"connecting"}'
        deaf = f"channel.write({hello!r} + bytes([10]))\ntime.sleep(60)\n"
        engine = EngineProcess(ENTER, log=tmp_path / "log", command=script(deaf))
        await _until(engine, local.Connection)
        pid = engine.pid
        assert pid is not None
        started = time.monotonic()
        await engine.close()
        assert time.monotonic() - started < 5
        assert not _alive(pid)

    asyncio.run(scenario())


def test_a_log_that_has_grown_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "MAX_LOG", 10)
    (tmp_path / "log").write_text("x" * 11)

    async def scenario() -> None:
        engine = EngineProcess(ENTER, log=tmp_path / "log", command=FAKE)
        await _until(engine, e.Joined)
        await engine.close()

    asyncio.run(scenario())
    assert (tmp_path / "log.1").read_text() == "x" * 11

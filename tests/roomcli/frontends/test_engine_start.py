"""Tests of an engine that is started before the app: it is the one that is used, or it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roomcli.frontends import engine_start
from roomcli.frontends.engine_process import EngineProcess
from roomcli.frontends.engine_start import EngineStart

from ...support.terminal import lives
from .test_engine_process import BARE, CHANNEL, ENTER, HELLO

WAITS = (*BARE, CHANNEL + HELLO + "channel.recv(99)\n")
HANGS = (*BARE, "import time; time.sleep(600)")


def test_the_app_uses_it_as_its_first_engine(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"

    async def scene(started: EngineStart) -> int | None:
        engine = EngineProcess(ENTER, log=log, command=WAITS, started=started)
        async for _ in engine.events():
            pid = engine.pid
            await engine.close()
        return pid

    with EngineStart(log, command=WAITS) as started:
        assert asyncio.run(scene(started)) == started.process.pid
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", [WAITS, HANGS])
def test_one_that_nobody_used_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(engine_start, "GRACE", 0.5)
    with EngineStart(tmp_path / "engine.log", command=command) as started:
        assert lives(started.process.pid)
    assert not lives(started.process.pid)

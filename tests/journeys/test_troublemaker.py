"""Test of an evening with a troublemaker, as the server's admin sees it, with a real voice."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trio

from roomcli.cli import exits
from roomcli.cli.main import main
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ..support.evidence import entries, tone
from ..support.server_process import Start, listening, start, stopped
from ..support.serving import Turned

__all__ = ["start"]


class AdminTerminal:
    """The admin's terminal, with ``roomcli admin`` on the server's machine."""

    def __init__(self, data: Path, screen: pytest.CaptureFixture[str]) -> None:
        self._data, self._screen = data, screen

    async def reads(self, line: str) -> str:
        """Run a command that has to work, and return what it prints."""
        words = ["admin", *line.split(), "--data", str(self._data)]
        code = await trio.to_thread.run_sync(main, words)
        out, err = self._screen.readouterr()
        assert (code, err) == (exits.DONE, "")
        return out

    async def finds(self, line: str) -> Any:
        """Run a command with ``--json``, and return what it prints as an object."""
        return json.loads(await self.reads(f"{line} --json"))


async def test_a_troublemaker_is_reported_heard_and_kept_out(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal, wav = AdminTerminal(tmp_path / "data", capsys), tmp_path / "heard.wav"
    process = start("--no-tls")
    async with listening(process) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        said = [entry.payload for entry in entries(tone(900, 0.3))]
        for payload in said:
            guest.speak(payload)
        await host.heard(said[-1])
        assert isinstance(await host.ask(c.Chat(text="please stop")), e.Done)
        heard_before = len(guest.got)
        reported = c.Report(id=guest.id, reason="spam", note="sells watches")
        assert isinstance(await host.ask(reported), e.Done)

        (brief,) = (await terminal.finds("reports list"))["reports"]
        assert (brief["reported"]["name"], brief["note"]) == ("Ben", "sells watches")
        shown = await terminal.reads(f"reports show {brief['id']}")
        assert "please stop" in shown
        played = await terminal.reads(f"reports play {brief['id']} --output {wav}")
        assert played.splitlines()[0].endswith("s  Ben")
        with wave.open(str(wav)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
        spectrum = np.abs(np.fft.rfft(sound))
        assert np.argmax(spectrum) * 48_000 / len(sound) == pytest.approx(900, abs=10)
        assert np.sqrt(np.mean(sound**2)) > 0.1

        (room,) = (await terminal.finds("rooms list"))["rooms"]
        assert (room["name"], room["people"], room["host"]) == ("standup", 2, "Ann")
        key = brief["reported"]["key"]
        await terminal.reads(f"bans add {key} --for 2h --reason watches")
        *told, goodbye = await guest.to_the_end()
        assert isinstance(goodbye, e.Goodbye)
        assert (goodbye.code, "watches" in goodbye.text) == ("banned", True)
        # Of the report itself the reported person was told nothing.
        assert "report" not in repr([*guest.got[heard_before:], *told])
        process.kill()
    process = start("--no-tls")
    async with listening(process) as server:
        back = await server.client(key=host.key, intent="host")
        with pytest.raises(Turned) as turned:
            await server.client(key=guest.key, name="Somebody else")
        assert turned.value.code == "banned"
        await terminal.reads(f"reports resolve {brief['id']} banned")
        assert (await terminal.finds("reports list"))["reports"] == []
        await terminal.reads(f"bans lift {key}")
        await server.client(key=guest.key, name="Ben")
        await terminal.reads("rooms end standup")
        ended: e.RoomEnded = await back.until(e.RoomEnded)
        assert ended.reason == "closed_by_admin"
        assert (await terminal.finds("rooms list"))["rooms"] == []
        assert (await stopped(process))[0] == exits.DONE

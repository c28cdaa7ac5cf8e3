"""Tests of the command line of `roomcli echo`: what is set and remembered holds there too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from roomcli.audio.devices import buffer_sizes
from roomcli.audio.pulse import buffer_size
from roomcli.cli import exits
from roomcli.cli.main import main
from roomcli.engine import device_memory, echo
from roomcli.engine.own_sound import OwnSound
from roomcli.protocol.local import Device
from roomcli.protocol.sound import SoundSettings

from ..test_folders import settle


def test_it_uses_the_persons_sound_and_what_their_devices_need(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(monkeypatch, tmp_path)
    monkeypatch.setenv("ROOMCLI_NOISE", "off")
    monkeypatch.setenv("ROOMCLI_GATE", "high")
    used: list[SoundSettings] = []
    known: list[dict[str, int]] = []

    class SilentEchoTest:
        """A test of a microphone that says nothing."""

        def __init__(
            self,
            mic: str | None,
            speaker: str | None,
            tell: Callable[[object], None],
            link: object,
            sound: OwnSound,
        ) -> None:
            self._tell = tell
            used.append(sound.for_kind("device"))

        async def run(self) -> None:
            known.append(buffer_sizes())
            buffer_size.remember("horn", 3)
            self._tell(Device(kind="microphone", name="Built-in"))
            await trio.sleep_forever()

    monkeypatch.setattr(echo, "EchoTest", SilentEchoTest)
    monkeypatch.setattr(buffer_size, "remembered", {"horn": 2})
    device_memory.keep()
    buffer_size.remembered.clear()
    assert main(["echo", "--json", "--seconds", "1"]) == exits.FAILED
    assert json.loads(capsys.readouterr().out)["findings"] == []
    assert used == [SoundSettings(noise=False, gate="high")]
    assert known == [{"horn": 2}]
    assert json.loads(device_memory.memory_file().read_text())["grown"] == {"horn": 3}

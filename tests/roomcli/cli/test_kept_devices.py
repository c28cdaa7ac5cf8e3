"""Tests that a device which was chosen in a room is used in the next one, and after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.cli import settings
from roomcli.cli.kept_devices import KeptDevices
from roomcli.protocol.local import DeviceChosen, Enter

USB = DeviceChosen(kind="microphone", device="USB mic")
ENTER = Enter(url="ws://localhost/r/a", name="Ann")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for key in settings.KEYS:
        monkeypatch.delenv(settings.variable(key), raising=False)


def test_it_is_in_the_settings_of_the_next_start_and_in_the_next_room_at_once() -> None:
    kept = KeptDevices(settings.load())
    assert kept.keep(USB) == ""
    assert kept.keep(DeviceChosen(kind="speaker", device="default")) == ""
    assert kept.applied(ENTER) == Enter(url=ENTER.url, name="Ann", mic="USB mic")
    assert settings.load().mic == "USB mic"
    assert settings.load().speaker == "default"


def test_an_environment_that_goes_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMCLI_MIC", "Built-in")
    told = KeptDevices(settings.load()).keep(USB)
    assert told == "ROOMCLI_MIC goes before the microphone that you choose here"


def test_settings_that_cannot_be_written_are_told_and_keep_nobody_from_choosing(
    tmp_path: Path,
) -> None:
    kept = KeptDevices(settings.load())
    (tmp_path / "roomcli").mkdir()
    (tmp_path / "roomcli" / "config.toml").write_text("no TOML")
    assert kept.keep(USB).startswith("This microphone is for now only: ")
    assert kept.applied(ENTER).mic == "USB mic"

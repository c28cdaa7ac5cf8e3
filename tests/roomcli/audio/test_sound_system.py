"""Tests of which sound system has the cards."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from benchmarks.sound_server import SoundServer
from roomcli.audio import sound_system
from roomcli.audio.sound_system import find_sound_system
from roomcli.errors import AudioError


def test_without_a_sound_server_it_is_portaudio_and_that_is_told_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sound_system, "_has_answered", False)
    monkeypatch.setattr(sound_system, "_told", "")
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nobody'}")
    caplog.set_level(logging.INFO)
    for _ in range(2):
        found = find_sound_system()
        assert not found.is_server
    assert found.words.startswith("PortAudio, since ")
    assert [record.message for record in caplog.records] == [f"sound: {found.words}"]


def test_a_server_that_answered_is_waited_for_and_its_cards_are_not_taken(
    desktop: SoundServer,
) -> None:
    found = find_sound_system()
    assert found.is_server
    assert found.words.endswith(", by libpulse")
    desktop.close()
    with pytest.raises(AudioError, match=r"no sound server|does not answer|has gone"):
        find_sound_system()

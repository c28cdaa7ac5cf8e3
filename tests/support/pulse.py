"""A PulseAudio server for tests, with null sinks in place of sound cards.

``conftest`` gives its fixture to all tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import sound_server
from benchmarks.sound_server import SoundServer


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """Run a server with a null sink ``room`` that this process and its children use."""
    if lacking := sound_server.missing():
        pytest.skip(f"needs PulseAudio, {', '.join(lacking)} not installed")
    try:
        import sounddevice
    except OSError:
        pytest.skip("needs PortAudio: apt install libportaudio2 libasound2-plugins")
    with sound_server.sound_server() as server:
        found_by = server.environment | {"XDG_RUNTIME_DIR": str(server.folder)}
        for name, value in found_by.items():
            monkeypatch.setenv(name, value)
        server.null_sink("room")
        sounddevice._terminate()
        sounddevice._initialize()
        names = [card["name"] for card in sounddevice.query_devices()]
        if "pulse" not in names:
            pytest.skip("needs ALSA's PulseAudio plugin: apt install libasound2-plugins")
        yield server

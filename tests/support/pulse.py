"""Sound servers for tests, with null sinks in place of sound cards.

``conftest`` gives their fixtures to all tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import sound_server
from benchmarks.sound_server import PipeWireServer, SoundServer
from roomcli.audio import sound_system


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """Run a PulseAudio server with a null sink ``room`` for this process and its children."""
    yield from _served(monkeypatch, SoundServer)


@pytest.fixture(params=[SoundServer, PipeWireServer], ids=["pulseaudio", "pipewire"])
def desktop(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[SoundServer]:
    """Run each of the two sound servers of desktops, with a null sink ``room``."""
    yield from _served(monkeypatch, request.param)


@pytest.fixture
def plugin(pulse: SoundServer) -> SoundServer:
    """Run a PulseAudio server that PortAudio reaches through ALSA's plugin."""
    try:
        import sounddevice
    except OSError:
        pytest.skip("needs PortAudio: apt install libportaudio2 libasound2-plugins")
    sounddevice._terminate()
    sounddevice._initialize()
    if "pulse" not in [card["name"] for card in sounddevice.query_devices()]:
        pytest.skip("needs ALSA's PulseAudio plugin: apt install libasound2-plugins")
    return pulse


def _served(monkeypatch: pytest.MonkeyPatch, kind: type[SoundServer]) -> Iterator[SoundServer]:
    if lacking := kind.missing():
        pytest.skip(f"needs a sound server, {', '.join(lacking)} not installed")
    with sound_server.sound_server(kind=kind) as server:
        found_by = server.environment | {"XDG_RUNTIME_DIR": str(server.folder)}
        for name, value in found_by.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sound_system, "_has_answered", False)  # of another test
        server.null_sink("room", description="Room")
        yield server

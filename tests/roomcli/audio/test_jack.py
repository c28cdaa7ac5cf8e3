"""Tests with JACK, which connects ports as they are: a voice has to come out on both sides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import processes

DUPLEX = """
from roomcli.audio.devices import open_input, open_output
from roomcli.audio.portaudio import end_process
speaker, microphone = open_output("system"), open_input("system")
speaker.start(lambda: None)
microphone.start(lambda: None)
print("both play", flush=True)
input()
speaker.close()
microphone.close()
end_process(0)
"""
"""Program for a process of its own, since PortAudio keeps JACK until it ends."""

REGISTRY = Path("/dev/shm/jack-shm-registry")
"""Where JACK lists its servers, eight at most, those that were killed among them."""


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a JACK server for the test, with a dummy driver as its sound card."""
    if not (shutil.which("jackd") and shutil.which("jack_lsp")):
        pytest.skip("needs JACK: apt install jackd2")
    if subprocess.run(["pgrep", "-x", "jackd"], stdout=subprocess.DEVNULL).returncode == 1:
        # A JACK that a client left without a word does not end when asked, so the one below is
        # killed each time; the ninth would find the list full.
        REGISTRY.unlink(missing_ok=True)
    name = f"test{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", name)
    monkeypatch.setenv("JACK_NO_AUDIO_RESERVATION", "1")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    with tempfile.TemporaryFile() as errors:
        daemon = processes.start(
            ["jackd", "-r", "-n", name, "-d", "dummy", "-r", "44100", "-p", "512"], stderr=errors
        )
        try:
            while "system:playback_1" not in ports():
                if daemon.poll() is not None:
                    errors.seek(0)
                    pytest.fail(f"jackd ended at once: {errors.read().decode()}")
            yield
        finally:
            processes.end(daemon)


def ports() -> str:
    """Return every port, each followed by the ports that it is connected to."""
    return subprocess.run(["jack_lsp", "-c"], capture_output=True, text=True).stdout


def test_jack_is_played_to_on_both_sides_and_heard_from_both(jack: None) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DUPLEX], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as duplex:
        assert duplex.stdout is not None
        assert duplex.stdout.readline() == "both play\n"
        connected = ports()
        duplex.communicate("\n")
    assert duplex.returncode == 0
    for port in ("playback_1", "playback_2", "capture_1", "capture_2"):
        assert f"system:{port}\n   " in connected

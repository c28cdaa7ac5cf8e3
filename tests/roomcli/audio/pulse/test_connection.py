"""Tests of the connection to a sound server that is there, silent, gone or back."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from benchmarks.sound_server import SoundServer
from roomcli.audio.pulse.connection import _server_words, connect, text_of
from roomcli.audio.pulse.mainloop import Mainloop
from roomcli.errors import AudioError

from ....support.patience import PATIENCE


def test_a_server_that_does_not_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        deaf.listen()
        monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'deaf'}")
        with pytest.raises(AudioError, match="does not answer within"):
            connect()
    assert capfd.readouterr() == ("", "")


def test_where_there_is_no_server_none_is_started_and_nothing_is_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nobody'}")
    with pytest.raises(AudioError, match="no sound server answers"):
        connect()
    assert capfd.readouterr() == ("", "")


def test_all_use_one_connection_until_it_is_lost_and_then_another(desktop: SoundServer) -> None:
    first = connect()
    assert connect() is first
    desktop.close()
    deadline = time.monotonic() + PATIENCE
    while not first.lost and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(AudioError, match="no sound server answers"):
        connect()
    desktop.run()
    second = connect()
    assert second is not first
    assert second.survey().server.startswith(("PulseAudio ", "PipeWire "))


def test_what_is_asked_on_the_thread_is_answered_or_given_up(pulse: SoundServer) -> None:
    mainloop: Mainloop = connect().mainloop
    assert mainloop.run_there(threading.get_ident, PATIENCE) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        mainloop.run_there(lambda: 1 // 0, PATIENCE)
    mainloop.order(lambda: 1 // 0)
    assert mainloop.run_there(lambda: "still there", PATIENCE) == "still there"
    held = threading.Event()
    mainloop.order(lambda: held.wait(PATIENCE))
    with pytest.raises(AudioError, match="does not answer"):
        mainloop.run_there(lambda: None, 0.01)
    held.set()


def test_a_headset_cannot_write_on_the_terminal() -> None:
    assert text_of("Kopf\x1b[2Jhörer\n".encode()) == "Kopf [2Jhörer"
    assert text_of(b"\xff\xfe") == "\ufffd\ufffd"
    assert text_of(None) == ""


@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("pulseaudio", "16.1", "PulseAudio 16.1"),
        ("PulseAudio (on PipeWire 1.2.7)", "15.0.0", "PipeWire 1.2.7"),
        ("something else", "1", "something else"),
    ],
)
def test_a_server_is_called_what_it_is(name: str, version: str, words: str) -> None:
    assert _server_words(name, version) == words

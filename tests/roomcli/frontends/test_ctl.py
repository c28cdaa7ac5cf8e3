"""Tests of `roomcli ctl`: words become a command; engines answer, refuse or are long dead."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from roomcli import folders
from roomcli.cli import exits
from roomcli.cli.main import main
from roomcli.frontends import ctl

from ...support.patience import PATIENCE
from ...support.processes import Event, Journey, ParticipantProcess, room_on
from ..test_folders import settle

PEOPLE = [{"id": "ben1", "name": "Ben"}]
STATE = {"event": "state", "room": "standup", "you": "ben1", "muted": True, "people": PEOPLE}
DONE: dict[str, Any] = {"event": "done"}


class FakeEngine:
    """An engine's socket that tells its state, keeps all commands, and answers each the same.

    ``news`` comes before each answer.
    """

    def __init__(self, path: Path, room: str, answer: dict[str, Any] | None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.news: list[dict[str, Any]] = [{"event": "hand_raised"}, {"event": "done", "ref": 0}]
        self.state: object = {**STATE, "room": room}
        self._answer = answer
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(json.dumps(self.state).encode() + b"\n")
                line = lines.readline()
                if line == b"enough\n":
                    return
                if line:
                    self.asked.append(json.loads(line))
                    for event in self.news:
                        self._say(connection, event)
                    if self._answer is not None:
                        self._say(connection, {**self._answer, "ref": self.asked[-1]["ref"]})

    @staticmethod
    def _say(connection: socket.socket, event: dict[str, Any]) -> None:
        connection.sendall(json.dumps(event).encode() + b"\n")

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as last:
            last.connect(self._listening.getsockname())
            last.sendall(b"enough\n")
            self._thread.join()
        self._listening.close()


Start = Callable[..., FakeEngine]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    settle(monkeypatch, tmp_path)
    # The path of a socket has 104 bytes on macOS, of which a test's own folder takes most.
    with tempfile.TemporaryDirectory(prefix="roomcli-", dir="/tmp") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield tmp_path


@pytest.fixture
def apart() -> Iterator[str]:
    """Return the runtime folder of another person on this machine."""
    with tempfile.TemporaryDirectory(prefix="roomcli") as short:
        yield short


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts an engine in a room; the engines end with the test."""
    engines: list[FakeEngine] = []

    def started(room: str = "standup", answer: dict[str, Any] | None = DONE) -> FakeEngine:
        path = folders.engine_socket(os.getpid() + len(engines))
        engines.append(FakeEngine(path, room, answer))
        return engines[-1]

    yield started
    for engine in engines:
        engine.close()


def test_the_only_room_is_meant(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    engine = start()
    assert main(["ctl", "raise"]) == exits.DONE
    assert engine.asked == [{"command": "raise_hand", "ref": 1}]
    assert capsys.readouterr() == ("", "")


def test_the_state_is_one_line_of_json(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    engine = start()
    assert main(["ctl", "state"]) == exits.DONE
    out = capsys.readouterr().out
    assert json.loads(out) == STATE
    assert out.count("\n") == 1
    assert engine.asked == []


def test_of_several_rooms_one_is_named(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    planning, standup = start("planning"), start("standup")
    assert main(["ctl", "mute"]) == exits.WRONG_USAGE
    wanted = "roomcli: 2 rooms are open here: say which with --room: planning, standup\n"
    assert capsys.readouterr().err == wanted
    assert main(["ctl", "--room", "standup", "mute"]) == exits.DONE
    assert (len(planning.asked), len(standup.asked)) == (0, 1)
    assert main(["ctl", "--room", "retro", "mute"]) == exits.NOT_CONNECTED
    assert "retro is not open here: planning, standup" in capsys.readouterr().err


def test_twice_in_one_room_is_not_guessed_about(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    start(), start()
    assert main(["ctl", "--room", "standup", "mute"]) == exits.WRONG_USAGE
    assert "standup is open 2 times here" in capsys.readouterr().err


def test_without_a_room_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ctl", "mute"]) == exits.NOT_CONNECTED
    assert capsys.readouterr().err == "roomcli: no room is open here: join one\n"
    assert main(["ctl"]) == exits.WRONG_USAGE


def test_a_refusal_is_its_text(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start(
        answer={
            "event": "refused",
            "command": "lower_hand",
            "code": "not_allowed",
            "text": "no \x1b[",
        }
    )
    assert main(["ctl", "lower"]) == exits.REFUSED
    assert capsys.readouterr().err == "roomcli: no [\n"


def test_an_engine_that_goes_before_it_answers(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    start(answer=None)
    assert main(["ctl", "lower"]) == exits.FAILED
    assert "in standup does not answer" in capsys.readouterr().err


def test_an_engine_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ctl, "PATIENCE", 0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as hung:
        hung.bind(str(folders.engine_socket(os.getpid() + 50)))
        hung.listen()
        assert main(["ctl", "mute"]) == exits.FAILED
        assert "does not answer" in capsys.readouterr().err


def test_an_engine_that_talks_nonsense_hides_no_other(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    start().state = ["nonsense"]
    assert main(["ctl", "mute"]) == exits.FAILED
    assert "does not answer" in capsys.readouterr().err
    engine = start()
    assert main(["ctl", "mute"]) == exits.DONE
    assert len(engine.asked) == 1


def test_what_dead_engines_left_is_removed() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    dead, beginning = folders.engine_socket(child.pid), folders.engine_socket(os.getpid())
    for path in (dead, beginning):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
            bound.bind(str(path))
    assert main(["ctl", "mute"]) == exits.NOT_CONNECTED
    assert (dead.exists(), beginning.exists()) == (False, True)


def test_a_socket_of_somebody_else_is_not_spoken_to(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = start()
    folders_of_ours = folders.engine_sockets()
    monkeypatch.setattr(ctl, "engine_sockets", lambda: folders_of_ours)
    somebody = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: somebody)
    assert main(["ctl", "mute"]) == exits.NOT_CONNECTED
    assert engine.asked == []


def test_a_hotkey_does_not_wait_for_imports() -> None:
    words = [sys.executable, "-X", "importtime", "-m", "roomcli", "ctl", "ptt", "down"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE).stderr
    assert "roomcli.frontends.ctl" in told
    for heavy in ("trio", "textual", "msgspec", "asyncio", "dataclasses", "ssl"):
        assert f" {heavy}\n" not in told


def test_people_are_named_as_in_the_room(journey: Journey, apart: str) -> None:
    url, _ = journey.serve()
    host = journey.participant("Hana", "host", room_on(url, "standup"))
    host.joined()

    def ctl(*words: str) -> str:
        return ctl_of(journey, "Hana", *words)

    def ben() -> ParticipantProcess:
        address = room_on(url, "standup")
        return journey.participant("Ben", "join", address, XDG_RUNTIME_DIR=apart)

    first = ben()
    first.joined()
    first.say("raise_hand")
    host.wait_for("hand_raised")
    ctl("accept_hand")
    first.wait_for("stage_joined")
    ctl("remove", "Ben", "bye")
    assert first.process.wait(PATIENCE) == exits.REFUSED
    again = ben()
    again.joined()
    ctl("ban", "ben", "2h", "came back")
    assert "came back" in again.wait_for("left")["text"]
    (ban,) = json.loads(ctl("list_bans"))["bans"]
    assert round(ban["until"] - ban["at"]) == 7200
    ctl("unban", "Ben")
    assert json.loads(ctl("list_bans"))["bans"] == []


def ctl_of(journey: Journey, person: str, *words: str) -> str:
    """Run a person's `roomcli ctl`, which has to work, and return what it prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "roomcli", "ctl", *words],
        env=journey.environment(person),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (ended.returncode, ended.stderr) == (exits.DONE, "")
    return ended.stdout


def test_a_key_of_the_window_managers_opens_and_closes_the_microphone(journey: Journey) -> None:
    url, _ = journey.serve()
    host = journey.participant("Hana", "host", room_on(url, "standup"), "--mic", "tone:440")
    hana = host.joined()["you"]

    def ctl(*words: str) -> str:
        return ctl_of(journey, "Hana", *words)

    def is_open(event: Event) -> bool:
        return bool(event["open"])

    ctl("unmute")
    host.wait_for("microphone", when=is_open)
    state = json.loads(ctl("state"))
    assert (state["room"], state["role"], state["on_air"]) == ("standup", "host", True)
    assert [each["id"] for each in state["people"]] == [hana]
    ctl("ptt", "up")
    assert not is_open(host.wait_for("microphone"))
    ctl("ptt", "down")
    assert is_open(host.wait_for("microphone"))
    ctl("mute", "toggle")
    assert not is_open(host.wait_for("microphone"))
    ctl("change_settings", "topic=On tests", "floor_seconds=2m")
    settings = host.wait_for("settings_changed")["settings"]
    assert (settings["topic"], settings["floor_seconds"]) == ("On tests", 120)
    ctl("leave")
    assert host.process.wait(PATIENCE) == exits.DONE
    assert folders.engine_sockets() == []

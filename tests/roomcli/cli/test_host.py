"""Tests from the command to the frontend: what it enters, and what friends are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from roomcli.cli import addresses, entrance, host, invitation, main
from roomcli.cli.addresses import Reachable
from roomcli.cli.own_server import OwnServer
from roomcli.frontends.outcome import Outcome
from roomcli.protocol.address import parse_address
from roomcli.protocol.local import Enter, Notices
from roomcli.protocol.sound import SoundSettings

from ..audio.test_devices import sine, write_wav
from ..test_folders import settle

PIN = "c" * 64


class RecordedFrontend:
    """Replaces every frontend and remembers what it was given."""

    def __init__(self) -> None:
        self.entered: list[tuple[str, Enter, str | None]] = []
        self.outcome = Outcome(0)

    def face(self, name: str, enter: Enter, share_line: str | None) -> Outcome:
        self.entered.append((name, enter, share_line))
        return self.outcome


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


@pytest.fixture
def frontend(monkeypatch: pytest.MonkeyPatch) -> RecordedFrontend:
    stand_in = RecordedFrontend()

    def run_plain(
        enter: Enter, *, share_line: str | None, notices: Notices | None, **others: object
    ) -> Outcome:
        return stand_in.face("plain", enter, share_line)

    def run_stdio(enter: Enter, notices: Notices | None, grammar: object) -> int:
        return stand_in.face("jsonl", enter, None).exit_code

    for name, function in (
        ("roomcli.frontends.plain.program", run_plain),
        ("roomcli.engine.process", run_stdio),
    ):
        module = ModuleType(name)
        setattr(module, function.__name__, function)
        monkeypatch.setitem(sys.modules, name, module)
    return stand_in


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the own server by a fake; return the log of its starts and ends."""
    happened: list[str] = []

    @contextmanager
    def own_server(room: str, *, local: bool) -> Iterator[OwnServer]:
        happened.append(f"started {room}")
        url = "ws://127.0.0.1:7421" if local else f"wss://127.0.0.1:7421#pin={PIN}"
        yield OwnServer(parse_address(url), "letmein")
        happened.append("ended")

    monkeypatch.setattr(host, "own_server", own_server)
    monkeypatch.setattr(addresses, "own_addresses", lambda: ["192.168.1.7"])
    return happened


def test_join_tells_the_frontend_who_and_where(frontend: RecordedFrontend, home: Path) -> None:
    talk = home / "talk.wav"
    write_wav(talk, sine(0.1, 48_000), 2, 48_000)
    words = ["join", "wss://h/r/x#invite=i", "--name", "Ann", "--headline", "Keeper"]
    assert main.main([*words, "--mic", f"file:{talk}", "--speaker", "none"]) == 0
    assert frontend.entered == [
        (
            "plain",  # this is no terminal
            Enter(
                url="wss://h:7420/r/x#invite=i",
                name="Ann",
                headline="Keeper",
                keeps_name=True,
                mic=f"file:{talk}",
                speaker="none",
                sound=SoundSettings(),
            ),
            None,
        )
    ]


def test_jsonl_is_the_engine_itself(frontend: RecordedFrontend) -> None:
    frontend.outcome = Outcome(4)
    assert main.main(["join", "wss://h/r/x", "--jsonl"]) == 4
    assert frontend.entered[0][0] == "jsonl"


@pytest.mark.parametrize("face", ["--plain", "--jsonl"])
@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("ws://rooms.example/r/x", True),
        ("http://192.0.2.7/r/x", True),
        ("wss://rooms.example/r/x", False),
        ("ws://127.0.0.1/r/x", False),
        ("ws://[::1]/r/x", False),
        ("ws://localhost/r/x", False),
    ],
)
def test_what_is_not_encrypted_is_said_before_entering(
    frontend: RecordedFrontend,
    capsys: pytest.CaptureFixture[str],
    url: str,
    warned: bool,
    face: str,
) -> None:
    assert main.main(["join", url, face]) == 0
    assert len(frontend.entered) == 1
    said = capsys.readouterr().err
    assert said.startswith("not encrypted: ") == warned
    assert said.count("\n") == warned


@pytest.mark.parametrize("missing", ["numpy", "opuslib"])
def test_a_platform_without_sound_libraries_is_told(
    frontend: RecordedFrontend,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
) -> None:
    monkeypatch.setattr(
        entrance, "find_spec", lambda name: None if name == missing else find_spec(name)
    )
    assert main.main(["join", "wss://h/r/x"]) == 1
    assert frontend.entered == []
    assert capsys.readouterr().err == (
        "roomcli: this platform has no sound libraries for roomcli: "
        "`roomcli serve` works, rooms do not\n"
    )


@pytest.mark.parametrize(("code", "stream"), [(0, "out"), (3, "err")])
def test_the_last_word_of_a_frontend(
    frontend: RecordedFrontend, capsys: pytest.CaptureFixture[str], code: int, stream: str
) -> None:
    frontend.outcome = Outcome(code, "over")
    assert main.main(["join", "wss://h/r/x"]) == code
    assert getattr(capsys.readouterr(), stream) == "over\n"


def test_host_brings_a_server_and_a_line_for_friends(
    frontend: RecordedFrontend, started: list[str]
) -> None:
    assert main.main(["host", "standup"]) == 0
    assert started == ["started standup", "ended"]
    [(_, enter, share)] = frontend.entered
    assert enter.url == f"wss://127.0.0.1:7421/r/standup#pin={PIN}&host_token=letmein"
    assert (enter.intent, enter.access) == ("host", "invite")
    assert share is not None
    lines = share.split("\n")
    assert lines[0] == (
        f"roomcli join 'wss://192.168.1.7:7421/r/standup#pin={PIN}&invite={{invite}}'"
    )
    assert "letmein" not in share  # who opens rooms is not for friends
    assert lines[1].startswith("All addresses of this machine are private")
    assert any("VPS" in line for line in lines)
    assert any("ssh -R '*:7421:localhost:7421'" in line for line in lines)
    assert lines[-1].startswith("The room ends when you leave")


def test_host_local_stays_on_loopback(frontend: RecordedFrontend, started: list[str]) -> None:
    assert main.main(["host", "standup", "--local", "--access", "open"]) == 0
    [(_, enter, share)] = frontend.entered
    assert enter.url == "ws://127.0.0.1:7421/r/standup#host_token=letmein"
    assert enter.access == "open"
    assert share is not None
    assert share.startswith("roomcli join standup\n")


def test_an_open_room_has_no_invite_to_fill_in(
    frontend: RecordedFrontend, started: list[str]
) -> None:
    assert main.main(["host", "standup", "--access", "open"]) == 0
    [(_, enter, share)] = frontend.entered
    assert enter.access == "open"
    assert share is not None
    assert share.startswith(f"roomcli join 'wss://192.168.1.7:7421/r/standup#pin={PIN}'\n")


def test_host_jsonl_leaves_stdout_to_events(
    frontend: RecordedFrontend, started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["host", "standup", "--jsonl"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "roomcli join 'wss://192.168.1.7" in said.err


def test_a_bad_device_starts_no_server(frontend: RecordedFrontend, started: list[str]) -> None:
    assert main.main(["host", "standup", "--mic", "file:/nowhere.wav"]) == 1
    assert (started, frontend.entered) == ([], [])


@pytest.mark.parametrize(
    "words",
    [
        ["standup", "--server", "wss://rooms.example.org"],
        ["wss://rooms.example.org/r/standup"],
    ],
)
def test_host_elsewhere_starts_nothing(
    frontend: RecordedFrontend, started: list[str], words: list[str]
) -> None:
    assert main.main(["host", *words]) == 0
    assert started == []
    [(_, enter, share)] = frontend.entered
    assert enter.url == "wss://rooms.example.org:7420/r/standup"
    assert (enter.intent, enter.access) == ("host", "open")
    assert share == "roomcli join 'wss://rooms.example.org:7420/r/standup'"


@pytest.mark.parametrize("name", ["host_token", "invite"])  # before, addresses said invite
def test_the_host_token_of_an_address_is_shown_to_the_server_and_to_nobody_else(
    frontend: RecordedFrontend, started: list[str], name: str
) -> None:
    assert main.main(["host", f"wss://rooms.example.org/r/standup#{name}=secret"]) == 0
    [(_, enter, share)] = frontend.entered
    assert parse_address(enter.url).host_token == "secret"
    assert share is not None
    assert "secret" not in share


def test_a_configured_server_is_hosted_on_unless_here_is_said(
    frontend: RecordedFrontend, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMCLI_SERVER", "wss://rooms.example.org")
    main.main(["host", "standup"])
    assert started == []
    main.main(["host", "standup", "--here"])
    assert started == ["started standup", "ended"]


def test_the_server_ends_with_a_frontend_that_fails(
    frontend: RecordedFrontend, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    frontend.outcome = Outcome(130)
    assert main.main(["host", "standup"]) == 130
    assert started[-1] == "ended"


@pytest.mark.parametrize(
    ("found", "host", "reach"),
    [
        (["192.168.1.7", "93.184.216.34"], "93.184.216.34", "internet"),
        (["192.168.1.7", "2606:4700::1"], "2606:4700::1", "internet"),
        (["93.184.216.34", "2606:4700::1"], "93.184.216.34", "internet"),
        (["10.0.0.2", "fe80::1%eth0"], "10.0.0.2", "network"),
        (["100.64.0.9"], "100.64.0.9", "network"),
        (["127.0.0.1", "0.0.0.0"], "127.0.0.1", "machine"),
        ([], "127.0.0.1", "machine"),
    ],
)
def test_the_best_address(found: list[str], host: str, reach: str) -> None:
    assert addresses.best(found) == Reachable(host, reach)  # type: ignore[arg-type]


def test_own_addresses_are_addresses() -> None:
    assert addresses.best(addresses.own_addresses()).host


def test_an_ipv6_address_is_put_in_brackets() -> None:
    address = parse_address("wss://127.0.0.1/r/standup")
    text = invitation.for_own_server(address, "invite", Reachable("2606:4700::1", "internet"))
    assert "'wss://[2606:4700::1]:7420/r/standup#invite={invite}'" in text

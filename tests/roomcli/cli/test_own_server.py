"""Tests of a host's own server and its note: found while it runs, gone without a trace."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.processes import LineProcess
from roomcli.cli import notes, own_server, settings, whereabouts
from roomcli.errors import ConnectionFailed, UsageError

from ...support.patience import PATIENCE
from ..test_folders import settle

SPEAKS = """
import json, os, socket, sys
from urllib.parse import urlsplit
option = lambda name: sys.argv[sys.argv.index(name) + 1]
port = int(option("--listen").rpartition(":")[2])
listener = socket.create_server(("127.0.0.1", port))
port = listener.getsockname()[1]
scheme = "ws" if "--no-tls" in sys.argv else "wss"
pin = f"#pin={'a' * 64}" if scheme == "wss" else ""
token = os.path.join(option("--data"), "host-invite")
open(token, "w").write("letmein")
said = {"event": "listening", "url": f"{scheme}://0.0.0.0:{port}{pin}", "host_invite_file": token}
print(json.dumps(said), flush=True)
print("x" * 1_000_000, flush=True)  # must not block on a pipe that nobody reads
open(os.path.join(option("--data"), "spoken"), "w").close()
os.read(int(option("--parent-fd")), 1)  # until the parent is gone
"""


def fake(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    # Ports of this test's own: other people may host on the usual one.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        first = probe.getsockname()[1]
    monkeypatch.setattr(own_server, "PORTS", range(first, first + 10))
    return settle(monkeypatch, tmp_path)


@pytest.fixture
def listening() -> Iterator[int]:
    """Return a port where somebody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def note(port: int, room: str = "standup", pid: int | None = None) -> Path:
    pid = os.getpid() if pid is None else pid
    return notes.write_note(notes.Note(pid, f"ws://127.0.0.1:{port}", room, "letmein"))


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.01)


def test_a_server_starts_is_noted_and_ends(home: Path) -> None:
    with own_server.own_server("standup", local=False, command=fake(SPEAKS)) as server:
        port = server.address.port
        assert str(server.address) == f"wss://127.0.0.1:{port}#pin={'a' * 64}"
        assert server.host_token == "letmein"
        [path] = (home / "run/roomcli").iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        found = whereabouts.room_to_join("standup", settings.load({}, {}))
        assert str(found) == f"wss://127.0.0.1:{port}/r/standup#pin={'a' * 64}&host_token=letmein"
        wait_for(home / f"data/roomcli/server-{port}/spoken")
    assert list((home / "run/roomcli").iterdir()) == []
    assert own_server.is_free(port, local=True)


def test_a_taken_port_means_the_next() -> None:
    first = own_server.PORTS.start
    with (
        socket.create_server(("127.0.0.1", first)),
        own_server.own_server("standup", local=True, command=fake(SPEAKS)) as server,
    ):
        assert server.address.port > first
        assert not server.address.tls


def test_the_server_of_the_demo_is_told_to_nobody(home: Path, tmp_path: Path) -> None:
    with own_server.demo_server(tmp_path, fake(SPEAKS)) as address:
        assert address.host == "127.0.0.1"
        assert not address.tls
        assert notes.living() == []
        wait_for(tmp_path / "spoken")


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit('roomcli-server: the store is in use')", "the store is in use"),
        ("print('hello', flush=True)", "something else"),
        ("pass", "it said nothing"),
    ],
)
def test_a_server_that_does_not_start_says_why(home: Path, program: str, why: str) -> None:
    with (
        pytest.raises(ConnectionFailed, match=f"the server did not start: .*{why}"),
        own_server.own_server("standup", local=True, command=fake(program)),
    ):
        pytest.fail("it started")
    assert not (home / "run/roomcli").exists()


def test_no_free_port_at_all(monkeypatch: pytest.MonkeyPatch, listening: int) -> None:
    monkeypatch.setattr(own_server, "PORTS", range(listening, listening + 1))
    with (
        pytest.raises(ConnectionFailed, match="no free port"),
        own_server.own_server("standup", local=True, command=fake(SPEAKS)),
    ):
        pytest.fail("it started")


def test_a_server_does_not_outlive_a_killed_parent(home: Path) -> None:
    ports = own_server.PORTS
    host = f"""
import time
from roomcli.cli import own_server
own_server.PORTS = range({ports.start}, {ports.stop})
with own_server.own_server("standup", local=True, command={fake(SPEAKS)!r}) as server:
    print(server.address.port, flush=True)
    time.sleep(60)
"""
    parent = LineProcess.start([sys.executable, "-c", host])
    port = int(parent.read_line(PATIENCE))
    parent.process.kill()
    parent.process.wait()
    deadline = time.monotonic() + PATIENCE
    while not own_server.is_free(port, local=True):
        assert time.monotonic() < deadline, "the server is an orphan"
        time.sleep(0.02)
    parent.kill()
    assert notes.living() == []  # and the note that it left is swept away
    assert list((home / "run/roomcli").iterdir()) == []


def test_stale_and_broken_notes_are_removed(home: Path, listening: int) -> None:
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        note(deaf.getsockname()[1])  # a living process, but nobody answers
        kept = note(listening)
        folder = home / "run/roomcli"
        dead = json.loads(kept.read_text()) | {"pid": gone.pid}
        (folder / "server-1.json").write_text(json.dumps(dead))
        (folder / "server-2.json").write_text("{")
        (folder / "server-3.json").write_text('{"pid": 1, "url": 7, "room": "x", "host_token": ""}')
        assert [each.room for each in notes.living()] == ["standup"]
    assert list(folder.iterdir()) == [kept]


def test_the_note_of_the_room_wins_and_another_server_may_have_it(listening: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as second:
        note(listening, "standup")
        note(second.getsockname()[1], "retro")
        current = settings.load({}, {})
        assert whereabouts.room_to_join("retro", current).port == second.getsockname()[1]
        assert whereabouts.room_to_join("standup", current).port == listening
        assert whereabouts.room_to_join("party", current).room == "party"


def test_of_two_servers_with_the_room_it_says_which(
    listening: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as second:
        note(listening, "standup")
        assert whereabouts.room_to_join("standup", settings.load({}, {})).port == listening
        assert capsys.readouterr().err == ""
        note(second.getsockname()[1], "standup")
        chosen = whereabouts.room_to_join("standup", settings.load({}, {}))
        said = capsys.readouterr().err
    assert said.startswith("2 servers on this machine have a room standup")
    assert f"joining the one on port {chosen.port};" in said
    assert said.count("\n") == 1


def test_the_order_is_flag_then_configured_then_this_machine(
    home: Path, listening: int, capsys: pytest.CaptureFixture[str]
) -> None:
    note(listening)
    with socket.create_server(("127.0.0.1", 0)) as configured:
        port = configured.getsockname()[1]
        both = settings.load({"server": "wss://flag"}, {"ROOMCLI_SERVER": f"ws://127.0.0.1:{port}"})
        only = settings.load({}, {"ROOMCLI_SERVER": f"ws://127.0.0.1:{port}"})
        assert whereabouts.room_to_join("standup", both).host == "flag"
        assert whereabouts.room_to_join("standup", only).port == port
    assert whereabouts.room_to_join("standup", only).port == listening
    assert "does not answer: joining standup here" in capsys.readouterr().err
    with pytest.raises(ConnectionFailed) as caught:
        whereabouts.room_to_join("party", only)  # not a room of this machine's either
    for part in ("no --server is given", f"configured ws://127.0.0.1:{port}", "this machine"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("wss://h", "wss://h:7420/r/standup"),
        ("https://h/r/standup#invite=i", "wss://h:443/r/standup#invite=i"),
        (f"wss://h/r/other#pin={'b' * 64}&invite=i", f"wss://h:7420/r/standup#pin={'b' * 64}"),
    ],
)
def test_a_server_url_keeps_its_pin_but_no_invite_of_another_room(
    server: str, address: str
) -> None:
    assert str(whereabouts.on_server(server, "standup")) == address


def test_an_address_needs_no_server() -> None:
    current = settings.load({}, {"ROOMCLI_SERVER": "wss://configured"})
    assert whereabouts.room_to_join("wss://h/r/x", current).host == "h"
    with pytest.raises(UsageError):
        whereabouts.room_to_join("wss://h/r/x", settings.load({"server": "wss://g"}, {}))

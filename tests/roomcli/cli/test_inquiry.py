"""Tests of requests to a server: the pin is checked, and no answer leads to a traceback."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from roomcli.cli import checks, inquiry, main, rooms
from roomcli.errors import CommandRefused, ConnectionFailed
from roomcli.protocol.address import Address
from server.public.certificate import own_certificate

from ...support.patience import PATIENCE
from ..test_folders import settle

ROOMS = [
    {"name": "standup", "stage": 3, "audience": 12, "access": "open"},
    {"name": "evil\x1b[2J", "stage": "many", "audience": 0},
    "nonsense",
    {
        "name": "talk",
        "topic": "How we \x1b[2Jtest",
        "host": "Ann",
        "stage": 1,
        "audience": 0,
        "password": True,
        "locked": True,
        "keeps": ["the chat", 7],
    },
    {"name": "odd", "topic": 3, "host": None, "locked": "no", "keeps": "the chat"},
]
PAGES = {"/healthz": b"ok\n", "/rooms": json.dumps(ROOMS).encode(), "/page": b"<html>"}


NEXT = {
    "/many": '</many?2>; rel="next"',
    "/many?2": "</many?3>;rel=next",
    "/round": '</round>; rel="next"',
    "/elsewhere": '<https://evil.example/rooms>; rel="next"',
}


class ServedPages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(200 if body else 502 if self.path == "/broken" else 404)
        if link := NEXT.get(self.path):
            self.send_header("Link", link)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Quiet(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """Ignore a client that hangs up because it does not trust the server, as tests expect."""


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return settle(monkeypatch, tmp_path)


def served(context: ssl.SSLContext | None) -> tuple[Quiet, threading.Thread]:
    server = Quiet(("127.0.0.1", 0), ServedPages)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    return server, thread


@pytest.fixture(params=["ws", "wss"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    certificate = own_certificate(tmp_path) if request.param == "wss" else None
    server, thread = served(certificate.context if certificate else None)
    pin = certificate.hash.hex() if certificate else None
    yield Address("127.0.0.1", server.server_address[1], certificate is not None, pin=pin)
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer(address: Address) -> None:
    assert inquiry.ask(address, "/healthz") == b"ok\n"


def test_what_is_not_there(address: Address) -> None:
    with pytest.raises(CommandRefused, match="404"):
        inquiry.ask(address, "/nothing")


def test_an_error_page_of_a_proxy(address: Address) -> None:
    with pytest.raises(CommandRefused, match="/broken answered 502: a proxy or web server does"):
        inquiry.ask(address, "/broken")


def test_a_page_of_another_kind(address: Address) -> None:
    with pytest.raises(ConnectionFailed, match="no roomcli server"):
        inquiry.ask_list(address, "/page")


@pytest.mark.parametrize("address", ["wss"], indirect=True)
@pytest.mark.parametrize(
    ("pin", "line"), [("0" * 64, "shows another certificate"), (None, "cannot prove who it is")]
)
def test_a_certificate_that_proves_nothing(address: Address, pin: str | None, line: str) -> None:
    with pytest.raises(ConnectionFailed, match=line):
        inquiry.ask(replace(address, pin=pin), "/healthz")


@pytest.mark.parametrize("address", ["ws"], indirect=True)
def test_tls_where_there_is_none(address: Address) -> None:
    with pytest.raises(ConnectionFailed, match=f"does not speak TLS.*: --server '{address}'$"):
        inquiry.ask(replace(address, tls=True), "/healthz")
    with pytest.raises(ConnectionFailed, match="not the server that the address was made for"):
        inquiry.ask(replace(address, tls=True, pin="0" * 64), "/healthz")


@pytest.mark.parametrize("address", ["wss"], indirect=True)
def test_no_tls_where_there_is_some(address: Address) -> None:
    with pytest.raises(ConnectionFailed, match=f"speaks TLS.*: --server '{address}'; compare"):
        inquiry.ask(replace(address, tls=False, pin=None), "/healthz")


@pytest.mark.parametrize(
    ("answer", "line"),
    [(b"SSH-2.0-OpenSSH_9.9\r\n", "what came is not HTTP"), (b"", "what came is not HTTP")],
)
def test_another_kind_of_server(answer: bytes, line: str) -> None:
    def speak(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(1024)
            peer.sendall(answer)

    fails(speak, line)


def test_a_server_that_says_nothing() -> None:
    def stay_silent(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer, contextlib.suppress(ConnectionError):
            while peer.recv(1024):  # until the client has lost its patience
                pass

    fails(stay_silent, "it took too long", patience=0.2)


def test_a_server_that_drips() -> None:
    enough = threading.Event()

    def drip(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer, contextlib.suppress(ConnectionError):  # whoever asked may be gone by now
            peer.recv(1024)
            while not enough.wait(0.05):
                peer.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        address = Address("127.0.0.1", listener.getsockname()[1], tls=False)
        with pytest.raises(ConnectionFailed, match="it took too long"):
            inquiry.ask(address, "/", 0.3)  # or it would wait as long as there is something
        enough.set()
        thread.join()


def fails(behave: Callable[[socket.socket], None], line: str, patience: float = PATIENCE) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=behave, args=(listener,))
        thread.start()
        try:
            with pytest.raises(ConnectionFailed, match=line):
                inquiry.ask(
                    Address("127.0.0.1", listener.getsockname()[1], tls=False), "/", patience
                )
        finally:
            thread.join()


def test_rooms(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["rooms", "--server", str(address)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["standup", "3", "on", "stage,", "12", "listening"]
    told = "talk", "1 on stage, 0 listening, wants a password, locked", "Ann: How we test"
    assert [each.strip() for each in re.split("  +", lines[1])] == list(told)
    assert lines[2:] == ["odd", "kept there: the chat"]
    assert main.main(["rooms", "--server", str(address), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["server"] == address.server
    assert said["rooms"] == [ROOMS[0], *ROOMS[3:]]


@pytest.mark.parametrize(
    ("first", "names"),
    [("/many", ["a", "b", "c", "d"]), ("/round", ["a"]), ("/elsewhere", ["a"]), ("/", ["a"])],
)
def test_all_pages_of_rooms_are_read(
    address: Address, monkeypatch: pytest.MonkeyPatch, first: str, names: list[str]
) -> None:
    """No page is read twice, and no page of another server is read."""
    pages = {"/many": ["a", "b"], "/many?2": ["b", "c"], "/many?3": ["d"]}
    for path in ("/round", "/elsewhere", "/"):
        pages[path] = ["a"]
    told = {path: json.dumps([{"name": name} for name in page]) for path, page in pages.items()}
    monkeypatch.setitem(PAGES, "/rooms", told[first].encode())
    for path, page in told.items():
        monkeypatch.setitem(PAGES, path, page.encode())
    if first in NEXT:
        monkeypatch.setitem(NEXT, "/rooms", NEXT[first])
    assert [each["name"] for each in rooms.listed(address)] == names


def test_the_pages_of_a_server_under_a_prefix_are_under_it_too(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, name in (("/talk/rooms", "a"), ("/talk/rooms?after=a", "b")):
        monkeypatch.setitem(PAGES, path, json.dumps([{"name": name}]).encode())
    monkeypatch.setitem(NEXT, "/talk/rooms", '<?after=a>; rel="next"')
    assert [each["name"] for each in rooms.listed(replace(address, prefix="/talk"))] == ["a", "b"]


@pytest.mark.parametrize("command", ["rooms", "doctor"])
def test_no_escape_of_a_server_reaches_the_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(1024)
            peer.sendall(b"HTTP/1.1 404 \x1b[2J\x1b]0;owned\x07\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("ROOMCLI_SERVER", f"ws://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=refuse, args=(listener,))
        thread.start()
        main.main([command])
        thread.join()
    said = capsys.readouterr()
    text = said.out + said.err
    assert "answered 404" in text
    assert "\x1b" not in text
    assert "owned" not in text


def test_what_a_check_found_is_cleaned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check = checks.Check("speaker", True, "a \x1b[2Jname", "a \x1b[31mremedy")
    monkeypatch.setattr("roomcli.cli.doctor.all_checks", lambda: [check])
    assert main.main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "a name" in said
    assert "a remedy" in said
    assert "\x1b" not in said


def test_why_a_command_failed_is_cleaned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: list[str]) -> int:
        raise ConnectionFailed("no \x1b[2Janswer\nat all")

    monkeypatch.setattr("roomcli.cli.rooms.run", fail)
    assert main.main(["rooms"]) == 3
    assert capsys.readouterr().err == "roomcli: no answer at all\n"

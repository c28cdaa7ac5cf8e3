"""Tests of ``roomcli admin status``: what it prints is what the server says of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomcli.cli import admin_status
from roomcli.cli.main import main
from server.cluster_state import ClusterState, SeenServer
from server.fetching.targets import AllowedHost, AllowedHosts
from server.people.claims.configuration import ClaimsConfiguration
from server.people.claims.issuers import Issuer

CONFIGURATION = ClaimsConfiguration(
    allowed=AllowedHosts([AllowedHost("git.acme.internal", 8443)]),
    companies=frozenset({"acme.example"}),
    issuers=(
        Issuer(
            url="https://sso.acme.example",
            name="Acme",
            client_id="roomcli",
            secret="s3cret",
            domains=frozenset({"acme.example"}),
            device_flow=True,
        ),
    ),
)


@pytest.fixture(autouse=True)
def _server(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_admin(folder: Path, kind: type[Any], line: str) -> Any:
        assert line == "GET /status"
        said = msgspec.json.encode({"claims": CONFIGURATION.overview()})
        return msgspec.json.decode(said, type=kind)

    monkeypatch.setattr(admin_status, "servers", lambda named: [Path("/data")])
    monkeypatch.setattr(admin_status, "ask_admin", ask_admin)


def test_what_may_be_proven_here_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "server on /data",
        "  asks besides the public internet: git.acme.internal:8443",
        "  mail is sent by: none, no codes are sent",
        "  companies proven by mail: acme.example",
        "  issuers:",
        "    Acme (https://sso.acme.example), for acme.example; codes typed on another device are"
        " taken",
    ]


def test_it_is_told_as_json_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "status", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == {"servers": [{"data": "/data", "claims": CONFIGURATION.overview()}]}
    assert "s3cret" not in out


def test_a_server_of_a_cluster_names_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = SeenServer(name="two", address="wss://two.example:7420#pin=ab", listed=4)
    state = ClusterState(name="one", others=(other,), valkey=False, owned=3, visited=1)

    def ask_admin(folder: Path, kind: type[Any], line: str) -> Any:
        said = msgspec.json.encode({"claims": CONFIGURATION.overview(), "cluster": state})
        return msgspec.json.decode(said, type=kind)

    monkeypatch.setattr(admin_status, "ask_admin", ask_admin)
    assert main(["admin", "status"]) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "  cluster: this server is one; Valkey does not answer",
        "    rooms: 3 of its own; its people are in 1 of others",
        "    server two at wss://two.example:7420, listed rooms: 4",
    ]

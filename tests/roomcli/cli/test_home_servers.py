"""Tests of the servers that home shows: kept, bounded, forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.cli import home_servers, notes
from roomcli.cli.home_servers import ListedServers, to_show
from roomcli.errors import ConfigError, UsageError
from roomcli.protocol.address import parse_server
from roomcli.protocol.local import MAX_SERVERS


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ListedServers:
    monkeypatch.setattr(home_servers, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(notes, "living", list)
    return ListedServers()


def urls(listed: ListedServers) -> list[str]:
    return [str(each) for each in listed.addresses()]


def test_the_latest_is_first_and_no_secret_is_kept(listed: ListedServers) -> None:
    assert urls(listed) == []
    listed.add(f"wss://one.example/r/tea#pin={'a' * 64}&invite=x&host_token=y")
    server = listed.add("two.example")
    assert server.address("pond") == "wss://two.example:7420/r/pond"
    assert urls(listed) == ["wss://two.example:7420", "wss://one.example:7420"]
    listed.add("wss://one.example/r/nap")
    assert urls(listed) == ["wss://one.example:7420", "wss://two.example:7420"]
    assert listed.path.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError):
        listed.add("one two")


def test_so_many_are_kept_and_one_that_is_forgotten_is_gone(listed: ListedServers) -> None:
    for number in range(MAX_SERVERS + 2):
        server = listed.add(f"s{number}.example")
    assert len(urls(listed)) == MAX_SERVERS
    assert urls(listed)[-1] == "wss://s2.example:7420"
    listed.forget(server)
    assert server.name not in urls(listed)
    assert len(urls(listed)) == MAX_SERVERS - 1


def test_home_shows_the_chosen_one_first_and_each_once(listed: ListedServers) -> None:
    for name in ("one.example", "two.example"):
        listed.add(name)
    first = parse_server(f"wss://one.example#pin={'a' * 64}")
    assert [server.name for server in to_show(first)] == [
        "wss://one.example:7420",
        "wss://two.example:7420",
    ]
    assert to_show(first)[0].url == str(first), "as it was given"
    assert len(to_show(None)) == 2


def test_a_server_that_runs_here_is_shown_while_it_does(
    listed: ListedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = notes.Note(1, "ws://127.0.0.1:7420", "tea", "token")
    monkeypatch.setattr(notes, "living", lambda: [note])
    assert [server.name for server in to_show(None)] == ["ws://127.0.0.1:7420"], "while it runs"


def test_a_damaged_file_is_passed_over_and_one_of_no_use_is_told(listed: ListedServers) -> None:
    listed.path.write_bytes(b"nonsense\n\xff\nwss://one.example/r/tea#invite=x\n\n")
    assert urls(listed) == ["wss://one.example:7420"]
    listed.path.unlink()
    listed.path.mkdir()
    with pytest.raises(ConfigError, match="remove it"):
        listed.add("two.example")
    assert to_show(None) == (), "home is there without them"

"""Tests of the servers that home shows: which is meant, what each has told, and what is kept."""

from __future__ import annotations

import pytest

from roomcli.errors import ConfigError, UsageError
from roomcli.frontends.model.open_rooms import HomeServer, OpenRoom, Unreached
from roomcli.frontends.model.shown_servers import ShownServers
from roomcli.protocol import events as e
from roomcli.protocol.local import MAX_SERVERS


def server(name: str) -> HomeServer:
    """Return a server of this name."""
    return HomeServer(name, f"wss://{name}", str)


class Keeper:
    """Keeps servers in a list; with ``broken`` nothing can be written."""

    def __init__(self, *names: str, broken: bool = False) -> None:
        self.names = list(names)
        self.broken = broken

    def add(self, url: str) -> HomeServer:
        self._write()
        self.names.append(url)
        return server(url)

    def forget(self, server: HomeServer) -> None:
        self._write()
        self.names.remove(server.name)

    def _write(self) -> None:
        if self.broken:
            raise ConfigError("the disk is full")


def names(shown: ShownServers) -> list[str]:
    """Return the names of the servers, in their order."""
    return [each.name for each in shown.all]


def test_the_first_server_is_meant_and_another_one_once_that_is_forgotten() -> None:
    kept = Keeper("one", "two")
    shown = ShownServers((server("one"), server("two")), kept)
    assert shown.meant == shown.find_server("one")
    shown.forget(server("two"))
    assert shown.meant == shown.find_server("one")
    shown.add("two")
    shown.forget(server("one"))
    assert (names(shown), kept.names) == (["two"], ["two"])
    assert shown.meant == shown.find_server("two")
    assert "one" not in shown
    assert ShownServers(()).meant is None


def test_a_server_that_is_added_is_kept_and_shown_once() -> None:
    kept = Keeper("one")
    shown = ShownServers((server("one"),), kept)
    shown.add("two")
    shown.add("two")
    assert (names(shown), len(shown.facts)) == (["one", "two"], 2)
    assert kept.names == ["one", "two", "two"]


def test_what_cannot_be_written_changes_nothing_that_is_shown() -> None:
    shown = ShownServers((server("one"),), Keeper("one", broken=True))
    with pytest.raises(ConfigError):
        shown.add("two")
    with pytest.raises(ConfigError):
        shown.forget(server("one"))
    assert names(shown) == ["one"]


def test_there_is_a_most_and_without_a_keeper_none_is_added() -> None:
    many = tuple(server(f"s{number}") for number in range(MAX_SERVERS))
    with pytest.raises(UsageError, match="at most: forget one first"):
        ShownServers(many, Keeper()).add("one more")
    with pytest.raises(UsageError, match="not kept here"):
        ShownServers(()).add("one")


def test_what_a_server_tells_is_its_own_and_nothing_is_heard_of_one_that_is_forgotten() -> None:
    shown = ShownServers((server("one"), server("two")))
    shown.hear_news("one", (OpenRoom("pond"),), 1.0)
    shown.forget(server("two"))
    shown.hear_news("two", (OpenRoom("lake"),), 1.0)
    assert [(each.server, each.rooms) for each in shown.facts] == [("one", (OpenRoom("pond"),))]
    assert shown.facts_of("two") is None


def test_until_the_next_try_the_seconds_are_counted_down() -> None:
    shown = ShownServers((server("one"), server("two")))
    shown.hear_news("one", Unreached("nobody listens there", 5.0), 10.0)
    assert shown.is_trying
    one, two = shown.facts_at(12.0)
    assert one.trouble == Unreached("nobody listens there", 3.0)
    assert two.trouble is None
    assert shown.facts_at(99.0)[0].trouble == Unreached("nobody listens there", 0.0)
    shown.hear_news("one", (), 13.0)
    assert not shown.is_trying


def test_what_was_found_counts_while_the_same_is_looked_for() -> None:
    shown = ShownServers((server("one"),))
    found = e.SearchResults(of="everything", text="bee")
    shown.look_for("bee")
    shown.keep_found("one", "be", found)
    shown.keep_found("two", "bee", found)
    assert shown.facts[0].found is None
    shown.keep_found("one", "bee", found)
    assert shown.facts[0].found == found
    shown.look_for("bees")
    assert shown.facts[0].found is None

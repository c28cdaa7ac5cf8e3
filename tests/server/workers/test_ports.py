"""Tests of where the datagrams of workers arrive."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from roomcli.errors import ConfigError
from server.datagrams.opening import DatagramPlaces
from server.workers.ports import Datagrams, open_datagrams, open_own_ports

PUBLIC = ("192.0.2.1", 7421)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """What closes sockets at the end."""
    with ExitStack() as stack:
        yield stack


def ports(datagrams: list[Datagrams], opened: ExitStack) -> list[set[int]]:
    """Return at which ports each worker takes datagrams; they are closed with the test."""
    for each in (each for sockets, _ in datagrams for each in sockets):
        opened.enter_context(closing(each))
    return [{each.getsockname()[1] for each in sockets} for sockets, _ in datagrams]


def test_all_workers_are_at_the_port_of_tcp(opened: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        place = tcp.getsockname()
        datagrams = open_datagrams([place, ("::1", place[1])], DatagramPlaces(public=PUBLIC), 3)
        assert ports(datagrams, opened) == [{place[1]}] * 3
    assert [public for _, public in datagrams] == [PUBLIC] * 3


def test_a_system_that_shares_no_port_gives_each_worker_the_next_one(opened: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        first = tcp.getsockname()[1]
    datagrams = open_own_ports([("127.0.0.1", first)], DatagramPlaces(public=PUBLIC), 2)
    assert ports(datagrams, opened) == [{first}, {first + 1}]
    assert [public for _, public in datagrams] == [PUBLIC, (PUBLIC[0], PUBLIC[1] + 1)]


def test_a_next_port_that_there_is_not_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigError, match="none above 65535"):
        open_own_ports([("127.0.0.1", 7420)], DatagramPlaces(public=(PUBLIC[0], 65535)), 2)


def test_without_udp_no_worker_has_a_socket() -> None:
    assert open_datagrams([("127.0.0.1", 7420)], DatagramPlaces(is_on=False), 2) == [((), None)] * 2


def test_where_the_port_is_taken_all_go_without(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        place = other.getsockname()
        assert open_datagrams([place], DatagramPlaces(), 2) == [((), None)] * 2
        with pytest.raises(ConfigError, match="in use"):
            open_datagrams([place], DatagramPlaces(listen=place), 2)
    assert "no voice by UDP" in caplog.text

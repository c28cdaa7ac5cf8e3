"""Tests of sockets on loopback: what comes, from where, and to which address of ours."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
import trio

from server.datagrams.arrivals import MOST, Arrived, open_socket, read_arrivals

LOOPBACKS = ["127.0.0.1", "::1"]


@pytest.fixture(params=LOOPBACKS)
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bound(host: str) -> Iterator[socket.socket]:
    with closing(open_socket(host, 0)) as opened:
        yield opened


def client(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.bind((host, 0))
    return made


async def arrivals(bound: socket.socket, count: int) -> list[Arrived]:
    """Return as many as have to come."""
    arrived: list[Arrived] = []
    with trio.fail_after(20):
        while len(arrived) < count:
            await trio.lowlevel.wait_readable(bound)
            arrived += read_arrivals(bound)
    return arrived


async def test_what_comes_is_read_in_order_with_both_ends(host: str, bound: socket.socket) -> None:
    with client(host) as sender:
        for number in range(5):
            sender.sendto(bytes([number]), bound.getsockname())
        arrived = await arrivals(bound, 5)
        assert [each.datagram for each in arrived] == [bytes([number]) for number in range(5)]
        assert {each.ends.peer for each in arrived} == {sender.getsockname()}
        assert {each.ends.local for each in arrived} == {None}, "it can be no other than ours"
    assert read_arrivals(bound) == []


async def test_a_flood_is_read_in_parts(host: str, bound: socket.socket) -> None:
    with client(host) as sender:
        for _ in range(MOST + 10):
            sender.sendto(b"x", bound.getsockname())
        await trio.lowlevel.wait_readable(bound)
        assert len(read_arrivals(bound)) == MOST
        assert len(await arrivals(bound, 10)) == 10


async def test_a_peer_that_is_gone_is_no_error(host: str, bound: socket.socket) -> None:
    with client(host) as gone:
        there = gone.getsockname()
    bound.connect(there)  # only then does the system tell of unreachable peers
    bound.send(b"x")
    with trio.fail_after(20):
        await trio.lowlevel.wait_readable(bound)
    assert read_arrivals(bound) == []


def test_an_address_that_is_taken_is_said_at_once(host: str, bound: socket.socket) -> None:
    with pytest.raises(OSError, match="in use"):
        open_socket(host, bound.getsockname()[1])

"""Tests of the socket of voice by UDP, and of where datagrams may go."""

from __future__ import annotations

import socket

import pytest
import trio
import trio.testing

from roomcli.engine.datagram_socket import DatagramSocket, find_target, own_address_towards
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import IDENTITIES, SECRET, SideChannelOffer

from ...support.patience import PATIENCE


def offer(host: str | None = None) -> SideChannelOffer:
    ids = tuple(bytes((n,)) * 4 for n in range(IDENTITIES))
    return SideChannelOffer(port=7420, host=host, secret=Secret(bytes(SECRET)), ids=ids)


@pytest.mark.parametrize(
    ("host", "reached", "target"),
    [
        (None, ("192.0.2.7", 443), ("192.0.2.7", 7420)),
        (None, ("fe80::1", 443, 0, 3), ("fe80::1", 7420, 0, 3)),
        ("198.51.100.2", ("192.0.2.7", 443), ("198.51.100.2", 7420)),
        # Through a tunnel, which hides where one is: never anywhere else.
        ("198.51.100.2", ("127.0.0.1", 443), None),
        ("198.51.100.2", ("::1", 443, 0, 0), None),
        ("127.0.0.3", ("127.0.0.1", 443), ("127.0.0.3", 7420)),
    ],
)
async def test_datagrams_go_where_the_connection_went_unless_that_shows_too_much(
    host: str | None, reached: tuple[object, ...], target: tuple[object, ...] | None
) -> None:
    assert await find_target(offer(host), reached) == target


@pytest.mark.parametrize("variable", ["LD_PRELOAD", "DYLD_INSERT_LIBRARIES"])
async def test_who_goes_through_a_proxy_sends_no_datagram(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/usr/lib/libother.so /usr/lib/x86_64-linux-gnu/torsocks/libt.so")
    assert await find_target(offer(), ("192.0.2.7", 443)) is None


async def test_nobody_who_listens_and_a_full_socket_cost_datagrams_and_nothing_more() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        target = server.getsockname()
        ours = DatagramSocket(target)
        assert ours.own_address == own_address_towards(target) == "127.0.0.1"
        ours.send(b"first")
        received, address = server.recvfrom(100)
        assert received == b"first"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"of somebody else", address)
        server.sendto(b"of the server", address)
        with trio.fail_after(PATIENCE):
            assert await ours.receive() == b"of the server"
    for _ in range(3):
        ours.send(b"to nobody")
    ours.send(bytes(70_000))  # what no network takes
    assert ours.dropped >= 1
    async with trio.open_nursery() as nursery:
        nursery.start_soon(closes_in_time, ours)
        await trio.testing.wait_all_tasks_blocked()
        ours.close()


async def closes_in_time(ours: DatagramSocket) -> None:
    with pytest.raises(trio.ClosedResourceError):
        await ours.receive()

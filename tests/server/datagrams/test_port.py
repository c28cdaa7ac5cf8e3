"""Tests of the server's UDP port: real sockets on this machine, by IPv4 and IPv6."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from roomcli.errors import ConfigError
from roomcli.protocol.audio import Ack, Flags, UplinkFrame
from roomcli.protocol.datagrams import Probe, decode_probe
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.side_channel import SideChannel
from server.datagrams.channel import ClientChannel
from server.datagrams.opening import DatagramPlaces, open_datagram_port
from server.datagrams.port import DatagramPort
from server.limits import ServerLimits

FRAME = UplinkFrame(1, 960, Flags.NONE, -20, b"voice", 1)
LOOPBACK = ("127.0.0.1", "::1")


class VisitEars:
    """Keeps what a visit hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def hear(self, message: Ack | UplinkFrame, now: float, *, by_udp: bool) -> None:
        """Keep a message."""
        self.heard.append(message)

    def remind(self, now: float) -> None:
        """Ignore that something is missed."""


@asynccontextmanager
async def port_at(*hosts: str) -> AsyncIterator[DatagramPort]:
    port = open_datagram_port([(host, 0) for host in hosts], DatagramPlaces(), ServerLimits())
    assert port is not None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.run)
        yield port
        nursery.cancel_scope.cancel()


def visit(port: DatagramPort) -> tuple[ClientChannel, SideChannel, VisitEars]:
    """Open a channel; return it, the client's end of it, and who hears."""
    channel, listening = port.open_channel(1, list[bytes]().append), VisitEars()
    channel.user = listening
    offer = port.offer(channel)
    assert (offer.port, offer.host) == (port.port, None)
    return channel, SideChannel(offer.secret.reveal(), offer.ids, Direction.TO_SERVER), listening


async def ask(own: trio.socket.SocketType, client: SideChannel, to: tuple[str, int]) -> bytes:
    """Send a question, and return the token of the server's own."""
    await own.sendto(client.sealer.seal(Probe(b"question").encode()), to)
    opened = client.unseal(await own.recv(4096))
    assert opened is not None
    return decode_probe(opened.message).token


def client_socket(host: str) -> trio.socket.SocketType:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return trio.socket.socket(family, socket.SOCK_DGRAM)


@pytest.mark.parametrize("host", LOOPBACK)
async def test_each_datagram_goes_to_the_visit_that_it_is_of(host: str) -> None:
    async with port_at(*LOOPBACK) as port:
        (_, client, listening), (_, other, others) = visit(port), visit(port)
        with client_socket(host) as own:
            to = (host, port.port)
            assert len(await ask(own, client, to)) == 8
            await own.sendto(client.sealer.seal(FRAME.encode()), to)
            await own.sendto(b"neither id nor key, and of no visit at all", to)
            await own.sendto(other.sealer.seal(FRAME.encode()), to)
            assert other.unseal(await own.recv(4096)) is not None
            assert (listening.heard, others.heard) == ([FRAME], [FRAME])


async def test_a_client_s_second_address_is_asked_by_the_socket_that_it_came_to() -> None:
    async with port_at(*LOOPBACK) as port:
        _, client, _ = visit(port)
        for host in LOOPBACK:
            with client_socket(host) as own:
                token = await ask(own, client, (host, port.port))
                await own.sendto(
                    client.sealer.seal(Probe(token, is_answer=True).encode()), (host, port.port)
                )
                await own.sendto(client.sealer.seal(Probe(b"question").encode()), (host, port.port))
                opened = client.unseal(await own.recv(4096))
                assert opened is not None
                assert opened.message == Probe(b"question", is_answer=True).encode()
                client.move_on()


async def test_a_visit_that_is_over_leaves_nothing_behind() -> None:
    async with port_at("127.0.0.1") as port:
        channels = [visit(port)[0] for _ in range(3)]
        assert port.channels == 3
        for each in channels:
            each.close()
        assert port.channels == 0
        assert port._channels == {}


async def test_an_error_in_one_visit_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async with port_at("127.0.0.1") as port:
        (broken, client, _), (_, other, _) = visit(port), visit(port)
        broken.user = "no user"  # type: ignore[assignment]
        with client_socket("127.0.0.1") as own, client_socket("127.0.0.1") as another:
            to = ("127.0.0.1", port.port)
            await own.sendto(client.sealer.seal(FRAME.encode()), to)
            assert len(await ask(another, other, to)) == 8
            assert "a datagram failed" in caplog.text


def test_a_port_that_is_taken_leaves_voice_to_tcp(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        place, limits = taken.getsockname(), ServerLimits()
        assert open_datagram_port([place], DatagramPlaces(), limits) is None
        assert f"no voice by UDP: cannot take datagrams at 127.0.0.1, port {place[1]}" in (
            caplog.text
        )
        with pytest.raises(ConfigError, match="cannot take datagrams"):
            open_datagram_port([("127.0.0.1", 0)], DatagramPlaces(listen=place), limits)


async def test_the_admin_says_where_datagrams_arrive() -> None:
    limits = ServerLimits()
    assert open_datagram_port([("127.0.0.1", 0)], DatagramPlaces(is_on=False), limits) is None
    places = DatagramPlaces(listen=("localhost", 0), public=("203.0.113.7", 7421))
    port = open_datagram_port([("192.0.2.1", 1)], places, limits)
    assert port is not None
    offer = port.open_channel(1, list[bytes]().append).offer
    assert (offer.host, offer.port) == ("203.0.113.7", 7421)
    with trio.CancelScope() as scope:
        scope.cancel()
        await port.run()

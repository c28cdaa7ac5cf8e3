"""The server's end of the UDP side channel of one visit, as a test's script drives it."""

from __future__ import annotations

import os
from typing import Any

import trio

from roomcli.protocol.audio import KIND_ACK, Ack, UplinkFrame, decode_uplink
from roomcli.protocol.datagrams import (
    KIND_PROBE,
    Probe,
    ReceptionReport,
    decode_probe,
    split_ack,
)
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import IDENTITIES, IDENTITY, SECRET, SideChannelOffer
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.side_channel import SideChannel

Inside = UplinkFrame | Ack | Probe


class DatagramPeer:
    """A UDP socket on loopback with the keys of one visit.

    It answers probes by UDP while ``answers``, and sends to where the last datagram came from.
    While it is not ``open`` nothing arrives, as behind a firewall.
    """

    def __init__(self, port_socket: trio.socket.SocketType) -> None:
        secret, ids = os.urandom(SECRET), tuple(os.urandom(IDENTITY) for _ in range(IDENTITIES))
        self.offer = SideChannelOffer(
            port=port_socket.getsockname()[1], secret=Secret(secret), ids=ids
        )
        self.channel = SideChannel(secret, ids, Direction.TO_CLIENT)
        self.answers = self.open = True
        self.got: list[Inside] = []
        self.receptions: list[ReceptionReport] = []
        self.addresses: list[Any] = []
        self._socket = port_socket
        self._news = trio.Event()

    async def serve(self) -> None:
        """Take what comes, until cancelled."""
        with self._socket:
            while True:
                datagram, address = await self._socket.recvfrom(2048)
                opened = self.channel.unseal(datagram) if self.open else None
                if opened is None:
                    continue
                self.addresses.append(address)
                await self._take(opened.message)
                self._news.set()
                self._news = trio.Event()

    async def _take(self, message: bytes) -> None:
        if message[0] == KIND_PROBE:
            probe = decode_probe(message)
            self.got.append(probe)
            if self.answers and not probe.is_answer:
                await self.send(Probe(probe.token, is_answer=True).encode())
        elif message[0] == KIND_ACK:
            ack, reception = split_ack(message)
            self.got.append(ack)
            if reception is not None:
                self.receptions.append(reception)
        else:
            self.got.append(decode_uplink(message))

    async def send(self, message: bytes) -> bytes:
        """Send a message; return its datagram, which can be sent again by :meth:`throw`."""
        datagram = self.channel.sealer.seal(message)
        await self.throw(datagram)
        return datagram

    async def throw(self, datagram: bytes) -> None:
        """Send these very bytes."""
        await self._socket.sendto(datagram, self.addresses[-1])

    async def until(self, kind: Any, count: int = 1) -> Any:
        """Wait for the count-th message of a kind, and return it."""
        while len(found := [each for each in self.got if isinstance(each, kind)]) < count:
            await self._news.wait()
        return found[count - 1]

    async def until_got(self, message: Inside) -> None:
        """Wait for this very message."""
        while message not in self.got:
            await self._news.wait()


async def datagram_peer(nursery: trio.Nursery) -> DatagramPeer:
    """Serve a visit's datagrams in a nursery."""
    port_socket = trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM)
    await port_socket.bind(("127.0.0.1", 0))
    peer = DatagramPeer(port_socket)
    nursery.start_soon(peer.serve)
    return peer

"""Crowds whose voice goes by UDP."""

from __future__ import annotations

import time
from functools import partial
from socket import socket as Socket

from ..errors import ConnectionFailed
from .crowd import Crowd, CrowdMember, Listeners
from .datagram_client import DatagramClient
from .lean_client import PATIENCE
from .stage import SpeakingCrowd


class ByUdp(Crowd):
    """A crowd of which everybody is a :class:`DatagramClient`."""

    def serve(self, client: CrowdMember) -> None:
        assert isinstance(client, DatagramClient)
        assert client.datagrams is not None
        self.read_by(client.datagrams, partial(self._read_datagrams, client))
        super().serve(client)

    def wait_until_settled(self) -> None:
        """Serve until voice goes by UDP for everybody. Raises ConnectionFailed if it does not."""
        until = time.monotonic() + PATIENCE
        while not self.over and (left := sum(not each.is_settled for each in self._by_udp)):
            if time.monotonic() > until:
                raise ConnectionFailed(
                    f"UDP does not get through to the server and back for {left} of"
                    f" {len(self.clients)}: `roomcli doctor` says which way it fails"
                )
            self.step(0.1)

    def sockets_of(self, client: CrowdMember) -> tuple[Socket, ...]:
        datagrams = client.datagrams if isinstance(client, DatagramClient) else None
        return (client.socket, *([] if datagrams is None else [datagrams]))

    @property
    def _by_udp(self) -> list[DatagramClient]:
        return [each for each in self.clients if isinstance(each, DatagramClient)]

    def _read_datagrams(self, client: DatagramClient) -> None:
        for frame in client.datagram_frames():
            self.take_in(client, frame)


class UdpListeners(ByUdp, Listeners):
    """An audience that hears by UDP."""


class UdpSpeakers(ByUdp, SpeakingCrowd):
    """People on stage who speak and hear by UDP."""

"""A lean client of ours whose voice goes by UDP, as section 16 of docs/protocol.md says."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import ConnectionLost
from roomcli.load.lean_client import LeanClient
from roomcli.load.tally import Tally, tally_of_bundle
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from roomcli.protocol.audio import (
    KIND_ACK,
    KIND_AUDIO,
    Ack,
    decode_bundle,
)
from roomcli.protocol.datagrams import (
    KIND_PROBE,
    TOKEN,
    Probe,
    ReceptionReport,
    decode_probe,
)
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.side_channel import SideChannel

_LONGEST = 2048


class LeanDatagramClient(LeanClient):
    """One connection to one room with a side channel.

    Whose datagrams somebody else reads follows another listener, who hears the same: it
    acknowledges what that one has.
    """

    def __init__(self, address: Address, source: str = "") -> None:
        super().__init__(address, source)
        self._source = source
        self._channel: SideChannel | None = None
        self.is_settled = False
        """Whether the server's acknowledgements come by UDP, which says that its voice does."""
        self.datagrams: socket.socket | None = None
        self._leader: LeanDatagramClient | None = None
        self._ahead = 0

    def enter(
        self,
        key: Ed25519PrivateKey,
        name: str,
        *,
        intent: Literal["join", "host"] = "join",
        access: Literal["open", "invite"] = "open",
    ) -> e.Joined:
        joined = super().enter(key, name, intent=intent, access=access)
        offer = joined.udp
        if offer is None:
            raise ConnectionLost("the server offers no UDP")
        self._channel = SideChannel(offer.secret.reveal(), offer.ids, Direction.TO_SERVER)
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind((self._source, 0))
        self.datagrams.connect((self.address.host, offer.port))
        self.datagrams.setblocking(False)
        self._send_datagram(Probe(os.urandom(TOKEN)).encode())
        return joined

    def read_datagrams(self) -> None:
        """Read what has come, and answer the server's questions."""
        assert self.datagrams is not None
        while True:
            try:
                message = self._opened(self.datagrams.recv(_LONGEST))
            except OSError:  # nothing more has come, or all is over
                return
            if message[0] == KIND_AUDIO:
                self.media_time = decode_bundle(message).media_time
            elif message[0] == KIND_PROBE:
                question = decode_probe(message)
                self._send_datagram(Probe(question.token, is_answer=True).encode())
            elif message[0] == KIND_ACK:
                self.is_settled = True

    def tally_of_datagram(self, datagram: bytes) -> Tally | None:
        """Return a tally of the voice in a datagram, or None if there is none in it.

        Raises ValueError if it was not sealed for this client.
        """
        message = self._opened(datagram)
        if message[0] != KIND_AUDIO:
            return None
        return tally_of_bundle(message, len(datagram))

    def speak(self, number: int, level: int, payload: bytes) -> bool:
        return self._send_datagram(self.voice_frame(number, level, payload))

    def follow_in(self, leader: LeanDatagramClient) -> None:
        """Acknowledge from now on what the leader has, and as many datagrams more as now."""
        self._ahead = self._newest - leader._newest
        self._leader = leader

    def acknowledge(self, stamp: int) -> bool:
        leader = self._leader or self
        newest = leader._newest + self._ahead
        ack = Ack(leader.media_time, stamp, visit=self.visit).encode()
        if newest >= 0:
            ack += ReceptionReport(0, newest, newest + 1, 0).encode()
        return self._send_datagram(ack)

    @property
    def _newest(self) -> int:
        """The highest counter that was read here."""
        reception = self._channel.reception() if self._channel is not None else None
        return reception.newest if reception is not None else -1

    def close(self) -> None:
        super().close()
        if self.datagrams is not None:
            self.datagrams.close()

    def _opened(self, datagram: bytes) -> bytes:
        assert self._channel is not None
        opened = self._channel.unseal(datagram)
        if opened is None:
            raise ValueError("not sealed for this client")
        return opened.message

    def _send_datagram(self, message: bytes) -> bool:
        assert self._channel is not None
        assert self.datagrams is not None
        with contextlib.suppress(BlockingIOError):
            self.datagrams.send(self._channel.sealer.seal(message))
            return True
        return False

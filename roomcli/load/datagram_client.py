"""A lean client whose voice goes by UDP, as section 16 of docs/protocol.md says."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections import deque
from dataclasses import replace
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import ConnectionFailed
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.audio import KIND_ACK, KIND_AUDIO, Ack
from ..protocol.datagrams import KIND_PROBE, TOKEN, Probe, ReceptionReport, decode_probe
from ..wire.frames import payload_of, server_frame
from ..wire.udp.keys import Direction
from ..wire.udp.sealing import OVERHEAD
from ..wire.udp.side_channel import SideChannel
from .lean_client import LeanClient
from .tally import Tally

ASK_EVERY_NS = 1_000_000_000
"""Time between two questions by UDP, until something has come."""
_LONGEST = 2048
_COPIES_WITHIN = 8
"""Messages within which a copy of one comes: a server repeats what is four ticks old at most."""


class DatagramClient(LeanClient):
    """One connection to one room with a side channel; until that works all goes by TCP."""

    def __init__(self, address: Address, source: str = "") -> None:
        super().__init__(address, source)
        self._source = source
        self._channel: SideChannel | None = None
        self.is_settled = False
        """Whether voice or acknowledgements came by UDP: the server sends them nowhere before it
        had an answer from there, so that both directions work."""
        self.datagrams: socket.socket | None = None
        self._asked_at = 0
        self._recent: deque[bytes] = deque(maxlen=_COPIES_WITHIN)

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
            self.close()
            raise ConnectionFailed(f"{self.address.server} offers no UDP on this way to it")
        self._channel = SideChannel(offer.secret.reveal(), offer.ids, Direction.TO_SERVER)
        host, port = offer.host or self.socket.getpeername()[0], offer.port
        self.datagrams = socket.socket(self.socket.family, socket.SOCK_DGRAM)
        if self._source:
            self.datagrams.bind((self._source, 0))
        self.datagrams.connect((host, port))
        self.datagrams.setblocking(False)
        self._send_question()
        return joined

    def datagram_frames(self) -> list[bytes]:
        """Return the voice and acknowledgements that came, framed as if they came by TCP.

        The server's questions are answered.
        """
        assert self.datagrams is not None
        found = list[bytes]()
        while True:
            try:
                datagram = self.datagrams.recv(_LONGEST)
            except OSError:  # nothing more has come, or all is over
                return found
            message = self.opened(datagram)
            if message is None:
                continue
            if message[0] == KIND_PROBE:
                question = decode_probe(message)
                if not question.is_answer:
                    self.send_datagram(Probe(question.token, is_answer=True).encode())
            elif message not in self._recent:
                self.is_settled |= message[0] in (KIND_ACK, KIND_AUDIO)
                self._recent.append(message)
                found.append(server_frame(message))

    def tally_of(self, frame: bytes) -> Tally | None:
        tally = super().tally_of(frame)
        if tally is None or not self.is_settled:
            return tally
        return replace(tally, size=len(payload_of(frame)) + OVERHEAD)

    def speak(self, number: int, level: int, payload: bytes) -> bool:
        if not self.is_settled:
            return super().speak(number, level, payload)
        return self.send_datagram(self.voice_frame(number, level, payload))

    def acknowledge(self, stamp: int) -> bool:
        reception = self.reception
        ack = Ack(self.media_time, stamp, visit=self.visit).encode()
        ack += reception.encode() if reception is not None else b""
        if self.is_settled:
            return self.send_datagram(ack)
        if time.monotonic_ns() - self._asked_at >= ASK_EVERY_NS:
            self._send_question()
        return self.send(ack)

    @property
    def reception(self) -> ReceptionReport | None:
        """What has come by UDP; None before anything has."""
        return self._channel.reception() if self._channel is not None else None

    def close(self) -> None:
        super().close()
        if self.datagrams is not None:
            self.datagrams.close()

    def _send_question(self) -> None:
        """Send a question, by which the server learns this address."""
        self._asked_at = time.monotonic_ns()
        self.send_datagram(Probe(os.urandom(TOKEN)).encode())

    def opened(self, datagram: bytes) -> bytes | None:
        """Return what is in a datagram; None if it was not sealed for this client, or is old."""
        assert self._channel is not None
        opened = self._channel.unseal(datagram)
        return None if opened is None else opened.message

    def send_datagram(self, message: bytes) -> bool:
        """Send a message by UDP. Return False if nothing can be sent now."""
        assert self._channel is not None
        assert self.datagrams is not None
        with contextlib.suppress(OSError):  # it is lost, as datagrams may be
            self.datagrams.send(self._channel.sealer.seal(message))
            return True
        return False

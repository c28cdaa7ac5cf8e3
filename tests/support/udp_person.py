"""People whose voice goes by UDP, both ways, and who speak until they are heard so."""

from __future__ import annotations

import random
import time
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.load.datagram_client import DatagramClient
from roomcli.load.lean_client import kind_and_time
from roomcli.load.tally import draw_payload
from roomcli.protocol.address import Address
from roomcli.protocol.audio import KIND_AUDIO

from .patience import PATIENCE

FRAME_SECONDS = 0.02


class UdpPerson:
    """Somebody in a room whose voice goes by UDP, both ways."""

    def __init__(self, address: Address, intent: Literal["join", "host"]) -> None:
        self.client = DatagramClient(address)
        joined = self.client.enter(Ed25519PrivateKey.generate(), intent, intent=intent)
        assert joined.udp is not None
        self.port = joined.udp.port
        """The port that takes their datagrams."""
        self.heard = 0
        """Messages of voice that came by UDP."""
        self._said = 0
        self._chance = random.Random(7)

    def live(self) -> None:
        """Read what has come, and give a sign of life."""
        by_tcp, by_udp = self.client.frames(), self.client.datagram_frames()
        for frame in [*by_tcp, *by_udp]:
            self.client.note_progress(frame)
        self.heard += sum(kind_and_time(frame)[0] == KIND_AUDIO for frame in by_udp)
        self.client.acknowledge(time.monotonic_ns() // 1000)

    def speak(self) -> None:
        """Say one more frame, by UDP as soon as that works."""
        self.client.speak(self._said, -20, draw_payload(self._chance, time.monotonic_ns()))
        self._said += 1


def talk_until_heard(speaker: UdpPerson, listener: UdpPerson) -> None:
    """Let somebody speak by UDP until the other hears that by UDP."""
    until = time.monotonic() + PATIENCE
    before = listener.heard
    while not speaker.client.is_settled or listener.heard < before + 3:
        assert time.monotonic() < until
        speaker.speak()
        for each in (speaker, listener):
            each.live()
        time.sleep(FRAME_SECONDS)

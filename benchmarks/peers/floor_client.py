"""A listener of the floor that sends datagrams."""

from __future__ import annotations

import contextlib
import socket

from roomcli.errors import ConnectionLost
from roomcli.load.lean_client import PATIENCE
from roomcli.load.tally import Tally, read_stamp
from roomcli.protocol.address import Address
from roomcli.protocol.audio import decode_bundle

from ..sources import next_source
from .floor import AROUND_DATAGRAM

_ASKED_AGAIN = 0.2


class FloorClient:
    """A socket to which the floor sends. Raises ConnectionLost if it does not answer."""

    pause_ns = 3600_000_000_000
    media_time = acknowledged = 0
    is_settled = True

    def __init__(self, address: Address) -> None:
        self.datagrams = self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((next_source(), 0))
        self.socket.connect((address.host, address.port))
        self.socket.settimeout(_ASKED_AGAIN)
        for _ in range(int(PATIENCE / _ASKED_AGAIN)):
            self.socket.send(b"\0")
            with contextlib.suppress(TimeoutError):
                self.socket.recv(2048)
                return
        raise ConnectionLost("the floor does not answer")

    def steady(self) -> None:
        """Switch to non-blocking mode."""
        self.socket.setblocking(False)

    def tally_of_datagram(self, datagram: bytes) -> Tally:
        """Return a tally of the voice in a datagram."""
        before, after = AROUND_DATAGRAM
        if len(datagram) <= before + after:
            return Tally(0, len(datagram), [], [])
        bundle = decode_bundle(datagram[before:-after])
        stamps = [read_stamp(entry.payload) for entry in bundle.entries]
        return Tally(0, len(datagram), stamps, [entry.slot for entry in bundle.entries])

    def frames(self) -> list[bytes]:
        """Return nothing: a sink reads the datagrams."""
        return []

    def note_progress(self, frame: bytes) -> None:
        """Note nothing."""

    def tally_of(self, frame: bytes) -> Tally | None:
        """Return nothing: voice comes in datagrams."""
        return None

    def speak(self, number: int, level: int, payload: bytes) -> bool:
        """Say nothing: the floor listens to nobody."""
        return False

    def acknowledge(self, stamp: int) -> bool:
        """Send nothing: the floor needs no sign of life."""
        return True

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

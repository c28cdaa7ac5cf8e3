"""How long a server takes to answer somebody in its audience while it sends voice."""

from __future__ import annotations

import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.load.lean_client import LeanClient
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import parse_address

from .sources import next_source

PAUSE = 0.25
"""Seconds from one question to the next: as many as one person may ask."""


class Questioner:
    """One more listener, who asks for old messages of the chat again and again."""

    def __init__(self, url: str) -> None:
        self._client = LeanClient(parse_address(url), next_source())
        self._client.enter(Ed25519PrivateKey.generate(), "Questioner")

    def ask_until(self, when: float) -> list[float]:
        """Ask until this monotonic time; return how many milliseconds each answer took."""
        took: list[float] = []
        while (began := time.monotonic()) < when:
            self._client.acknowledge(time.monotonic_ns() // 1000)
            self._client.send_command(c.ReadChat(before=1))
            self._client.wait_for(e.ChatPage)
            took.append((time.monotonic() - began) * 1000)
            time.sleep(max(0.0, min(began + PAUSE, when) - time.monotonic()))
        return took

    def close(self) -> None:
        """Leave without a goodbye."""
        self._client.close()

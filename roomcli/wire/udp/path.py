"""Where a client's datagrams may be sent: an address is believed when 8 random bytes came back.

A key proves who sent a datagram, not from where: a member could name a victim's address. So an
address that has not answered gets nothing but the question, in a datagram no longer than the one
that came from there. (QUIC validates paths so: RFC 9000, section 8.2.)
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from typing import Generic, TypeVar

from ...protocol.datagrams import PROBE_SIZE, TOKEN
from .sealing import OVERHEAD

CHECK_SIZE = PROBE_SIZE + OVERHEAD
"""Bytes of the datagram that asks."""
ASK_AGAIN = 0.25
"""Seconds until the same address is asked again."""
GOOD_FOR = 5.0
"""Seconds for which the answer may come."""

Address = TypeVar("Address")


class PathCheck(Generic[Address]):
    """What the server knows of one client's address. Times are seconds, monotonic.

    ``draw(n)`` returns ``n`` random bytes.
    """

    __slots__ = ("_asked", "_asked_at", "_draw", "_since", "_token", "address")

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        self._draw = draw
        self.address: Address | None = None
        """Where voice goes; None until an address has answered."""
        self._asked: Address | None = None
        self._token = b""
        self._since = self._asked_at = 0.0

    def came_from(self, address: Address, size: int, is_newest: bool, now: float) -> bytes | None:
        """Take note of an authentic datagram; return the token of the one probe to send there.

        ``size`` is that of the datagram. None: there is nothing to ask.
        """
        if not is_newest:
            return None
        if address == self.address:
            self._asked = None
            return None
        if size < CHECK_SIZE:
            return None
        if address != self._asked or now - self._since > GOOD_FOR:
            self._asked, self._since = address, now
            self._token = self._draw(TOKEN)
        elif now - self._asked_at < ASK_AGAIN:
            return None
        self._asked_at = now
        return self._token

    def confirm(self, token: bytes, now: float) -> bool:
        """Take an answer to a probe, by any path; return whether voice goes to a new address."""
        if self._asked is None or now - self._since > GOOD_FOR:
            return False
        if not compare_digest(token, self._token):
            return False
        self.address, self._asked = self._asked, None
        return True

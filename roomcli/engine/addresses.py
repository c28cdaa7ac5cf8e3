"""Where a server is reached, and the others of its cluster: which address is tried next; pure.

The others' addresses come from a server that was reached and proven, and each is proven by itself:
by the pin that came with it, or by an authority; none is believed at first use. From an encrypted
connection nobody is led to one that is not, nor from another machine to this one's own ports.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Iterable

from ..errors import UsageError
from ..protocol.address import Address, is_loopback, parse_address

MOST_KNOWN = 16
"""Others that are remembered; of more, any."""


class ServerAddresses:
    """``home`` is the address that the person gave; ``shuffle`` spreads people over the others."""

    def __init__(
        self, home: Address, shuffle: Callable[[list[Address]], None] = random.shuffle
    ) -> None:
        self.home = home
        self.current = home
        """The one to try now."""
        self._shuffle = shuffle
        self._last = home
        self._others: list[Address] = []
        self._left: list[Address] | None = None

    @property
    def has_more(self) -> bool:
        """Whether another one comes next at once, if the current one fails."""
        return bool(self._others if self._left is None else self._left)

    def note_arrival(self) -> None:
        """Note that the server at the current address has let the person in."""
        self._last, self._left = self.current, None

    def note_others(self, told: Iterable[str]) -> None:
        """Remember where the others are, as the server at the current address tells."""
        found = filter(None, map(self._usable, told))
        self._others = [*{each.server: each for each in found}.values()][:MOST_KNOWN]

    def choose_next(self, *, elsewhere: bool = False) -> bool:
        """Choose the next one, after a connection or an attempt; whether it is to be tried at once.

        First comes the address of the last connection, unless the server said that others take
        its people (``elsewhere``).
        """
        at_once = bool(self._left)
        if not self._left:
            at_once = self._left is None and elsewhere and bool(self._others)
            self._left = self._round(elsewhere=elsewhere)
        self.current = self._left.pop(0)
        return at_once

    def _round(self, *, elsewhere: bool) -> list[Address]:
        others = list(self._others)
        self._shuffle(others)
        order = [*others, self._last] if elsewhere else [self._last, *others]
        order.append(self.home)
        return [*{each.server: each for each in order}.values()]

    def _usable(self, told: str) -> Address | None:
        try:
            address = parse_address(told)
        except UsageError:
            return None  # of a later version, or nonsense
        if address.tls < self.home.tls or address.room or address.invite or address.host_token:
            return None
        if is_loopback(address.host) and not is_loopback(self.home.host):
            return None
        if _is_no_server(address.host):
            return None
        return address


def _is_no_server(host: str) -> bool:
    """Whether no server of others can be there: 0.0.0.0 leads to this machine's own ports."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_unspecified or address.is_link_local or address.is_multicast

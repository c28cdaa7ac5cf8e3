"""One side of the UDP side channel in one visit: the keys of both directions, under all its ids.

A client that changes its network goes on under its next id, so that nobody who sees both networks
can tell that it is the same one; the server follows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...protocol.datagrams import ReceptionReport
from .keys import Direction, derive_key
from .sealing import Opened, Sealer, Unsealer, identity_in


class SideChannel:
    """Seals what one side sends in ``direction``, and opens what it gets from the other.

    ``secret`` (32 bytes) and ``ids`` are those of ``joined``, and never of two visits: counters
    begin at 0. Keys are derived when they are first needed.
    """

    __slots__ = ("_direction", "_ids", "_secret", "_unsealers", "number", "sealer")

    def __init__(self, secret: bytes, ids: Sequence[bytes], direction: Direction) -> None:
        self._secret = secret
        self._ids = tuple(ids)
        self._direction = direction
        self._unsealers: dict[int, Unsealer] = {}
        self.number = 0
        """The place of the id in use among ``ids``."""
        self.sealer = self._new_sealer()
        """What seals under the id in use."""

    @property
    def sent(self) -> int:
        """A number that grows with each datagram that is sealed, over all ids: the next one's."""
        return mark(self.number, self.sealer.sealed)

    def move_on(self) -> bool:
        """Go on under the next id, as a client does on another network; whether there is one."""
        return self._move_to(self.number + 1)

    def unseal(self, datagram: bytes) -> Opened | None:
        """Return what is in a datagram of the other side; None if it is not authentic or not new.

        The server's side goes on under the id that the newest datagram came under.
        """
        try:
            number = self._ids.index(identity_in(datagram))
        except ValueError:
            return None
        unsealer = self._unsealers.get(number)
        if unsealer is None:
            unsealer = Unsealer(derive_key(self._secret, self._ids[number], self._direction.other))
        opened = unsealer.unseal(datagram)
        if opened is None:
            return None
        self._unsealers[number] = unsealer
        if number == self.number:
            return opened
        if self._direction is Direction.TO_CLIENT and self._move_to(number):
            return opened
        return opened._replace(is_newest=False)

    def reception(self) -> ReceptionReport | None:
        """Return what has come under the newest id under which anything came."""
        if not self._unsealers:
            return None
        number = max(self._unsealers)
        return self._unsealers[number].window.reception(number)

    def _move_to(self, number: int) -> bool:
        if not self.number < number < len(self._ids):
            return False
        self.number = number
        self.sealer = self._new_sealer()
        return True

    def _new_sealer(self) -> Sealer:
        identity = self._ids[self.number]
        return Sealer(identity, derive_key(self._secret, identity, self._direction))


def mark(number: int, counter: int) -> int:
    """Return one number for a counter under an id, which grows over all ids."""
    return number << 32 | counter

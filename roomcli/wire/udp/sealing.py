"""Datagrams: encrypted and authenticated, each under a counter of its own.

    id 4 | counter 4 | AES-128-GCM of the message      the first 8 bytes are authenticated too

The nonce is the key's salt XOR the counter (as in RFC 8446, section 5.3). A counter begins at 0 and
never comes again under a key, or AES-GCM would give its key away.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import repeat
from operator import call
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...protocol.side_channel import IDENTITY
from .keys import TrafficKey
from .replay import ReplayWindow

TAG = 16
"""Bytes that AES-GCM adds."""
COUNTERS = 1 << 32
"""How many datagrams a key is good for."""

_HEAD = struct.Struct(f">{IDENTITY}sI")
_COUNTER = struct.Struct(">I")

OVERHEAD = _HEAD.size + TAG
"""By how many bytes a datagram is longer than the message in it."""


class Opened(NamedTuple):
    """What was in an authentic datagram that came for the first time."""

    message: bytes
    counter: int
    is_newest: bool
    """Whether no datagram with a higher counter had come."""


class Sealer:
    """Makes the datagrams of one id and direction."""

    __slots__ = ("_encrypt", "_identity", "_salt", "sealed")

    def __init__(self, identity: bytes, key: TrafficKey, sealed: int = 0) -> None:
        self._identity = identity
        self._encrypt = AESGCM(key.key).encrypt
        self._salt = int.from_bytes(key.salt)
        self.sealed = sealed
        """How many datagrams were made, which is the next one's counter."""

    @property
    def is_spent(self) -> bool:
        """Whether all counters were used, so that the next id, or TCP, has to take over."""
        return self.sealed >= COUNTERS

    def seal(self, message: bytes) -> bytes:
        """Return a message as a datagram. Raises OverflowError when the counters are used up."""
        counter = self.sealed
        if counter >= COUNTERS:
            raise OverflowError("all counters of this key are used")
        self.sealed = counter + 1  # first, so that nothing that fails later brings it back
        head = _HEAD.pack(self._identity, counter)
        return head + self._encrypt(_nonce(self._salt, counter), message, head)


def seal_for_all(sealers: Sequence[Sealer], message: bytes) -> list[bytes]:
    """Return a message as a datagram of each of these, as :meth:`Sealer.seal` does for one.

    Raises OverflowError when the counters of one are used up; others may then have passed one over.
    """
    # What lies in memory is read in short loops, in which the processor looks ahead.
    heads, nonces = [], []
    for each in sealers:
        counter = each.sealed
        if counter >= COUNTERS:
            raise OverflowError("all counters of this key are used")
        each.sealed = counter + 1
        heads.append(_HEAD.pack(each._identity, counter))
        nonces.append(_nonce(each._salt, counter))
    encrypts = [each._encrypt for each in sealers]
    sealed = map(call, encrypts, nonces, repeat(message), heads)
    return [head + rest for head, rest in zip(heads, sealed, strict=True)]


class Unsealer:
    """Opens the datagrams of one id and direction, each once."""

    __slots__ = ("_cipher", "_salt", "window")

    def __init__(self, key: TrafficKey) -> None:
        self._cipher = AESGCM(key.key)
        self._salt = int.from_bytes(key.salt)
        self.window = ReplayWindow()

    def unseal(self, datagram: bytes) -> Opened | None:
        """Return what is in a datagram; None if it is not authentic, or came before."""
        if len(datagram) <= OVERHEAD:
            return None
        (counter,) = _COUNTER.unpack_from(datagram, IDENTITY)
        if not self.window.may_take(counter):
            return None
        head, rest = datagram[: _HEAD.size], datagram[_HEAD.size :]
        try:
            message = self._cipher.decrypt(_nonce(self._salt, counter), rest, head)
        except InvalidTag:
            return None
        return Opened(message, counter, self.window.mark_taken(counter))


def identity_in(datagram: bytes) -> bytes:
    """Return the id that a datagram begins with, by which its keys are found."""
    return datagram[:IDENTITY]


def _nonce(salt: int, counter: int) -> bytes:
    return (salt ^ counter).to_bytes(12)

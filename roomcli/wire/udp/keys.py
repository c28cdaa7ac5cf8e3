"""The keys of the UDP side channel: from one secret, one for each id and direction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LABEL = b"roomcli udp v1"
_KEY, _SALT = 16, 12


class Direction(IntEnum):
    """Whither a datagram goes; the number is part of what its key is derived from."""

    TO_SERVER = 0
    TO_CLIENT = 1

    @property
    def other(self) -> Direction:
        """The way back."""
        return Direction(1 - self)


@dataclass(frozen=True, slots=True, repr=False)
class TrafficKey:
    """A key of AES-128-GCM, and the salt of its nonces. It is never shown."""

    key: bytes
    salt: bytes


def derive_key(secret: bytes, identity: bytes, direction: Direction) -> TrafficKey:
    """Return the key of one id and direction (HKDF-SHA256 without salt, RFC 5869)."""
    info = _LABEL + identity + bytes((direction,))
    derived = HKDF(SHA256(), _KEY + _SALT, None, info).derive(secret)
    return TrafficKey(derived[:_KEY], derived[_KEY:])

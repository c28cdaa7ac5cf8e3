"""Tests of the keys of the side channel."""

from __future__ import annotations

import hashlib
import hmac
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.udp.keys import Direction, derive_key


def by_hand(secret: bytes, info: bytes) -> bytes:
    """HKDF as RFC 5869 has it, for up to 32 bytes."""
    extracted = hmac.digest(bytes(32), secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


@given(
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=4, max_size=4),
    st.sampled_from(Direction),
)
def test_a_key_is_that_of_hkdf(secret: bytes, identity: bytes, direction: Direction) -> None:
    derived = by_hand(secret, b"roomcli udp v1" + identity + bytes([direction]))
    key = derive_key(secret, identity, direction)
    assert (key.key, key.salt) == (derived[:16], derived[16:28])


def test_every_secret_id_and_direction_has_a_key_of_its_own() -> None:
    keys = [
        derive_key(*each)
        for each in product((bytes(32), b"\x01" * 32), (b"aaaa", b"aaab"), Direction)
    ]
    assert len({each.key for each in keys}) == len({each.salt for each in keys}) == len(keys)


def test_a_key_is_never_shown() -> None:
    key = derive_key(bytes(32), b"aaaa", Direction.TO_CLIENT)
    assert key.key.hex() not in repr(key)
    assert repr(key.key) not in repr(key)

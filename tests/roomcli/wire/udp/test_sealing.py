"""Tests of datagrams: what is sealed comes out once, and nothing else does."""

from __future__ import annotations

import struct

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.udp.keys import Direction, derive_key
from roomcli.wire.udp.sealing import COUNTERS, OVERHEAD, Sealer, Unsealer, seal_for_all

IDENTITY = b"\x01\x02\x03\x04"
KEY = derive_key(bytes(range(32)), IDENTITY, Direction.TO_SERVER)
OTHER_WAY = derive_key(bytes(range(32)), IDENTITY, Direction.TO_CLIENT)
MESSAGES = st.binary(min_size=1, max_size=1400)


@given(st.lists(MESSAGES, min_size=1, max_size=8), st.integers(0, COUNTERS - 8))
def test_what_is_sealed_comes_out_once(messages: list[bytes], start: int) -> None:
    sealer, unsealer = Sealer(IDENTITY, KEY, start), Unsealer(KEY)
    for number, message in enumerate(messages):
        datagram = sealer.seal(message)
        assert len(datagram) == len(message) + OVERHEAD
        assert struct.unpack(">4sI", datagram[:8]) == (IDENTITY, start + number)
        assert unsealer.unseal(datagram) == (message, start + number, True)
        assert unsealer.unseal(datagram) is None


def test_the_nonce_is_the_salt_with_the_counter_and_the_head_is_authenticated() -> None:
    datagram = Sealer(IDENTITY, KEY, 0x01020304).seal(b"hello")
    nonce = KEY.salt[:8] + bytes(
        salt ^ octet for salt, octet in zip(KEY.salt[8:], b"\1\2\3\4", strict=True)
    )
    assert AESGCM(KEY.key).decrypt(nonce, datagram[8:], datagram[:8]) == b"hello"


def test_a_counter_never_wraps() -> None:
    sealer = Sealer(IDENTITY, KEY, COUNTERS - 1)
    assert not sealer.is_spent
    assert Unsealer(KEY).unseal(sealer.seal(b"the last")) == (b"the last", COUNTERS - 1, True)
    assert sealer.is_spent
    with pytest.raises(OverflowError):
        sealer.seal(b"more")


def test_what_is_sealed_for_many_comes_out_at_each() -> None:
    keys = [derive_key(bytes(32), bytes([0, 0, 0, n]), Direction.TO_CLIENT) for n in range(5)]
    sealers = [Sealer(bytes([0, 0, 0, n]), key, 7 * n) for n, key in enumerate(keys)]
    for turn in range(3):
        datagrams = seal_for_all(sealers, b"hello")
        for number, (key, datagram) in enumerate(zip(keys, datagrams, strict=True)):
            assert datagram[:4] == bytes([0, 0, 0, number])
            assert Unsealer(key).unseal(datagram) == (b"hello", 7 * number + turn, True)


def test_no_counter_comes_twice_or_wraps_where_many_are_sealed_for() -> None:
    sealer, spent = Sealer(IDENTITY, KEY), Sealer(IDENTITY, KEY, COUNTERS)
    assert len({each[4:8] for each in seal_for_all([sealer, sealer], b"the same")}) == 2
    with pytest.raises(OverflowError):
        seal_for_all([sealer, spent], b"more")
    assert spent.is_spent
    assert sealer.seal(b"x")[4:8] == b"\0\0\0\3"


def test_what_fails_uses_up_its_counter() -> None:
    sealer = Sealer(IDENTITY, KEY)
    with pytest.raises(TypeError):
        sealer.seal("no bytes")  # type: ignore[arg-type]
    assert sealer.sealed == 1
    assert sealer.seal(b"x")[4:8] == b"\0\0\0\1"


@given(MESSAGES, st.data())
def test_nothing_forged_comes_out_or_takes_the_place_of_what_is_authentic(
    message: bytes, data: st.DataObject
) -> None:
    datagram, unsealer = Sealer(IDENTITY, KEY).seal(message), Unsealer(KEY)
    bit = data.draw(st.integers(0, len(datagram) * 8 - 1))
    changed = int.from_bytes(datagram) ^ 1 << bit
    assert unsealer.unseal(changed.to_bytes(len(datagram))) is None
    assert unsealer.unseal(datagram[: data.draw(st.integers(0, len(datagram) - 1))]) is None
    assert unsealer.unseal(datagram + b"\0") is None
    assert Unsealer(OTHER_WAY).unseal(datagram) is None
    assert unsealer.window.received == 0
    assert unsealer.unseal(datagram) == (message, 0, True)


@given(st.binary(max_size=80))
def test_no_bytes_make_it_fail(datagram: bytes) -> None:
    assert Unsealer(KEY).unseal(datagram) is None


def test_a_datagram_without_a_message_is_none() -> None:
    assert Unsealer(KEY).unseal(Sealer(IDENTITY, KEY).seal(b"")) is None

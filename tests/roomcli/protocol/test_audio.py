"""Tests of voice on the wire: valid and invalid frames, bundles and acknowledgements."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from roomcli.protocol.audio import (
    MAX_PAYLOAD,
    SILENCE,
    Ack,
    Bundle,
    BundleEntry,
    Flags,
    UplinkFrame,
    decode_ack,
    decode_bundle,
    decode_uplink,
    unwrap,
)
from roomcli.protocol.codec import decode_from_client, decode_from_server

FLAGS = st.integers(0, 7).map(Flags)
LEVELS = st.integers(SILENCE, 0)
PAYLOADS = st.binary(min_size=1, max_size=MAX_PAYLOAD)
TIMES = st.integers(0, 2**63 - 1)
OCTETS = st.integers(0, 255)
FRAMES = st.builds(UplinkFrame, st.integers(0, 2**32 - 1), TIMES, FLAGS, LEVELS, PAYLOADS, OCTETS)
ENTRIES = st.builds(
    BundleEntry,
    OCTETS,
    OCTETS,
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    FLAGS,
    LEVELS,
    PAYLOADS,
)
BUNDLES = st.builds(Bundle, TIMES, st.lists(ENTRIES, max_size=5).map(tuple), OCTETS)
WORDS = st.integers(0, 2**64 - 1)
ACKS = st.builds(Ack, TIMES, WORDS, WORDS, st.integers(0, 2**32 - 1), OCTETS)


@given(FRAMES)
def test_uplink_frames_survive_the_wire(frame: UplinkFrame) -> None:
    assert decode_from_client(frame.encode()) == frame


def test_a_level_has_no_sign_on_the_wire() -> None:
    assert UplinkFrame(0, 0, Flags.NONE, -30, b"x").encode()[15] == 30
    (entry,) = decode_bundle(bundle(level=30)).entries
    assert entry.level == -30


@given(BUNDLES)
def test_bundles_survive_the_wire(bundle: Bundle) -> None:
    assert decode_from_server(bundle.encode()) == bundle


@given(ACKS)
def test_acknowledgements_survive_the_wire_both_ways(ack: Ack) -> None:
    assert decode_from_client(ack.encode()) == ack
    assert decode_from_server(ack.encode()) == ack


def test_counters_wrap_in_the_headers() -> None:
    frame = UplinkFrame(2**32 + 5, 0, Flags.NONE, 0, b"x")
    assert decode_uplink(frame.encode()).sequence == 5
    entry = BundleEntry(1, 1, 2**16 + 5, 2**32 + 7, Flags.NONE, 0, b"x")
    wrapped = decode_bundle(Bundle(0, (entry,)).encode()).entries[0]
    assert (wrapped.sequence, wrapped.media_time) == (5, 7)


def test_a_time_held_longer_than_fits_is_the_longest() -> None:
    assert decode_ack(Ack(0, 1, 1, 2**40).encode()).held == 2**32 - 1


def test_unknown_flags_are_ignored() -> None:
    frame = bytearray(UplinkFrame(1, 2, Flags.END, -3, b"x").encode())
    frame[14] |= 0xF8
    assert decode_uplink(bytes(frame)).flags == Flags.END
    bundle = bytearray(Bundle(1, (BundleEntry(1, 1, 1, 1, Flags.START, -1, b"x"),)).encode())
    bundle[18] |= 0xF8
    assert decode_bundle(bytes(bundle)).entries[0].flags == Flags.START


def uplink(media_time: int = 0, level: int = 0, size: int = 1) -> bytes:
    return struct.pack(">BBIQBB", 1, 7, 0, media_time, 0, level) + bytes(size)


@pytest.mark.parametrize(
    "message",
    [
        uplink(size=0),
        uplink(size=MAX_PAYLOAD + 1),
        uplink(level=128),
        uplink(media_time=2**63),
        b"\x01",
    ],
    ids=["empty", "too long", "level", "media time", "head cut"],
)
def test_uplink_frames_out_of_range_are_refused(message: bytes) -> None:
    assert decode_uplink(uplink(media_time=2**63 - 1, level=127, size=MAX_PAYLOAD))
    with pytest.raises(ProtocolError) as error:
        decode_uplink(message)
    assert error.value.code == "bad_audio"


def bundle(media_time: int = 0, level: int = 0, length: int = 1, payload: bytes = b"x") -> bytes:
    entry = struct.pack(">BBHIBBH", 1, 1, 1, 1, 0, level, length)
    return struct.pack(">BBQ", 1, 7, media_time) + entry + payload


@pytest.mark.parametrize(
    "message",
    [
        bundle(media_time=2**63),
        bundle(level=128),
        bundle(length=0, payload=b""),
        bundle(length=2),
        bundle(length=MAX_PAYLOAD + 1, payload=bytes(MAX_PAYLOAD + 1)),
        bundle()[:13],
        bundle() + b"\x01",
        b"\x01\x00",
    ],
    ids=[
        "media time", "level", "empty", "beyond", "too long", "entry cut", "rest", "head cut",
    ],
)  # fmt: skip
def test_bundles_out_of_range_are_refused(message: bytes) -> None:
    assert decode_bundle(bundle(length=MAX_PAYLOAD, payload=bytes(MAX_PAYLOAD)))
    with pytest.raises(ProtocolError) as error:
        decode_bundle(message)
    assert error.value.code == "bad_audio"


@pytest.mark.parametrize(
    "message",
    [Ack(0, 0).encode()[:-1], Ack(0, 0).encode() + b"\x00", b"\x02", Ack(2**63, 0).encode()],
    ids=["short", "long", "kind only", "media time"],
)
def test_acknowledgements_out_of_range_are_refused(message: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        decode_ack(message)
    assert error.value.code == "bad_ack"


@given(st.integers(0, 2**63), st.sampled_from([16, 32]), st.data())
@example(reference=0, bits=16, data=None)
def test_unwrapping_undoes_wrapping(reference: int, bits: int, data: st.DataObject | None) -> None:
    half = 1 << (bits - 1)
    distance = data.draw(st.integers(-half, half - 1)) if data else -1
    number = reference + distance
    assert unwrap(number % (1 << bits), bits, reference) == number


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**40))
def test_unwrapping_finds_the_nearest(value: int, reference: int) -> None:
    number = unwrap(value, 16, reference)
    assert number % 2**16 == value
    assert abs(number - reference) <= 2**15

"""The sieve takes whole small messages out, however the bytes come, and leaves all else alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.frames import client_frame, server_frame
from roomcli.wire.sieve import MAX_SMALL, Sieve

ACK, AUDIO, CONTROL = 2, 1, 0
MASK = b"\x01\x02\x03\x04"


def frame(message: bytes, *, first: int = 0x82) -> bytes:
    """A masked frame, as a client sends one; ``first`` says of what sort."""
    whole = client_frame(message, MASK)
    return bytes((first,)) + whole[1:]


small = st.binary(min_size=0, max_size=300).map(lambda rest: bytes((ACK,)) + rest)
others = st.one_of(
    st.binary(min_size=0, max_size=300).map(lambda rest: frame(bytes((CONTROL,)) + rest)),
    st.binary(min_size=MAX_SMALL + 1, max_size=MAX_SMALL + 90).map(
        lambda rest: frame(bytes((ACK,)) + rest)
    ),
    st.just(frame(b"ping", first=0x89)),
    st.just(frame(b"", first=0x82)),
    st.just(frame(b"\x02 text", first=0x81)),
    st.tuples(small, small).map(
        lambda parts: frame(parts[0], first=0x02) + frame(parts[1], first=0x80)
    ),
)
units = st.lists(
    st.one_of(
        small.map(lambda message: (message, frame(message))),
        others.map(lambda whole: (None, whole)),
    ),
    max_size=12,
)


@given(units, st.lists(st.integers(1, 700), min_size=1, max_size=40))
def test_messages_come_out_whole_and_everything_else_stays(
    sent: list[tuple[bytes | None, bytes]], cuts: list[int]
) -> None:
    taken: list[bytes] = []
    sieve = Sieve(frozenset((ACK,)), taken.append)
    stream, left = b"".join(whole for _, whole in sent), b""
    while stream:
        for cut in cuts:
            left += sieve.sift(stream[:cut])
            stream = stream[cut:]
    assert taken == [message for message, _ in sent if message is not None]
    assert left == b"".join(whole for message, whole in sent if message is None)


def test_a_final_frame_inside_a_fragmented_message_is_the_librarys_to_refuse() -> None:
    taken: list[bytes] = []
    sieve = Sieve(frozenset((ACK,)), taken.append)
    broken = frame(b"\x02a", first=0x02) + frame(b"\x02b")
    assert sieve.sift(broken) == broken
    assert taken == []


@pytest.mark.parametrize("whole", [server_frame(b"\x02ack"), frame(b"\x02ack", first=0xC2)])
def test_frames_that_break_the_rules_are_left_to_the_library(whole: bytes) -> None:
    taken: list[bytes] = []
    assert Sieve(frozenset((ACK,)), taken.append).sift(whole) == whole
    assert taken == []


def test_what_is_not_asked_for_stays() -> None:
    taken: list[bytes] = []
    sieve = Sieve(frozenset((AUDIO,)), taken.append)
    assert sieve.sift(frame(b"\x02ack")) == frame(b"\x02ack")
    assert sieve.sift(frame(b"\x01voice")) == b""
    assert taken == [b"\x01voice"]

"""Tests of the sieve: it takes out whole small messages and leaves everything else alone.

It has each frame judged, and drops those that nobody should get.
"""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.frames import client_frame, server_frame
from roomcli.wire.sieve import MAX_SMALL, MIN_FRAGMENT, Sieve

ACK, AUDIO, CONTROL = 2, 1, 0
Taken = list[bytes]
MASK = b"\x01\x02\x03\x04"


def frame(message: bytes, *, first: int = 0x82) -> bytes:
    """Build a masked frame as a client sends it; ``first`` is its first byte."""
    whole = client_frame(message, MASK)
    return bytes((first,)) + whole[1:]


def sieve_for(*kinds: int, watch: Strict | None = None) -> tuple[Sieve, Taken]:
    """Return a sieve that takes out these kinds, and the list of what it takes."""
    taken: Taken = []
    sieve = Sieve(watch)
    sieve.take_out(frozenset(kinds), taken.append)
    return sieve, taken


class Strict:
    """A watch that admits a number of frames and pings, and counts faults."""

    floods = False

    def __init__(self, frames: int = 1000, pings: int = 1000, faults: int = 1000) -> None:
        self.frames, self.pings, self.faults = frames, pings, faults
        self.over = False

    def admits_frame(self) -> bool:
        """Use up one frame, and return whether it was admitted."""
        self.frames -= 1
        return self.frames >= 0

    def admits_ping(self) -> bool:
        """Use up one ping, and return whether it was admitted."""
        self.pings -= 1
        return self.pings >= 0

    def fault(self) -> None:
        """Count a fault; after the last one the connection is over."""
        self.faults -= 1
        self.over = self.faults <= 0


PONG, PING = frame(b"z", first=0x8A), frame(b"z", first=0x89)
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


cut_up = st.lists(st.integers(1, 700), min_size=1, max_size=40)


@given(units, cut_up)
def test_messages_come_out_whole_and_everything_else_stays(
    sent: list[tuple[bytes | None, bytes]], cuts: list[int]
) -> None:
    sieve, taken = sieve_for(ACK, watch=Strict())
    stream, left = b"".join(whole for _, whole in sent), b""
    while stream:
        for cut in cuts:
            left += sieve.sift(stream[:cut])
            stream = stream[cut:]
    assert taken == [message for message, _ in sent if message is not None]
    assert left == b"".join(whole for message, whole in sent if message is None)


@given(st.lists(st.one_of(st.binary(max_size=40), others, small.map(frame)), max_size=8), cut_up)
def test_any_bytes_are_sifted_alike_however_they_are_cut(
    sent: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(sent)
    whole, in_pieces = (
        sieve_for(ACK, watch=Strict(faults=9)),
        sieve_for(ACK, watch=Strict(faults=9)),
    )
    left = [whole[0].sift(stream), b""]
    for at, cut in zip(accumulate(cuts, initial=0), (*cuts, len(stream)), strict=True):
        left[1] += in_pieces[0].sift(stream[at : at + cut])
    assert left[0] == left[1]
    assert whole[1] == in_pieces[1]
    assert whole[0].over == in_pieces[0].over


def around(inner: bytes, first: int) -> bytes:
    """Build a frame that begins with ``first``, and from its tenth byte on looks like another."""
    return bytes((first, 0x80 | (3 + len(inner)))) + MASK + bytes(3) + inner


pieces = st.one_of(
    st.sampled_from([b"\x02 ack", b"\x00 leave"]).map(frame),
    st.just(frame(b"\x02" + bytes(400))),
    st.just(frame(b"\x02 a beginning" + bytes(MIN_FRAGMENT), first=0x02)),
    st.just(frame(b"and an end", first=0x80)),
    st.sampled_from([0x82, 0x81]).map(lambda first: around(frame(b"\x02 inner"), first)),
    st.just(PONG),
)


@given(
    st.lists(st.tuples(pieces, st.booleans()), max_size=12),
    st.integers(0, 12),
    st.integers(1, 3),
)
def test_one_read_for_each_frame_comes_to_the_same_as_one_for_all(
    sent: list[tuple[bytes, bool]], frames: int, faults: int
) -> None:
    whole = b"".join(each for each, _ in sent)
    watch, other = (Strict(frames=frames, faults=faults) for _ in range(2))
    sieve, taken = sieve_for(ACK, watch=watch)
    left = b""
    for each, halved in sent:
        for part in (each[:9], each[9:]) if halved else (each,):
            left += sieve.sift(part)
    at_once, taken_at_once = sieve_for(ACK, watch=other)
    assert (left, taken) == (at_once.sift(whole), taken_at_once)
    assert (watch.frames, watch.faults) == (other.frames, other.faults)


def test_a_final_frame_inside_a_fragmented_message_is_the_librarys_to_refuse() -> None:
    sieve, taken = sieve_for(ACK)
    broken = frame(b"\x02a", first=0x02) + frame(b"\x02b")
    assert sieve.sift(broken) == broken
    assert taken == []


@pytest.mark.parametrize("whole", [server_frame(b"\x02ack"), frame(b"\x02ack", first=0xC2)])
def test_frames_that_break_the_rules_are_left_to_the_library(whole: bytes) -> None:
    sieve, taken = sieve_for(ACK)
    assert sieve.sift(whole) == whole
    assert taken == []


def test_what_is_not_asked_for_stays() -> None:
    sieve, taken = sieve_for(AUDIO)
    assert sieve.sift(frame(b"\x02ack")) == frame(b"\x02ack")
    assert sieve.sift(frame(b"\x01voice")) == b""
    assert taken == [b"\x01voice"]


@given(st.lists(st.sampled_from([PONG, PING, frame(b"\x00 command"), frame(b"\x02 ack")])), cut_up)
def test_pongs_reach_nobody_and_are_faults(sent: list[bytes], cuts: list[int]) -> None:
    watch = Strict()
    sieve, _ = sieve_for(watch=watch)
    stream, left = b"".join(sent), b""
    while stream:
        for cut in cuts:
            left += sieve.sift(stream[:cut])
            stream = stream[cut:]
    assert left == b"".join(each for each in sent if each != PONG)
    assert watch.faults == 1000 - sent.count(PONG)
    assert watch.frames == 1000 - len(sent)


def test_after_the_last_fault_nothing_is_looked_at() -> None:
    watch = Strict(faults=20)
    sieve, taken = sieve_for(ACK, watch=watch)
    assert sieve.sift(PONG * 5000 + frame(b"\x02 ack") + frame(b"\x00 command")) == b""
    assert (taken, watch.frames, sieve.over) == ([], 980, True)
    assert sieve.sift(frame(b"\x00 command")) == b""


def test_nothing_is_looked_at_once_the_connection_has_to_end() -> None:
    watch = Strict()
    sieve, taken = sieve_for(ACK, watch=watch)
    watch.over = True
    assert (sieve.sift(frame(b"\x02 ack")), taken, watch.frames) == (b"", [], 1000)


def test_pings_beyond_their_rate_are_dropped() -> None:
    sieve, _ = sieve_for(watch=Strict(pings=3))
    assert sieve.sift(PING * 10) == PING * 3


def test_whole_messages_beyond_their_rate_are_dropped_unread() -> None:
    sieve, taken = sieve_for(ACK, watch=Strict(frames=2))
    long = frame(b"\x00" + bytes(5000))
    assert sieve.sift(frame(b"\x02 ack") + long + frame(b"\x02 ack") + long[:3000]) == long
    assert sieve.sift(long[3000:] + frame(b"bye", first=0x88)) == frame(b"bye", first=0x88)
    assert taken == [b"\x02 ack"]


@pytest.mark.parametrize(
    ("pieces", "faults"),
    [
        ((b"\0" + bytes(MIN_FRAGMENT - 1), bytes(MIN_FRAGMENT), b"end"), 0),
        ((bytes(MIN_FRAGMENT), b""), 0),  # the last may be as short as it likes
        ((b"", b"\0 command"), 1),
        ((b"\0", b"", b"", b"command"), 3),
        ((b"\0" + bytes(MIN_FRAGMENT - 2), b"command"), 1),
    ],
)
def test_fragments_stay_together_and_tiny_ones_are_faults(
    pieces: tuple[bytes, ...], faults: int
) -> None:
    watch = Strict(frames=1000)
    sieve, _ = sieve_for(ACK, watch=watch)
    first, *middle, last = pieces
    whole = frame(first, first=0x02) + b"".join(frame(each, first=0x00) for each in middle)
    whole += frame(last, first=0x80)
    assert sieve.sift(whole) == whole
    assert watch.faults == 1000 - faults


def test_fragments_beyond_the_rate_are_faults_since_they_cannot_be_dropped() -> None:
    watch = Strict(frames=1)
    sieve, _ = sieve_for(watch=watch)
    whole = frame(bytes(100), first=0x02) + frame(bytes(100), first=0x00) * 3
    assert sieve.sift(whole) == whole
    assert watch.faults == 1000 - 3

"""Tests of sends to many sockets by one system call, where the system lets a program do that."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import socket
from array import array
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.streams.ring import ENTRIES, SendRing

Pair = tuple[socket.socket, socket.socket]
ANYBODY = ctypes.create_string_buffer(bytes(range(256)) * 4096)
"""Bytes to send: a megabyte, which no socket takes at once."""


def allowed() -> Iterator[SendRing]:
    """Yield a ring, if this system allows one; ``test_batch`` has what is done without."""
    with contextlib.suppress(OSError):
        yield SendRing()


@contextlib.contextmanager
def pairs(count: int) -> Iterator[list[Pair]]:
    """Connect so many sockets."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            stack.enter_context(theirs)
            theirs.setblocking(False)
            found.append((ours, theirs))
        yield found


def send(ring: SendRing, to: list[Pair], sizes: list[int]) -> dict[int, int]:
    """Send to each so many bytes, which begin at the number of that pair."""
    place = ctypes.addressof(ANYBODY)
    return ring.send(
        array("I", [ours.fileno() for ours, _ in to]),
        array("Q", [place + number for number in range(len(to))]),
        array("I", sizes),
    )


@settings(deadline=None, max_examples=20)
@given(st.lists(st.lists(st.integers(1, 900), min_size=1, max_size=ENTRIES), max_size=6))
def test_each_socket_gets_the_bytes_that_are_for_it(rounds: list[list[int]]) -> None:
    """Rounds of any number come to lie across the end of the ring."""
    for ring in allowed():
        with pairs(max(map(len, rounds), default=0)) as to:
            for sizes in rounds:
                here = to[: len(sizes)]
                assert send(ring, here, sizes) == {}
                got = [theirs.recv(1000) for _, theirs in here]
                assert got == [ANYBODY.raw[at : at + size] for at, size in enumerate(sizes)]


def test_what_a_socket_did_not_take_is_told_for_it_alone() -> None:
    for ring in allowed():
        with pairs(5) as to:
            full, end, slow_end = to[1][0], to[2][1], to[3][1]
            full.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    full.send(bytes(1 << 16))
            end.close()
            size = len(ANYBODY.raw) - 10
            unlike = send(ring, to, [10, 10, 10, size, 10])
            assert unlike.pop(1) == -errno.EAGAIN
            assert unlike.pop(2) == -errno.EPIPE
            sent = unlike.pop(3)
            assert 0 < sent < size
            assert unlike == {}
            got = b""
            while len(got) < sent:
                got += slow_end.recv(1 << 16)
            assert got == ANYBODY.raw[3 : 3 + sent]
            assert [to[number][1].recv(99) for number in (0, 4)] == [
                ANYBODY.raw[number : number + 10] for number in (0, 4)
            ]


def test_a_socket_that_is_closed_is_told() -> None:
    for ring in allowed():
        with pairs(1) as to:
            descriptor = array("I", [to[0][0].fileno()])
        told = ring.send(descriptor, array("Q", [ctypes.addressof(ANYBODY)]), array("I", [1]))
        assert told == {0: -errno.EBADF}


@pytest.mark.parametrize("error", [errno.EAGAIN, errno.EBUSY, errno.ENOMEM])
def test_what_the_kernel_has_no_memory_for_is_told_and_not_sent_later(
    error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ring in allowed():
        call = ring._call
        answers = [0, 2, -errno.EINTR, 3, -error]

        def stingy(*arguments: Any, call: Any = call, answers: list[int] = answers) -> int:
            system_call, descriptor, requests, _, *rest = arguments
            if not answers or not requests:
                return int(call(*arguments))
            if (most := answers.pop(0)) < 0:
                ctypes.set_errno(-most)
                return -1
            return int(call(system_call, descriptor, min(most, requests), 0, *rest))

        monkeypatch.setattr(ring, "_call", stingy)
        with pairs(9) as to:
            assert send(ring, to, [10] * 9) == dict.fromkeys(range(5, 9), -errno.EAGAIN)
            assert send(ring, to[5:], [10] * 4) == {}
            got = [theirs.recv(99) for _, theirs in to]
            starts = [0, 1, 2, 3, 4, 0, 1, 2, 3]
            assert got == [ANYBODY.raw[start : start + 10] for start in starts]


def test_where_a_ring_is_forbidden_that_is_an_error_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.streams.ring._SETUP", 0xFFFF)  # a call that no kernel has
    with pytest.raises(OSError, match="not implemented"):
        SendRing()

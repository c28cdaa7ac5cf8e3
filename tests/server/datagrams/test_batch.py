"""Tests of batches: all that can go out goes, encrypted, from the right address, and is counted."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.wire.udp.keys import Direction, TrafficKey, derive_key
from roomcli.wire.udp.sealing import Sealer, Unsealer
from server.datagrams.addresses import TELLS_LOCAL, Ends, NativeEnds
from server.datagrams.arrivals import open_socket, read_arrivals
from server.datagrams.batch import (
    MOST,
    Batch,
    PlainBatch,
    Recipients,
    SendmmsgBatch,
    new_batch,
)

EVERYWHERE = [("0.0.0.0", "127.0.0.3" if TELLS_LOCAL else "127.0.0.1"), ("::", "::1")]
"""An address that means all of ours, and one of these: on Linux not the one it would take."""
IDENTITY = b"abcd"
TO_CLIENT = Direction.TO_CLIENT
KEY: TrafficKey = derive_key(bytes(32), IDENTITY, TO_CLIENT)
KINDS: list[Callable[[socket.socket], Batch]] = [PlainBatch]
if sys.platform == "linux" and sys.maxsize > 1 << 32:
    KINDS.append(SendmmsgBatch)


@pytest.fixture(params=["127.0.0.1", "::1"])
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bound(host: str) -> Iterator[socket.socket]:
    with closing(open_socket(host, 0)) as opened:
        yield opened


@pytest.fixture
def listener(host: str) -> Iterator[socket.socket]:
    with closing(open_socket(host, 0)) as opened:
        yield opened


def ends(of: socket.socket, local: bytes | None = None) -> NativeEnds:
    return NativeEnds(Ends(of.getsockname(), local))


def heard(listener: socket.socket, unsealer: Unsealer) -> list[bytes]:
    """Return the messages in what has come: on loopback it is there when the call returns."""
    messages = []
    for each in read_arrivals(listener, 10_000):
        opened = unsealer.unseal(each.datagram)
        assert opened
        messages.append(opened.message)
    return messages


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_arrives_as_it_was_added(
    kind: Callable[[socket.socket], Batch], bound: socket.socket, listener: socket.socket
) -> None:
    batch, sealer, unsealer = kind(bound), Sealer(IDENTITY, KEY), Unsealer(KEY)
    to = ends(listener)
    for turn in range(3):
        messages = [bytes([turn, number]) * (number + 1) for number in range(100)]
        for message in messages:
            batch.add(to, sealer, message)
        assert batch.flush() == []
        assert heard(listener, unsealer) == messages
    assert (batch.sent, batch.dropped) == (300, 0)
    assert batch.flush() == []


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_one_call_takes_goes_out_all_the_same(
    kind: Callable[[socket.socket], Batch], bound: socket.socket, listener: socket.socket
) -> None:
    batch, sealer, unsealer = kind(bound), Sealer(IDENTITY, KEY), Unsealer(KEY)
    to, long = ends(listener), bytes(1200)
    came = []
    for number in range(2 * MOST + 5):
        batch.add(to, sealer, long if number > MOST else b"x")
        came += heard(listener, unsealer)
    batch.flush()
    came += heard(listener, unsealer)
    assert batch.sent == len(came) == 2 * MOST + 5


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_for_many_arrives_at_each_behind_what_waits(
    kind: Callable[[socket.socket], Batch], bound: socket.socket, host: str
) -> None:
    batch, keys = kind(bound), [derive_key(bytes(32), bytes([n] * 4), TO_CLIENT) for n in range(3)]
    with contextlib.ExitStack() as opened:
        listeners = [opened.enter_context(closing(open_socket(host, 0))) for _ in keys]
        to, unsealers = [ends(each) for each in listeners], [Unsealer(key) for key in keys]
        sealers = [Sealer(bytes([n] * 4), key) for n, key in enumerate(keys)]
        recipients = Recipients(to, sealers)
        batch.add(to[1], sealers[1], b"first")
        batch.add_for_all(recipients, b"a bundle")
        batch.add_for_all(recipients, b"its second part")
        assert batch.flush() == []
        came = [heard(*each) for each in zip(listeners, unsealers, strict=True)]
    parts = [b"a bundle", b"its second part"]
    assert came == [parts, [b"first", *parts], parts]


def test_more_for_many_than_one_call_takes_goes_out_all_the_same(bound: socket.socket) -> None:
    with closing(open_socket(bound.getsockname()[0], 0)) as listener:
        batch, sealer, unsealer = new_batch(bound), Sealer(IDENTITY, KEY), Unsealer(KEY)
        recipients = Recipients([ends(listener)] * MOST, [sealer] * MOST)
        came = []
        for message in (b"1", b"2", b"3"):
            batch.add_for_all(recipients, message)
            came.append(heard(listener, unsealer))
        batch.flush()
        came.append(heard(listener, unsealer))
    assert came == [[], [b"1"] * MOST, [b"2"] * MOST, [b"3"] * MOST]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("everywhere", "one"), EVERYWHERE)
def test_an_answer_leaves_from_the_address_that_the_datagram_came_to(
    kind: Callable[[socket.socket], Batch], everywhere: str, one: str
) -> None:
    family = socket.AF_INET6 if ":" in one else socket.AF_INET
    with (
        closing(open_socket(everywhere, 0)) as bound,
        socket.socket(family, socket.SOCK_DGRAM) as client,
    ):
        # A connected socket gets nothing from any other address than this one.
        client.connect((one, bound.getsockname()[1]))
        client.settimeout(20)
        client.send(b"where to?")
        (arrived,) = read_arrivals(bound)
        batch = kind(bound)
        batch.add(NativeEnds(arrived.ends), Sealer(IDENTITY, KEY), b"here")
        assert batch.flush() == []
        opened = Unsealer(KEY).unseal(client.recv(2048))
        assert opened
        assert opened.message == b"here"


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_refused_harms_no_other(
    kind: Callable[[socket.socket], Batch], bound: socket.socket, listener: socket.socket
) -> None:
    batch, unsealer = kind(bound), Unsealer(KEY)
    good, sealer = ends(listener), Sealer(IDENTITY, KEY)
    too_long = bytes(66_000)
    for message in (b"1", too_long, b"2", too_long, b"3"):
        batch.add(good, sealer, message)
    refused = batch.flush()
    assert [(each.to, each.error) for each in refused] == [(good, errno.EMSGSIZE)] * 2
    assert heard(listener, unsealer) == [b"1", b"2", b"3"]
    assert (batch.sent, batch.dropped) == (3, 0)


Outcome = int | str
"""How many the call sends, or its error."""


@given(
    st.integers(0, MOST),
    st.lists(st.integers(1, MOST) | st.sampled_from(["EINTR", "EAGAIN", "EPERM"]), max_size=30),
)
def test_the_result_of_each_is_looked_at(count: int, outcomes: list[Outcome]) -> None:
    """Whatever the system does, each datagram goes out, is refused or is dropped: once."""
    seen = list[int]()
    begin = None
    waiting = iter(outcomes)

    def call(descriptor: int, at: int, number: int, flags: int) -> int:
        nonlocal begin
        begin = at if begin is None else begin
        assert at == begin + (count - number) * 64
        outcome = next(waiting, number)
        if isinstance(outcome, str):
            ctypes.set_errno(getattr(errno, outcome))
            return -1
        sent = min(outcome, number)
        seen.extend(range(count - number, count - number + sent))
        return sent

    with closing(open_socket("127.0.0.1", 0)) as bound:
        batch = SendmmsgBatch(bound, call)
        sealer, to = Sealer(IDENTITY, KEY), ends(bound)
        for _ in range(count):
            batch.add(to, sealer, b"x")
        refused = batch.flush()
    assert {each.error for each in refused} <= {errno.EPERM}
    assert batch.sent == len(seen) == len(set(seen))
    assert batch.sent + len(refused) + batch.dropped == count
    if "EAGAIN" not in outcomes:
        assert batch.dropped == 0


def test_linux_has_the_quick_one(bound: socket.socket) -> None:
    assert isinstance(new_batch(bound), SendmmsgBatch if len(KINDS) > 1 else PlainBatch)

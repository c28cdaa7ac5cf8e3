"""Tests of what is written to Valkey and Redis, and of reading what they, or others, send."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from server.cluster import resp
from server.cluster.resp import Reply, ReplyError, ReplyReader, ServerPush, Value


def written(value: Value | ServerPush) -> bytes:
    """Return a reply as a server writes it."""
    if isinstance(value, ServerPush):
        return b">%d\r\n" % len(value.items) + b"".join(map(written, value.items))
    if isinstance(value, list):
        return b"*%d\r\n" % len(value) + b"".join(map(written, value))
    if isinstance(value, ReplyError):
        return b"-%b\r\n" % value.text.encode()
    if value is None:
        return b"_\r\n"
    if isinstance(value, bool):
        return b"#t\r\n" if value else b"#f\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, float):
        return b",%r\r\n" % value
    return b"$%d\r\n%b\r\n" % (len(value), value)


def message(channel: bytes, payload: bytes) -> bytes:
    """Return a message on a channel as a server writes it."""
    return written(ServerPush([b"message", channel, payload]))


LEAVES: st.SearchStrategy[Value] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.binary(max_size=60)
    | st.builds(ReplyError, st.text("ABC abc", max_size=20))
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4), max_leaves=12)
PUSHES = st.builds(lambda items: ServerPush([b"subscribe", *items]), st.lists(VALUES, max_size=3))
MESSAGES = st.tuples(st.binary(max_size=20), st.binary(max_size=60))
SENT = st.lists(VALUES | PUSHES | MESSAGES, max_size=6)


def sent(reply: Reply) -> bytes:
    """Return the bytes of anything that a server sends."""
    return message(*reply) if isinstance(reply, tuple) else written(reply)


@given(SENT, st.data())
def test_replies_are_read_wherever_the_bytes_are_cut(
    said: list[Reply], data: st.DataObject
) -> None:
    raw = b"".join(map(sent, said))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    reader, read = ReplyReader(), list[Reply]()
    for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        read += reader.read_replies(raw[begin:end])
    assert read == said


@given(
    st.lists(st.binary(max_size=12) | st.sampled_from([b">3\r\n", b"$7\r\n", b"*9\r\n", b"\r\n"]))
)
def test_whatever_comes_is_read_or_refused(parts: list[bytes]) -> None:
    reader = ReplyReader()
    with contextlib.suppress(ProtocolError):
        for part in parts:
            reader.read_replies(part)


@pytest.mark.parametrize(
    "raw",
    [
        b"$999999999999\r\n",
        b"$300000\r\n",
        b"$-7\r\n",
        b"$+5\r\nhello\r\n",
        b"$5 \r\nhello\r\n",
        b"$1_0\r\n",
        b"$2\r\nhello",
        b"*99999\r\n",
        b"*-3\r\n",
        b"*1\r\n" * 9 + b":1\r\n",
        b"*1\r\n>1\r\n:1\r\n",
        b":" + b"1" * 40 + b"\r\n",
        b":1.5\r\n",
        b",one\r\n",
        b"#x\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"+" + b"a" * 2000,
        b"$" + b"1" * 2000,
        b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n:5\r\n",
        b">3\r\n$7\r\nmessage\r\n$999999\r\na\r\n",
        b"*4000\r\n" + (b"$100\r\n" + bytes(100) + b"\r\n") * 3000,
    ],
)
def test_what_no_server_of_ours_sends_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError, match="Valkey or Redis sent"):
        ReplyReader().read_replies(raw)


def test_nothing_but_the_unfinished_reply_is_kept() -> None:
    reader = ReplyReader()
    for _ in range(200):
        assert reader.read_replies(message(b"a", bytes(5000))) == [(b"a", bytes(5000))]
    assert reader.read_replies(b"$200000\r\n" + bytes(100_000)) == []
    with pytest.raises(ProtocolError):
        reader.read_replies(bytes(resp.MOST_BYTES))


def test_maps_are_keys_and_values_in_turn_and_sets_lists() -> None:
    raw = b"%1\r\n$5\r\nproto\r\n:3\r\n~1\r\n+a\r\n=5\r\ntxt:b\r\n!5\r\nERR x\r\n*-1\r\n"
    read = ReplyReader().read_replies(raw)
    assert read == [[b"proto", 3], [b"a"], b"b", ReplyError("ERR x"), None]


@given(st.binary(max_size=20), st.binary(max_size=60))
def test_a_publication_is_a_command_like_others(channel: bytes, payload: bytes) -> None:
    raw = resp.write_publication(channel, payload)
    assert raw == resp.write_command("PUBLISH", channel, payload)
    assert ReplyReader().read_replies(raw) == [[b"PUBLISH", channel, payload]]

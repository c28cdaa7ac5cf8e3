"""Tests that any bytes are a request's head, no head yet, or refused."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from server.public.http import MAX_HEAD, read_head
from server.public.upgrade import refused_upgrade

PIECES = st.sampled_from(
    [
        *(b"GET / HTTP/1.1\r\n", b"HEAD /x?a=%ff&b HTTP/1.0\r\n", b"POST * HTTP/1.1\r\n"),
        *(b"Host: a\r\n", b"Host: [::1\r\n", b"Origin: http://[\r\n", b"Origin: null\r\n"),
        *(b"Connection: Upgrade\r\n", b"Upgrade: WebSocket\r\n", b"Upgrade: \xff\r\n"),
        *(b"Sec-WebSocket-Version: 13\r\n", b"Sec-WebSocket-Key: a\r\n"),
        *(b"Sec-WebSocket-Protocol: ,roomcli.v1\r\n", b"X-Forwarded-Prefix: //a/../b/\r\n"),
        *(b"X-Forwarded-For: , ::1%1, x\r\n", b"Content-Length: -1\r\n", b"Expect: 1\r\n"),
        *(b"\r\n", b"\n", b"\0", b"a" * MAX_HEAD),
    ]
)


class PeerInPieces:
    """The peer's half of a stream: what it sends, and then its end."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [each for each in pieces if each]

    async def receive_some(self) -> bytes:
        """Return the next piece."""
        return self._pieces.pop(0) if self._pieces else b""


@given(st.lists(st.one_of(PIECES, PIECES, st.binary(max_size=20)), max_size=12))
async def test_any_bytes_are_a_head_or_none_or_refused(pieces: list[bytes]) -> None:
    peer: Any = PeerInPieces(pieces)
    head = None
    with contextlib.suppress(ProtocolError):
        head = await read_head(peer)
    if head is None:
        return
    assert b"".join(pieces).find(head.rest) >= 0
    assert head.is_foreign in (True, False)
    assert head.forwarded_prefix == "" or head.forwarded_prefix.startswith("/")
    assert isinstance(head.asked("a") + head.asked_path + head.forwarded_for, str)
    refusal = refused_upgrade(head)
    assert refusal is None or 400 <= refusal.status < 500

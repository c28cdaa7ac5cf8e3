"""Tests of TLS over memory buffers."""

from __future__ import annotations

import ssl
from pathlib import Path

from roomcli.wire.records import PIECE, TlsRecords
from server.public.certificate import own_certificate

OVERHEAD = 64
"""Bytes of a record beside what it carries, at most."""


def test_a_long_message_is_sealed_in_pieces(tmp_path: Path) -> None:
    """OpenSSL keeps a buffer as long as the longest thing that was in it, for each connection."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    client = TlsRecords(trusting, server_side=False)
    server = TlsRecords(own_certificate(tmp_path).context, server_side=True)
    done = False
    while not done:
        done = client.handshake()
        server.feed(client.pending())
        done &= server.handshake()
        client.feed(server.pending())
    message = bytes(range(256)) * 40
    sealed = server.seal(message)
    client.feed(sealed)
    assert b"".join(iter(lambda: client.read(1 << 16), None)) == message
    sizes = []
    while sealed:
        size = 5 + int.from_bytes(sealed[3:5])
        sizes.append(size)
        sealed = sealed[size:]
    assert max(sizes) <= PIECE + OVERHEAD

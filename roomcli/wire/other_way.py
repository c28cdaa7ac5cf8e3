"""Whether a server that does not answer as its address says would with TLS, or without.

People leave the scheme out, or take the wrong one, and either side then sees nonsense.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from contextlib import suppress
from dataclasses import replace

from ..protocol.address import Address

PATIENCE = 3.0


def other_way(address: Address, patience: float = PATIENCE) -> Address | None:
    """The address under which the same port answers, if it speaks the other of TLS and plain HTTP.

    With the pin of a certificate that nobody vouches for, which has to be compared then. Blocks
    for ``patience`` seconds at the most for each try.
    """
    with suppress(OSError, ValueError):
        return _plain(address, patience) if address.tls else _encrypted(address, patience)
    return None


def in_other_words(address: Address, other: Address, line: str) -> str:
    """What to tell a person who used ``address``; ``line`` is what they can type instead."""
    if not address.tls:
        check = "; compare the pin with your host's" if other.pin else ""
        return f"{address.authority} speaks TLS, and the address is not for that: {line}{check}"
    if address.pin:
        return (
            f"{address.authority} does not speak TLS: it is not the server that the address was "
            "made for; ask for a fresh line"
        )
    return (
        f"{address.authority} does not speak TLS, so that everybody on the way can listen in; if "
        f"that is all right: {line}"
    )


def _encrypted(address: Address, patience: float) -> Address:
    try:
        _certificate(address, ssl.create_default_context(), patience)
    except ssl.SSLCertVerificationError:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        found = _certificate(address, context, patience)
        return replace(address, tls=True, pin=hashlib.sha256(found).hexdigest())
    return replace(address, tls=True)


def _certificate(address: Address, context: ssl.SSLContext, patience: float) -> bytes:
    name = address.host.partition("%")[0]
    with (
        socket.create_connection((address.host, address.port), patience) as raw,
        context.wrap_socket(raw, server_hostname=name) as tls,
    ):
        return tls.getpeercert(binary_form=True) or b""


def _plain(address: Address, patience: float) -> Address | None:
    with socket.create_connection((address.host, address.port), patience) as raw:
        raw.sendall(f"HEAD / HTTP/1.1\r\nHost: {address.authority}\r\n\r\n".encode())
        answers = raw.recv(16).startswith(b"HTTP/")
    return replace(address, tls=False, pin=None) if answers else None

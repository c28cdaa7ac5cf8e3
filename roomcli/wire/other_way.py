"""Checks whether a server answers with TLS where the address says without, or the reverse.

People leave out the scheme or use the wrong one, and then neither side understands the other.
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
    """Return the address with the other of TLS and plain HTTP, if the same port answers so.

    If no authority vouches for the certificate, the address has its pin, which the person has to
    compare. Blocks for at most ``patience`` seconds for each attempt.
    """
    with suppress(OSError, ValueError):
        return _plain(address, patience) if address.tls else _encrypted(address, patience)
    return None


def in_other_words(address: Address, other: Address, line: str) -> str:
    """Return what to tell a person who used ``address``; ``line`` is what to type instead."""
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
        return replace(address, tls=True, pin=_pin(address, patience))
    return replace(address, tls=True)


def shown_pin(address: Address, patience: float = PATIENCE) -> str | None:
    """Return the SHA-256 of the certificate that a server shows, hexadecimal; None if it does not.

    Nothing says that it is the server's. Blocks for at most ``patience`` seconds.
    """
    with suppress(OSError, ValueError):
        return _pin(address, patience)
    return None


def _pin(address: Address, patience: float) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return hashlib.sha256(_certificate(address, context, patience)).hexdigest()


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

"""What a client signs to prove its key, bound to this server and this connection.

The nonce binds the signature to one connection; the authority (host and port as the client dialled
them, in lower case) and the hash of the server's certificate bind it to one server: somebody in the
middle can neither replay it nor pass it on (the idea of RFC 5929, tls-server-end-point).
"""

from __future__ import annotations

import hashlib

CONTEXT = b"roomcli hello v1\x00"
NONCE_BYTES = 32
NO_CERTIFICATE = bytes(32)
"""Stands for the certificate's hash in a connection without TLS."""


def signed_bytes(nonce: bytes, authority: str, certificate_hash: bytes, room: str) -> bytes:
    """The exact bytes under the signature of ``hello``.

    ``certificate_hash`` is the SHA-256 of the certificate (DER) that the client was shown, or
    ``NO_CERTIFICATE`` without TLS. Each part is preceded by its length as two bytes, big-endian.
    """
    parts = (nonce, authority.lower().encode(), certificate_hash, room.encode())
    return CONTEXT + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def fingerprint(key: bytes) -> str:
    """Public name of a key: the first 32 hexadecimal digits (128 bits) of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:32]

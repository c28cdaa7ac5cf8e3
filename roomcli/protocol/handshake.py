"""What a client signs to prove its key, bound to one server and one connection.

The nonce binds the signature to one connection. The authority (host and port as the client dialled
them, in lower case) and the hash of the server's certificate bind it to one server: an attacker in
the middle can neither replay it nor pass it on (the idea of RFC 5929, tls-server-end-point).
"""

from __future__ import annotations

import hashlib

CONTEXT = b"roomcli hello v2\x00"
NONCE_BYTES = 32
NO_CERTIFICATE = bytes(32)
"""The certificate's hash in a connection without TLS."""


def signed_bytes(nonce: bytes, authority: str, certificate_hash: bytes) -> bytes:
    """Return the exact bytes that the signature of ``hello`` is over.

    ``certificate_hash`` is the SHA-256 of the certificate (DER) that the client was shown, or
    ``NO_CERTIFICATE`` without TLS. Each part is preceded by its length as two bytes, big-endian.
    """
    parts = (nonce, authority.lower().encode(), certificate_hash)
    return CONTEXT + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def fingerprint(key: bytes) -> str:
    """Return a key's public name: the first 32 hexadecimal digits (128 bits) of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:32]

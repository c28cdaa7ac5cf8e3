"""What somebody who connects was shown of the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """What somebody who connected was shown: the hash of a certificate, empty without TLS.

    ``pin`` is the one by which clients know it, empty where they can verify it.
    """

    certificate_hash: bytes = b""
    pin: str = ""

"""TLS without a socket: plain text to records and back, over memory buffers.

It sits *below* the queues of the outbound stream: a frame becomes a record only when it goes out,
since a record that was made and then dropped would break the connection.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import Protocol


class Records(Protocol):
    """How bytes are wrapped on their way to the socket and unwrapped on their way back."""

    def seal(self, plain: bytes) -> bytes:
        """What to send for ``plain``."""

    def feed(self, received: bytes) -> None:
        """Take in what the socket gave; empty bytes mean its end."""

    def read(self, most: int) -> bytes | None:
        """Plain bytes that have come; None: feed more; empty: the peer ended."""

    def pending(self) -> bytes:
        """What the protocol itself wants sent (handshake, alerts)."""

    def goodbye(self) -> bytes:
        """The last bytes before the socket closes."""


class PlainRecords:
    """No TLS: bytes pass as they are."""

    def __init__(self) -> None:
        self._received: bytes | None = None

    def seal(self, plain: bytes) -> bytes:
        return plain

    def feed(self, received: bytes) -> None:
        self._received = received

    def read(self, most: int) -> bytes | None:
        if self._received is None:
            return None
        taken, rest = self._received[:most], self._received[most:]
        self._received = rest or (None if taken else b"")
        return taken

    def pending(self) -> bytes:
        return b""

    def goodbye(self) -> bytes:
        return b""


class TlsRecords:
    """TLS by OpenSSL. :meth:`handshake` has to finish before anything is sealed."""

    def __init__(
        self, context: ssl.SSLContext, *, server_side: bool, server_hostname: str | None = None
    ) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_hostname
        )

    def handshake(self) -> bool:
        """One step; True when done, False: send what is pending and feed more.

        Raises ssl.SSLError when the peers do not agree.
        """
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def peer_certificate(self) -> bytes:
        """The peer's certificate (DER); empty without one."""
        return self._tls.getpeercert(binary_form=True) or b""

    def seal(self, plain: bytes) -> bytes:
        self._tls.write(plain)
        return self._outgoing.read()

    def feed(self, received: bytes) -> None:
        if received:
            self._incoming.write(received)
        else:
            self._incoming.write_eof()

    def read(self, most: int) -> bytes | None:
        try:
            return self._tls.read(most)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def pending(self) -> bytes:
        return self._outgoing.read()

    def goodbye(self) -> bytes:
        # The peer has not answered yet, or the handshake never ended: our part is written anyway.
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._tls.unwrap()
        return self._outgoing.read()

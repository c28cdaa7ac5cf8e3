"""TLS without a socket: turns plain text into records and back, over memory buffers.

TLS sits *below* the queues of the outbound stream: a frame becomes a record only when it is sent,
since a record that was made and then dropped would break the connection.
"""

from __future__ import annotations

import contextlib
import errno
import ssl
from typing import Protocol

PIECE = 2 * 1024
"""Bytes that are sealed at once, and more than nearly all frames have. OpenSSL's buffers grow with
what they hold, and never shrink: a view of a room, told once, would take 12 KiB for hours."""


class Records(Protocol):
    """How bytes are wrapped on their way to the socket and unwrapped on their way back."""

    def seal(self, plain: bytes) -> bytes:
        """Return the bytes to send for ``plain``."""

    def feed(self, received: bytes) -> None:
        """Take in bytes from the socket; empty bytes mean its end."""

    def read(self, most: int) -> bytes | None:
        """Return plain bytes that have come; None: feed more; empty: the peer ended."""

    @property
    def holds_some(self) -> bool:
        """Whether :meth:`read` may give something without being fed."""

    def pending(self) -> bytes:
        """Return bytes that the protocol itself has to send (handshake, alerts)."""

    def goodbye(self) -> bytes:
        """Return the last bytes to send before the socket closes."""


class PlainRecords:
    """Records without TLS: bytes pass unchanged."""

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

    @property
    def holds_some(self) -> bool:
        return self._received is not None

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
        """Do one step of the handshake; return True when it is done.

        After False, send the pending bytes and feed more. Raises ssl.SSLError when the peers do not
        agree.
        """
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def peer_certificate(self) -> bytes:
        """Return the peer's certificate (DER); empty if it has none."""
        return self._tls.getpeercert(binary_form=True) or b""

    def seal(self, plain: bytes) -> bytes:
        if len(plain) <= PIECE:
            self._tls.write(plain)
            return self._outgoing.read()
        return b"".join(self.seal(plain[at : at + PIECE]) for at in range(0, len(plain), PIECE))

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

    @property
    def holds_some(self) -> bool:
        return self._incoming.pending > 0 or self._tls.pending() > 0

    def pending(self) -> bytes:
        return self._outgoing.read()

    def goodbye(self) -> bytes:
        # Our part is written even if the peer has not answered, or the handshake never ended.
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._tls.unwrap()
        return self._outgoing.read()


def reason_of(error: ssl.SSLError) -> str:
    """Return why TLS failed, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "certificate refused"
    if error.errno == errno.EPERM:
        return "protocol error"
    return (getattr(error, "reason", None) or "protocol error").replace("_", " ").lower()

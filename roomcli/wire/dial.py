"""Connects to a server: TCP, TLS with a pin or the system's authorities, WebSocket."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl

import trio

from ..errors import ConnectionFailed
from ..protocol.address import Address
from ..protocol.handshake import NO_CERTIFICATE
from .dialed import DialedWebSocket
from .opening import connect
from .records import TlsRecords
from .stream import OutboundStream

CONNECT_SECONDS = 10.0
LIFELESS_SECONDS = 10
"""Seconds until the system ends a connection over which nothing gets through. Nobody else notices
while voice and acknowledgements go by UDP."""
_KEEP_ALIVE = {
    "TCP_KEEPIDLE": 4,
    "TCP_KEEPALIVE": 4,  # as macOS calls it
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": (LIFELESS_SECONDS - 4) // 2,
    "TCP_USER_TIMEOUT": 1000 * LIFELESS_SECONDS,
}


class NotSpoken(ConnectionFailed):
    """A server listens at the address, but does not speak the protocol that the address says."""


class Unproven(ConnectionFailed):
    """TLS works, but no authority that this machine knows vouches for the certificate."""


class OtherCertificate(ConnectionFailed):
    """The certificate is not the pinned one; ``shown`` is its SHA-256, hexadecimal."""

    def __init__(self, text: str, shown: str) -> None:
        super().__init__(text)
        self.shown = shown


_UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
"""OpenSSL's codes of a certificate that is signed by itself, or by somebody unknown. With any other
an authority speaks of somebody or some time else, and that is never right."""


async def dial(
    nursery: trio.Nursery, address: Address, *, voice_max_age: float
) -> tuple[DialedWebSocket, bytes]:
    """Open a WebSocket to the room; return it and the SHA-256 of the server's certificate.

    Without TLS the hash is zeros. A pin in the address takes the place of the certificate
    authorities. Raises ConnectionFailed, and its subclasses NotSpoken, Unproven and
    OtherCertificate.
    """
    raw = await _tcp(address)
    stream = OutboundStream(raw, nursery, voice_max_age=voice_max_age)
    try:
        certificate_hash = NO_CERTIFICATE
        if address.tls:
            certificate_hash = await _secured(stream, address)
        try:
            connection = await connect(nursery, stream, address.authority, address.path)
        except ConnectionFailed as error:
            raise NotSpoken(str(error)) from None
        return connection, certificate_hash
    except BaseException:
        stream.cut("not opened")
        raise


async def _tcp(address: Address) -> socket.socket:
    try:
        with trio.fail_after(CONNECT_SECONDS):
            connected = await trio.open_tcp_stream(address.host, address.port)
    except trio.TooSlowError:
        raise ConnectionFailed(f"{address.authority} does not answer") from None
    except socket.gaierror:
        raise ConnectionFailed(
            f"there is no host named {address.host}: check the address, or your network"
        ) from None
    except OSError as error:
        # Trio wraps the attempts at several addresses; the last one tells the most.
        cause = error.__cause__
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[-1]
        if isinstance(cause or error, ConnectionRefusedError):
            raise ConnectionFailed(f"nobody listens at {address.authority}") from None
        reason = getattr(cause, "strerror", None) or error.strerror or str(error)
        raise ConnectionFailed(f"cannot reach {address.authority}: {reason}") from None
    raw = socket.socket(fileno=connected.socket.detach())
    _watch_over(raw)
    return raw


def _watch_over(raw: socket.socket) -> None:
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if (option := getattr(socket, name, None)) is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.IPPROTO_TCP, option, value)


async def _secured(stream: OutboundStream, address: Address) -> bytes:
    context = ssl.create_default_context()
    if address.pin is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    tls = TlsRecords(context, server_side=False, server_hostname=address.host.partition("%")[0])
    try:
        with trio.fail_after(CONNECT_SECONDS):
            await stream.handshake(tls)
    except trio.TooSlowError:
        raise NotSpoken(f"{address.authority} does not answer in TLS") from None
    except ConnectionFailed as error:
        raise _kind(error.__cause__)(
            f"no secure connection to {address.authority}: {error}"
            + (
                ""
                if address.pin
                else "; a self-hosted room's address carries a pin, copy all of it"
            )
        ) from None
    found = hashlib.sha256(tls.peer_certificate())
    if address.pin is not None and found.hexdigest() != address.pin:
        raise OtherCertificate(
            f"{address.authority} shows another certificate than the address says: "
            "ask for a fresh address, or somebody is in between",
            found.hexdigest(),
        )
    return found.digest()


def _kind(cause: BaseException | None) -> type[ConnectionFailed]:
    """Return what it means that TLS failed for this reason."""
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return NotSpoken
    return Unproven if cause.verify_code in _UNKNOWN_AUTHORITY else ConnectionFailed

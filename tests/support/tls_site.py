"""A site over TLS on loopback, with an authority of its own: it answers what a test says."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h11
import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .patience import PATIENCE

NAME = "git.acme.example"
_PEM = serialization.Encoding.PEM


@dataclass
class SiteRequest:
    """A request as the site saw it; ``sni`` is the name that TLS asked for."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    sni: str | None


Answerer = Callable[[SiteRequest], tuple[int, bytes] | bytes]
"""Returns a status and a body, or the bytes of a whole answer."""


@dataclass
class TlsSite:
    """A running site, and what it was asked."""

    port: int
    ca_file: Path
    answer: Answerer
    asked: list[SiteRequest] = field(default_factory=list)


def make_authority(folder: Path, *names: str, days: int = 30) -> tuple[Path, ssl.SSLContext]:
    """Return the file of a new authority, and a context with a certificate by it for the names."""
    key, ca = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)

    def sign(subject: str, public: ec.EllipticCurvePublicKey, *, is_ca: bool) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=60))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        if not is_ca:
            alternatives = [_general_name(each) for each in names]
            builder = builder.add_extension(
                x509.SubjectAlternativeName(alternatives), critical=False
            )
        else:
            builder = builder.add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=True,
                    crl_sign=True,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        return builder.sign(ca, hashes.SHA256()).public_bytes(_PEM)

    ca_file, chain = folder / "ca.pem", folder / "site.pem"
    ca_file.write_bytes(sign("test authority", ca.public_key(), is_ca=True))
    secret = key.private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(secret + sign(names[0], key.public_key(), is_ca=False))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return ca_file, context


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@contextlib.asynccontextmanager
async def open_site(
    folder: Path,
    answer: Answerer,
    *names: str,
    days: int = 30,
) -> AsyncIterator[TlsSite]:
    """Serve on a free port of loopback within the block."""
    ca_file, context = make_authority(folder, *(names or (NAME, "localhost")), days=days)
    named: list[str | None] = []
    context.sni_callback = lambda _, name, __: named.append(name)
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    site = TlsSite(listener.socket.getsockname()[1], ca_file, answer)

    async def serve(stream: trio.SocketStream) -> None:
        secured = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async with secured:
                asked = await _question(secured)
                asked.sni = named[-1] if named else None
                site.asked.append(asked)
                await secured.send_all(_bytes(site.answer(asked)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        yield site
        nursery.cancel_scope.cancel()


@contextlib.contextmanager
def site_beside(folder: Path, answer: Answerer) -> Iterator[TlsSite]:
    """Serve as :func:`open_site` does, on a thread of its own."""
    opened: queue.SimpleQueue[tuple[TlsSite, trio.lowlevel.TrioToken, trio.Event]]
    opened = queue.SimpleQueue()

    async def serve() -> None:
        over = trio.Event()
        async with open_site(folder, answer) as site:
            opened.put((site, trio.lowlevel.current_trio_token(), over))
            await over.wait()

    thread = threading.Thread(target=trio.run, args=(serve,), daemon=True)
    thread.start()
    site, token, over = opened.get(timeout=PATIENCE)
    try:
        yield site
    finally:
        token.run_sync_soon(over.set)
        thread.join(PATIENCE)


async def _question(stream: trio.abc.Stream) -> SiteRequest:
    peer = h11.Connection(h11.SERVER)
    asked = SiteRequest("", "", {}, b"", None)
    while True:
        event = peer.next_event()
        if event is h11.NEED_DATA:
            peer.receive_data(bytes(await stream.receive_some()))
        elif isinstance(event, h11.Request):
            asked.method, asked.path = event.method.decode(), event.target.decode()
            asked.headers = {name.decode(): value.decode() for name, value in event.headers}
        elif isinstance(event, h11.Data):
            asked.body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return asked
        else:
            raise trio.BrokenResourceError


def _bytes(answer: tuple[int, bytes] | bytes) -> bytes:
    if isinstance(answer, bytes):
        return answer
    status, body = answer
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


class NamesAt(trio.abc.HostnameResolver):
    """Resolves every name to the addresses that a test says, and counts."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def getaddrinfo(
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """Return the addresses, as the system would."""
        await trio.lowlevel.checkpoint()
        self.asked.append((host or b"").decode())
        number = socket.AI_NUMERICHOST
        return [
            found
            for each in self.addresses
            for found in socket.getaddrinfo(each, int(port or 0), type=type, flags=number)
        ]

    async def getnameinfo(self, sockaddr: object, flags: int) -> tuple[str, str]:
        """Refuse: nobody asks."""
        raise AssertionError("no address is looked up")

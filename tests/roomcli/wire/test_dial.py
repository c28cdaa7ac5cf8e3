"""Tests that each spelling of a host reaches it, with a certificate that fits."""

from __future__ import annotations

import contextlib
import datetime
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from roomcli.errors import ConnectionFailed
from roomcli.protocol.address import parse_address
from roomcli.wire.dial import LIFELESS_SECONDS

from ...support.serving import serving

NAMES = ("rooms.test", "комнаты.рф".encode("idna").decode())


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a server with a certificate for rooms.test that this machine trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rooms.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(each) for each in NAMES]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    content = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(pem)
    (tmp_path / "certificate.pem").write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    return tmp_path


class Here(trio.abc.HostnameResolver):
    """Resolves every name to this machine."""

    async def getaddrinfo(self, host: Any, port: Any, *_: Any, **__: Any) -> Any:
        there = ("127.0.0.1", port)
        return [(trio.socket.AF_INET, trio.socket.SOCK_STREAM, 6, "", there)]

    async def getnameinfo(self, sockaddr: Any, flags: int) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("host", "welcome"),
    [
        ("rooms.test", True),
        ("rooms.test.", True),
        ("Rooms.TEST.", True),
        ("комнаты.рф", True),
        ("others.test.", False),
    ],
)
async def test_a_certificate_is_for_every_spelling(trusted: Path, host: str, welcome: bool) -> None:
    trio.socket.set_custom_hostname_resolver(Here())
    async with serving(trusted, tls=True) as server:
        room = parse_address(f"wss://{host}:{server.address.port}/r/standup")
        if welcome:
            assert (await server.client(room, intent="host")).view.role == "host"
        else:
            with pytest.raises(ConnectionFailed, match="carries a pin"):
                await server.connected(replace(room))


async def test_a_server_is_reached_under_the_prefix_of_a_proxy(tmp_path: Path) -> None:
    async def proxy(incoming: trio.SocketStream) -> None:
        """Take the prefix off the request, as a proxy does, and pass on everything else."""
        head = await incoming.receive_some()
        assert head.startswith(b"GET /talk/ HTTP/1.1\r\n")
        async with await trio.open_tcp_stream("127.0.0.1", port) as server, incoming:
            await server.send_all(head.replace(b"/talk/", b"/", 1))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(passes, incoming, server)
                await passes(server, incoming)
                nursery.cancel_scope.cancel()

    async def passes(source: trio.SocketStream, target: trio.SocketStream) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for data in source:
                await target.send_all(data)

    async with serving(tmp_path) as running, trio.open_nursery() as nursery:
        port = running.address.port
        listeners = await nursery.start(trio.serve_tcp, proxy, 0)
        there = listeners[0].socket.getsockname()[1]
        room = parse_address(f"ws://127.0.0.1:{there}/talk/r/standup")
        guest = await running.client(room, intent="host")
        assert guest.view.name == "standup"
        guest.connection.stream.cut("the test is over")
        nursery.cancel_scope.cancel()


async def test_the_system_ends_a_connection_over_which_nothing_gets_through(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        raw = (await server.connected()).connection.stream._raw
        assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            patience = raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert 0 < patience <= 1000 * LIFELESS_SECONDS

"""Tests of a server behind a proxy that changes requests, as in most proxies' examples."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.errors import ConnectionFailed

from ..support.serving import Client, RunningServer, Turned, serving

Change = Callable[[bytes], bytes]


@dataclass
class Proxy:
    """A proxy, and the server behind it once that runs."""

    port: int
    server: RunningServer | None = None

    async def client(self, **hello: Any) -> Client:
        """Connect a client through the proxy, by the name localhost."""
        assert self.server is not None
        address = replace(self.server.room(), host="localhost", port=self.port)
        return await self.server.client(address, **hello)


@contextlib.asynccontextmanager
async def proxy(change: Change) -> AsyncIterator[Proxy]:
    """Run a proxy that changes the head of a request with ``change`` and passes on the rest."""

    async def pass_on(source: trio.SocketStream, target: trio.SocketStream) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for data in source:
                await target.send_all(data)
            await target.send_eof()

    async def serve(client: trio.SocketStream) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += await client.receive_some()
        assert front.server is not None
        address = front.server.address
        there = await trio.open_tcp_stream(address.host, address.port)
        async with there, trio.open_nursery() as nursery:
            await there.send_all(change(head))
            nursery.start_soon(pass_on, client, there)
            nursery.start_soon(pass_on, there, client)

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        front = Proxy(listener.socket.getsockname()[1])
        nursery.start_soon(functools.partial(trio.serve_listeners, serve, [listener]))
        try:
            yield front
        finally:
            nursery.cancel_scope.cancel()


def header(name: str, value: str | None) -> Change:
    """Return a change that sets a header, or removes it for None."""
    line = f"{name}: {value}\r\n".encode() if value is not None else b""
    return lambda head: re.sub(rb"(?im)^%s:[^\n]*\n" % name.encode(), lambda _: line, head)


def by_http_1_0(head: bytes) -> bytes:
    """Use the HTTP version that nginx speaks to servers by default."""
    return head.replace(b" HTTP/1.1", b" HTTP/1.0", 1)


def without_port(head: bytes) -> bytes:
    """Change the Host as nginx does with `proxy_set_header Host $host`."""
    return re.sub(rb"(?im)^(host:[^\n]*):\d+", rb"\1", head)


def forwarded(head: bytes) -> bytes:
    """Say for whom the proxy connects."""
    return head.replace(b"\r\n", b"\r\nX-Forwarded-For: 198.51.100.7\r\n", 1)


@pytest.mark.parametrize(
    "change",
    [
        without_port,
        header("Host", "backend:8080"),
        header("Host", "[::1]"),
        header("Host", "elsewhere.example:1"),
    ],
)
@pytest.mark.parametrize("given", ["localhost", "Localhost.:{}"])
async def test_what_a_proxy_does_to_the_host_changes_nothing(
    tmp_path: Path, change: Change, given: str
) -> None:
    async with (
        proxy(change) as front,
        serving(tmp_path, names=[given.format(front.port)]) as front.server,
    ):
        host = await front.client(intent="host")
        assert host.view.role == "host"


async def test_behind_a_proxy_another_port_of_its_host_is_another_server(tmp_path: Path) -> None:
    async with (
        proxy(without_port) as front,
        proxy(without_port) as other,
        serving(tmp_path, names=[f"localhost:{front.port}"]) as front.server,
    ):
        other.server = front.server
        with pytest.raises(Turned) as turned:
            await other.client(intent="host")
    assert turned.value.code == "bad_signature"
    assert f"does not know itself as localhost:{other.port}" in turned.value.refused.text


@pytest.mark.parametrize(
    "change",
    [
        header("Upgrade", None),
        header("Connection", "close"),
        header("Connection", None),
        lambda head: by_http_1_0(header("Upgrade", None)(header("Connection", "close")(head))),
        by_http_1_0,
        header("Sec-WebSocket-Key", None),
        lambda head: re.sub(rb"(?im)^(upgrade|connection|sec-websocket[^:]*):[^\n]*\n", b"", head),
    ],
)
async def test_an_upgrade_that_is_not_passed_on_is_told_as_that(
    tmp_path: Path, change: Change
) -> None:
    async with proxy(change) as front, serving(tmp_path) as front.server:
        with pytest.raises(ConnectionFailed, match=r"proxy .*headers Upgrade and Connection"):
            await front.client()


async def test_a_subprotocol_that_is_not_passed_on_is_told_as_that(tmp_path: Path) -> None:
    change = header("Sec-WebSocket-Protocol", None)
    async with proxy(change) as front, serving(tmp_path) as front.server:
        with pytest.raises(ConnectionFailed, match=r"subprotocol roomcli\.v1; a proxy has to"):
            await front.client()


async def test_a_client_that_does_not_say_what_it_dialled_is_judged_by_its_host(
    tmp_path: Path,
) -> None:
    """Earlier clients name the server in the Host header only."""
    change = header("Host", "backend:8080")
    async with proxy(change) as front, serving(tmp_path) as front.server:
        host = await front.server.client(intent="host", authority=None)
        assert host.view.role == "host"
        with pytest.raises(Turned) as turned:
            await front.client(authority=None)
    assert turned.value.code == "bad_signature"
    assert "does not know itself as backend:8080" in turned.value.refused.text


async def test_what_is_signed_is_what_is_said(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        with pytest.raises(Turned) as turned:
            await server.client(intent="host", authority="localhost:1")
        assert turned.value.code == "bad_signature"


@pytest.mark.parametrize("public", [None, ("udp.example.org", 7421)])
async def test_the_keys_of_udp_are_not_sent_where_they_can_be_read_on_the_way(
    tmp_path: Path, public: tuple[str, int] | None
) -> None:
    async with (
        proxy(forwarded) as front,
        serving(tmp_path, names=["localhost"], udp=True, udp_public=public) as front.server,
    ):
        assert (await front.client(intent="host")).joined.udp is None
        on_this_machine = await front.server.client(name="Ben")
        assert on_this_machine.joined.udp is not None

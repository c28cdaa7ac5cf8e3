"""Journeys through a real nginx with the configuration that is shipped."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
import trio

from roomcli.wire.heartbeat import TIMEOUT
from server.limits import Rate

from ..server.public.test_listener import upgrade
from ..support.nginx import CONFIGURATION, Nginx, free_port, needs_nginx, nginx
from ..support.patience import PATIENCE, until
from ..support.serving import patient_limits, serving

PROXY = ["127.0.0.1"]


async def answer(front: Nginx, request: bytes, source: str = "127.0.0.1") -> bytes:
    """Return all that comes back for a request until the connection ends."""
    got = b""
    async with await front.connected(source) as stream:
        with trio.fail_after(PATIENCE), contextlib.suppress(trio.BrokenResourceError):
            await stream.send_all(request)
            while received := await stream.receive_some():
                got += received
    return got


def page(path: str) -> bytes:
    """Build a browser's request for a page."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


@needs_nginx
@pytest.mark.parametrize("prefix", ["", "/talk"])
async def test_a_room_is_reached_and_heard_through_nginx(tmp_path: Path, prefix: str) -> None:
    port = free_port()
    name = f"localhost:{port}"
    async with (
        serving(tmp_path, names=[name], proxies=PROXY) as running,
        nginx(tmp_path / "nginx", port, running.address.port) as front,
    ):
        address = front.address("standup", prefix)
        host = await running.client(address, intent="host")
        guest = await running.client(address, name="Ben")
        await running.bring_on_stage(host, guest)
        guest.speak(b"voice")
        await host.heard(b"voice")
        await answer(front, page(f"{prefix}/calendar/feeds/s3cr3t"))
        said = await answer(front, page(f"{prefix}/r/standup"))
        assert f"https://{name}{prefix}/r/standup".encode() in said
        await until(lambda: "/r/standup" in front.log.read_text())
        assert "s3cr3t" not in front.log.read_text()


@needs_nginx
@pytest.mark.parametrize(
    ("trusted", "public"), [(PROXY, None), ([], None), (PROXY, ("udp.example.org", 7421))]
)
async def test_through_nginx_voice_goes_by_udp_only_where_the_admin_says_where_it_arrives(
    tmp_path: Path, trusted: list[str], public: tuple[str, int] | None
) -> None:
    port = free_port()
    names = [f"localhost:{port}"]
    async with (
        serving(tmp_path, names=names, proxies=trusted, udp=True, udp_public=public) as running,
        nginx(tmp_path / "nginx", port, running.address.port) as front,
    ):
        host = await running.client(front.address("standup"), intent="host")
        offer = host.joined.udp
        assert (None if offer is None else (offer.host, offer.port)) == public


async def came_in(front: Nginx, source: str, forged: str) -> bool:
    """Whether somebody comes in who connects from one address and claims another one."""
    async with await front.connected(source) as stream:
        with contextlib.suppress(trio.BrokenResourceError), trio.fail_after(PATIENCE):
            await stream.send_all(upgrade(X_Forwarded_For=forged, X_Forwarded_Prefix="/forged"))
            return b"101" in await stream.receive_some()
    return False


@needs_nginx
@pytest.mark.parametrize(
    ("trusted", "other_comes_in"), [(PROXY, True), ([], False), (["192.0.2.1"], False)]
)
async def test_each_has_the_address_that_nginx_saw_if_nginx_is_trusted(
    tmp_path: Path, trusted: list[str], other_comes_in: bool
) -> None:
    port = free_port()
    two = patient_limits(new_per_address=Rate(1e-4, 2))
    async with (
        serving(tmp_path, proxies=trusted, limits=two) as running,
        nginx(tmp_path / "nginx", port, running.address.port) as front,
    ):
        forged = [await came_in(front, "127.0.0.2", f"198.51.100.{n}") for n in range(3)]
        assert forged == [True, True, False]
        assert await came_in(front, "127.0.0.3", "127.0.0.2") == other_comes_in


def test_nginx_waits_much_longer_than_a_living_connection_is_silent() -> None:
    waits = [float(each) for each in re.findall(r"proxy_\w+_timeout (\d+)s;", CONFIGURATION)]
    assert len(waits) == 2
    assert min(waits) >= 10 * TIMEOUT

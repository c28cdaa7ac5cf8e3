"""Tests of what a connection may not do, before and after hello, and of too many connections."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from benchmarks.flooder import fast_openings, hellos, pongs, reconnects
from benchmarks.hostile import Flood
from roomcli.errors import ConnectionLost
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.wire.frames import client_frame
from roomcli.wire.stream import OutboundStream
from server.limits import MessageLimits, Rate
from server.public.session import Session

from ...support.patience import PATIENCE, until
from ...support.serving import Client, RunningServer, patient_limits, serving
from .test_listener import upgrade

MASK = b"\1\2\3\4"


def frame(first: int, payload: bytes) -> bytes:
    """Build a masked frame with this first byte."""
    return bytes((first,)) + client_frame(payload, MASK)[1:]


FLOODS = {
    "pongs": frame(0x8A, b"x"),
    "empty pongs": frame(0x8A, b""),
    "pings": frame(0x89, b"x"),
    "empty fragments": frame(0x02, b"\0") + frame(0x00, b"") * 50,
    "tiny fragments": frame(0x02, b"\0") + frame(0x00, b"a") * 50,
    "many small messages in pieces": (frame(0x02, b"\0") + frame(0x80, b"a")) * 50,
    "empty messages": frame(0x82, b""),
    "texts": frame(0x81, b"hello"),
}


async def until_cut(client: Client, flood: bytes) -> None:
    """Send ``flood`` until the server cuts the connection."""
    stream = client.connection.stream
    with trio.fail_after(PATIENCE), contextlib.suppress(trio.BrokenResourceError):
        while True:
            await stream.send_all(flood * 20)


async def last_words(client: Client) -> e.Goodbye:
    """Return the goodbye at the end of the connection."""
    goodbye = (await client.to_the_end())[-1]
    assert isinstance(goodbye, e.Goodbye)
    return goodbye


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("in_room", [False, True], ids=["before hello", "in the room"])
async def test_frames_that_no_honest_client_sends_end_the_connection(
    tmp_path: Path, flood: bytes, in_room: bool
) -> None:
    async with serving(tmp_path) as running:
        host = await running.client(intent="host")
        hostile = await (running.client(name="Ben") if in_room else running.connected())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(until_cut, hostile, flood)
            with contextlib.suppress(ConnectionLost):
                await hostile.to_the_end()
        assert isinstance(await host.ask(c.Lock()), e.Done)


async def test_what_comes_with_the_request_is_judged_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        answer = await running.exchange(upgrade() + FLOODS["pongs"] * 1000)
        assert b"protocol" in answer


@pytest.mark.parametrize("in_room", [False, True], ids=["before hello", "in the room"])
async def test_whoever_goes_too_far_is_told(tmp_path: Path, in_room: bool) -> None:
    async with serving(tmp_path) as running:
        host = await running.client(intent="host")
        rude = await running.connected() if not in_room else host
        for _ in range(MessageLimits().malformed):
            await rude.connection.stream.send_all(FLOODS["pongs"])
        goodbye = await last_words(rude)
        assert (goodbye.code, goodbye.retry) == ("protocol", False)


async def test_an_honest_client_may_ping_and_send_in_pieces(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        host = await running.client(intent="host")
        whole = b"\0" + b"\x82\xa7command\xa4lock\xa3ref\x07" + bytes(0)
        pieces = frame(0x02, whole[:6]) + FLOODS["pings"] + frame(0x80, whole[6:])
        await host.connection.stream.send_all(pieces)
        assert (await host.until(e.Done)).ref == 7
        assert isinstance(await host.ask(c.Unlock()), e.Done)


async def test_who_is_refused_again_and_again_is_sent_away(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        await running.client(intent="host")
        guest = await running.client(name="Ben")
        for _ in range(int(MessageLimits().refused.at_once) + 40):
            guest.send(c.Lock())
        goodbye = await last_words(guest)
        assert (goodbye.code, goodbye.retry) == ("protocol", False)
        assert "refused" in goodbye.text


async def came_in(running: RunningServer, **headers: str) -> bool:
    """Whether the server opens a WebSocket for a request with these headers."""
    stream = await trio.open_tcp_stream(running.address.host, running.address.port)
    async with stream:
        with contextlib.suppress(trio.BrokenResourceError), trio.fail_after(PATIENCE):
            await stream.send_all(upgrade(**headers))
            return b"101" in await stream.receive_some()
    return False


FEW = patient_limits(new_per_address=Rate(1e-4, 2))
"""A network may open two new connections, and then none for a long time."""


async def test_connections_of_one_network_have_a_rate_of_loopback_too(tmp_path: Path) -> None:
    async with serving(tmp_path, limits=FEW) as running:
        forged = [await came_in(running, X_Forwarded_For=f"192.0.2.{n}") for n in range(4)]
        assert forged == [True, True, False, False]


async def test_behind_a_trusted_proxy_each_client_has_its_own(tmp_path: Path) -> None:
    async with serving(tmp_path, proxies=["127.0.0.1", "10.0.0.0/8"], limits=FEW) as running:
        for client in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
            said = [await came_in(running, X_Forwarded_For=f"{client}, 10.1.1.1") for _ in "123"]
            assert said == [True, True, False]
        # Of the same network, in IPv6 half an address.
        assert not await came_in(running, X_Forwarded_For="2001:db8::2")
        # Nobody else is kept out, whatever else the proxy sends on.
        assert all([await came_in(running) for _ in range(5)])


async def test_a_header_of_several_lines_is_one_list(tmp_path: Path) -> None:
    lines = b"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n"
    async with serving(tmp_path, proxies=["127.0.0.1", "192.0.2.2"]) as running:
        seen: list[str] = []
        take = running.hub.allowances.take_connection

        def note(address: str, now: float) -> float:
            seen.append(address)
            return take(address, now)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running.hub.allowances, "take_connection", note)
            await running.exchange(upgrade().removesuffix(b"\r\n") + lines, end=True)
        assert seen == ["192.0.2.1"]


async def test_what_has_ended_is_freed_without_the_garbage_collector(tmp_path: Path) -> None:
    # It would stop the server for a tenth of a second after a thousand of them.
    async with serving(tmp_path) as running:
        await running.client(intent="host")
        flood = Flood(replace(running.room(), invite=None))
        gc.collect()
        gc.disable()
        try:
            before = left_over()
            for attack in (fast_openings, reconnects, hellos, pongs):
                with contextlib.suppress(ExceptionGroup, OSError, trio.BrokenResourceError):
                    await attack(flood, "127.0.0.1")
            await until(lambda: left_over() <= before)
        finally:
            gc.enable()


def left_over() -> int:
    """Count the connections that exist, used or not."""
    return sum(isinstance(each, Session | OutboundStream) for each in gc.get_objects())

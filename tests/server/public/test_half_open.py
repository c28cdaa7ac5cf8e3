"""Tests of connections that are left open, torn off or dripped into at each stage of their life.

Nothing of them is left, and those who talk notice nothing.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from roomcli.protocol import commands as c
from roomcli.wire.frames import client_frame

from ...support.patience import until
from ...support.serving import Client, RunningServer, patient_limits, serving
from .test_listener import upgrade

HALF_A_FRAME = client_frame(bytes(8000), b"\1\2\3\4")[:100]
RESET = struct.pack("ii", 1, 0)


@dataclass
class Hanging:
    """A connection that got to some stage.

    ``send`` sends more there, ``drop`` closes the socket without another word.
    """

    raw: socket.socket
    send: Callable[[bytes], Awaitable[None]]
    drop: Callable[[], Awaitable[None]]


def opaque() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def hello_of_tls() -> bytes:
    outgoing = ssl.MemoryBIO()
    tls = opaque().wrap_bio(ssl.MemoryBIO(), outgoing)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


async def connected(running: RunningServer) -> trio.SocketStream:
    return await trio.open_tcp_stream(running.address.host, running.address.port)


def hung(raw: trio.SocketStream, stream: trio.abc.SendStream) -> Hanging:
    drop = functools.partial(trio.aclose_forcefully, raw)
    return Hanging(raw.socket._sock, stream.send_all, drop)  # type: ignore[attr-defined]


async def nothing(running: RunningServer) -> Hanging:
    stream = await connected(running)
    return hung(stream, stream)


async def half_a_handshake(running: RunningServer) -> Hanging:
    stream = await connected(running)
    await stream.send_all(hello_of_tls()[:100])
    return hung(stream, stream)


async def half_a_head(running: RunningServer) -> Hanging:
    raw = await connected(running)
    stream = trio.SSLStream(raw, opaque(), https_compatible=True)
    await stream.send_all(upgrade()[:-2])
    return hung(raw, stream)


async def before_hello(running: RunningServer) -> Hanging:
    return await half_sent(await running.connected())


async def at_home(running: RunningServer) -> Hanging:
    client = await running.connected()
    await client.say_hello()
    return await half_sent(client)


async def in_room(running: RunningServer) -> Hanging:
    return await half_sent(await running.client(name="Mallory"))


async def half_sent(client: Client) -> Hanging:
    stream = client.connection.stream
    await stream.send_all(HALF_A_FRAME)
    return Hanging(stream._raw, stream.send_all, client.go)


async def stay_silent(hanging: Hanging) -> None:
    """Leave it to the server to notice."""


async def drip(hanging: Hanging) -> None:
    """Send a byte now and then: always some sign of life, and never a whole one."""
    with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        while True:
            await hanging.send(b"a")
            await trio.sleep(0.01)


async def reset(hanging: Hanging) -> None:
    """Tear the connection off."""
    hanging.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    await hanging.drop()


async def half_close(hanging: Hanging) -> None:
    """Say that nothing more will come, and wait for ever."""
    hanging.raw.shutdown(socket.SHUT_WR)


STAGES = (nothing, half_a_handshake, half_a_head, before_hello, at_home, in_room)


@contextlib.asynccontextmanager
async def talking(running: RunningServer) -> AsyncIterator[Callable[[bytes], Awaitable[None]]]:
    """Have Ann talk and Ben listen; yield what says something and waits until it is heard."""
    ann = await running.client(intent="host")
    ben = await running.client(name="Ben")
    await ann.do(c.Unmute())

    async def give_signs_of_life() -> None:
        while True:
            ann.ack()
            ben.ack()
            await trio.sleep(0.05)

    async def is_heard(payload: bytes) -> None:
        ann.speak(payload)
        await ben.heard(payload)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(give_signs_of_life)
        yield is_heard
        nursery.cancel_scope.cancel()


def handled(running: RunningServer) -> int:
    """Count the connections that the server has a task for."""
    return sum("_handle" in task.name for task in running.nursery.child_tasks)


@pytest.mark.parametrize("way", [stay_silent, drip, reset, half_close])
async def test_whoever_hangs_at_any_stage_leaves_nothing_and_hinders_nobody(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    way: Callable[[Hanging], Awaitable[None]],
) -> None:
    limits = patient_limits(opening_seconds=0.3, hello_seconds=0.3, idle_seconds=0.6)
    async with serving(tmp_path, tls=True, limits=limits) as running, talking(running) as is_heard:
        await is_heard(b"before")
        before, open_files = handled(running), len(os.listdir("/dev/fd"))
        hanging = [await stage(running) for stage in STAGES]
        async with trio.open_nursery() as nursery:
            for each in hanging:
                nursery.start_soon(way, each)
            await is_heard(b"meanwhile")
            await until(lambda: handled(running) == before)
            nursery.cancel_scope.cancel()
        for each in hanging:
            await each.drop()
        await is_heard(b"after")
        assert len(os.listdir("/dev/fd")) <= open_files
        assert "a connection failed" not in caplog.text

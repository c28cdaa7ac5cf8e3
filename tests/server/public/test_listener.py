"""Tests of the public port before a WebSocket: pages, refusals, and unfinished requests."""

from __future__ import annotations

import contextlib
import errno
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import trio
import trio.testing
from msgspec.structs import replace

import server.public.accepting
import server.public.waiting
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.entrance import EntranceRule
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.text import MAX_TOPIC
from roomcli.wire.stream import MAX_CONTROL, OutboundStream
from server.limits import HostingLimits
from server.public.gate import Gate
from server.public.http import Head, read_head
from server.public.listener import Listener
from server.public.site import PlainAnswers
from server.readiness import Readiness

from ...support.patience import PATIENCE
from ...support.serving import patient_limits, serving


def upgrade(path: str = "/", **headers: str) -> bytes:
    """Build a correct upgrade request, except for these headers."""
    fields = {
        "Host": "127.0.0.1:1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "roomcli.v1",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /r/standup HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /r/Stand%20up HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        (b"\x16\x03\x01 what is this\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 40_000, 400),
        (upgrade(Origin="https://evil.example"), 403),
        (upgrade(Origin="null"), 403),
        (upgrade(Origin="http://[evil"), 403),
        (upgrade(Sec_WebSocket_Protocol=""), 400),
        (upgrade(Sec_WebSocket_Protocol="roomcli.v2, chat"), 400),
        (upgrade(path="/r/Stand-Up"), 404),
        (upgrade(path="/r/standup"), 426),
        (upgrade(path="/r/standup?a=b"), 426),
        (upgrade(path="/healthz"), 404),
        (upgrade(path="/?a=b"), 404),
        (upgrade(Sec_WebSocket_Version="12"), 426),
        (upgrade(Sec_WebSocket_Key=""), 426),
        (upgrade(Upgrade=""), 426),
        (upgrade(Upgrade="h2c"), 426),
        (upgrade(Connection=""), 426),
        (upgrade(Connection="close"), 426),
        (upgrade().replace(b" HTTP/1.1", b" HTTP/1.0"), 426),
        (upgrade(Sec_WebSocket_Key="ü"), 400),
        (upgrade(Sec_WebSocket_Protocol="roomcli.v1, ü"), 400),
        (upgrade(Sec_WebSocket_Extensions="ü"), 400),
        (upgrade(Sec_WebSocket_Version="ü"), 400),
        (upgrade(Connection="Upgrade, ü"), 400),
        (upgrade(Host="ü"), 400),
        (upgrade(Cookie="ü", Origin="http://evil.example"), 403),
    ],
)
async def test_the_public_port_answers_everything(
    tmp_path: Path, request_: bytes, status: int
) -> None:
    async with serving(tmp_path) as running:
        answer = await running.exchange(request_)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert not (request_.startswith(b"HEAD") and body)
        assert (await running.exchange(b"GET /healthz HTTP/1.0\r\n\r\n")).endswith(b"\r\n\r\nok\n")


async def test_a_connection_that_was_reset_before_its_turn_is_none() -> None:
    """Some systems no longer tell the address of a connection that was reset."""

    class Reset:
        is_open = True

        def getsockname(self) -> None:
            raise OSError(errno.EINVAL, "Invalid argument")

        def close(self) -> None:
            self.is_open = False

    nothing: Any = None
    hub: Any = SimpleNamespace(
        limits=patient_limits(), traffic=nothing, refusals=nothing, may_log=nothing
    )
    raw: Any = Reset()
    gate = Gate(hub, nothing, nothing, nothing, nothing)
    await Listener(gate, [], None)._handle(raw)
    assert not raw.is_open


@pytest.mark.parametrize(
    "host", ["xn--p1ai:7420", "xn--a:1", "a" * 64, "a..b", "xn--\x7f", "x"], ids=ascii
)
async def test_no_host_is_too_odd_for_the_library(tmp_path: Path, host: str) -> None:
    """The server judges by itself what it is called, and decodes no IDNA."""
    async with serving(tmp_path) as running:
        stream = await trio.open_tcp_stream(running.address.host, running.address.port)
        async with stream:
            await stream.send_all(upgrade(Host=host))
            with trio.fail_after(PATIENCE):
                assert (await stream.receive_some()).startswith(b"HTTP/1.1 101 ")


async def test_our_own_origin_is_not_foreign(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        stream = await trio.open_tcp_stream(running.address.host, running.address.port)
        async with stream:
            await stream.send_all(upgrade(Origin="http://127.0.0.1:1"))
            with trio.fail_after(PATIENCE):
                assert (await stream.receive_some()).startswith(b"HTTP/1.1 101 ")


async def test_the_list_of_rooms_names_the_open_ones_only(tmp_path: Path) -> None:
    async with serving(tmp_path, tls=True) as running:
        host = await running.client(running.room("standup"), intent="host")
        for command in (c.ChangeSettings(topic="Lighthouses"), c.SetPassword(password="sesame")):
            assert isinstance(await host.ask(command), e.Done)
        await running.client(running.room("secret"), intent="host", access="invite")
        quiet = await running.client(running.room("quiet"), intent="host")
        assert isinstance(await quiet.ask(c.ChangeSettings(listed=False)), e.Done)
        answer = await running.exchange(b"GET /rooms?x HTTP/1.1\r\nHost: x\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"application/json" in head
        (room,) = json.loads(body)
        assert room.pop("keeps")
        assert room == {
            "name": "standup",
            "topic": "Lighthouses",
            "host": "Ann",
            "stage": 1,
            "audience": 0,
            "access": "open",
            "password": True,
            "locked": False,
            "entrance": json.loads(msgspec.json.encode(EntranceRule())),
            "asks": [],
        }


@pytest.mark.parametrize("tls", [False, True])
async def test_a_list_of_rooms_of_any_length_is_told_in_pages(tmp_path: Path, tls: bool) -> None:
    topic = "\N{FACE WITH TEARS OF JOY}" * MAX_TOPIC
    names = [f"big{number:03}-{'x' * 57}" for number in range(HostingLimits().open)]
    async with serving(tmp_path, tls=tls) as running:
        for name in names:
            room = running.hub.open(name, "invite" if name == names[7] else "open", "", [])
            room.state = replace(
                room.state, settings=RoomSettings(topic=topic, listed=name != names[5])
            )
        del names[7], names[5]
        told: list[str] = []
        path = "/rooms"
        while path:
            answer = await running.exchange(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head, _, body = answer.partition(b"\r\n\r\n")
            assert len(body) < MAX_CONTROL / 2, "a host's name, and what is added later, fits too"
            told += [each["name"] for each in json.loads(body)]
            link = re.search(rb'\r\nlink: <(\?after=.*)>; rel="next"', head)
            path = f"/rooms{link[1].decode()}" if link else ""
        assert told == names


async def test_a_list_goes_on_where_a_room_was(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        for name in ("ant", "cow"):
            running.hub.open(name, "open", "", [])
        for after, told in (("bee", ["cow"]), ("cow", []), ("%22%0d%0a", ["ant", "cow"])):
            request = f"GET /rooms?after={after} HTTP/1.1\r\nHost: x\r\n\r\n"
            head, _, body = (await running.exchange(request.encode())).partition(b"\r\n\r\n")
            assert [each["name"] for each in json.loads(body)] == told
            assert b"link:" not in head


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("sent", [b"", b"GET / HT", upgrade()[:-2]])
async def test_a_head_that_never_ends_is_ended(tmp_path: Path, tls: bool, sent: bytes) -> None:
    limits = patient_limits(opening_seconds=0.2)
    async with serving(tmp_path, tls=tls, limits=limits) as running:
        stream = await trio.open_tcp_stream(running.address.host, running.address.port)
        async with stream:
            await stream.send_all(sent)
            with trio.fail_after(PATIENCE):
                while await stream.receive_some():
                    pass
            with trio.fail_after(PATIENCE):  # and nothing of it is left
                while any("_handle" in task.name for task in running.nursery.child_tasks):
                    await trio.testing.wait_all_tasks_blocked()


async def test_who_leaves_before_their_bad_request_is_answered_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def read_and_lose(stream: OutboundStream) -> Head | None:
        try:
            return await read_head(stream)
        finally:
            stream.cut("connection lost: Connection reset by peer")

    monkeypatch.setattr(server.public.accepting, "read_head", read_and_lose)
    async with serving(tmp_path) as running:
        assert await running.exchange(b"no request\r\n\r\n") == b""
        with trio.fail_after(PATIENCE):
            while any("_handle" in task.name for task in running.nursery.child_tasks):
                await trio.testing.wait_all_tasks_blocked()
        assert "failed" not in caplog.text


async def test_silent_connections_shut_the_door_to_nobody(tmp_path: Path) -> None:
    limits = patient_limits(before_hello=3)
    async with serving(tmp_path, limits=limits) as running, contextlib.AsyncExitStack() as stack:
        host = await running.client(intent="host")  # who is in takes nobody's place
        first = await running.connected()
        await first.until(e.Challenge)
        silent = [
            await stack.enter_async_context(
                await trio.open_tcp_stream(running.address.host, running.address.port)
            )
            for _ in range(6)
        ]
        assert b"200" in await running.exchange(b"GET /healthz HTTP/1.0\r\n\r\n")
        guest = await running.client(name="Ben")
        assert isinstance(await guest.ask(c.RaiseHand()), e.Done)
        assert isinstance(await host.ask(c.Lock()), e.Done)
        with trio.fail_after(PATIENCE):
            assert await silent[0].receive_some() == b""
        await first.to_the_end()


async def test_a_server_without_pages_says_so_in_a_line(tmp_path: Path) -> None:
    async with serving(tmp_path, pages=False) as running:
        for path, line in (("/", b"a roomcli server."), ("/r/standup", b"a roomcli room.")):
            answer = await running.exchange(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert b"content-type: text/plain" in answer
            assert line in answer
        answer = await running.exchange(b"GET /events.atom HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 404 ")


async def test_why_it_is_not_ready_is_for_its_admin_alone() -> None:
    nothing: Any = None
    answer = await PlainAnswers(nothing, Readiness()).readiness(nothing)
    assert (answer.status, answer.content) == (503, b"not ready\n")

"""Tests of what machines ask a server about itself, over TCP and on the admins' socket."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trio

import server.admin.port
from roomcli.errors import ConfigError
from server.admin.commands import Admin
from server.admin.exposition import Metrics
from server.admin.metrics import Measured, measure_readiness
from server.admin.monitor import Monitor
from server.admin.monitor_port import open_monitor_port
from server.admin.port import AT_ONCE, admin_socket, serve_admins
from server.cautions import cautions_about_monitor_port
from server.clock import Clock
from server.data_folder import ADMIN_SOCKET
from server.readiness import Readiness
from server.store.sqlite import open_store

from ...support.patience import PATIENCE
from .test_commands import RecordedRooms


class Monitored:
    """A server as far as machines can tell, at its port."""

    def __init__(self, readiness: Readiness, port: int) -> None:
        self.readiness, self.port = readiness, port

    async def ask(self, line: str) -> tuple[int, dict[str, str], str]:
        """Send a request line like ``GET /metrics``; return status, headers and content."""
        return await exchange(await trio.open_tcp_stream("127.0.0.1", self.port), line)


async def exchange(stream: trio.abc.Stream, line: str) -> tuple[int, dict[str, str], str]:
    """Send a request line; return status, headers and content of the answer."""
    answer = b""
    with trio.fail_after(PATIENCE):
        async with stream:
            await stream.send_all(f"{line} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            while part := await stream.receive_some():
                answer += part
    head, _, content = answer.decode().partition("\r\n\r\n")
    first, *fields = head.split("\r\n")
    return int(first.split()[1]), dict(each.split(": ", 1) for each in fields), content


@contextlib.asynccontextmanager
async def monitored() -> AsyncIterator[Monitored]:
    readiness, metrics = Readiness(), Metrics()
    metrics.add(lambda: measure_readiness(readiness))
    port = await open_monitor_port(("127.0.0.1", 0))
    async with trio.open_nursery() as nursery:
        monitor = Monitor(readiness, metrics)
        nursery.start_soon(serve_admins, port.listeners, monitor.answer)
        yield Monitored(readiness, int(port.url.rpartition(":")[2]))
        nursery.cancel_scope.cancel()


async def test_figures_are_text_for_prometheus() -> None:
    async with monitored() as server:
        status, headers, content = await server.ask("GET /metrics")
        assert status == 200
        assert headers["content-type"].startswith("text/plain; version=")
        assert "roomcli_ready 0.0\n" in content
        server.readiness.note_start()
        assert "roomcli_ready 1.0\n" in (await server.ask("GET /metrics?x=1"))[2]


async def test_who_asks_nothing_shuts_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.admin.port, "EXCHANGE_SECONDS", PATIENCE)
    async with monitored() as monitor, contextlib.AsyncExitStack() as stack:
        for _ in range(AT_ONCE):
            silent = await trio.open_tcp_stream("127.0.0.1", monitor.port)
            await stack.enter_async_context(silent)
            await silent.send_all(b"GET /metr")
        with trio.fail_after(PATIENCE / 2):
            assert (await monitor.ask("GET /healthz"))[0] == 200


async def test_it_is_alive_before_it_is_ready_and_says_why_it_is_not() -> None:
    async with monitored() as server:
        assert (await server.ask("GET /healthz"))[::2] == (200, "ok\n")
        assert (await server.ask("GET /readyz"))[::2] == (503, "the server is starting\n")
        server.readiness.note_start()
        assert (await server.ask("GET /readyz"))[::2] == (200, "ready\n")
        server.readiness.note_stop()
        assert (await server.ask("GET /readyz"))[::2] == (503, "the server is stopping\n")
        assert (await server.ask("GET /healthz"))[::2] == (200, "ok\n")


async def test_a_head_is_answered_without_content() -> None:
    async with monitored() as server:
        status, headers, content = await server.ask("HEAD /healthz")
        assert (status, headers["content-length"], content) == (200, "3", "")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /rooms", 404),
        ("POST /rooms/standup/end", 404),
        ("POST /bans", 404),
        ("POST /metrics", 405),
        ("GET //[/metrics", 404),
        ("GET http://elsewhere/metrics", 404),
        ("GET", 400),
    ],
)
async def test_nothing_else_is_answered_over_tcp(line: str, status: int) -> None:
    """Whoever reaches the port proves nothing: it takes no command of an admin's."""
    async with monitored() as server:
        assert (await server.ask(line))[0] == status
        assert (await server.ask("GET /healthz"))[0] == 200


async def test_a_figure_that_fails_is_an_answer_and_the_server_goes_on() -> None:
    def fails() -> Iterator[Measured]:
        yield Measured("gauge", "roomcli_rooms", "open rooms", {(): 1})
        raise ZeroDivisionError

    metrics = Metrics()
    metrics.add(fails)
    port = await open_monitor_port(("127.0.0.1", 0))
    async with trio.open_nursery() as nursery:
        monitor = Monitor(Readiness(is_started=True), metrics)
        nursery.start_soon(serve_admins, port.listeners, monitor.answer)
        server = Monitored(Readiness(), int(port.url.rpartition(":")[2]))
        assert (await server.ask("GET /metrics"))[0] == 500
        assert (await server.ask("GET /readyz"))[0] == 200
        nursery.cancel_scope.cancel()


async def test_the_admins_socket_answers_the_same_beside_its_commands(tmp_path: Path) -> None:
    metrics, rooms = Metrics(), RecordedRooms()
    readiness = Readiness(is_started=True)
    metrics.add(lambda: measure_readiness(readiness))
    async with (
        admin_socket(tmp_path) as listener,
        open_store(tmp_path) as store,
        trio.open_nursery() as nursery,
    ):
        monitor = Monitor(readiness, metrics)
        admin = Admin(rooms, store, Clock(), rooms, monitor=monitor)
        nursery.start_soon(serve_admins, [listener], admin.answer, rooms.troubles)

        async def ask(line: str) -> str:
            stream = await trio.open_unix_socket(tmp_path / ADMIN_SOCKET)
            return (await exchange(stream, line))[2]

        assert "roomcli_ready 1.0" in await ask("GET /metrics")
        assert await ask("GET /readyz") == "ready\n"
        assert json.loads(await ask("GET /rooms")) == {"rooms": rooms.overview()}
        nursery.cancel_scope.cancel()


async def test_without_the_option_there_is_no_port() -> None:
    port = await open_monitor_port(None)
    assert (port.listeners, port.bound, port.url) == ([], [], "")
    assert list(cautions_about_monitor_port(port.bound)) == []


async def test_a_port_that_is_taken_is_one_clear_line() -> None:
    port = await open_monitor_port(("127.0.0.1", 0))
    taken = port.listeners[0].socket.getsockname()[1]
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1, port {taken}: "):
        await open_monitor_port(("127.0.0.1", taken))
    await port.listeners[0].aclose()


@pytest.mark.parametrize(
    ("bound", "told"),
    [(["127.0.0.1"], False), (["::1", "127.0.0.1"], False), (["0.0.0.0"], True), (["::"], True)],
)
def test_who_lets_others_read_the_figures_is_told(bound: list[str], told: bool) -> None:
    said = list(cautions_about_monitor_port(bound))
    assert bool(said) == told
    assert all("--admin-listen" in each for each in said)

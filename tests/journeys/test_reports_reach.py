"""Tests that a report reaches whoever runs the server, wherever they are, and nobody else."""

from __future__ import annotations

import asyncio
import json
import queue
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
import trio.testing

from roomcli.cli import own_server
from roomcli.frontends.plain import program as plain
from roomcli.frontends.plain import typed_lines
from roomcli.protocol import commands as c
from roomcli.protocol import local
from roomcli.protocol.address import parse_address
from server.news import QUIET_SECONDS, News

from ..support.fake_engine import ScriptedEngine
from ..support.patience import PATIENCE
from ..support.plain_seat import LEFT
from ..support.processes import Journey, journey
from ..support.server_process import Start, listening, start, stopped
from ..support.serving import serving
from ..support.tui_seat import seat

__all__ = ["journey", "start"]

WAITS = local.Problem(code="reports_waiting", text="1 report waits for you")


class ToldServer:
    """The notices of a host's own server, sent when the test wants."""

    def __init__(self) -> None:
        self.tell: Callable[[local.Problem], None] | None = None

    def notices(self, tell: Callable[[local.Problem], None]) -> None:
        self.tell = tell


def test_who_hosts_is_told_and_who_is_reported_is_not(
    journey: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    ann = journey.participant("ann", "host", "standup", "--local")
    ann.joined()
    (note,) = (tmp_path / "run/roomcli").glob("server-*.json")
    told = json.loads(note.read_text())
    retro = f"{told['url']}/r/retro#host_token={told['host_token']}"
    cho = journey.participant("cho", "host", retro)
    cho.joined()
    dan = journey.participant("dan", "join", retro)
    dan.joined()
    dan.say("report", id=cho.id, reason="spam", note="sells watches", ref=1)
    dan.wait_for("done")
    waits = ann.wait_for("problem")
    assert waits["code"] == "reports_waiting"
    assert "1 report waits for you: roomcli admin reports list" in waits["text"]
    for guest in (cho, dan):  # all that was told before this has come
        guest.say("chat", text="over", ref=2)
        guest.wait_for("done", when=lambda event: event.get("ref") == 2)
        assert "report" not in json.dumps(
            [each for each in guest.seen if each["event"] != "joined"]
        )
    listed = subprocess.run(
        [sys.executable, "-m", "roomcli", "admin", "reports", "list"],
        env=journey.environment("ann"),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert b"sells watches" in listed.stdout


async def test_a_server_tells_its_log_and_its_starter(start: Start, tmp_path: Path) -> None:
    process = start("--no-tls")
    async with listening(process) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await host.do(c.Report(id=guest.id, reason="spam"))
        assert process.stdout is not None
        line = json.loads(await trio.to_thread.run_sync(process.stdout.readline))
        admin = f"roomcli admin --data {tmp_path / 'data'} reports list"
        text = f"1 report waits for you: {admin}"
        assert line == {"event": "notice", "code": "reports_waiting", "text": text}
        await host.do(c.Report(id=guest.id, reason="hate"))
        _, log = await stopped(process)
        assert text in log
    process = start("--no-tls")  # they still wait
    async with listening(process):
        assert process.stdout is not None
        line = json.loads(await trio.to_thread.run_sync(process.stdout.readline))
        assert line["text"].startswith("2 reports wait for you")


async def test_news_of_one_kind_replaces_the_last_and_keeps_quiet(
    autojump_clock: trio.testing.MockClock,
) -> None:
    told, said = trio.open_memory_channel[tuple[str, str]](10)

    def say(code: str, text: str) -> None:
        trio.from_thread.run(told.send, (code, text))

    async with trio.open_nursery() as nursery:
        news = News(say)
        for text in ("one", "two"):
            news.tell("a", text)
        nursery.start_soon(news.run)
        assert await said.receive() == ("a", "two")
        began = trio.current_time()
        for text in ("three", "four"):
            news.tell("a", text)
        news.tell("b", "five")
        assert await said.receive() == ("a", "four")
        assert trio.current_time() - began >= QUIET_SECONDS
        assert await said.receive() == ("b", "five")
        nursery.cancel_scope.cancel()


async def test_a_flood_of_reports_is_one_line_in_the_log(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    said = trio.Event()
    async with trio.open_nursery() as nursery:
        news = News(lambda code, text: trio.from_thread.run_sync(said.set))
        for number in range(100):
            news.tell("reports_waiting", f"{number} reports wait")
        nursery.start_soon(news.run)
        await said.wait()
        nursery.cancel_scope.cancel()
    assert [record.getMessage() for record in caplog.records] == ["99 reports wait"]


async def test_a_report_is_news_until_it_is_resolved(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        told: list[str] = []
        server.hub.news.tell = lambda code, text: told.append(text)  # type: ignore[method-assign]
        await server.hub.tell_of_reports()
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await host.do(c.Report(id=guest.id, reason="spam"))
        (report,) = await server.store.reports.page(open_only=True)
        server.store.reports.resolve(report.id, "root", "", 1.0)
        await server.hub.tell_of_reports()
        assert told == ["1 report waits for you: roomcli admin reports list"]


def test_the_screen_tells_it() -> None:
    async def scenario() -> None:
        server = ToldServer()
        async with seat("host", notices=server.notices) as you:
            assert server.tell is not None
            await asyncio.to_thread(server.tell, WAITS)
            await you.sees("1 report waits for you")
        server.tell(WAITS)  # the room is left: nobody is there to tell, and nothing fails

    asyncio.run(scenario())


def test_the_plain_room_tells_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = ScriptedEngine()

    def told(tell: Callable[[local.Problem], None]) -> None:
        tell(WAITS)
        engine.say(LEFT)

    monkeypatch.setattr(plain, "EngineProcess", lambda *_, **__: engine)
    monkeypatch.setattr(typed_lines, "_read_lines", lambda *_: None)
    outcome = plain.run_plain(
        local.Enter(url="wss://h/r/x", name="Ann"), notices=told, log=tmp_path / "log"
    )
    assert outcome.exit_code == 0
    assert WAITS.text in capsys.readouterr().out.splitlines()


TELLS = """
import json, os, sys
option = lambda name: sys.argv[sys.argv.index(name) + 1]
port = int(option("--listen").rpartition(":")[2])
url, token = f"ws://127.0.0.1:{port}", os.devnull
print(json.dumps({"event": "listening", "url": url, "host_invite_file": token}))
for line in ({"event": "notice", "code": "a", "text": "old"}, {"event": "listening"}, [], 7,
             {"event": "notice", "code": "a", "text": "new"}, {"event": "notice"}):
    print(json.dumps(line))
print("nonsense\\n" * 10_000, flush=True)
os.read(int(option("--parent-fd")), 1)
"""


def test_what_a_server_said_before_anybody_asked_is_told_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from ..roomcli.test_folders import settle

    settle(monkeypatch, tmp_path)
    command = (sys.executable, "-c", TELLS)
    with own_server.own_server("standup", local=True, command=command) as server:
        told: queue.SimpleQueue[local.Problem] = queue.SimpleQueue()
        server.notices(told.put)
        while told.get(timeout=PATIENCE).text != "new":
            pass
        again: list[local.Problem] = []
        server.notices(again.append)
        assert again == [local.Problem(code="a", text="new")]  # the newest of its kind


def test_an_address_of_a_server_says_nothing_of_it() -> None:
    server = own_server.OwnServer(parse_address("ws://127.0.0.1"), "letmein")
    server.notices(lambda _: pytest.fail("there is nothing to tell"))

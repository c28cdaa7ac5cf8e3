"""Tests of the admins' port with a real socket and a real store; only the rooms are fake."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

import server.admin.port as admin_port
from roomcli.errors import ConfigError, StoreError
from roomcli.protocol.people import BanNotice, Person
from server.admin.commands import Admin
from server.admin.port import admin_socket, serve_admins
from server.clock import Clock
from server.data_folder import ADMIN_SOCKET
from server.store import Store
from server.store.sqlite import open_store

from ...support.evidence import ANN, BEN, report
from ...support.patience import PATIENCE

KEY = BEN.key


class RecordedRooms:
    """Replaces the hub and records what it is asked."""

    def __init__(self) -> None:
        self.open = ["standup"]
        self.banned: list[BanNotice] = []
        self.wrong: list[str] = []
        self.first_keys: dict[str, str] = {}
        self.formerly: list[str] = []
        self.waiting: list[tuple[Person, str]] = []

    def withheld(self) -> list[tuple[Person, str]]:
        return self.waiting

    async def agree(self, key: str, place: str) -> int:
        found = [each for each in self.waiting if (each[0].key, each[1]) == (key, place)]
        self.waiting = [each for each in self.waiting if each not in found]
        return len(found)

    def overview(self) -> list[dict[str, object]]:
        return [
            {
                "name": name,
                "people": 3,
                "stage": 1,
                "audience": 2,
                "host": "Ann",
                "access": "invite",
                "locked": True,
                "listed": False,
                "opened_at": 1_000_000_000.0,
            }
            for name in self.open
        ]

    def end_room(self, name: str) -> bool:
        if name in self.open:
            self.open.remove(name)
            return True
        return False

    def covered_by_ban(self, key: str) -> list[str]:
        return [self.first_keys.get(key, key), *self.formerly]

    def hold_server_ban(self, ban: BanNotice) -> None:
        self.banned.append(ban)

    def troubles(self) -> list[str]:
        return self.wrong


class Serving:
    """A server as far as admins can tell."""

    def __init__(self, folder: Path, rooms: RecordedRooms, store: Store) -> None:
        self.folder, self.rooms, self.store = folder, rooms, store

    async def raw(self, *sent: bytes) -> bytes:
        """Send bytes and return everything that is answered."""
        with trio.fail_after(PATIENCE):
            async with await trio.open_unix_socket(self.folder / ADMIN_SOCKET) as stream:
                for part in sent:
                    await stream.send_all(part)
                answer = b""
                while part := await stream.receive_some():
                    answer += part
                return answer

    async def ask(self, line: str, body: object = None) -> tuple[int, Any]:
        """Send a request line like ``GET /rooms``; return the status and the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{line} HTTP/1.1\r\nHost: admin\r\nContent-Length: {len(content)}\r\n\r\n"
        answer, _, told = (await self.raw(head.encode(), content)).partition(b"\r\n\r\n")
        assert told.endswith(b"\n")
        return int(answer.split()[1]), json.loads(told)


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Serving]:
    rooms = RecordedRooms()
    async with (
        admin_socket(folder) as listener,
        open_store(folder) as store,
        trio.open_nursery() as nursery,
    ):
        answer = Admin(rooms, store, Clock(), rooms).answer
        nursery.start_soon(serve_admins, [listener], answer, rooms.troubles)
        yield Serving(folder, rooms, store)
        nursery.cancel_scope.cancel()


async def test_rooms_are_shown_and_ended(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        assert await server.ask("GET /rooms") == (200, {"rooms": server.rooms.overview()})
        assert await server.ask("POST /rooms/standup/end") == (200, {"ended": "standup"})
        assert await server.ask("GET /rooms") == (200, {"rooms": []})
        status, answer = await server.ask("POST /rooms/standup/end")
        assert (status, answer["error"]) == (404, "there is no room standup here")


async def test_reports_are_read_and_resolved(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        for id in ("r1", "r2"):
            server.store.reports.save(report(id, voice=b"voice"))
        _, answer = await server.ask("GET /reports")
        assert [(each["id"], each["evidence"]) for each in answer["reports"]] == [
            ("r1", None),
            ("r2", None),
        ]
        _, whole = await server.ask("GET /reports/r1")
        assert whole["reported"]["name"] == "Ben"
        assert whole["evidence"]["voice"] == "dm9pY2U="
        assert whole["evidence"]["chat"][0]["text"] == "message 1"
        resolve = {"note": "\x1b[31mbanned\x1b[0m for a day", "by": "root"}
        assert await server.ask("POST /reports/r1/resolve", resolve) == (200, {"resolved": "r1"})
        _, answer = await server.ask("GET /reports")
        assert [each["id"] for each in answer["reports"]] == ["r2"]
        _, answer = await server.ask("GET /reports?all=1")
        resolution = answer["reports"][0]["resolution"]
        assert (resolution["by"], resolution["note"]) == ("root", "banned for a day")
        assert (await server.ask("GET /reports/r9"))[0] == 404
        assert (await server.ask("POST /reports/r9/resolve"))[0] == 404


async def test_a_ban_is_kept_and_puts_out_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        server.store.reports.save(report("r1"))
        server.store.bans.save("standup", ANN.key, BanNotice(key="c" * 32, name="Carla", at=1.0))
        asked = {"key": KEY, "seconds": 600, "reason": "sells watches", "by": "root"}
        status, ban = await server.ask("POST /bans", asked)
        assert (status, ban["name"], ban["by"]) == (200, "Ben", "root")  # as the report knew him
        assert ban["until"] == pytest.approx(ban["at"] + 600)
        assert [(each.key, each.reason) for each in server.rooms.banned] == [(KEY, "sells watches")]
    async with serving(tmp_path) as server:
        _, answer = await server.ask("GET /bans")
        assert [(each["room"], each["key"]) for each in answer["bans"]] == [
            ("*", KEY),
            ("standup", "c" * 32),
        ]
        assert await server.ask(f"DELETE /bans/{KEY}") == (200, {"lifted": KEY})
        assert (await server.ask(f"DELETE /bans/{KEY}"))[0] == 404
        assert server.store.bans.from_server(KEY, Clock().now()) is None


async def test_a_ban_holds_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise StoreError("it holds, and will be written")

    async with serving(tmp_path) as server:
        monkeypatch.setattr(server.store.writes, "flushed", broken)
        status, answer = await server.ask("POST /bans", {"key": KEY})
        assert status == 503
        assert "will be written" in answer["error"]
        assert [each.key for each in server.rooms.banned] == [KEY]
        assert server.store.bans.from_server(KEY, Clock().now()) is not None
        assert (await server.ask("GET /rooms"))[0] == 200  # and goes on


async def test_lists_are_told_in_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.admin.commands.PAGE", 2)
    async with serving(tmp_path) as server:
        server.rooms.open = list("abcde")
        for number, id in enumerate("ehbcadg"):
            server.store.reports.save(report(id, at=1000.0 + number // 3))  # some at one time
        server.store.reports.resolve("h", "root", "", 1.0)
        for room in ("*", "standup"):
            for key in "1b", "c2", "30":
                server.store.bans.save(room, "", BanNotice(key=key, name="X", at=1.0))

        async def pages(what: str, query: str = "") -> list[list[dict[str, Any]]]:
            found, after = [], ""
            while True:
                status, page = await server.ask(f"GET /{what}?{query}after={after}")
                assert status == 200
                found.append(page[what])
                if "next" not in page:
                    return found
                after = page["next"]

        def names(found: list[list[dict[str, Any]]], field: str) -> list[str]:
            return ["".join(each[field] for each in page) for page in found]

        assert names(await pages("rooms"), "name") == ["ab", "cd", "e"]
        assert names(await pages("reports"), "id") == ["ga", "cd", "be"]
        assert names(await pages("reports", "all=1&"), "id") == ["ga", "cd", "be", "h"]
        assert names(await pages("bans"), "key") == ["1b30", "c21b", "30c2"]
        assert (await server.ask("GET /rooms/c"))[1]["name"] == "c"
        assert (await server.ask("GET /rooms/x"))[0] == 404


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("GET /", None, 404),
        ("GET /rooms/", None, 404),
        ("PUT /rooms", None, 404),
        ("POST /bans", {}, 400),
        ("POST /bans", {"key": "Ben"}, 400),
        ("POST /bans", {"key": KEY, "seconds": 0}, 400),
        ("POST /bans", {"key": KEY, "for": 3}, 400),
        ("POST /bans", [], 400),
        ("POST /bans", {"key": KEY, "reason": "x" * 20_000}, 413),
    ],
)
async def test_what_makes_no_sense_is_refused(
    tmp_path: Path, line: str, body: object, status: int
) -> None:
    async with serving(tmp_path) as server:
        answer = await server.ask(line, body)
        assert answer[0] == status
        assert list(answer[1]) == ["error"]
        assert await server.store.bans.page(0.0) == []


@pytest.mark.parametrize(
    "sent", [b"\x00\x01\r\n\r\n", b"GET /rooms HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 40_000]
)
async def test_what_is_no_http_is_refused(tmp_path: Path, sent: bytes) -> None:
    async with serving(tmp_path) as server:
        assert (await server.raw(sent)).startswith(b"HTTP/1.1 400 ")


async def test_who_only_looks_whether_somebody_is_there_is_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as server:
        async with await trio.open_unix_socket(server.folder / ADMIN_SOCKET):
            pass
        assert (await server.ask("GET /rooms"))[0] == 200
    assert caplog.records == []


async def test_who_says_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_port, "EXCHANGE_SECONDS", 0.0)
    async with serving(tmp_path) as server:
        assert await server.raw() == b""


async def test_the_socket_is_its_owners_alone_and_gone_afterwards(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        async with serving(tmp_path):
            assert (tmp_path / ADMIN_SOCKET).stat().st_mode & 0o777 == 0o600
    finally:
        assert os.umask(mask) == 0  # as it was
    assert not (tmp_path / ADMIN_SOCKET).exists()


async def test_a_dead_servers_socket_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead, contextlib.chdir(tmp_path):
        dead.bind(ADMIN_SOCKET)
    async with serving(tmp_path) as server:
        assert (await server.ask("GET /rooms"))[0] == 200


async def test_a_folder_has_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_port, "PATIENCE", 0.0)
    async with serving(tmp_path) as server:
        with pytest.raises(ConfigError, match="another server uses the data folder"):
            async with serving(tmp_path):
                pass
        assert (await server.ask("GET /rooms"))[0] == 200


async def test_a_server_that_is_just_stopping_is_waited_for(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    async with trio.open_nursery() as nursery:

        async def stopping() -> None:
            async with admin_socket(tmp_path):
                nursery.start_soon(starting)
                await trio.sleep(2.0)

        async def starting() -> None:
            async with admin_socket(tmp_path):
                nursery.cancel_scope.cancel()

        nursery.start_soon(stopping)
        await trio.sleep(60)
        pytest.fail("never got the folder")


async def test_a_folder_may_lie_deeper_than_a_socket_can_be_named(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    async with admin_socket(folder):
        assert (folder / ADMIN_SOCKET).is_socket()


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        async with admin_socket(tmp_path / "nowhere"):
            pass
    (tmp_path / ADMIN_SOCKET).mkdir()
    with pytest.raises(ConfigError, match="cannot listen in"):
        async with admin_socket(tmp_path):
            pass


async def test_a_role_that_waits_is_given_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        server.rooms.waiting = [(Person("b", "Ben", key=KEY), "room/retro@1000")]
        _, answer = await server.ask("GET /roles")
        assert answer == {"roles": [{"key": KEY, "name": "Ben", "place": "room/retro@1000"}]}
        asked = {"key": KEY, "place": "room/retro@1000"}
        assert await server.ask("POST /roles", asked) == (200, {"agreed": "room/retro@1000"})
        status, answer = await server.ask("POST /roles", asked)
        assert (status, "waits for nothing" in answer["error"]) == (404, True)
        assert (await server.ask("POST /roles", {"key": "x", "place": ""}))[0] == 400
        assert (await server.ask("GET /roles"))[1] == {"roles": []}

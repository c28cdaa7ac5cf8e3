"""Tests of which servers ``roomcli admin`` finds without ``--data``, and which one it means."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from roomcli.cli import exits
from roomcli.cli.main import main

from ...server.admin.test_commands import Serving, serving
from ...support.evidence import BEN, report
from ...support.patience import PATIENCE

KEY = BEN.key


@contextlib.asynccontextmanager
async def servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *names: str
) -> AsyncIterator[list[Serving]]:
    """Run servers: ``server`` as of `roomcli serve`, other names as of `roomcli host`."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    async with contextlib.AsyncExitStack() as stack:
        running = []
        for name in names:
            folder = tmp_path / "roomcli" / name
            folder.mkdir(parents=True)
            running.append(await stack.enter_async_context(serving(folder)))
        (tmp_path / "roomcli" / "server-7439").mkdir(exist_ok=True, parents=True)  # of yesterday
        yield running


async def on_its_own(line: str, screen: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run ``roomcli admin`` without ``--data``; return exit code, output and error output."""
    with trio.fail_after(PATIENCE):
        code = await trio.to_thread.run_sync(main, ["admin", *line.split()])
    out, err = screen.readouterr()
    return code, out, err


@pytest.mark.parametrize("name", ["server", "server-7420", "server-7431"])
async def test_the_only_server_here_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    async with servers(tmp_path, monkeypatch, name) as (server,):
        server.store.reports.save(report("aaa"))
        assert "Ben" in (await on_its_own("reports list", capsys))[1]
        assert "against   Ben" in (await on_its_own("reports show aaa", capsys))[1]
        for line in ("reports resolve aaa", f"bans add {KEY}", f"bans lift {KEY}"):
            assert (await on_its_own(line, capsys))[0] == exits.DONE
        assert (await on_its_own("rooms end standup", capsys))[0] == exits.DONE
        assert server.rooms.open == []


async def test_of_several_servers_all_are_listed_and_the_right_one_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("server", "server-7420", "server-7421")
    async with servers(tmp_path, monkeypatch, *names) as (first, second, third):
        second.store.reports.save(report("bbb"))
        assert "DATA" not in (await on_its_own("reports list", capsys))[1]  # all are of one
        third.store.reports.save(report("ccc"))
        _, out, _ = await on_its_own("reports list", capsys)
        title, *rows = out.splitlines()
        assert title.endswith("DATA")
        assert [(row.split()[0], row.split("/")[-1]) for row in rows] == [
            ("bbb", "server-7420"),
            ("ccc", "server-7421"),
        ]
        told = json.loads((await on_its_own("reports list --json", capsys))[1])["reports"]
        assert [each["data"] for each in told] == [str(second.folder), str(third.folder)]
        assert (await on_its_own("reports resolve ccc done", capsys))[0] == exits.DONE
        assert await third.store.reports.page(open_only=True) == []
        assert len(await second.store.reports.page(open_only=True)) == 1
        third.rooms.open = ["retro"]
        assert (await on_its_own("rooms end retro", capsys))[0] == exits.DONE
        assert third.rooms.open == []
        for line, count in (("rooms end standup", 2), (f"bans add {KEY}", 3)):
            code, out, err = await on_its_own(line, capsys)
            assert (code, out, err.count("\n")) == (exits.WRONG_USAGE, "", 1)
            assert f"{count} servers" in err
            assert f"--data {first.folder} or --data {second.folder}" in err
        assert (first.rooms.open, second.rooms.open) == (["standup"], ["standup"])
        code, _, err = await on_its_own("reports show zzz", capsys)
        assert (code, err) == (exits.REFUSED, "roomcli: there is no report zzz\n")


async def test_an_account_without_a_folder_of_its_own_finds_the_server_of_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    folder = tmp_path / "serve"
    folder.mkdir()
    monkeypatch.setattr("roomcli.cli.admin_servers.default_folder", lambda: folder)
    async with serving(folder):
        code, out, _ = await on_its_own("rooms list", capsys)
    assert (code, "standup" in out) == (exits.DONE, True)


async def test_where_no_server_runs_it_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with servers(tmp_path, monkeypatch):
        code, out, err = await on_its_own("reports list", capsys)
    assert (code, out, err.count("\n")) == (exits.NOT_CONNECTED, "", 1)
    assert f"neither on {tmp_path / 'roomcli/server'} nor one of `roomcli host`" in err

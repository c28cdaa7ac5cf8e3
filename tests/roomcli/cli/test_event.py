"""Tests of ``roomcli event`` against a server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
import vobject

from roomcli.cli import exits, main

from ...support.serving import RunningServer, serving
from ..test_folders import settle

TALKS = ("plan", "Rust talks", "2027-03-02T18:30", "Europe/Paris")


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[RunningServer]:
    settle(monkeypatch, tmp_path)
    monkeypatch.setenv("ROOMCLI_NAME", "Ann")
    folder = tmp_path / "server"
    folder.mkdir()
    async with serving(folder) as running:
        monkeypatch.setenv("ROOMCLI_SERVER", f"ws://{running.address.authority}")
        yield running


async def roomcli(*words: str) -> int:
    """Run a command on a thread, beside the server, and return its exit code."""
    return await trio.to_thread.run_sync(main.main, ["event", *words])


async def test_an_event_is_planned_shown_answered_exported_and_cancelled(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--repeats", "every first tuesday", "--agenda", "Welcome", "--agenda", "Talks")
    assert await roomcli(*TALKS, *more, "--capacity", "20", "--jsonl") == exits.DONE
    planned = json.loads(capsys.readouterr().out)
    assert (planned["event"], planned["shown"]["title"]) == ("event_shown", "Rust talks")
    id = planned["shown"]["id"]
    assert await roomcli("answer", id, "yes", "--day", "2027-04-06") == exits.DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "Rust talks",
        "2027-03-02 18:30 Europe/Paris, 60 min, every first Tuesday",
        "  Welcome",
        "  Talks",
        "Organised by: Ann",
    ]
    assert await roomcli("list", "mine", "--jsonl") == exits.DONE
    (row,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (row["title"], row["day"], row["capacity"]) == ("Rust talks", "2027-03-02", 20)
    assert await roomcli("list") == exits.DONE
    assert capsys.readouterr().out == "Nothing is planned\n"
    assert await roomcli("export", id) == exits.DONE
    assert vobject.readOne(capsys.readouterr().out).vevent.summary.value == "Rust talks"
    assert await roomcli("cancel", id, "--notice", "no speaker") == exits.DONE
    assert capsys.readouterr().out.splitlines()[:2] == ["Rust talks (cancelled)", "no speaker"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*TALKS, "--repeats", "sometimes"), exits.WRONG_USAGE),
        ((*TALKS, "--minutes", "1"), exits.WRONG_USAGE),
        (("plan", "Talks", "soon", "Europe/Paris"), exits.WRONG_USAGE),
        (("plan", "Talks", "2027-03-02T18:30", "Europe/Nowhere"), exits.REFUSED),
        (("show", "0011"), exits.REFUSED),
        (("cancel", "0011"), exits.REFUSED),
    ],
)
async def test_what_cannot_be_is_said_in_one_line(
    server: RunningServer, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int
) -> None:
    assert await roomcli(*words) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1

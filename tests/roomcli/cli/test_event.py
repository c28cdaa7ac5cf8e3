"""Tests of ``roomcli event`` against a server."""

from __future__ import annotations

import json

import pytest
import trio
import vobject

from roomcli.cli import exits, main

from ...support.serving import RunningServer

TALKS = ("plan", "Rust talks", "2027-03-02T18:30", "Europe/Paris")


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


async def test_an_event_is_changed_moved_and_told_who_comes(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await roomcli(*TALKS, "--repeats", "weekly", "--jsonl") == exits.DONE
    id = json.loads(capsys.readouterr().out)["shown"]["id"]
    assert await roomcli("change", id, "--title", "Go talks", "--minutes", "90") == exits.DONE
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Go talks",
        "2027-03-02 18:30 Europe/Paris, 90 min, every week",
    ]
    stale = ("change", id, "--title", "Mine", "--version", "1")
    assert await roomcli(*stale) == exits.REFUSED, "of two organisers the second is told"
    assert "this was changed meanwhile (title, minutes)" in capsys.readouterr().err
    moved = ("move", id, "2027-03-09", "2027-03-10T09:00", "--version", "2", "--jsonl")
    assert await roomcli(*moved) == exits.DONE
    shown = json.loads(capsys.readouterr().out)
    assert [each["moved"] for each in shown["upcoming"][:3]] == [False, True, False]
    assert await roomcli("change", id, "--once", "--notice", "no more") == exits.DONE
    assert "Go talks\nno more\n2027-03-02 18:30 Europe/Paris, 90 min\n" in capsys.readouterr().out
    assert await roomcli("answer", id, "yes") == exits.DONE
    capsys.readouterr()
    assert await roomcli("people", id) == exits.DONE
    assert capsys.readouterr().out == "0 have a seat, 0 wait\nAnn: yes\n"


async def test_ones_calendar_has_an_address_until_it_is_revoked(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await roomcli(*TALKS) == exits.DONE
    capsys.readouterr()
    assert await roomcli("feed") == exits.DONE
    said = capsys.readouterr()
    place = f"http://{server.address.authority}"
    assert said.out.startswith(f"{place}/calendar/feeds/")
    assert "whoever has this address" in said.err
    request = f"GET {said.out.strip().removeprefix(place)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert b"Rust talks" in await server.exchange(request)
    assert await roomcli("feed", "--revoke") == exits.DONE
    assert (await server.exchange(request)).startswith(b"HTTP/1.1 404 ")
    assert await roomcli("remind", "30") == exits.DONE
    assert capsys.readouterr().out == "You are reminded 30 min before what you come to\n"
    assert await roomcli("remind") == exits.DONE
    assert capsys.readouterr().out == "You are reminded 30 min before what you come to\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*TALKS, "--repeats", "sometimes"), exits.WRONG_USAGE),
        ((*TALKS, "--minutes", "1"), exits.WRONG_USAGE),
        (("plan", "Talks", "soon", "Europe/Paris"), exits.WRONG_USAGE),
        (("plan", "Talks", "2027-03-02T18:30", "Europe/Nowhere"), exits.REFUSED),
        (("show", "0011"), exits.REFUSED),
        (("cancel", "0011"), exits.REFUSED),
        (("change", "0011", "--title", "New", "--version", "0"), exits.WRONG_USAGE),
        (("remind", "-5"), exits.WRONG_USAGE),
    ],
)
async def test_what_cannot_be_is_said_in_one_line(
    server: RunningServer, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int
) -> None:
    assert await roomcli(*words) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1

"""Tests of ``roomcli community`` against a server."""

from __future__ import annotations

import io
import json
from functools import partial

import pytest
import trio

from roomcli.cli import exits, main
from roomcli.engine.errand import run_errand
from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ...support.serving import Client, RunningServer


async def roomcli(*words: str) -> int:
    """Run a command on a thread, beside the server, and return its exit code."""
    return await trio.to_thread.run_sync(main.main, ["community", *words])


async def at_home(server: RunningServer, name: str) -> Client:
    """Return somebody else, who is at home."""
    client = await server.connected()
    nonce = (await client.until(e.Challenge)).nonce
    await client.say_hello(client.hello(nonce, name=name))
    return client


async def test_one_founds_a_community_and_moderates_it_by_names(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    founded = ("found", "Bee Folk", "--entry", "application", "--rule", "Be kind", "--jsonl")
    assert await roomcli(*founded) == exits.DONE
    shown = json.loads(capsys.readouterr().out)
    assert (shown["event"], shown["community"]["rules"]) == ("community_shown", ["Be kind"])
    id = shown["community"]["id"]
    ben = await at_home(server, "Ben")
    await ben.do(c.JoinCommunity(community=id, rules=1, note="hello"))
    assert await roomcli("people", "bee folk", "--of", "applications") == exits.DONE
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "1 people who apply"
    assert out[1].startswith("Ben (")
    assert out[1].endswith("; hello")
    assert await roomcli("accept", "bee folk", "ben") == exits.DONE
    assert await roomcli("role", "bee folk", "ben", "moderator") == exits.DONE
    assert await roomcli("room", "bee folk", "hive") == exits.DONE
    assert await roomcli("edit", id, "--summary", "All about bees", "--hidden") == exits.DONE
    capsys.readouterr()
    assert await roomcli("show", id) == exits.DONE
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "Bee Folk; 2 members; you own it; hidden; All about bees"
    assert "Moderators: Ben" in out
    assert "Rooms: hive (moderators open them)" in out


async def test_one_bans_reads_the_log_and_closes(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await roomcli("found", "Bee Folk", "--jsonl") == exits.DONE
    id = json.loads(capsys.readouterr().out)["community"]["id"]
    ben = await at_home(server, "Ben")
    await ben.do(c.JoinCommunity(community=id))
    assert await roomcli("ban", id, "ben", "--for", "3d", "--reason", "spam") == exits.DONE
    assert await roomcli("log", id) == exits.DONE
    out = capsys.readouterr().out.splitlines()
    assert out[-1].endswith(". Ann: ban Ben (for 3 days): spam")
    assert await roomcli("lift", id, "ben") == exits.DONE
    assert await roomcli("close", id, "--yes") == exits.DONE
    assert await roomcli("show", id) == exits.REFUSED


async def test_who_joins_reads_the_rules_first_and_agrees(
    server: RunningServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await at_home(server, "Ben")
    founded = c.FoundCommunity(name="Bee Folk", rules=("Be kind",))
    await ben.do(founded)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert await roomcli("join", "bee folk") == exits.WRONG_USAGE
    told = capsys.readouterr().err
    assert "1. Be kind" in told
    assert "--yes does" in told
    assert await roomcli("join", "bee folk", "--yes") == exits.DONE
    assert capsys.readouterr().out == "you are in Bee Folk now\n"
    assert await roomcli("list") == exits.DONE
    assert "Bee Folk; 2 members; you are a member (" in capsys.readouterr().out
    assert await roomcli("leave", "bee folk") == exits.DONE
    capsys.readouterr()
    assert await roomcli("list") == exits.DONE
    assert capsys.readouterr().out == "0 communities\n"
    assert await roomcli("list", "--all") == exits.DONE
    assert "Bee Folk; 1 member (" in capsys.readouterr().out


async def test_names_that_fit_nothing_are_told_in_one_line(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await roomcli("show", "wasps") == exits.WRONG_USAGE
    assert "no community called wasps" in capsys.readouterr().err
    await roomcli("found", "Bee Folk")
    assert await roomcli("ban", "bee folk", "zoe") == exits.WRONG_USAGE
    assert "nobody called zoe" in capsys.readouterr().err
    assert await roomcli("edit", "bee folk") == exits.WRONG_USAGE
    assert await roomcli("edit", "bee folk", "--summary", "x" * 101) == exits.WRONG_USAGE
    assert await roomcli("ban", "bee folk", "zoe", "--for", "long") == exits.WRONG_USAGE


async def test_what_is_asked_too_soon_is_asked_again(server: RunningServer) -> None:
    asked = partial(run_errand, server.address, "Ann", "", *[c.ListCommunities()] * 22, warn=print)
    assert len(await trio.to_thread.run_sync(asked)) == 22

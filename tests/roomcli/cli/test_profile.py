"""Tests of ``roomcli profile`` against a server."""

from __future__ import annotations

import json

import pytest
import trio

from roomcli.cli import exits, main
from roomcli.cli.profile_text import changes_in, text_of
from roomcli.engine.keys import personal_key
from roomcli.errors import UsageError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.profile import Profile

from ...support.serving import RunningServer

FULL = Profile(
    name='Ann "the bee" B\\',
    headline="Bees",
    bio="Keeps bees: 'many' of them.",
    links=("https://ann.example/#a", "https://b.example"),
    page="public",
)


async def roomcli(*words: str) -> int:
    """Run a command on a thread, beside the server, and return its exit code."""
    return await trio.to_thread.run_sync(main.main, ["profile", *words])


async def test_a_profile_is_filled_in_by_options_and_shown(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    edit = ("--name", "Anna", "--page", "public", "--link", "https://a.example")
    assert await roomcli("edit", *edit, "--link", "https://b.example") == exits.DONE
    capsys.readouterr()
    assert await roomcli("show") == exits.DONE
    assert capsys.readouterr().out.splitlines() == [
        "Name: Anna",
        "Links: https://a.example https://b.example",
        "Web page: public",
    ]
    assert await roomcli("edit", "--link", "", "--page", "") == exits.DONE
    capsys.readouterr()
    assert await roomcli("show", "--json") == exits.DONE
    assert json.loads(capsys.readouterr().out) == {
        **{field: "" for field in Profile.__struct_fields__},
        "name": "Anna",
        "links": [],
    }


async def test_somebody_elses_profile_is_shown_by_their_id(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    ben = await server.client(intent="host", name="Ben")
    await ben.do(c.ChangeProfile(bio="Plays."))
    assert await roomcli("show", ben.view.me) == exits.DONE
    assert capsys.readouterr().out == "Name: Ben\nAbout: Plays.\n"
    assert await roomcli("show", "0" * 16) == exits.REFUSED
    assert "knows nobody" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("sed -i s/headline.*/headline='\"Bees\"'/", exits.DONE, "is changed"),
        ("true", exits.DONE, "nothing is changed"),
        ("false", exits.WRONG_USAGE, "nothing is changed; your text is in"),
        ("sed -i s/headline/headlice/", exits.WRONG_USAGE, "no 'headlice'; your text is in"),
        ("sed -i s/Ann/Ann·x/", exits.REFUSED, "your text is in"),
        ("/nowhere/editor", exits.WRONG_USAGE, "cannot be started"),
    ],
)
async def test_a_profile_is_edited_as_a_text(
    server: RunningServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str,
    code: int,
    said: str,
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", script)
    assert await roomcli("edit") == code
    ended = capsys.readouterr()
    assert said in ended.out + ended.err
    if "your text is in" in said:
        assert await trio.Path(ended.err.strip().rpartition("your text is in ")[2]).is_file()
    changed = said == "is changed"
    client = await server.connected(key=personal_key()._secret)
    await client.say_hello()
    shown = await client.question(c.ShowProfile(), e.ProfileShown)
    assert shown.profile.headline == ("Bees" if changed else "")


async def test_all_that_is_held_is_exported_and_deleted(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await roomcli("edit", "--bio", "Keeps bees.") == exits.DONE
    capsys.readouterr()
    assert await roomcli("export") == exits.DONE
    kinds = {each["kind"]: each for each in json.loads(capsys.readouterr().out)}
    assert kinds["person"]["name"] == "Ann"
    assert kinds["profile"]["bio"] == "Keeps bees."
    assert await roomcli("delete") == exits.WRONG_USAGE
    assert "--yes" in capsys.readouterr().err
    assert await roomcli("delete", "--yes") == exits.DONE
    capsys.readouterr()
    assert await roomcli("show") == exits.DONE
    assert capsys.readouterr().out == "Name: Ann\n"


async def test_a_server_that_is_not_there_or_says_no_ends_it_in_one_line(
    server: RunningServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await roomcli("show", "--server", "ws://127.0.0.1:1") == exits.NOT_CONNECTED
    assert await roomcli("edit", "--link", "http://a.example") == exits.REFUSED
    assert await roomcli("edit", "--page", "mine") == exits.REFUSED
    assert await roomcli("edit", *["--link", "https://a.example"] * 6) == exits.WRONG_USAGE
    assert capsys.readouterr().err.count("\n") == 4


def test_a_text_gives_back_what_was_filled_in() -> None:
    assert changes_in(text_of(FULL, "h"), FULL) == {}
    assert changes_in(text_of(FULL, "h"), Profile(name="Ben")) == {
        field: getattr(FULL, field) for field in ("name", "headline", "bio", "links", "page")
    }


@pytest.mark.parametrize("text", ["name", "name = 1", "links = 'x'", "links = [1]", "nam = ''"])
def test_a_text_that_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        changes_in(text, FULL)

"""Tests of ``roomcli profile keys`` and ``import``, with the programs of OpenSSH."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.cli import exits, main
from roomcli.engine.keys import personal_key
from roomcli.engine.recovery_key import new_recovery_text
from roomcli.protocol.handshake import fingerprint
from server.people.keyring.state import UNDO_SECONDS

from ...support.openssh import add_key, agent, make_key, make_key_line, needs_openssh
from ...support.serving import RunningServer

pytestmark = needs_openssh


@pytest.fixture(autouse=True)
def without_an_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the agent of whoever runs the tests out of them."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """A running agent; gives what adds a private key to it."""
    folder = tmp_path / "a"
    folder.mkdir()
    with agent(folder) as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield lambda path: add_key(socket, path)


@pytest.fixture
def on_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], str]:
    """Go to another machine of this name; gives the fingerprint of its key."""

    def go(name: str) -> str:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))
        return own_id()

    return go


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let this text come on standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def own_id() -> str:
    return fingerprint(personal_key().public)


async def roomcli(*words: str) -> int:
    """Run a command on a thread, beside the server, and return its exit code."""
    return await trio.to_thread.run_sync(main.main, ["profile", *words])


async def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the person's keys, as JSON tells them."""
    capsys.readouterr()
    assert await roomcli("keys", "--json") == exits.DONE
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


async def test_the_only_key_of_the_agent_vouches_and_is_listed_by_its_name(
    server: RunningServer,
    held: Callable[[Path], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await roomcli("keys", "add") == exits.WRONG_USAGE
    assert "your agent holds no key: name a file" in capsys.readouterr().err
    key = make_key(tmp_path / "id", "-t", "ecdsa", comment="ann@laptop")
    held(tmp_path / "id")
    assert await roomcli("keys", "add") == exits.DONE
    out, said = capsys.readouterr()
    assert out == f"{key.fingerprint} (ann@laptop) is a key of yours now\n"
    statement = f"{key.fingerprint} (ann@laptop) becomes a key of the person of {own_id()}"
    assert said == f"signed is: {statement} (this machine)\n"
    assert await roomcli("keys") == exits.DONE
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"others know you by the key {own_id()}"
    assert told[1].startswith(f"{own_id()} (this machine): ")
    assert told[2].startswith(f"{key.fingerprint} (ann@laptop): since ")
    assert told[2].endswith(", brought in by this machine")
    assert await roomcli("keys", "add") == exits.WRONG_USAGE
    assert "all keys of your agent are yours already" in capsys.readouterr().err


async def test_one_of_several_keys_of_the_agent_is_named(
    server: RunningServer,
    held: Callable[[Path], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keys = []
    for name in ("one", "two", "three", "four"):
        keys.append(make_key(tmp_path / name, comment=f"ann@{name}"))
        held(tmp_path / name)
    assert await roomcli("keys", "add") == exits.WRONG_USAGE
    refused = capsys.readouterr().err
    assert all(f"ann@{name}" in refused for name in ("one", "two", "three", "four"))
    for word in ("ann@two", keys[0].fingerprint[:12], keys[2].openssh_fingerprint):
        assert await roomcli("keys", "add", word) == exits.DONE
    joined = {each["key"] for each in (await listed(capsys))["keys"]}
    assert joined == {own_id(), *(each.fingerprint for each in keys[:3])}
    for word in ("nobody", "SHA256:a/b"):
        assert await roomcli("keys", "add", word) == exits.WRONG_USAGE
        assert f"no key named {word}, and there is no such file" in capsys.readouterr().err


async def test_a_key_in_a_file_signs_by_ssh_keygen(
    server: RunningServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rsa = make_key(tmp_path / "rsa", "-t", "rsa", "-b", "2048")
    alone = make_key(tmp_path / "alone")
    (tmp_path / "alone.pub").unlink()  # ssh-keygen tells the public one
    assert await roomcli("keys", "add", str(tmp_path / "rsa.pub")) == exits.DONE
    assert await roomcli("keys", "add", str(tmp_path / "alone")) == exits.DONE
    joined = [each["key"] for each in (await listed(capsys))["keys"]]
    assert joined == [own_id(), rsa.fingerprint, alone.fingerprint]


async def test_a_file_that_cannot_vouch_is_refused_in_one_line(
    server: RunningServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_key_line(tmp_path / "short", 1024)
    (tmp_path / "ca.pub").write_text("cert-authority ssh-ed25519 AAAA")
    (tmp_path / "text").write_text("no key\n")
    for name, why in (
        ("short", "1024 bits is too short"),
        ("ca.pub", "cert-authority"),
        ("text", "no SSH key that ssh-keygen can read"),
        ("none/there", "there is no key"),
    ):
        assert await roomcli("keys", "add", str(tmp_path / name)) == exits.WRONG_USAGE
        told = capsys.readouterr().err
        assert why in told
        assert told.count("\n") == 1
    assert [each["key"] for each in (await listed(capsys))["keys"]] == [own_id()]


async def test_one_is_oneself_on_another_machine_by_an_ssh_key(
    server: RunningServer,
    held: Callable[[Path], None],
    on_machine: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    laptop = on_machine("laptop")
    for name in ("elsewhere", "id"):
        make_key(tmp_path / name, comment=f"ann@{name}")
        held(tmp_path / name)
    assert await roomcli("keys", "add", "ann@id") == exits.DONE
    desktop = on_machine("desktop")
    assert await roomcli("import", "ann@elsewhere") == exits.REFUSED
    assert "nobody is known there by that key" in capsys.readouterr().err
    assert await roomcli("import") == exits.DONE  # whichever key of the agent is known there
    assert "you are who you were, by ann@id" in capsys.readouterr().out
    told = await listed(capsys)
    assert told["known_by"] == laptop
    assert told["keys"][-1]["key"] == desktop
    assert await roomcli("import", "ann@id") == exits.REFUSED
    assert "yours already" in capsys.readouterr().err


async def test_a_recovery_key_is_shown_once_and_brings_one_back(
    server: RunningServer,
    on_machine: Callable[[str], str],
    typed: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    laptop = on_machine("laptop")
    typed("")
    assert await roomcli("keys", "--recovery") == exits.DONE
    paper, said = capsys.readouterr()
    assert len(paper.splitlines()) == 2
    assert "write it down" in said
    recovery = (await listed(capsys))["recovery"]
    assert said.endswith(f"your recovery key is in force: {recovery}\n")
    desktop = on_machine("desktop")
    typed(new_recovery_text())
    assert await roomcli("import", "--recovery") == exits.REFUSED
    typed(paper[:-3])
    assert await roomcli("import", "--recovery") == exits.WRONG_USAGE
    told = capsys.readouterr().err
    assert "look again" in told
    assert paper.split("-")[0] not in told
    typed(paper)
    assert await roomcli("import", "--recovery") == exits.DONE
    assert [each["key"] for each in (await listed(capsys))["keys"]] == [laptop, desktop]
    typed(paper)
    assert await roomcli("keys", "--recovery") == exits.DONE  # replaced by itself alone
    assert (await listed(capsys))["recovery"] != recovery


async def test_a_key_is_revoked_and_that_undone_by_the_machine_that_was_cut(
    server: RunningServer,
    on_machine: Callable[[str], str],
    typed: Callable[[str], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    laptop = on_machine("laptop")
    key = make_key(tmp_path / "id")
    assert await roomcli("keys", "add", str(tmp_path / "id")) == exits.DONE
    thief = on_machine("thief")
    assert await roomcli("import", str(tmp_path / "id")) == exits.DONE
    typed("")
    assert await roomcli("keys", "revoke", laptop[:8]) == exits.WRONG_USAGE
    assert "--yes says so" in capsys.readouterr().err
    assert await roomcli("keys", "revoke", laptop[:8], "--yes") == exits.DONE
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{laptop} is revoked"
    assert told[1].endswith("`roomcli profile keys undo` undoes it")
    on_machine("laptop")
    assert await roomcli("keys") == exits.DONE
    told = capsys.readouterr().out.splitlines()
    assert "that can be undone until" in told[1]
    assert await roomcli("keys", "undo") == exits.DONE
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{laptop} (this machine) is a key of yours again"
    assert {each.split()[0] for each in told[1:]} == {thief, key.fingerprint}
    assert all(" fell: it revoked that one" in each for each in told[1:])
    assert {each["key"]: each["state"] for each in (await listed(capsys))["keys"]}[thief] == "cut"
    assert await roomcli("keys", "revoke", "nothing", "--yes") == exits.WRONG_USAGE
    assert "`roomcli profile keys` lists them" in capsys.readouterr().err


async def test_a_machine_that_is_locked_out_comes_back_by_the_recovery_key(
    server: RunningServer,
    on_machine: Callable[[str], str],
    typed: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    thief = on_machine("laptop")
    typed("")
    assert await roomcli("keys", "--recovery") == exits.DONE
    paper = capsys.readouterr().out
    desktop = on_machine("desktop")
    typed(paper)
    assert await roomcli("import", "--recovery") == exits.DONE
    on_machine("laptop")  # is stolen
    assert await roomcli("keys", "revoke", desktop, "--yes") == exits.DONE
    on_machine("desktop")
    capsys.readouterr()
    assert await roomcli("keys", "undo") == exits.REFUSED
    assert "a new one can join (roomcli profile import --new-key)" in capsys.readouterr().err
    typed(paper)
    assert await roomcli("keys", "undo", "--recovery") == exits.DONE
    states = {each["key"]: each["state"] for each in (await listed(capsys))["keys"]}
    assert states == {thief: "cut", desktop: "in_force"}
    server.pass_time(UNDO_SECONDS)
    typed(paper)
    assert await roomcli("keys", "revoke", desktop, "--recovery", "--yes") == exits.DONE
    assert await roomcli("keys") == exits.REFUSED
    typed(paper)
    assert await roomcli("import", "--recovery", "--new-key") == exits.DONE
    told = await listed(capsys)
    assert [each["state"] for each in told["keys"]] == ["revoked", "revoked", "in_force"]
    assert own_id() == told["keys"][-1]["key"]


async def test_with_the_recovery_key_alone_one_ends_a_dispute_and_is_back(
    server: RunningServer,
    on_machine: Callable[[str], str],
    typed: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    laptop = on_machine("laptop")
    typed("")
    assert await roomcli("keys", "--recovery") == exits.DONE
    paper = capsys.readouterr().out
    thief = on_machine("thief")
    typed(paper)
    assert await roomcli("import", "--recovery") == exits.DONE
    assert await roomcli("keys", "revoke", laptop, "--yes") == exits.DONE
    desktop = on_machine("desktop")
    capsys.readouterr()
    typed(paper)
    assert await roomcli("import", "--recovery") == exits.REFUSED
    told = capsys.readouterr().err
    assert "(in 3 days it is over)" in told
    assert "roomcli profile keys undo FINGERPRINT --recovery" in told
    typed(paper)
    assert await roomcli("keys", "undo", laptop, "--recovery") == exits.DONE
    typed(paper)
    assert await roomcli("import", "--recovery") == exits.DONE
    keys = await listed(capsys)
    states = {each["key"]: each["state"] for each in keys["keys"]}
    assert states == {laptop: "in_force", thief: "cut", desktop: "in_force"}
    assert keys["disputed_until"] is None


async def test_a_machine_splits_off_and_is_somebody_else(
    server: RunningServer,
    held: Callable[[Path], None],
    on_machine: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    laptop = on_machine("laptop")
    key = make_key(tmp_path / "id", comment="ann@work")
    held(tmp_path / "id")
    assert await roomcli("keys", "add") == exits.DONE
    assert await roomcli("keys", "split", "--yes") == exits.REFUSED
    assert "split off another one" in capsys.readouterr().err
    desk = on_machine("desk")
    assert await roomcli("import") == exits.DONE
    assert (await listed(capsys))["known_by"] == laptop
    assert await roomcli("keys", "split") == exits.WRONG_USAGE
    assert "which is never undone: --yes says so" in capsys.readouterr().err
    assert [each["state"] for each in (await listed(capsys))["keys"]] == ["in_force"] * 3
    assert await roomcli("keys", "split", "--yes") == exits.DONE
    out, said = capsys.readouterr()
    assert out.startswith(f"{desk} (this machine) is a person of its own now")
    assert f"signed is: {desk} (this machine) becomes a person of its own" in said
    assert (await listed(capsys))["known_by"] == desk
    assert await roomcli("import") == exits.REFUSED  # it never comes back to them
    on_machine("laptop")
    states = {each["key"]: each["state"] for each in (await listed(capsys))["keys"]}
    assert states == {laptop: "in_force", key.fingerprint: "in_force", desk: "left"}


async def test_two_persons_are_shown_what_they_would_be_and_unite(
    server: RunningServer,
    on_machine: Callable[[str], str],
    typed: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("roomcli.cli.profile_union.LOOK_SECONDS", 0.05)
    young = on_machine("young")
    typed("")
    assert await roomcli("keys", "--recovery") == exits.DONE
    paper = capsys.readouterr().out
    assert await roomcli("unite") == exits.DONE
    word = capsys.readouterr().out.split()[-1]
    old = on_machine("old")
    assert await roomcli("unite", word[:8]) == exits.WRONG_USAGE
    ended: list[int] = []

    async def ask() -> None:
        ended.append(await roomcli("unite", word, "--yes"))

    capsys.readouterr()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        said = ""
        while "now there" not in said:
            await trio.sleep(0.05)
            said += capsys.readouterr().err
        on_machine("young")
        typed(paper)
        assert await roomcli("unite", "--yes") == exits.DONE
    assert ended == [exits.DONE]
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "signed; the other person is asked now",
        f"you are one person now, known by {old}",
    ]
    assert f"  {young}, of the other person" in told.err
    told_keys = await listed(capsys)
    assert [each["key"] for each in told_keys["keys"]] == [old, young]
    assert told_keys["recovery"] == word


async def test_a_server_gets_no_signature_over_anything_but_what_was_asked(
    server: RunningServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_key(tmp_path / "id")
    from msgspec.structs import replace

    from server.people.key_desk import KeyDesk

    honest = KeyDesk._proposed
    for changes in ({"purpose": "unite"}, {"server": "other.example:7420"}, {"key": "0" * 32}):

        async def twisted(self: KeyDesk, *given: Any, changes: dict[str, str] = changes) -> object:
            return replace(await honest(self, *given), **changes)

        monkeypatch.setattr(KeyDesk, "_proposed", twisted)
        assert await roomcli("keys", "add", str(tmp_path / "id")) == exits.REFUSED
        assert "none is made" in capsys.readouterr().err

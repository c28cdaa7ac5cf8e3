"""Tests of ``roomcli profile claim``: a server, a forge and an issuer over TLS, a mail server."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from roomcli.cli import exits, main
from roomcli.cli import profile_claims as cli
from roomcli.engine.keys import personal_key
from roomcli.protocol.ssh.keys import ed25519_key
from server.fetching.targets import AllowedHost, AllowedHosts
from server.people.claims.configuration import ClaimsConfiguration
from server.people.claims.issuers import Issuer
from server.people.claims.mailing import MailServer

from ...support.mail_server import Box, open_mail_server
from ...support.openid_provider import OpenIdProvider
from ...support.patience import until
from ...support.serving import serving
from ...support.tls_site import SiteRequest, TlsSite, open_site
from ..test_folders import settle


@dataclass
class ClaimSurroundings:
    """What stands around the server."""

    site: TlsSite
    provider: OpenIdProvider
    box: Box
    pages: dict[str, bytes] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The forge's host, with its port."""
        return f"localhost:{self.site.port}"


@pytest.fixture
async def around(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[ClaimSurroundings]:
    """A server that knows an issuer, a mail server and an internal forge."""
    settle(monkeypatch, tmp_path)
    monkeypatch.setenv("ROOMCLI_NAME", "Ann")
    folder = tmp_path / "server"
    folder.mkdir()
    pages: dict[str, bytes] = {}
    box = Box()
    providers: list[OpenIdProvider] = []

    def answer(asked: SiteRequest) -> tuple[int, bytes]:
        if asked.path in pages:
            return 200, pages[asked.path]
        if not asked.path.startswith("/sso/"):
            return 404, b""
        providers[0].now = time.time()
        return providers[0].answer(asked)

    async with contextlib.AsyncExitStack() as stack:
        site = await stack.enter_async_context(open_site(tmp_path, answer))
        mail_port = stack.enter_context(open_mail_server(box))
        url = f"https://localhost:{site.port}/sso"
        providers.append(OpenIdProvider(url, time.time()))
        claims = ClaimsConfiguration(
            allowed=AllowedHosts([AllowedHost("localhost", site.port, site.ca_file)]),
            companies=frozenset({"acme.example"}),
            mail=MailServer(
                host="localhost", port=mail_port, security="none", sender="rooms@acme.example"
            ),
            issuers=(
                Issuer(
                    url=url,
                    name="Acme",
                    client_id="roomcli",
                    domains=frozenset({"acme.example"}),
                ),
            ),
        )
        running = await stack.enter_async_context(serving(folder, claims=claims))
        monkeypatch.setenv("ROOMCLI_SERVER", f"ws://{running.address.authority}")
        yield ClaimSurroundings(site, providers[0], box, pages)


async def roomcli(*words: str) -> int:
    """Run a command on a thread, beside the server, and return its exit code."""
    return await trio.to_thread.run_sync(main.main, ["profile", *words])


def own_line() -> bytes:
    """Return the person's own key as a forge lists it."""
    return ed25519_key(personal_key().public).line.encode()


async def test_an_account_at_a_forge_is_proven_listed_and_withdrawn(
    around: ClaimSurroundings, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = ("claim", "forge", "forgejo", "ann", "--host", around.host)
    assert await roomcli(*claim) == exits.REFUSED
    assert "lists none of your keys" in capsys.readouterr().err
    around.pages["/ann.keys"] = own_line()
    assert await roomcli(*claim) == exits.DONE
    assert capsys.readouterr().out == f"proven: account ann at {around.host}, checked today\n"
    assert await roomcli("show") == exits.DONE
    proven = f"Proven: account ann at {around.host}, checked today"
    assert capsys.readouterr().out.splitlines() == ["Name: Ann", proven]
    assert await roomcli("claims", "--json") == exits.DONE
    [listed] = json.loads(capsys.readouterr().out)["claims"]
    assert listed["badge"]["subject"] == f"{around.host}/ann"
    assert await roomcli("claims", "hide", listed["id"]) == exits.DONE
    assert "rooms that ask for it still let you in" in capsys.readouterr().out
    assert await roomcli("show") == exits.DONE
    assert capsys.readouterr().out.splitlines() == ["Name: Ann"]
    assert await roomcli("claims") == exits.DONE
    assert "checked today (hidden: for doors" in capsys.readouterr().out
    assert await roomcli("claims", "show", listed["id"]) == exits.DONE
    assert await roomcli("show") == exits.DONE
    assert proven in capsys.readouterr().out
    assert await roomcli("withdraw", listed["id"]) == exits.DONE
    capsys.readouterr()
    assert await roomcli("claims") == exits.DONE
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == ["nothing is proven of you", "mail can be proven at: acme.example"]


async def test_a_domain_is_proven(
    around: ClaimSurroundings, capsys: pytest.CaptureFixture[str]
) -> None:
    around.pages["/.well-known/roomcli.json"] = json.dumps({"keys": [own_line().decode()]}).encode()
    assert await roomcli("claim", "domain", around.host) == exits.DONE
    assert capsys.readouterr().out == f"proven: domain {around.host}, checked today\n"


async def test_mail_is_proven_by_the_code_that_comes(
    around: ClaimSurroundings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Reader(io.StringIO):
        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            trio.from_thread.run(partial(until, lambda: bool(around.box.mails)))
            found = re.search("[0-9]{4} [0-9]{4}", around.box.mails[-1].get_content())
            assert found is not None
            return f"{found[0]}\n"

    monkeypatch.setattr(sys, "stdin", Reader())
    assert await roomcli("claim", "mail", "ann@acme.example") == exits.DONE
    assert capsys.readouterr().out.endswith("proven: mail at acme.example, today\n")
    assert await roomcli("claim", "mail", "ann@gmail.com") == exits.REFUSED
    assert "proves no company" in capsys.readouterr().err


def in_a_browser(
    around: ClaimSurroundings, change: Callable[[str], str] = lambda back: back
) -> Callable[[Any], None]:
    """Return what opens the address of a sign-on, and comes back as a browser would."""

    def open_browser(event: Any) -> None:
        back = change(around.provider.sign_on(event.url))
        # Beside the command, which waits for it.
        import threading

        def come() -> None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(back, timeout=60).read()

        threading.Thread(target=come, daemon=True).start()

    return open_browser


async def test_an_account_at_an_organisation_is_proven_by_a_browser(
    around: ClaimSurroundings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    around.provider.claims = {"email": "ann@acme.example", "email_verified": True}
    monkeypatch.setattr(cli, "_open_browser", in_a_browser(around))
    refused = "does not answer"
    while "does not answer" in refused:  # until the issuer has described itself
        code = await roomcli("claim", "sso")
        out, refused = capsys.readouterr()
    assert code == exits.DONE
    place = f"localhost:{around.site.port}/sso"
    assert out == f"proven: signed on at {place}, with mail at acme.example, today\n"
    assert await roomcli("claim", "sso", "--device") == exits.REFUSED
    assert "another device" in capsys.readouterr().err
    assert await roomcli("claim", "sso", "https://evil.example") == exits.REFUSED


async def test_the_first_use_of_a_server_is_told_to_who_claims(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(monkeypatch, tmp_path)
    monkeypatch.setenv("ROOMCLI_NAME", "Ann")
    folder = tmp_path / "server"
    folder.mkdir()
    async with serving(folder, tls=True) as server:
        monkeypatch.setenv("ROOMCLI_SERVER", f"wss://{server.address.authority}")
        for told in (1, 0):
            assert await roomcli("claim", "domain", "192.0.2.1") == exits.REFUSED
            said = capsys.readouterr().err
            assert said.count("for the first time, and nothing proves that it is") == told


async def test_somebody_is_shown_by_name(
    around: ClaimSurroundings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, headline in (("Zoe Waits", "Bees"), ("Zoe Moor", "Trains"), ("Ben Okafor", "")):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))
        monkeypatch.setenv("ROOMCLI_NAME", name)
        assert await roomcli("edit", "--headline", headline or "Tea") == exits.DONE
    capsys.readouterr()
    assert await roomcli("show", "zoe waits") == exits.DONE
    assert "Headline: Bees" in capsys.readouterr().out
    assert await roomcli("show", "okafor") == exits.DONE
    assert "Name: Ben Okafor" in capsys.readouterr().out
    assert await roomcli("show", "Zoe") == exits.WRONG_USAGE
    said = capsys.readouterr().err
    assert "several people fit Zoe, name one by the id" in said
    assert "Zoe Waits (" in said
    assert "Zoe Moor (" in said
    assert await roomcli("show", "Nobody At All") == exits.WRONG_USAGE
    assert "nobody called Nobody At All can be found" in capsys.readouterr().err

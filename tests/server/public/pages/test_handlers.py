"""Tests of pages as the port answers them: their headers, and that hidden rooms do not show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.public.http import POLICY
from server.public.pages.rendering import ICON, STYLE

from ....support.serving import RunningServer, serving
from .reading import read, text_of


async def got(
    running: RunningServer, path: str, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and content of what is at a path."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    request = "\r\n".join([f"GET {path} HTTP/1.1", "Host: rooms.example.org", *lines, "", ""])
    head, _, content = (await running.exchange(request.encode())).partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    named = dict(each.split(": ", 1) for each in rest)
    assert len(named) == len(rest), "no header comes twice"
    return int(first.split()[1]), {name.lower(): value for name, value in named.items()}, content


@pytest.mark.parametrize("path", ["/", "/r/standup", "/events.atom"])
async def test_pages_run_nothing_and_are_asked_for_again(tmp_path: Path, path: str) -> None:
    async with serving(tmp_path) as running:
        status, headers, content = await got(running, path)
        assert status == 200
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-cache"
        assert "set-cookie" not in headers
        etag = headers["etag"]
        for known in (etag, f'"x", W/{etag}', f"{etag}"):
            status, headers, nothing = await got(running, path, If_None_Match=known)
            assert (status, nothing, headers["etag"]) == (304, b"", etag)
        status, _, again = await got(running, path, If_None_Match='"other"')
        assert (status, again) == (200, content)


def test_the_policy_is_the_one_that_was_decided() -> None:
    assert POLICY == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing", 404), ("/e/0.ics", 404), ("/rooms", 200), ("/healthz", 200), ("/a b", 400)],
)
async def test_every_answer_runs_nothing_and_tells_nobody_its_address(
    tmp_path: Path, path: str, status: int
) -> None:
    async with serving(tmp_path) as running:
        answered, headers, _ = await got(running, path)
        assert answered == status
        assert headers["content-security-policy"] == POLICY
        assert headers["referrer-policy"] == "no-referrer"


async def test_files_of_pages_are_kept_for_good(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        _, _, page = await got(running, "/")
        for asset in (STYLE, ICON):
            assert f'href="./{asset.path}"'.encode() in page
            status, headers, content = await got(running, f"/{asset.path}")
            assert (status, content) == (200, asset.content)
            assert "immutable" in headers["cache-control"]
        status, headers, _ = await got(running, "/style-0123456789abcdef.css")
        assert (status, headers["cache-control"]) == (404, "no-store")


async def test_the_front_page_shows_the_listed_rooms(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        host = await running.client(running.room("standup"), intent="host")
        assert isinstance(await host.ask(c.ChangeSettings(topic="Light<houses>")), e.Done)
        await running.client(running.room("secret"), intent="host", access="invite")
        quiet = await running.client(running.room("quiet"), intent="host")
        assert isinstance(await quiet.ask(c.ChangeSettings(listed=False)), e.Done)
        _, _, page = await got(running, "/")
        text = text_of(read(page))
        assert "Light<houses>" in text
        assert "hosted by Ann · 1 speaker · 0 listeners" in " ".join(text.split())
        assert "secret" not in text
        assert "quiet" not in text


async def test_a_hidden_room_is_answered_as_one_that_is_not_there(tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        before = {name: await got(running, f"/r/{name}") for name in ("secret", "quiet", "open")}
        await running.client(running.room("secret"), intent="host", access="invite")
        quiet = await running.client(running.room("quiet"), intent="host")
        assert isinstance(await quiet.ask(c.ChangeSettings(listed=False, topic="Hush")), e.Done)
        await running.client(running.room("open"), intent="host")
        for name, answer in before.items():
            now = await got(running, f"/r/{name}")
            assert (answer == now) == (name != "open")
            assert now[1]["x-robots-tag"] == "noindex"


async def test_the_line_to_copy_enters_the_room(tmp_path: Path) -> None:
    async with serving(tmp_path, tls=True) as running:
        _, _, page = await got(running, "/r/standup")
        line = re.search(r"roomcli join &#39;(.*)&#39;", page.decode())
        assert line is not None
        assert line[1] == f"https://rooms.example.org/r/standup#pin={running.address.pin}"


async def test_links_hold_under_the_path_of_a_proxy(tmp_path: Path) -> None:
    names, proxies = ["rooms.example.org:443"], ["127.0.0.1"]
    async with serving(tmp_path, names=names, proxies=proxies) as running:
        _, _, page = await got(running, "/r/standup", X_Forwarded_Prefix="/talk")
        links = re.findall(r'href="([^"]*)"', page.decode())
        assert links
        assert all(each.startswith("../") for each in links)
        assert b"roomcli join &#39;https://rooms.example.org/talk/r/standup&#39;" in page

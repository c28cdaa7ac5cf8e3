"""Tests of the table of routes: what goes where, and that what is hidden is as if not there."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from roomcli.errors import StoreError
from server.public.http import Head, Response, line
from server.public.routes import NOTHING_HERE, Request, Route, Routes

from ...support.patience import PATIENCE, until
from ...support.serving import patient_limits, serving

URL = "https://rooms.example.org/talk"


def head(path: str, method: str = "GET") -> Head:
    """Return the head of a request."""
    return Head(method, path, {"host": "rooms.example.org"})


def saying(text: str, method: str = "GET", pattern: str = "/r/{room}") -> Route:
    """Return a route whose answer has this text and what the handler is told."""

    async def handler(request: Request) -> Response:
        return line(200, f"{text} {dict(request.named)} {request.url} {request.head.asked('x')}")

    return Route(method, pattern, handler)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/r/standup", 200),
        ("/r/Stand_up-1", 200),
        ("/r/" + "x" * 128, 200),
        ("/r/" + "x" * 129, 404),
        ("/r/standup?x=y", 200),
        ("/r/standup/", 404),
        ("/r/", 404),
        ("/r", 404),
        ("//r/standup", 404),
        ("/r/../r/standup", 404),
        ("/r/stand%75p", 404),
        ("/r/standup%0d%0aX: y", 404),
        ("/r/standup\n", 404),
        ("/r/stand.up", 404),
        ("/x/standup", 404),
        ("*", 404),
        ("http://rooms.example.org/r/standup", 404),
    ],
)
async def test_a_part_of_a_path_is_taken_as_it_stands(path: str, status: int) -> None:
    answer = await Routes([saying("room")]).answer(head(path), URL)
    assert answer.status == status


async def test_a_handler_is_told_what_was_asked_for() -> None:
    routes = Routes([saying("calendar", pattern="/c/{community}.ics"), saying("no", pattern="/c")])
    answer = await routes.answer(head("/c/readers.ics?x=1&x=2"), URL)
    assert answer == line(200, f"calendar {{'community': 'readers'}} {URL} 1")
    # The dot is a dot.
    assert (await routes.answer(head("/c/readers-ics"), URL)).status == 404


async def test_of_two_routes_that_fit_the_first_answers() -> None:
    routes = Routes([saying("one", pattern="/r/one"), saying("any")])
    assert (await routes.answer(head("/r/one"), URL)).content.startswith(b"one ")
    assert (await routes.answer(head("/r/two"), URL)).content.startswith(b"any ")


async def test_a_wrong_method_is_told_the_right_ones() -> None:
    routes = Routes([saying("get"), saying("post", "POST", "/codes"), saying("codes", "PUT", "/c")])
    for method, path, status, allow in (
        ("HEAD", "/r/one", 200, None),
        ("POST", "/codes", 200, None),
        ("POST", "/r/one", 405, "GET, HEAD"),
        ("GET", "/codes", 405, "POST"),
        ("POST", "/nothing", 404, None),
        ("BREW", "/nothing", 405, "GET, HEAD, POST, PUT"),
    ):
        answer = await routes.answer(head(path, method), URL)
        assert (answer.status, dict(answer.headers).get("allow")) == (status, allow)


async def test_what_is_hidden_is_answered_byte_for_byte_as_what_is_not_there() -> None:
    async def hidden(request: Request) -> None:
        return None

    routes = Routes([Route("GET", "/c/{community}", hidden)])
    assert await routes.answer(head("/c/secret"), URL) is NOTHING_HERE
    assert await routes.answer(head("/nothing"), URL) is NOTHING_HERE


@pytest.mark.parametrize(("error", "status"), [(StoreError("disk"), 503), (KeyError("x"), 500)])
async def test_a_handler_that_fails_says_so_and_the_log_holds_no_address(
    error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(request: Request) -> Response:
        raise error

    routes = Routes([Route("GET", "/feeds/{secret}", failing)])
    answer = await routes.answer(head("/feeds/s3cr3t"), URL)
    assert (answer.status, b"disk" in answer.content) == (status, False)
    assert "/feeds/{secret}" in caplog.text
    assert "s3cr3t" not in caplog.text


async def test_an_answer_that_nobody_takes_is_given_up(tmp_path: Path) -> None:
    limits = patient_limits(answer_seconds=0.2)
    asked = trio.Event()

    async def endless(request: Request) -> Response:
        asked.set()
        return Response(200, bytes(64 * 1024**2))

    routes = [Route("GET", "/endless", endless)]
    async with serving(tmp_path, routes=routes, limits=limits) as running:
        tasks = running.nursery.child_tasks
        stream = await trio.open_tcp_stream(running.address.host, running.address.port)
        async with stream:
            await stream.send_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
            with trio.fail_after(PATIENCE):
                await asked.wait()
            await until(lambda: not any("_handle" in each.name for each in tasks))


@pytest.mark.parametrize(
    ("proxies", "prefix", "url"),
    [
        (["127.0.0.1"], "/talk", "https://rooms.example.org/talk"),
        (["127.0.0.1"], "/talk/", "https://rooms.example.org/talk"),
        (["127.0.0.1"], "", "https://rooms.example.org"),
        (["127.0.0.1"], "//evil.example", "https://rooms.example.org"),
        (["127.0.0.1"], '/"><script>', "https://rooms.example.org"),
        ([], "/talk", "https://rooms.example.org"),
    ],
)
async def test_a_trusted_proxy_says_under_which_path_it_has_the_server(
    tmp_path: Path, proxies: list[str], prefix: str, url: str
) -> None:
    names = ["rooms.example.org:443"]
    routes = [saying("here:", pattern="/here")]
    async with serving(tmp_path, names=names, proxies=proxies, routes=routes) as running:
        request = f"GET /here HTTP/1.1\r\nHost: x\r\nX-Forwarded-Prefix: {prefix}\r\n\r\n"
        answer = await running.exchange(request.encode())
        assert answer.endswith(f"here: {{}} {url} \n".encode())

"""Pages in a real browser: nothing in them runs, nothing is missing, and they fit every screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio

from server.public.http import GUARDS, Response
from server.public.pages.models import Page
from server.public.pages.rendering import render
from server.public.routes import Request, Route

from ....support.browser import Browser, browser, needs_browser
from ....support.serving import serving
from .reading import PLACE, poisoned
from .samples import ALL, NOW, PAGES, VECTORS

pytestmark = needs_browser

RAN = "typeof window.hit"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BACKGROUNDS = (("light", "rgb(246, 247, 249)"), ("dark", "rgb(20, 23, 28)"))
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
FOCUSED = "getComputedStyle(document.activeElement).outlineStyle"


def sample(name: str, page: Page, guards: tuple[tuple[str, str], ...] = GUARDS) -> Route:
    """Return a route to a page of the samples, as pages are answered."""

    async def handler(request: Request) -> Response:
        content = render(page, PLACE, NOW)
        return Response(200, content, "text/html; charset=utf-8", guards=guards)

    return Route("GET", f"/samples/{name}", handler)


@pytest.fixture(scope="module")
def one() -> Iterator[Browser]:
    """A browser for all tests of this file."""
    with browser() as started:
        yield started


async def drive(one: Browser, folder: Path, how: Callable[[str], None], *routes: Route) -> None:
    """Drive the browser, on a thread, at a server with these routes; ``how`` is given its URL."""
    one.complaints.clear()
    one.requested.clear()
    async with serving(folder, routes=routes) as running:
        running.hub.open("standup", "open", "", [])
        url = f"http://127.0.0.1:{running.address.port}"
        await trio.to_thread.run_sync(how, url)
        assert {each.split("/")[2] for each in one.requested} == {url.split("/")[2]}


async def test_pages_are_whole_and_break_no_policy(one: Browser, tmp_path: Path) -> None:
    def how(url: str) -> None:
        one.open(f"{url}/")
        one.click(".rooms a")
        assert one.evaluate("location.pathname") == "/r/standup"
        for name in ALL:
            for scheme, background in (
                ("light", "rgb(246, 247, 249)"),
                ("dark", "rgb(20, 23, 28)"),
            ):
                one.look(scheme, width=320)
                one.open(f"{url}/samples/{name}")
                assert one.evaluate(BACKGROUND) == background
                assert one.evaluate(OVERFLOW) <= 0, name
            one.look(width=640)  # as a window of 1280 pixels has it at 200 %
            assert one.evaluate(OVERFLOW) <= 0, name
            one.press("Tab")
            assert one.evaluate(FOCUSED) == "solid"
        assert one.complaints == []

    await drive(one, tmp_path, how, *(sample(*each) for each in ALL.items()))


async def test_nothing_that_a_stranger_wrote_runs(one: Browser, tmp_path: Path) -> None:
    # All of them in each field, and each alone where the others might have closed its way out.
    everything = " ".join(VECTORS)
    pages = {name: poisoned(page, everything) for name, page in PAGES.items()}
    pages |= {f"alone-{n}": poisoned(PAGES["event"], each) for n, each in enumerate(VECTORS)}
    routes = [sample(*each) for each in pages.items()]
    # Without the policy too: it is the second wall, and the first has to stand alone.
    routes += [sample(f"bare-{name}", page, ()) for name, page in pages.items()]

    def how(url: str) -> None:
        for route in routes:
            one.open(url + route.pattern)
            assert one.evaluate(RAN) == "undefined", route.pattern
        assert one.complaints == []

    await drive(one, tmp_path, how, *routes)


async def test_the_test_would_notice_what_runs(one: Browser, tmp_path: Path) -> None:
    hostile = b"<!doctype html><p>hello<script>window.hit=1</script>"

    def page(name: str, guards: tuple[tuple[str, str], ...]) -> Route:
        async def handler(request: Request) -> Response:
            return Response(200, hostile, "text/html; charset=utf-8", guards=guards)

        return Route("GET", f"/samples/{name}", handler)

    def how(url: str) -> None:
        one.open(f"{url}/samples/open")
        assert one.evaluate(RAN) == "number"
        one.complaints.clear()
        one.open(f"{url}/samples/guarded")
        assert one.evaluate(RAN) == "undefined"
        assert "Content Security Policy" in " ".join(one.complaints)

    await drive(one, tmp_path, how, page("open", ()), page("guarded", GUARDS))

"""Draw all pages, in light and dark: ``python -m tests.server.public.pages.pictures FOLDER``."""

from __future__ import annotations

import functools
import sys
import tempfile
from pathlib import Path

import trio

from server.public.http import Response
from server.public.pages.rendering import render
from server.public.routes import Request, Route

from ....support.browser import browser
from ....support.serving import serving
from .reading import PLACE
from .samples import ALL, NOW

LOOKS = (("light", 1100), ("dark", 1100), ("light", 320), ("dark", 320))
"""Colour schemes, and widths of the window in CSS pixels."""
HEIGHT = "document.documentElement.scrollHeight"


async def draw(folder: Path) -> None:
    """Write a PNG of each page in each look."""
    with tempfile.TemporaryDirectory() as data:
        async with serving(Path(data), routes=[_route(name) for name in ALL]) as running:
            url = f"http://127.0.0.1:{running.address.port}"
            await trio.to_thread.run_sync(_draw, folder, url)


def _draw(folder: Path, url: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as one:
        for name in ALL:
            for scheme, width in LOOKS:
                one.look(scheme, width)
                one.open(f"{url}/samples/{name}")
                one.look(scheme, width, one.evaluate(HEIGHT))
                (folder / f"{name}-{scheme}-{width}.png").write_bytes(one.picture())


def _route(name: str) -> Route:
    async def handler(request: Request) -> Response:
        content = render(ALL[name], PLACE, NOW)
        return Response(200, content, "text/html; charset=utf-8")

    return Route("GET", f"/samples/{name}", handler)


if __name__ == "__main__":
    trio.run(functools.partial(draw, Path(sys.argv[1])))

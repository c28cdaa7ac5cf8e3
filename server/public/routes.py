"""Which paths of the public port are answered, and by whom."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from roomcli.errors import StoreError

from .http import Head, Response, line

log = logging.getLogger(__name__)

NOTHING_HERE = line(404, "there is nothing here")
"""The answer for what is not there, and, byte for byte, for what somebody may not know of."""
_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Request:
    """A request for one route.

    ``named`` has the parts of the path that its pattern names. ``url`` is where this server is for
    whoever asks, without a slash at the end, like ``https://rooms.example.org/talk``. ``pin`` is
    the one by which clients know the server's certificate, empty where they can verify it.
    """

    head: Head
    named: Mapping[str, str]
    url: str
    pin: str = ""


Handler = Callable[[Request], Awaitable[Response | None]]
"""Answers a request. None is for what is not there, and for what nobody who asks may know of."""


@dataclass(frozen=True)
class Route:
    """Who answers a method at the paths of a pattern.

    In ``/r/{room}`` the part in braces stands for 1 to 128 letters, digits, hyphens and
    underscores, so that a path needs no decoding. A route for GET answers HEAD too.
    """

    method: str
    pattern: str
    handler: Handler


class Routes:
    """All routes of a port; where two fit, the first answers."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, _compiled(route.pattern)) for route in routes]
        self._methods = {route.method for route, _ in self._routes}

    async def answer(self, head: Head, url: str, pin: str = "") -> Response:
        """Return the answer to a request; ``url`` and ``pin`` are as in :class:`Request`."""
        method = "GET" if head.method == "HEAD" else head.method
        if method not in self._methods:
            return _refused_method(self._methods)
        there = set()
        for route, pattern in self._routes:
            found = pattern.fullmatch(head.asked_path)
            if found is not None and route.method == method:
                return await _handled(route, Request(head, found.groupdict(), url, pin))
            if found is not None:
                there.add(route.method)
        return _refused_method(there) if there else NOTHING_HERE


async def _handled(route: Route, request: Request) -> Response:
    # A path is not logged: it may be the secret address of somebody's calendar.
    try:
        return await route.handler(request) or NOTHING_HERE
    except StoreError as error:
        facts = {"route": route.pattern, "why": str(error)}
        log.error("no answer at %(route)s: %(why)s", facts)
        return line(503, "the server cannot read what it keeps: its log says why")
    except Exception:
        log.exception("no answer at %(route)s", {"route": route.pattern})
        return line(500, "the server failed: its log says why")


def _refused_method(allowed: set[str]) -> Response:
    methods = sorted(allowed | ({"HEAD"} if "GET" in allowed else set()))
    text = "only GET here" if methods == ["GET", "HEAD"] else f"only {', '.join(methods)} here"
    answer = line(405, text)
    return Response(answer.status, answer.content, headers=(("allow", ", ".join(methods)),))


def _compiled(pattern: str) -> re.Pattern[str]:
    texts = _PART.split(pattern)
    names = texts[1::2]
    parts = [re.escape(texts[0])]
    for name, text in zip(names, texts[2::2], strict=True):
        parts += [f"(?P<{name}>[A-Za-z0-9_-]{{1,128}})", re.escape(text)]
    return re.compile("".join(parts))

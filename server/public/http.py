"""HTTP on the public port: a request's head, read with h11, and what it is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import h11

from roomcli.errors import ProtocolError
from roomcli.protocol import SUBPROTOCOL
from roomcli.wire.stream import OutboundStream

MAX_HEAD = 16 * 1024
_OF_THE_UPGRADE = frozenset(
    (
        b"host",
        b"connection",
        b"upgrade",
        b"sec-websocket-extensions",
        b"sec-websocket-key",
        b"sec-websocket-protocol",
        b"sec-websocket-version",
    )
)
"""Headers of which nothing else than ASCII is understood."""
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+){0,8}")


@dataclass(frozen=True)
class Head:
    """A request's head, and the bytes that came after it."""

    method: str
    path: str
    headers: dict[str, str]
    rest: bytes = b""
    http_version: str = "1.1"

    @property
    def asked_path(self) -> str:
        """The path without the query."""
        return self.path.partition("?")[0]

    def asked(self, name: str) -> str:
        """Return the value of a field of the query; empty if it is not there."""
        return parse_qs(self.path.partition("?")[2]).get(name, [""])[0]

    @property
    def authority(self) -> str:
        """The Host header: the name by which the client calls this server."""
        return self.headers.get("host", "")

    @property
    def forwarded_for(self) -> str:
        """The clients that proxies name (``X-Forwarded-For``), all lines joined."""
        return self.headers.get("x-forwarded-for", "")

    @property
    def forwarded_prefix(self) -> str:
        """The path that a proxy took off (``X-Forwarded-Prefix``), without a slash at its end."""
        prefix = self.headers.get("x-forwarded-prefix", "").rstrip("/")
        return prefix if _PREFIX.fullmatch(prefix) else ""

    @property
    def asks_for_websocket(self) -> bool:
        """Whether the request is an upgrade to a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def has_lost_its_upgrade(self) -> bool:
        """Whether a proxy on the way removed a part of the WebSocket upgrade."""
        left = {"sec-websocket-key", "sec-websocket-version"} & self.headers.keys()
        whole = (
            self.http_version == "1.1"
            and self.asks_for_websocket
            and "upgrade" in _tokens(self.headers.get("connection", "").lower())
            and len(left) == 2
        )
        return not whole and (self.asks_for_websocket or bool(left))

    @property
    def websocket_key(self) -> str:
        """What the answer to the upgrade is made of."""
        return self.headers.get("sec-websocket-key", "")

    @property
    def speaks_roomcli(self) -> bool:
        """Whether the client offers our subprotocol."""
        return SUBPROTOCOL in _tokens(self.headers.get("sec-websocket-protocol", ""))

    @property
    def is_foreign(self) -> bool:
        """Whether the request comes from a web page of another site in somebody's browser."""
        origin = self.headers.get("origin")
        if origin is None:
            return False
        try:
            return urlsplit(origin).netloc.lower() != self.authority.lower()
        except ValueError:
            return True


def _tokens(value: str) -> list[str]:
    return [token.strip() for token in value.split(",")]


async def read_head(stream: OutboundStream) -> Head | None:
    """Read and return the next request's head; None when the peer leaves first.

    Raises ProtocolError for what is no HTTP/1.1, and for a head that is too long.
    """
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
    while True:
        received = await stream.receive_some()
        if not received:
            return None
        try:
            reader.receive_data(received)
            event = reader.next_event()
        except h11.RemoteProtocolError as error:
            raise ProtocolError("bad_request", str(error)) from None
        if isinstance(event, h11.Request):
            for name, value in event.headers:
                if not value.isascii() and name in _OF_THE_UPGRADE:
                    raise ProtocolError("bad_request", f"{name.decode('ascii')} has to be ASCII")
            headers: dict[str, str] = {}
            for raw_name, raw_value in event.headers:
                key, text = raw_name.decode("ascii"), raw_value.decode("latin-1")
                headers[key] = f"{headers[key]}, {text}" if key in headers else text
            return Head(
                event.method.decode("ascii"),
                event.target.decode("ascii", "replace"),
                headers,
                reader.trailing_data[0],
                event.http_version.decode("ascii"),
            )


POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
GUARDS = (
    ("content-security-policy", POLICY),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
)
"""What browsers are told of every answer: it runs nothing, and its address is told to nobody."""


@dataclass(frozen=True)
class Response:
    """What a request is answered: a status, and content of a type.

    ``caching`` says who may keep the answer and for how long, and ``headers`` are further ones.
    ``guards`` are sent with all answers, refusals and files too.
    """

    status: int
    content: bytes
    content_type: str = "text/plain; charset=utf-8"
    caching: str = "no-store"
    headers: tuple[tuple[str, str], ...] = ()
    guards: tuple[tuple[str, str], ...] = GUARDS


def line(status: int, text: str) -> Response:
    """Return an answer that is one line of plain text."""
    return Response(status, f"{text}\n".encode())


async def respond(stream: OutboundStream, answer: Response, *, head_only: bool = False) -> None:
    """Send an answer, or only its head; it is the last on its connection."""
    writer = h11.Connection(h11.SERVER)
    headers = [
        ("content-type", answer.content_type),
        ("content-length", str(len(answer.content))),
        ("connection", "close"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", answer.caching),
        *answer.guards,
        *answer.headers,
    ]
    head = writer.send(h11.Response(status_code=answer.status, headers=headers))
    assert head is not None
    await stream.send_all(head if head_only else head + answer.content)

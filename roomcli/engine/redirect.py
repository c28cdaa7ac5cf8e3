"""Waits on this machine for a browser that comes back from a sign-on (RFC 8252, 7.3).

Only loopback is listened on, at a port that nobody knows before. Any page that a browser shows can
send it there: so what has not the state of this sign-on is refused, and waited on.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hmac import compare_digest
from urllib.parse import parse_qs, urlsplit

import h11
import trio

from ..errors import CommandRefused, ConnectionFailed
from ..protocol.events import SignOnBegun

LOOPBACK = "127.0.0.1"
REQUEST_SECONDS = 10.0
AT_ONCE = 16
MAX_HEAD = 16 * 1024
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>roomcli</title><p>{}"
    " You can close this page and go back to roomcli."
)


@dataclass
class Redirect:
    """A place to which a browser comes back; ``port`` is where."""

    listener: trio.SocketListener
    _found: list[str | CommandRefused] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port on loopback."""
        port: int = self.listener.socket.getsockname()[1]
        return port

    async def await_code(self, begun: SignOnBegun, seconds: float) -> str:
        """Return the code with which the browser comes back from this sign-on.

        Raises CommandRefused ``not_signed_on`` if the issuer says no, ConnectionFailed if nobody
        has come back within ``seconds``.
        """
        limit = trio.Semaphore(AT_ONCE)

        async def serve(stream: trio.SocketStream) -> None:
            async with limit, stream:
                with (
                    trio.move_on_after(REQUEST_SECONDS),
                    contextlib.suppress(trio.BrokenResourceError, h11.RemoteProtocolError),
                ):
                    await self._answer_browser(stream, begun, nursery.cancel_scope)

        with trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:
                await trio.serve_listeners(serve, [self.listener], handler_nursery=nursery)
        if not self._found:
            raise ConnectionFailed("nobody has signed on in time: begin anew")
        found = self._found[0]
        if isinstance(found, CommandRefused):
            raise found
        return found

    async def _answer_browser(
        self, stream: trio.SocketStream, begun: SignOnBegun, waiting: trio.CancelScope
    ) -> None:
        peer = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        while (event := peer.next_event()) is h11.NEED_DATA:
            peer.receive_data(bytes(await stream.receive_some(MAX_HEAD)))
        if not isinstance(event, h11.Request):
            return
        found = read_answer(event, f"{LOOPBACK}:{self.port}", begun)
        if found is None:
            await _respond(stream, 400, "This is not the answer that roomcli waits for.")
            return
        said = "You are signed on." if isinstance(found, str) else "You are not signed on."
        await _respond(stream, 200, said)
        self._found.append(found)
        waiting.cancel()


def read_answer(
    request: h11.Request, authority: str, begun: SignOnBegun
) -> str | CommandRefused | None:
    """Return the code in a browser's request, or that the issuer refuses; None for anything else.

    The state has to be that of this sign-on, and the issuer the one that was asked (RFC 9207).
    """
    parts = urlsplit(request.target.decode("ascii", "replace"))
    hosts = [value.decode("latin-1") for name, value in request.headers if name == b"host"]
    if request.method != b"GET" or parts.path != "/" or hosts != [authority]:
        return None
    asked = parse_qs(parts.query)
    if any(len(each) > 1 for each in asked.values()):
        return None
    state, issuer = asked.get("state", [""])[0], asked.get("iss", [None])[0]
    if not compare_digest(state.encode("utf-8", "replace"), begun.sent_state.encode()):
        return None
    if issuer != begun.issuer and (issuer is not None or begun.names_issuer):
        return None
    if "error" in asked:
        return CommandRefused("not_signed_on", "the issuer says that you did not sign on")
    return asked.get("code", [None])[0]


@contextlib.asynccontextmanager
async def open_redirect() -> AsyncIterator[Redirect]:
    """Listen on a random port of loopback within the block."""
    (listener,) = await trio.open_tcp_listeners(0, host=LOOPBACK)
    async with listener:
        yield Redirect(listener)


async def _respond(stream: trio.SocketStream, status: int, said: str) -> None:
    body = _PAGE.format(said).encode()
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", str(len(body))),
        ("content-security-policy", "default-src 'none'"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("connection", "close"),
    ]
    writer = h11.Connection(h11.SERVER)
    head = writer.send(h11.Response(status_code=status, headers=headers))
    await stream.send_all((head or b"") + body)

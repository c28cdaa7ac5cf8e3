"""The admins' port: HTTP on a Unix socket in the data folder, answered in JSON as a rule.

Whoever may write to the socket is an admin, so only its owner may. A lock on the folder keeps two
servers from using one store.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import h11
import msgspec
import trio

from roomcli.errors import ConfigError
from roomcli.protocol.text import cleaned

from ..data_folder import ADMIN_SOCKET, MAX_TROUBLE, TROUBLE, lock_folder

log = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds to wait for another server that is just stopping and still holds the folder."""
EXCHANGE_SECONDS = 10.0
"""Seconds that a request and its answer may take."""
AT_ONCE = 16
MAX_HEAD = 16 * 1024
MAX_BODY = 16 * 1024


class Text(NamedTuple):
    """An answer that is no JSON."""

    content: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


Answer = Callable[[str, str, bytes], Awaitable[object]]
"""A function that carries out a request, given its method, target and body. Its result is encoded
as JSON, but for a :class:`Text`. Raises Failed."""


class Failed(Exception):
    """A request failed: the HTTP status, and a line that says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@contextlib.asynccontextmanager
async def admin_socket(folder: Path) -> AsyncIterator[trio.SocketListener]:
    """Lock ``folder`` for this server and listen on a socket in it.

    Raises ConfigError if another server holds the folder, or it cannot be used.
    """
    with contextlib.ExitStack() as stack:
        try:
            await _lock(stack.enter_context(_opened(folder)), folder)
            bound = stack.enter_context(_bound(folder))
        except OSError as error:
            raise ConfigError(f"cannot listen in {folder}: {error.strerror or error}") from None
        yield trio.SocketListener(trio.socket.from_stdlib_socket(bound))


async def serve_admins(
    listeners: list[trio.SocketListener],
    answer: Answer,
    troubles: Callable[[], list[str]] = lambda: [],
) -> None:
    """Answer requests until cancelled, one for each connection.

    Each answer also lists the server's ``troubles``.
    """
    limit = trio.Semaphore(AT_ONCE)

    async def answered(method: str, target: str, body: bytes) -> object:
        async with limit:  # not while a request is read: who sends none shuts nobody out
            return await answer(method, target, body)

    async def exchange(stream: trio.SocketStream) -> None:
        # The time that is waited for a place counts as well: nobody holds a connection for longer.
        with (
            trio.move_on_after(EXCHANGE_SECONDS),
            contextlib.suppress(trio.BrokenResourceError),
        ):
            async with stream:
                await _exchange(stream, answered, troubles)

    await trio.serve_listeners(exchange, listeners)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _lock(descriptor: int, folder: Path) -> None:
    """Lock the folder, or raise ConfigError if another server keeps it."""
    deadline = trio.current_time() + PATIENCE
    while not lock_folder(descriptor):
        if trio.current_time() >= deadline:
            raise ConfigError(
                f"another server uses the data folder {folder}: stop it, or give this one"
                " another --data"
            )
        await trio.sleep(0.1)


@contextlib.contextmanager
def _bound(folder: Path) -> Iterator[socket.socket]:
    path = folder / ADMIN_SOCKET
    path.unlink(missing_ok=True)  # left by a server that has ended: we have the lock
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)  # nobody else can use the socket, at any moment
    try:
        # A socket's path has at most 104 bytes, and the folder's path may be longer.
        with contextlib.chdir(folder):
            bound.bind(ADMIN_SOCKET)
        bound.listen(AT_ONCE)
    except BaseException:
        bound.close()
        raise
    finally:
        os.umask(mask)
    try:
        yield bound
    finally:
        bound.close()
        path.unlink(missing_ok=True)


async def _exchange(
    stream: trio.SocketStream, answer: Answer, troubles: Callable[[], list[str]]
) -> None:
    peer = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
    method = ""
    try:
        method, target, body = await _question(stream, peer)
        result = await answer(method, target, body)
        said = result if isinstance(result, Text) else _as_json(result)
    except h11.RemoteProtocolError as error:
        said = _refusal(400, f"this is no HTTP: {error}")
    except trio.BrokenResourceError:
        raise  # nobody is there to be told
    except Failed as error:
        said = _refusal(error.status, str(error))
    except Exception as error:
        # An error in one request must not end the server for everybody.
        log.exception("an admin's question failed")
        said = _refusal(500, f"the server failed: {error}; its log says more")
    headers = [
        ("content-type", said.content_type),
        ("content-length", str(len(said.content))),
        ("connection", "close"),
        *((TROUBLE, _ascii(line)) for line in troubles()),
    ]
    head = h11.Connection(h11.SERVER).send(h11.Response(status_code=said.status, headers=headers))
    assert head is not None
    await stream.send_all(head if method == "HEAD" else head + said.content)
    await stream.send_eof()
    while await stream.receive_some():  # closing with unread data would discard the answer
        pass


async def _question(stream: trio.SocketStream, peer: h11.Connection) -> tuple[str, str, bytes]:
    """Read a request and return its method, target and body."""
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = peer.next_event()
        if event is h11.NEED_DATA:
            peer.receive_data(await stream.receive_some(MAX_BODY))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise Failed(413, f"a request may have {MAX_BODY} bytes")
        elif request is None:
            raise trio.BrokenResourceError  # the peer left without a request
        else:
            return request.method.decode(), request.target.decode("ascii", "replace"), bytes(body)


def _ascii(line: str) -> str:
    return cleaned(line, MAX_TROUBLE).encode("ascii", "replace").decode("ascii")


def _as_json(result: object, status: int = 200) -> Text:
    return Text(msgspec.json.encode(result) + b"\n", "application/json", status)


def _refusal(status: int, text: str) -> Text:
    return _as_json({"error": text}, status)

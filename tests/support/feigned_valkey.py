"""A listener that gives the answers of a Valkey or a sentinel that a real one would not give."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import trio

from server.cluster.address import ValkeyAddress
from server.cluster.resp import ReplyReader, write_command


def hello(mode: str) -> bytes:
    """Return the answer to HELLO of what is in this mode."""
    return b"%1\r\n" + write_command("mode", mode).partition(b"\r\n")[2]


TAKES_WRITES = b"*3\r\n$6\r\nmaster\r\n:10\r\n*0\r\n"
IS_A_COPY = b"*5\r\n$5\r\nslave\r\n$1\r\nx\r\n:1\r\n$9\r\nconnected\r\n:10\r\n"


@contextlib.asynccontextmanager
async def saying(answers: dict[bytes, bytes]) -> AsyncIterator[ValkeyAddress]:
    """Run what gives these answers to commands, by their first word, and none to others."""

    async def answer(stream: trio.SocketStream) -> None:
        reader = ReplyReader()
        with contextlib.suppress(trio.BrokenResourceError):
            while received := await stream.receive_some():
                for command in reader.read_replies(received):
                    assert isinstance(command, list)
                    await stream.send_all(answers.get(bytes(command[0]), b""))  # type: ignore[arg-type]

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, answer, [listener])
        yield ValkeyAddress("127.0.0.1", listener.socket.getsockname()[1])
        nursery.cancel_scope.cancel()

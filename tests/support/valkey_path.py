"""A way to Valkey that a test can cut: nothing passes any more, and no end is told so."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import trio

from benchmarks.valkey import ValkeyServer


class ValkeyPath:
    """Passes bytes on between who connects to :attr:`url` and a Valkey, as long as it is open."""

    def __init__(self, valkey: ValkeyServer, url: str) -> None:
        self.url = url
        self._valkey = valkey
        self._open = trio.Event()
        self._open.set()

    def cut(self) -> None:
        """Let nothing pass any more."""
        self._open = trio.Event()

    def mend(self) -> None:
        """Let everything pass again, also what waits."""
        self._open.set()

    async def pass_on(self, front: trio.SocketStream) -> None:
        """Connect somebody to Valkey until either end is gone."""
        with contextlib.suppress(OSError, trio.BrokenResourceError):
            back = await trio.open_unix_socket(self._valkey.address.path)
            async with front, back, trio.open_nursery() as nursery:
                nursery.start_soon(self._copy, front, back, nursery)
                nursery.start_soon(self._copy, back, front, nursery)

    async def _copy(
        self, source: trio.SocketStream, target: trio.SocketStream, both: trio.Nursery
    ) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while received := await source.receive_some():
                await self._open.wait()
                await target.send_all(received)
        both.cancel_scope.cancel()


@contextlib.asynccontextmanager
async def valkey_path(valkey: ValkeyServer) -> AsyncIterator[ValkeyPath]:
    """Have a path to a Valkey until the block ends."""
    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        path = ValkeyPath(valkey, f"redis://127.0.0.1:{listener.socket.getsockname()[1]}")
        nursery.start_soon(trio.serve_listeners, path.pass_on, [listener])
        yield path
        nursery.cancel_scope.cancel()

"""A TCP proxy that does to connections what bad networks do: delay, jitter, stalls and cuts.

It needs no rights, and works on every system. What it passes on stays in order, as with TCP: what
comes after late bytes is late too.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import trio

from .patience import PATIENCE

ON_THE_WAY = 256
"""Chunks at most that are on their way in one direction; then their sender has to wait."""
CHUNK = 4096
RESET = struct.pack("ii", 1, 0)


class ChaosProxy:
    """Passes connections on to a port of this machine; it is told from another thread what to do.

    ``delay`` is how long bytes take in each direction and ``jitter`` by how much longer at the
    most, in seconds. Both may be set at any time.
    """

    def __init__(self, port: int) -> None:
        self.delay = self.jitter = 0.0
        self.port = 0
        """The port of the proxy itself."""
        self.ready = threading.Event()
        self._behind = port
        self._chance = random.Random(1)
        self._flow = trio.Event()
        self._flow.set()
        self._answers = trio.Event()
        self._answers.set()
        self._serving = trio.CancelScope()
        self._connections: set[trio.CancelScope] = set()
        self._token: trio.lowlevel.TrioToken

    def stall(self) -> None:
        """Hold everything back from now on; the connections stay."""
        self._do(self._hold)

    def go_on(self) -> None:
        """Pass on at once what was held back, and hold nothing back any more."""
        self._do(lambda: self._flow.set())

    def hold_answers(self) -> None:
        """Hold back what comes from behind, until the connections are cut."""
        self._do(self._hold_answers)

    def cut(self) -> None:
        """Reset all connections, and lose what is on its way. New ones are passed on."""
        self._do(self._reset)

    def close(self) -> None:
        """End the proxy."""
        self._do(self._serving.cancel)

    async def serve(self) -> None:
        """Pass on until the end."""
        self._token = trio.lowlevel.current_trio_token()
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        with self._serving:
            self.ready.set()
            await trio.serve_listeners(self._pass_on, listeners)

    def _do(self, act: Callable[[], None]) -> None:
        trio.from_thread.run_sync(act, trio_token=self._token)

    def _hold(self) -> None:
        self._flow = trio.Event()

    def _reset(self) -> None:
        for each in self._connections:
            each.cancel()
        self._answers.set()

    def _hold_answers(self) -> None:
        self._answers = trio.Event()

    async def _pass_on(self, near: trio.SocketStream) -> None:
        with trio.CancelScope() as scope:
            self._connections.add(scope)
            try:
                async with near, await trio.open_tcp_stream("127.0.0.1", self._behind) as far:
                    try:
                        async with trio.open_nursery() as nursery:
                            nursery.start_soon(self._pump, near, far)
                            nursery.start_soon(self._pump, far, near, True)
                    finally:
                        for each in (near, far):
                            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            except* (OSError, trio.BrokenResourceError):
                pass  # one side has left, and so does the other
            finally:
                self._connections.remove(scope)

    async def _pump(
        self, source: trio.SocketStream, sink: trio.SocketStream, answers: bool = False
    ) -> None:
        come, go = trio.open_memory_channel[tuple[float, bytes]](ON_THE_WAY)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._deliver, go, sink, answers)
            while chunk := await source.receive_some(CHUNK):
                late = self.delay + self._chance.random() * self.jitter
                await come.send((trio.current_time() + late, chunk))
            raise trio.BrokenResourceError("the other side is to be told")

    async def _deliver(
        self,
        go: trio.MemoryReceiveChannel[tuple[float, bytes]],
        sink: trio.SocketStream,
        answers: bool,
    ) -> None:
        async for due, chunk in go:
            await trio.sleep_until(due)
            await self._flow.wait()
            if answers:
                await self._answers.wait()
            await sink.send_all(chunk)


@contextlib.contextmanager
def chaos_before(port: int) -> Iterator[ChaosProxy]:
    """Run a proxy before this port of this machine until the block ends."""
    proxy = ChaosProxy(port)
    thread = threading.Thread(target=trio.run, args=(proxy.serve,))
    thread.start()
    assert proxy.ready.wait(PATIENCE)
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()

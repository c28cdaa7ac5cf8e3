"""The obvious relay on the websockets library: its own ``broadcast`` on Trio, without compression.

``python -m benchmarks.peers.websockets_relay [--tls]``; needs websockets 17 or later.
"""

from __future__ import annotations

import ssl

import trio
from websockets.trio.server import ServerConnection, broadcast, serve
from websockets.typing import Subprotocol

from roomcli.protocol import SUBPROTOCOL

from .plain_relay import HOST, Bundler, run


class WebsocketsRelay:
    """Sends everything that anybody says to everyone, with the library's own means."""

    def __init__(self) -> None:
        self._connections: set[ServerConnection] = set()
        self._bundler = Bundler()

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one connection until it ends."""
        slot = self._bundler.next_slot()
        self._connections.add(connection)
        try:
            async for message in connection:
                if bundle := self._bundler.bundle(message, slot):
                    await broadcast(self._connections, bundle)
        finally:
            self._connections.discard(connection)


async def _serve(context: ssl.SSLContext | None, nursery: trio.Nursery) -> int:
    listeners = await trio.open_tcp_listeners(0, host=HOST)

    async def listen(task_status: trio.TaskStatus[object]) -> None:
        await serve(
            WebsocketsRelay().handle,
            listeners=listeners,
            ssl=context,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            task_status=task_status,
        )

    await nursery.start(listen)
    return int(listeners[0].socket.getsockname()[1])


if __name__ == "__main__":
    run(_serve)

"""The obvious relay on trio-websocket: a loop with ``send_message`` to each connection.

``python -m benchmarks.peers.trio_websocket_relay [--tls]``. A connection that says nothing costs
what a bare handler of trio-websocket costs.
"""

from __future__ import annotations

import contextlib
import ssl

import trio
import trio_websocket

from roomcli.protocol import SUBPROTOCOL

from .plain_relay import HOST, Bundler, run


class TrioWebsocketRelay:
    """Sends everything that anybody says to everyone, one after the other."""

    def __init__(self) -> None:
        self._connections: set[trio_websocket.WebSocketConnection] = set()
        self._bundler = Bundler()

    async def handle(self, request: trio_websocket.WebSocketRequest) -> None:
        """Serve one connection."""
        connection = await request.accept(subprotocol=SUBPROTOCOL)
        slot = self._bundler.next_slot()
        self._connections.add(connection)
        try:
            while True:
                message = await connection.get_message()
                if bundle := self._bundler.bundle(message, slot):
                    await self._send(bundle)
        except trio_websocket.ConnectionClosed:
            pass
        finally:
            self._connections.discard(connection)

    async def _send(self, bundle: bytes) -> None:
        for connection in tuple(self._connections):
            with contextlib.suppress(trio_websocket.ConnectionClosed):
                await connection.send_message(bundle)


async def _serve(context: ssl.SSLContext | None, nursery: trio.Nursery) -> int:
    server = await nursery.start(
        trio_websocket.serve_websocket, TrioWebsocketRelay().handle, HOST, 0, context
    )
    return int(server.port)


if __name__ == "__main__":
    run(_serve)

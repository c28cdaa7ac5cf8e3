"""A path for datagrams that a test can cut, in either direction, while TCP goes on."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import trio

Place = tuple[str, int]


class UdpPath:
    """Passes datagrams on between clients and the port :attr:`behind`, as an address translation.

    A datagram takes ``delay`` seconds in each direction.
    """

    def __init__(self, front: trio.socket.SocketType, nursery: trio.Nursery, delay: float) -> None:
        self.behind: Place | None = None
        self.up = self.down = True
        """Whether datagrams pass from the clients, and to them."""
        self._front = front
        self._nursery = nursery
        self._delay = delay
        self._backs: dict[Any, trio.socket.SocketType] = {}

    @property
    def place(self) -> Place:
        """Where clients send to."""
        host, port = self._front.getsockname()
        return host, port

    async def run(self) -> None:
        """Pass on what clients send, until cancelled."""
        while True:
            datagram, client = await self._front.recvfrom(2048)
            if client not in self._backs:
                assert self.behind is not None
                self._backs[client] = back = trio.socket.socket(type=trio.socket.SOCK_DGRAM)
                await back.connect(self.behind)
                self._nursery.start_soon(self._pass_back, back, client)
            if self.up:
                self._nursery.start_soon(self._send_later, self._backs[client], datagram)

    async def _pass_back(self, back: trio.socket.SocketType, client: Any) -> None:
        while True:
            datagram = await back.recv(2048)
            if self.down:
                self._nursery.start_soon(self._send_later, self._front, datagram, client)

    async def _send_later(
        self, out: trio.socket.SocketType, datagram: bytes, to: Any = None
    ) -> None:
        await trio.sleep(self._delay)
        await (out.send(datagram) if to is None else out.sendto(datagram, to))

    def close(self) -> None:
        """Close all sockets."""
        for each in (self._front, *self._backs.values()):
            each.close()


@contextlib.asynccontextmanager
async def open_udp_path(delay: float = 0.0) -> AsyncIterator[UdpPath]:
    """Run a path while the block runs."""
    front = trio.socket.socket(type=trio.socket.SOCK_DGRAM)
    await front.bind(("127.0.0.1", 0))
    async with trio.open_nursery() as nursery:
        path = UdpPath(front, nursery, delay)
        nursery.start_soon(path.run)
        try:
            yield path
        finally:
            nursery.cancel_scope.cancel()
            path.close()

"""Section 16 of docs/protocol.md: one visit's side channel, at a stranger's end.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

from .fields import Message
from .side_channel import (
    TO_CLIENT,
    TO_SERVER,
    StrangerChannel,
    read_probe,
    write_probe,
)

Take = Callable[[bytes], None]


class StrangerDatagrams:
    """Sends under the id in use, answers the server's questions, and tells what came.

    ``take`` gets voice and acknowledgements, ``say`` sends a message over the WebSocket.
    """

    def __init__(self, offer: Message, server: tuple[Any, ...], take: Take, say: Take) -> None:
        self.ids: list[bytes] = offer["ids"]
        self.up = StrangerChannel(offer["secret"], self.ids, TO_SERVER)
        self.down = StrangerChannel(offer["secret"], self.ids, TO_CLIENT)
        self.server = server
        self.place = 0
        self.sent = [0] * len(self.ids)
        self.came: list[tuple[bytes, bytes]] = []
        """The datagrams that were authentic and new, each with the message in it."""
        self.answers: list[bytes] = []
        """What was answered to this side's questions, by whichever way."""
        self.by_udp = False
        """Whether this side's own voice goes by UDP."""
        self.silent = False
        """Whether the server's questions are left unanswered."""
        self._take, self._say = take, say
        self._sockets: list[socket.socket] = []

    def _read(self, bound: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                data = bound.recv(4096)
                message = self.down.open(data)
                if message is None:
                    continue
                self.came.append((data, message))
                if message[0] == 3:
                    self.hear_probe(message)
                else:
                    self._take(message)

    def hear_probe(self, message: bytes) -> None:
        token, is_answer = read_probe(message)
        if is_answer:
            self.answers.append(token)
        elif not self.silent:
            self.send(write_probe(token, True))
            if not self.by_udp:
                self._say(write_probe(token, True))

    # What a test does.

    def sealed(self, message: bytes) -> bytes:
        """Return the next datagram."""
        counter = self.sent[self.place]
        self.sent[self.place] += 1
        return self.up.seal(self.ids[self.place], counter, message)

    def send(self, message: bytes) -> bytes:
        """Send a message by the newest socket, and return its datagram."""
        datagram = self.sealed(message)
        self._sockets[-1].sendto(datagram, self.server)
        return datagram

    def ask(self, token: bytes) -> None:
        self.send(write_probe(token, False))

    def told(self) -> bytes:
        """Return the reception that goes behind an acknowledgement."""
        places = [n for n, each in enumerate(self.ids) if self.down.windows[each].came]
        return self.down.windows[self.ids[places[-1]]].encode(places[-1]) if places else b""

    def messages(self, kind: int) -> list[bytes]:
        return [message for _, message in self.came if message[0] == kind]

    def change_network(self, server: tuple[Any, ...]) -> None:
        """Go on from another address under the next id, to this address of the server's."""
        self.server = server
        self.place = min(self.place + 1, len(self.ids) - 1)
        self.open_socket()

    def open_socket(self) -> None:
        family = socket.AF_INET6 if ":" in self.server[0] else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        opened.setblocking(False)
        self._sockets.append(opened)
        asyncio.get_running_loop().add_reader(opened, self._read, opened)

    def close(self) -> None:
        for each in self._sockets:
            asyncio.get_running_loop().remove_reader(each)
            each.close()


@contextlib.asynccontextmanager
async def datagrams(
    joined: Message, reached: tuple[Any, ...], take: Take, say: Take
) -> AsyncIterator[StrangerDatagrams]:
    """Open the side channel that ``joined`` offers to who reached the server at an address."""
    offer = joined["udp"]
    server = (offer["host"] or reached[0], offer["port"], *reached[2:])
    side = StrangerDatagrams(offer, server, take, say)
    side.open_socket()
    try:
        yield side
    finally:
        side.close()

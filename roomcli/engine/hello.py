"""The hello of a connection: who connects proves who they are, and the server lets them in or not.

Everything here raises ConnectionLost if the connection breaks, and ProtocolError at nonsense.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import trio

from ..errors import ConnectionLost, ProtocolError
from ..protocol import FEATURES, codec
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.handshake import signed_bytes
from ..wire.connection import WebSocket
from .ending import ComeBack, Ending, come_back
from .keys import PersonalKey

GOODBYE_SECONDS = 1.0
"""Seconds that a goodbye may come after the refusal that it explains."""


@dataclass(frozen=True)
class Introduction:
    """Who connects, and to which server: ``authority`` is HOST:PORT as it was dialled."""

    authority: str
    name: str
    headline: str
    keeps_name: bool
    key: PersonalKey


async def say_hello(connection: WebSocket, who: Introduction, certificate_hash: bytes) -> None:
    """Answer the server's challenge: sign it, with the certificate that this side has seen."""
    challenge = codec.decode_from_server(await connection.receive())
    if not isinstance(challenge, e.Challenge):
        raise ProtocolError("bad_message", "no challenge came")
    signed = signed_bytes(challenge.nonce, who.authority, certificate_hash)
    hello = c.Hello(
        key=who.key.public,
        signature=who.key.sign(signed),
        certificate=certificate_hash,
        authority=who.authority,
        name=who.name,
        headline=who.headline,
        keeps_name=who.keeps_name,
        features=FEATURES,
    )
    connection.send(codec.encode(hello))


async def read_welcome(connection: WebSocket) -> e.Welcome | Ending | ComeBack:
    """Wait for what the server says to the hello."""
    while True:
        match codec.decode_from_server(await connection.receive()):
            case e.Welcome() as welcome:
                return welcome
            case e.Refused(code=code, text=text, retry_after=wait):
                if await _asks_to_come_back(connection):
                    return come_back(text, wait)
                return Ending(code, text, refused=True)
            case e.Goodbye(text=text, retry=True):
                raise ConnectionLost(text)
            case e.Goodbye(code=code, text=text):
                return Ending(code, text, refused=True)
            case e.Challenge() | e.Joined():
                raise ProtocolError("bad_message", "no welcome came")


async def _asks_to_come_back(connection: WebSocket) -> bool:
    """Whether a goodbye that follows a refusal says that coming back makes sense."""
    with trio.move_on_after(GOODBYE_SECONDS), contextlib.suppress(ConnectionLost):
        goodbye = codec.decode_from_server(await connection.receive())
        return isinstance(goodbye, e.Goodbye) and goodbye.retry
    return False

"""Which server takes writes: of those that are named, or as sentinels say."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace

import trio

from roomcli.errors import ConnectionFailed, ConnectionLost

from .address import ValkeyAddress
from .connection import connected

OTHERS_SECONDS = 0.1
"""How long the others may still answer once one says that it takes writes."""


async def find_primary(
    addresses: Sequence[ValkeyAddress], context: ssl.SSLContext | None = None
) -> ValkeyAddress:
    """Return where the server is that takes writes. All are asked at once.

    Two say so where one was put in the place of another that is back: then it is the one that has
    been written further, or named first: all who ask find the same. Raises ConnectionFailed.
    """
    found: dict[int, tuple[int, ValkeyAddress]] = {}
    reasons: list[str] = []

    async def ask(place: int, address: ValkeyAddress) -> None:
        try:
            server = await _named_by(address, context) if address.watched else address
            written = await _reached_by(server, context)
        except (ConnectionFailed, ConnectionLost) as failed:
            reasons.append(str(failed))
            return
        found[place] = (written, server)
        soon = trio.current_time() + OTHERS_SECONDS
        nursery.cancel_scope.deadline = min(nursery.cancel_scope.deadline, soon)

    async with trio.open_nursery() as nursery:
        for place, each in enumerate(addresses):
            nursery.start_soon(ask, place, each)
    if not found:
        raise ConnectionFailed("; ".join(dict.fromkeys(reasons)))
    return found[max(found, key=lambda place: (found[place][0], -place))][1]


async def _named_by(sentinel: ValkeyAddress, context: ssl.SSLContext | None) -> ValkeyAddress:
    """Return which server a sentinel says takes writes."""
    async with connected(sentinel, context) as connection:
        named = await connection.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinel.watched)
    match named:
        case [bytes() as host, bytes() as port]:
            return replace(sentinel, host=host.decode(), port=int(port), watched="")
    raise ConnectionFailed(f"the sentinel at {sentinel} knows no server of that name")


async def _reached_by(server: ValkeyAddress, context: ssl.SSLContext | None) -> int:
    """Return how far a server has been written that takes writes."""
    async with connected(server, context) as connection:
        match await connection.call("ROLE"):
            case [_, int() as offset, *_]:
                return offset
    return 0

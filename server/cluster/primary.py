"""Which server takes writes: of those that are named, or as sentinels say."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace

import trio

from roomcli.errors import ConnectionFailed, ConnectionLost

from .address import ValkeyAddress
from .connection import CONNECT_SECONDS, connected

OTHERS_SECONDS = 0.1
"""How long the others may still answer once one says that it takes writes."""
AGAIN_SECONDS = 0.2
"""Until one is asked again that takes no writes, while another is silent."""
SEARCH_SECONDS = 3 * CONNECT_SECONDS
"""How long a search may take, whatever sentinels say."""
MOST_PORT = 65535


async def find_primary(
    addresses: Sequence[ValkeyAddress], context: ssl.SSLContext | None = None
) -> ValkeyAddress:
    """Return where the server is that takes writes. All are asked at once.

    Two say so where one was put in the place of another that is back: then it is the one that has
    been written further, or named first: all who ask find the same. Raises ConnectionFailed.
    """
    async with trio.open_nursery() as nursery:
        nursery.cancel_scope.deadline = trio.current_time() + SEARCH_SECONDS
        search = _Search(nursery, context)
        for place, each in enumerate(addresses):
            search.add_address(each, place)
    return search.result()


class _Search:
    """One search, with a task for each address. It ends once all have been heard.

    Who was heard is asked again until then: the copy that takes the place of a silent server must
    be found before that is given up.
    """

    def __init__(self, nursery: trio.Nursery, context: ssl.SSLContext | None) -> None:
        self._nursery = nursery
        self._context = context
        self._places: dict[ValkeyAddress, int] = {}
        """Of all that were named, the smaller the earlier."""
        self._unheard: set[ValkeyAddress] = set()
        self._written: dict[ValkeyAddress, int] = {}
        """How far those are written that take writes."""
        self._reasons: dict[ValkeyAddress, str] = {}

    def add_address(self, address: ValkeyAddress, place: int) -> None:
        """Have an address asked too that is named at this place."""
        is_new = address not in self._places
        self._places[address] = min(place, self._places.get(address, place))
        if is_new:
            self._unheard.add(address)
            self._nursery.start_soon(self._keep_asking, address)

    def result(self) -> ValkeyAddress:
        """Return the server that was found. Raises ConnectionFailed."""
        if not self._written:
            silent = {each: f"{each} answers nothing" for each in self._unheard}
            reasons = {**silent, **self._reasons}
            raise ConnectionFailed("; ".join(dict.fromkeys(reasons.values())))
        return max(self._written, key=lambda each: (self._written[each], -self._places[each]))

    async def _keep_asking(self, address: ValkeyAddress) -> None:
        while address not in self._written:
            try:
                await self._hear(address)
                self._reasons.pop(address, None)
            except ConnectionFailed as failed:
                self._reasons[address] = str(failed)
            except ConnectionLost as lost:
                self._reasons[address] = f"no connection to Valkey at {address}: {lost}"
            self._unheard.discard(address)
            if not self._unheard:
                self._end_within(0.0)
            await trio.sleep(AGAIN_SECONDS)

    async def _hear(self, address: ValkeyAddress) -> None:
        """Hear whether a server takes writes, or which one a sentinel names."""
        if address.watched:
            self.add_address(await _named_by(address, self._context), self._places[address])
        else:
            self._written[address] = await _reached_by(address, self._context)
            self._end_within(OTHERS_SECONDS)

    def _end_within(self, seconds: float) -> None:
        scope = self._nursery.cancel_scope
        scope.deadline = min(scope.deadline, trio.current_time() + seconds)


async def _named_by(sentinel: ValkeyAddress, context: ssl.SSLContext | None) -> ValkeyAddress:
    """Return which server a sentinel says takes writes."""
    async with connected(sentinel, context) as connection:
        named = await connection.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinel.watched)
    match named:
        case [bytes() as host, bytes() as digits]:
            try:
                name, port = host.decode(), int(digits)
            except ValueError:
                port = 0
            if 0 < port <= MOST_PORT:
                return replace(sentinel, host=name, port=port, watched="")
            raise ConnectionFailed(f"the sentinel at {sentinel} names what is no address")
    raise ConnectionFailed(f"the sentinel at {sentinel} knows no server of that name")


async def _reached_by(server: ValkeyAddress, context: ssl.SSLContext | None) -> int:
    """Return how far a server has been written that takes writes."""
    async with connected(server, context) as connection:
        match await connection.call("ROLE"):
            case [_, int() as offset, *_]:
                return offset
    return 0

"""One parser under a fuzzer that follows its branches.

``python -m benchmarks.guided_target SETTINGS``.
SETTINGS is a JSON object (see :class:`TargetSettings`). The process ends when the time is over, or
with the input by which the parser failed.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import atheris


@dataclass(frozen=True)
class TargetSettings:
    """Which of :data:`TARGETS`, for how many seconds, and the folder with right inputs."""

    target: str
    seconds: int
    seeds: str


def messages_of_clients() -> Callable[[bytes], None]:
    """What a server reads of a client: commands, voice, acknowledgements."""
    from roomcli.errors import ProtocolError
    from roomcli.protocol.codec import decode_from_client

    return _suppressing(ProtocolError, decode_from_client)


def messages_of_servers() -> Callable[[bytes], None]:
    """What a client reads of a server: events, bundles, acknowledgements."""
    from roomcli.errors import ProtocolError
    from roomcli.protocol.codec import decode_from_server

    return _suppressing(ProtocolError, decode_from_server)


def heads() -> Callable[[bytes], None]:
    """The head of a request, in two pieces, and what is looked at in it."""
    from roomcli.errors import ProtocolError
    from server.public.http import read_head
    from server.public.upgrade import refused_upgrade

    class TwoPieces:
        def __init__(self, data: bytes) -> None:
            self.pieces = [b"", data[20:], data[:20]]

        async def receive_some(self) -> bytes:
            return self.pieces.pop()

    async def read(data: bytes) -> None:
        peer: Any = TwoPieces(data)
        head = await read_head(peer)
        if head is not None:
            assert data.find(head.rest) >= 0
            refused_upgrade(head)

    def read_at_once(data: bytes) -> None:
        with contextlib.suppress(StopIteration):
            read(data).send(None)

    return _suppressing(ProtocolError, read_at_once)


def frames() -> Callable[[bytes], None]:
    """The sieve before the WebSocket library, which must not depend on how bytes are cut."""
    from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO
    from roomcli.wire.sieve import Sieve
    from server.public.conduct import Conduct

    def sift(data: bytes, *cuts: int) -> tuple[bytes, list[bytes]]:
        sieve, taken = Sieve(Conduct(clock=lambda: 0.0)), list[bytes]()
        sieve.take_out(frozenset((KIND_ACK, KIND_AUDIO)), taken.append)
        pieces = [data[at:end] for at, end in zip((0, *cuts), (*cuts, len(data)), strict=True)]
        return b"".join([sieve.sift(each) for each in pieces]), taken

    def sift_both_ways(data: bytes) -> None:
        assert sift(data) == sift(data, len(data) // 3, len(data) // 2)

    return sift_both_ways


def datagrams() -> Callable[[bytes], None]:
    """What comes by UDP: as it is, and as if it had been sealed by the other side."""
    from roomcli.errors import ProtocolError
    from roomcli.protocol.audio import decode_bundle, decode_uplink
    from roomcli.protocol.datagrams import decode_probe, split_ack
    from roomcli.wire.udp.keys import Direction
    from roomcli.wire.udp.side_channel import SideChannel

    ids = [bytes((number,)) * 4 for number in range(4)]
    server = SideChannel(bytes(32), ids, Direction.TO_CLIENT)
    client = SideChannel(bytes(32), ids, Direction.TO_SERVER)

    def take(data: bytes) -> None:
        assert server.unseal(data) is None
        opened = server.unseal(client.sealer.seal(data))
        assert opened is None or opened.message == data
        for decode in (decode_uplink, decode_bundle, decode_probe, split_ack):
            with contextlib.suppress(ProtocolError):
                decode(data)

    return take


def _suppressing(
    expected: type[Exception], read: Callable[[bytes], object]
) -> Callable[[bytes], None]:
    def take(data: bytes) -> None:
        with contextlib.suppress(expected):
            read(data)

    return take


TARGETS = {
    each.__name__: each
    for each in (messages_of_clients, messages_of_servers, heads, frames, datagrams)
}
"""Name → function that imports a parser and returns what an input is given to."""


def main() -> None:
    """Give the parser inputs until the time is over."""
    settings = TargetSettings(**json.loads(sys.argv[1]))
    with atheris.instrument_imports(include=["roomcli", "server", "h11", "msgpack"]):
        take = TARGETS[settings.target]()
    limits = (f"-max_total_time={settings.seconds}", "-rss_limit_mb=1024", "-timeout=10")
    options = (*limits, "-print_final_stats=1", f"-artifact_prefix={settings.seeds}/")
    atheris.Setup([sys.argv[0], *options, settings.seeds], take)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Tests that a stranger can take part by UDP, as section 16 of docs/protocol.md says.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator

import pytest

from .client import Stranger, stranger
from .datagrams import StrangerDatagrams
from .server import Address, does, enter, new_key, play, serving
from .voice import DISCONTINUITY, FRAME, START, StrangerUplink


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(tmp_path_factory.mktemp("datagrams")) as (rooms, _):
        yield rooms


def frame(number: int) -> StrangerUplink:
    flags = 0 if number else START | DISCONTINUITY
    return StrangerUplink(number, number * FRAME, flags, 20, b"\xf8\xff\xfe", 1)


async def go_by_udp(who: Stranger, side: StrangerDatagrams) -> None:
    """Prove the own direction, and let the server prove its own."""
    for number in range(3):
        token = bytes([number]) * 8
        side.ask(token)
        await who.until(functools.partial(side.answers.__contains__, token))
    side.by_udp = True


def test_voice_goes_both_ways_by_udp(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("udp")) as host, stranger(address("udp")) as guest:
            await enter(host, "Hedy", new_key(), intent="host")
            await enter(guest, "Guglielmo", new_key())
            await does(host, "unmute")
            async with host.datagrams() as up, guest.datagrams() as down:
                await go_by_udp(host, up)
                await go_by_udp(guest, down)
                number = 0
                while not down.messages(1):
                    up.send(frame(number).encode())
                    number += 1
                    await asyncio.sleep(0.02)
                heard = [e for b in guest.bundles for e in b.entries]
                assert {e.sequence for e in heard} >= set(range(number - 5))
                assert host.acks[-1].media_time > 0
                await host.until(lambda: up.messages(2))
                told = host.told
                assert told is not None
                assert told["received"] == told["newest"] + 1

    play(scene())

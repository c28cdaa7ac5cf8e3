"""Tests that a stranger can take part by UDP, as section 16 of docs/protocol.md says.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
from collections.abc import Iterator

import pytest

from .client import Stranger, stranger
from .datagrams import StrangerDatagrams
from .server import Address, does, enter, new_key, play, serving
from .side_channel import write_probe
from .voice import DISCONTINUITY, FRAME, START, StrangerUplink


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(tmp_path_factory.mktemp("datagrams"), "--udp-listen", ":0") as (rooms, _):
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


async def talk(up: StrangerDatagrams, first: int, seconds: float) -> int:
    """Say a frame each 20 ms; return the number of the next."""
    for number in range(first, first + round(seconds / 0.02)):
        up.send(frame(number).encode())
        await asyncio.sleep(0.02)
    return first + round(seconds / 0.02)


def test_voice_goes_both_ways_by_udp_and_follows_who_changes_network(address: Address) -> None:
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
                    number = await talk(up, number, 0.02)
                up.send(frame(number - 1).encode())  # a copy, which nobody hears
                heard = [e for b in guest.bundles for e in b.entries]
                assert [e.sequence for e in heard] == sorted({e.sequence for e in heard})
                assert {e.sequence for e in heard} >= set(range(number - 5))
                await host.until(lambda: up.messages(2))
                told = host.told
                assert told is not None
                assert told["received"] == told["newest"] + 1
                for version in ("::1", "127.0.0.1"):
                    before = len(down.came)
                    down.change_network((version, down.server[1]))
                    down.ask(version.encode()[:8].ljust(8))
                    number = await talk(up, number, 0.2)
                    came = [data[:4] for data, message in down.came[before:] if message[0] == 1]
                    assert came[-1] == down.ids[down.place]
                    assert down.answers[-1] == version.encode()[:8].ljust(8)

    play(scene())


def test_nobody_else_is_heard_and_no_address_gets_more_than_it_sent(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("hostile")) as host, stranger(address("hostile")) as member:
            await enter(host, "Hedy", new_key(), intent="host")
            await enter(member, "Mallory", new_key())
            await does(host, "unmute")
            async with host.datagrams() as up, member.datagrams() as down:
                await go_by_udp(host, up)
                await go_by_udp(member, down)
                number = 0
                while not down.messages(1):
                    number = await talk(up, number, 0.02)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
                    victim.bind(("127.0.0.1", 0))
                    victim.setblocking(False)
                    good = up.sealed(frame(10_000).encode())
                    bad = [good[:n] + bytes([good[n] ^ 1]) + good[n + 1 :] for n in (0, 5, 20, -1)]
                    bad += [data for data, _ in down.came]  # reflected
                    bad += [up.send(frame(number).encode()), b"", bytes(2000), b"\xff" * 40]
                    for datagram in bad:
                        victim.sendto(datagram, up.server)
                    await talk(up, number + 1, 0.2)
                    with pytest.raises(BlockingIOError):
                        victim.recv(4096)
                    assert 10_000 not in {e.sequence for b in member.bundles for e in b.entries}

                    spoofed = got = 0
                    heard = len(down.messages(1))
                    for round_ in range(50):
                        for message in (write_probe(bytes(8), False), b"\x02" + bytes(20)):
                            spoofed += victim.sendto(down.sealed(message), down.server)
                        await talk(up, number + 20 + round_, 0.02)
                        with contextlib.suppress(BlockingIOError):
                            while True:
                                got += len(victim.recv(4096))
                    assert 0 < got <= spoofed / 4
                    assert len(down.messages(1)) - heard > 40, "the member's own address lost voice"

    play(scene())

"""Tests that at one port each process gets the datagrams whose ids name it."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing

import pytest
import trio

from roomcli.protocol.side_channel import IDENTITIES, IDENTITY
from server.datagrams.arrivals import open_socket, open_sockets, read_arrivals
from server.datagrams.steering import draw_ids, named_by, share_places

SHARERS = 3


@pytest.mark.parametrize("hosts", [["127.0.0.1"], ["::1"], ["127.0.0.1", "::1"]])
async def test_each_process_gets_what_is_for_it_from_any_address(hosts: list[str]) -> None:
    with ExitStack() as stack:
        shares = share_places(open_sockets([(host, 0) for host in hosts]), SHARERS)
        for bound in (each for share in shares for each in share):
            stack.enter_context(closing(bound))
        [port] = {each.getsockname()[1] for share in shares for each in share}
        for number, share in enumerate(shares):
            for host, bound in zip(hosts, share, strict=True):
                sent = [each + b"sealed" for _ in range(10) for each in draw_ids(number, SHARERS)]
                for datagram in sent:
                    with socket.socket(bound.family, socket.SOCK_DGRAM) as client:
                        client.sendto(datagram, (host, port))
                come = list[bytes]()
                with trio.fail_after(20):
                    while len(come) < len(sent):
                        await trio.lowlevel.wait_readable(bound)
                        come += [each.datagram for each in read_arrivals(bound)]
                assert come == sent


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_nobody_else_may_have_a_place_that_processes_share(host: str) -> None:
    with closing(open_socket(host, 0)) as first:
        place = first.getsockname()[:2]
        with pytest.raises(OSError, match="in use"):
            open_socket(*place, is_shared=True)
        [_, (second,)] = share_places([first], 2)
        with closing(second), pytest.raises(OSError, match="in use"):
            open_socket(*place)


def test_ids_name_their_process_and_are_never_the_same() -> None:
    drawn = [each for number in range(5) for each in draw_ids(number, 5)]
    assert [named_by(each, 5) for each in drawn] == sorted(list(range(5)) * IDENTITIES)
    assert len(set(drawn)) == len(drawn)
    assert {len(each) for each in drawn} == {IDENTITY}

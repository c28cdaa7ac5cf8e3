"""Tests of people who visit a room of another server than the one that they are connected to."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing
from functools import partial

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address

from ...support.joined_servers import starts, valkey
from ...support.server_process import Start
from ...support.udp_person import UdpPerson, talk_until_heard
from ...support.valkey import needed

__all__ = ["starts", "valkey"]

pytestmark = needed("valkey")


def is_about(seat: str, event: e.Unmuted) -> bool:
    return event.id == seat


def udp_people(starts: list[Start], stack: ExitStack) -> tuple[UdpPerson, UdpPerson]:
    """Return a host and a guest, both on stage, each connected to a server of their own."""
    addresses: list[Address] = []
    for process in [start() for start in starts]:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        addresses.append(parse_address(url).in_room("standup"))
    host, guest = UdpPerson(addresses[0], "host"), UdpPerson(addresses[1], "join")
    for each, address in zip((host, guest), addresses, strict=True):
        stack.enter_context(closing(each.client))
        assert each.port == address.port  # of the server to which they are connected
    host.client.send_command(c.InviteToStage(id=guest.client.id))
    guest.client.wait_for(e.InvitedToStage)
    guest.client.send_command(c.AcceptStageInvitation())
    for each in (host, guest):
        each.client.send_command(c.Unmute())
        each.client.wait_for(e.Unmuted, partial(is_about, each.client.id))
        each.client.steady()
    return host, guest


def test_voice_goes_to_guests_and_comes_from_them_by_udp(starts: list[Start]) -> None:
    with ExitStack() as stack:
        host, guest = udp_people(starts, stack)
        talk_until_heard(host, guest)
        talk_until_heard(guest, host)

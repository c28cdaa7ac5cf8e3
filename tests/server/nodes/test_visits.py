"""Tests of people who visit a room of another server than the one that they are connected to."""

from __future__ import annotations

import dataclasses
import json
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import trio

from benchmarks.valkey import ValkeyServer
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import Bundle
from server.rooms.hearers import LATE_MS

from ...support.joined_servers import starts, valkey
from ...support.server_process import Start
from ...support.serving import Client
from ...support.serving_together import serving_together
from ...support.udp_person import UdpPerson, talk_until_heard
from ...support.valkey import needed

__all__ = ["starts", "valkey"]

WORD, UNHEARD, LAST = b"\xf8a word", b"\xf8not heard", b"\xf8the last"

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


async def test_speakers_are_told_how_late_guests_hear(tmp_path: Path, valkey: ValkeyServer) -> None:
    async with serving_together(tmp_path, valkey) as (one, other):
        host = await one.server.client(intent="host")
        guest = await other.server.client(name="Ben")
        await host.do(c.Unmute())
        guest.send(guest.heartbeat.ack(0, trio.current_time(), guest.visit, LATE_MS).encode())
        told = await host.until(e.HeardBy, lambda event: event.troubled == 1)
        assert (told.listeners, told.trouble[0].why) == (1, "late")
        assert told.worst_ms >= LATE_MS


def words_in(client: Client) -> list[bytes]:
    """Return what somebody has heard, frame by frame."""
    bundles = [each for each in client.got if isinstance(each, Bundle)]
    return [entry.payload for bundle in bundles for entry in bundle.entries]


async def test_whom_the_owner_silences_is_heard_at_no_server(
    tmp_path: Path, valkey: ValkeyServer
) -> None:
    async with serving_together(tmp_path, valkey) as (one, other):
        host = await one.server.client(intent="host")
        guest, mate = [await other.server.client(name=name) for name in ("Ben", "Cleo")]
        near = await one.server.client(name="Dan")
        for each in (guest, mate):
            await one.server.bring_on_stage(host, each)
        for each in (host, guest, mate, near):
            each.ack()
        guest.speak(WORD)
        for each in (host, mate, near):
            (entry,) = (await each.heard(WORD)).entries
        # Their client goes on, and so does a server that does not know yet.
        unknowing = dataclasses.replace(entry, payload=UNHEARD).encode()
        for command, told in (
            (c.Silence(id=guest.id), e.Silenced),
            (c.MoveToAudience(id=guest.id), e.StageLeft),
        ):
            await host.do(command)
            await guest.until(told)
            guest.speak(UNHEARD)
            await guest.do(c.Chat(text="that is read by now"))
            other.node._voices.add_voice("standup", guest.id, unknowing, 0.02)
        mate.speak(LAST)
        for each in (host, near):
            await each.heard(LAST)
            assert words_in(each) == [WORD, LAST]
        assert UNHEARD not in words_in(mate)

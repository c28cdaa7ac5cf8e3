"""Tests of people who visit a room of another server than the one that they are connected to."""

from __future__ import annotations

import dataclasses
import json
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec.structs import replace

from benchmarks.valkey import ValkeyServer
from roomcli.engine.hearing import Freshness
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import RATE, Bundle
from roomcli.protocol.community import CommunityRole
from server.limits import EgressLimits, Rate
from server.rooms import egress, loudest
from server.rooms.hearers import LATE_MS

from ...support.patience import PATIENCE, until
from ...support.postgres import Postgres
from ...support.server_process import Start
from ...support.serving import Client, RunningServer, Turned, carrier_of, patient_limits
from ...support.serving_together import serving_together
from ...support.udp_person import UdpPerson, talk_until_heard
from ...support.valkey import needed

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


async def test_whoever_comes_again_and_again_has_no_more_refusals_than_at_home(
    tmp_path: Path, valkey: ValkeyServer
) -> None:
    limits = patient_limits()
    limits.messages = replace(limits.messages, refused=Rate(0.01, 6))
    async with serving_together(tmp_path, valkey, limits=limits) as (one, other):
        await one.server.client(intent="host")
        guest = await other.server.client(name="Ben")
        for _ in range(2):
            for _ in range(3):
                assert isinstance(await guest.ask(c.Lock()), e.Refused)
            await guest.do(c.LeaveRoom())
            await guest.go_into()
        guest.send(c.Lock())
        last = (await guest.to_the_end())[-1]
        assert isinstance(last, e.Goodbye)
        assert "refused" in last.text


async def test_whoever_enters_too_often_costs_no_question_to_others(
    tmp_path: Path, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = patient_limits()
    limits.per_person = {"enter": Rate(0.01, 2)}
    async with serving_together(tmp_path, valkey, limits=limits) as (one, other):
        await one.server.client(intent="host")
        guest = await other.server.client(name="Ben")
        await guest.do(c.LeaveRoom())
        await guest.go_into()
        await guest.do(c.LeaveRoom())
        monkeypatch.delattr(other.node, "_ownership")
        with pytest.raises(Turned) as turned:
            await guest.go_into()
        assert turned.value.code == "rate_limited"


@pytest.mark.parametrize("limit", ["server_mbit", "room_mbit"])
async def test_each_server_has_place_for_those_to_whom_it_sends_the_voice(
    tmp_path: Path, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(egress, "VOICE_BYTES", 60_000)  # of which a megabit has two
    limits = patient_limits()
    limits.egress = EgressLimits(**{limit: 1})
    async with serving_together(tmp_path, valkey, limits=limits) as (one, other):
        await one.server.client(intent="host")
        for joined in (other, one, other):
            guest = await joined.server.client(name="Ben")
        for full in (one, other):
            with pytest.raises(Turned) as turned:
                await full.server.client(name="Eve")
            assert turned.value.code == "egress_full"
        await guest.go()
        await other.server.client(name="Ben", key=guest.key, ticket=guest.joined.ticket)


async def test_what_concerns_a_guest_is_told_them_once_by_servers_that_share_a_store(
    tmp_path: Path, valkey: ValkeyServer, postgres: Postgres
) -> None:
    url = postgres.new_database()
    async with serving_together(tmp_path, valkey, shared_store=url) as (one, other):
        ann = await one.server.client(intent="host")
        eve = await other.server.client(name="Eve")
        asked = c.FoundCommunity(name="Bee Folk")
        id = (await ann.question(asked, e.CommunityShown)).community.id
        await eve.do(c.JoinCommunity(community=id))
        who = next(each for each in eve.got if isinstance(each, e.Welcome)).you.id
        roles: list[CommunityRole] = ["moderator", "member"]
        for role in roles:
            await ann.do(c.SetCommunityRole(community=id, person=who, role=role))
            await until(partial(has_role, other.server, id, who, role))
        await eve.question(c.ListCommunities(), e.CommunitiesListed)
        assert [each.you for each in eve.got if isinstance(each, e.StandingChanged)] == roles


def has_role(server: RunningServer, community: str, person: str, role: str) -> bool:
    """Whether a server knows that somebody has this role."""
    return server.hub.standings.standing(community, person).role == role


async def test_each_server_sends_its_loudest_and_each_listener_hears_the_loudest_of_all(
    tmp_path: Path, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loudest, "HOLD_SECONDS", PATIENCE)
    async with serving_together(tmp_path, valkey, heard=2) as (one, other):
        host = await one.server.client(intent="host")
        await host.do(c.Unmute())
        quiet, medium, loud = [await other.server.client(name=name) for name in ("A", "B", "C")]
        for each in (quiet, medium, loud):
            await one.server.bring_on_stage(host, each)
        for each in (host, quiet, medium, loud):
            each.ack()
        for speaker, level, word in (
            (quiet, -60, b"\xf8one"),
            (medium, -40, b"\xf8two"),
            (loud, -20, b"\xf8three"),
        ):
            speaker.speak(word, level)
            await host.heard(word)
        sent: list[str] = []
        add_voice = other.node._voices.add_voice

        def note(room: str, seat: str, *voice: Any) -> None:
            sent.append(seat)
            add_voice(room, seat, *voice)

        monkeypatch.setattr(other.node._voices, "add_voice", note)
        quiet.speak(UNHEARD, -60)
        await quiet.do(c.Chat(text="that is read by now"))
        assert sent == []  # two of its people are louder

        host.speak(b"\xf8four", -10)
        await loud.heard(b"\xf8four")
        medium.speak(UNHEARD, -40)
        await medium.do(c.Chat(text="that is read by now"))
        assert sent == []  # the host and one of its people are louder
        loud.speak(LAST, -20)
        await host.heard(LAST)
        assert UNHEARD not in words_in(host)


async def test_everybody_hears_by_the_media_time_of_their_own_server(
    tmp_path: Path, valkey: ValkeyServer
) -> None:
    async with serving_together(tmp_path, valkey) as (one, other):
        host = await one.server.client(intent="host")
        guest = await other.server.client(name="Ben")
        await host.do(c.Unmute())
        await one.server.bring_on_stage(host, guest)
        carrier_of(one.server.hub.room("standup")).forwarder._opened_at -= 600.0
        near = await one.server.client(name="Cleo")
        far = await other.server.client(name="Dan")
        hearing = {each: Freshness() for each in (near, far)}
        for each in (host, guest, near, far):
            each.ack()
        for number in range(4):  # they speak in turn, and what comes next is never old
            speaker, word = (host, guest)[number % 2], b"\xf8%d" % number
            speaker.speak(word)
            for each, freshness in hearing.items():
                bundle = await each.heard(word)
                assert freshness.is_fresh(bundle.media_time, trio.current_time())
        times = {
            each: [b.media_time for b in each.got if isinstance(b, Bundle)] for each in hearing
        }
        assert min(times[near]) > 600 * RATE > max(times[far])

        # Who comes by the other server begins anew, in another visit.
        await near.do(c.LeaveRoom())
        again = await other.server.client(key=near.key, name="Cleo")
        again.ack()
        guest.speak(LAST)
        assert (await again.heard(LAST)).media_time < 600 * RATE

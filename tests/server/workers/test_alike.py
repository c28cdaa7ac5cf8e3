"""Tests that people at workers have what people of one process have."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Literal

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import ConnectionLost
from roomcli.load.datagram_client import DatagramClient
from roomcli.load.lean_client import kind_and_time
from roomcli.load.tally import draw_payload
from roomcli.protocol import commands as c
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO

from ...support.crew import at_both, start_crew, worker_of, workers
from ...support.patience import PATIENCE
from ...support.server_process import Start, listening, logged
from ...support.serving import Client

__all__ = ["start_crew"]

FRAME_SECONDS = 0.02


class UdpPerson:
    """Somebody in a room whose voice goes by UDP, both ways."""

    def __init__(self, address: Address, intent: Literal["join", "host"]) -> None:
        self.client = DatagramClient(address)
        joined = self.client.enter(Ed25519PrivateKey.generate(), intent, intent=intent)
        assert joined.udp is not None
        self.worker = joined.udp.port
        self.heard = 0
        """Messages of voice that came by UDP."""
        self._said = 0
        self._chance = random.Random(7)

    def live(self) -> None:
        """Read what has come, and give a sign of life."""
        by_tcp, by_udp = self.client.frames(), self.client.datagram_frames()
        for frame in [*by_tcp, *by_udp]:
            self.client.note_progress(frame)
        self.heard += sum(kind_and_time(frame)[0] == KIND_AUDIO for frame in by_udp)
        self.client.acknowledge(time.monotonic_ns() // 1000)

    def speak(self) -> None:
        """Say one more frame, by UDP as soon as that works."""
        self.client.speak(self._said, -20, draw_payload(self._chance, time.monotonic_ns()))
        self._said += 1

    def change_address(self) -> None:
        """Go on from another port, as whoever changes network does."""
        before = self.client.datagrams
        assert before is not None
        after = socket.socket(before.family, socket.SOCK_DGRAM)
        after.connect(before.getpeername())
        after.setblocking(False)
        self.client.datagrams = after
        before.close()


def talk_until_heard(speaker: UdpPerson, listener: UdpPerson) -> None:
    """Let somebody speak by UDP until the other hears that by UDP."""
    until = time.monotonic() + PATIENCE
    before = listener.heard
    while not speaker.client.is_settled or listener.heard < before + 3:
        assert time.monotonic() < until
        speaker.speak()
        for each in (speaker, listener):
            each.live()
        time.sleep(FRAME_SECONDS)


def test_voice_by_udp_reaches_people_of_another_worker_from_any_address(start_crew: Start) -> None:
    process = start_crew("--no-tls")
    assert process.stdout is not None
    address = parse_address(json.loads(process.stdout.readline())["url"]).in_room("standup")
    with ExitStack() as stack:
        host = UdpPerson(address, "host")
        stack.enter_context(closing(host.client))
        listener = host
        while listener.worker == host.worker:
            listener = UdpPerson(address, "join")
            stack.enter_context(closing(listener.client))
        host.client.send_command(c.Unmute())
        for each in (host, listener):
            each.client.steady()
        talk_until_heard(host, listener)
        for each in (host, listener):
            each.change_address()
            talk_until_heard(host, listener)


async def test_a_hangup_gives_new_limits_to_all_workers(start_crew: Start, tmp_path: Path) -> None:
    process = start_crew("--no-tls")
    async with listening(process) as server:
        people = await at_both(server)
        (tmp_path / "data" / "limits.toml").write_text("[messages]\nmalformed = 1\n")
        process.send_signal(signal.SIGHUP)
        await logged(process, "these limits have changed: messages.malformed")
        strict: set[int] = set()
        with trio.fail_after(PATIENCE):
            while len(strict) < 2:
                guest = await server.client(name="Cleo")
                guest.send(bytes((KIND_ACK,)) + b"nonsense")
                try:
                    await guest.do(c.LeaveRoom())
                except ConnectionLost:
                    strict.add(worker_of(guest))
        for each in people:
            await each.do(c.Chat(text="still here"))


async def test_who_is_at_another_worker_than_the_one_that_died_notices_nothing(
    start_crew: Start,
) -> None:
    process = start_crew("--no-tls")
    async with listening(process) as server:
        host, near, far = await at_both(server)
        gone: list[Client] = []

        async def wait_for_end(one: Client) -> None:
            await one.to_the_end()
            gone.append(one)
            nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            for each in (host, far):
                nursery.start_soon(wait_for_end, each)
            os.kill(min(workers(process)), signal.SIGKILL)
        [lost] = gone
        kept = near if lost is far else far
        back = await server.client(key=lost.key, ticket=lost.joined.ticket)
        assert (back.joined.resumed, back.id) == (True, lost.id)
        speaker = back if lost is host else host
        await speaker.ask(c.Unmute())
        hearers = (kept,) if lost is host else (kept, back)
        for each in (*hearers, speaker):
            each.ack()
        speaker.speak(b"\xf8after it")
        for each in hearers:
            await each.heard(b"\xf8after it")

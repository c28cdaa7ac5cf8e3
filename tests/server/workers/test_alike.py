"""Tests that people at workers have what people of one process have."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Literal

import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import ConnectionLost
from roomcli.load.datagram_client import DatagramClient
from roomcli.load.lean_client import LeanClient, kind_and_time
from roomcli.load.tally import draw_payload
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address, parse_address
from roomcli.protocol.audio import KIND_ACK, KIND_AUDIO, decode_bundle
from roomcli.wire.frames import payload_of
from server.datagrams.steering import named_by

from ...support.crew import at_both, start_crew, worker_of, workers
from ...support.patience import PATIENCE
from ...support.server_process import PATIENT_LIMITS, Start, listening, logged
from ...support.serving import Client

__all__ = ["start_crew"]

FRAME_SECONDS = 0.02
WORKERS = 4


class Roamer:
    """Somebody in a room whose voice goes by UDP, both ways, from one address after the other."""

    def __init__(self, address: Address, intent: Literal["join", "host"]) -> None:
        self.client = DatagramClient(address)
        joined = self.client.enter(Ed25519PrivateKey.generate(), intent, intent=intent)
        assert joined.udp is not None
        self.worker = named_by(joined.udp.ids[0], WORKERS)
        self.heard = set[int]()
        """The numbers of the voice frames that came, by whichever way."""
        self.newly_heard = 0
        """How many came by UDP to the newest address."""
        self.said = 0
        self._chance = random.Random(7)
        self._left_behind: list[socket.socket] = []

    def live(self) -> None:
        """Read what has come, and give a sign of life."""
        for frame in self.client.frames():
            self._take(frame)
        newest = self.client.datagrams
        for each in self._left_behind:
            self.client.datagrams = each
            for frame in self.client.datagram_frames():
                self._take(frame)
        self.client.datagrams = newest
        self.newly_heard += sum(map(self._take, self.client.datagram_frames()))
        self.client.acknowledge(time.monotonic_ns() // 1000)

    def _take(self, frame: bytes) -> bool:
        self.client.note_progress(frame)
        if kind_and_time(frame)[0] != KIND_AUDIO:
            return False
        self.heard.update(each.sequence for each in decode_bundle(payload_of(frame)).entries)
        return True

    def speak(self) -> None:
        """Say one more frame, by UDP as soon as that works."""
        self.client.speak(self.said, -20, draw_payload(self._chance, time.monotonic_ns()))
        self.said += 1

    def change_address(self) -> None:
        """Go on from another port, as whoever changes network does."""
        before = self.client.datagrams
        assert before is not None
        after = socket.socket(before.family, socket.SOCK_DGRAM)
        after.connect(before.getpeername())
        after.setblocking(False)
        self.client.datagrams = after
        self._left_behind.append(before)
        self.newly_heard = 0

    def close(self) -> None:
        """Be gone."""
        self.client.close()
        for each in self._left_behind:
            each.close()


def talk(speaker: Roamer, listener: Roamer, is_done: Callable[[], bool]) -> None:
    """Let somebody speak, and the other listen, until this is so."""
    until = time.monotonic() + PATIENCE
    while not is_done():
        assert time.monotonic() < until
        for each in (speaker, listener):
            each.live()
        speaker.speak()
        time.sleep(FRAME_SECONDS)


def test_who_goes_from_address_to_address_loses_no_frame(start_crew: Start) -> None:
    process = start_crew("--no-tls", "--workers", str(WORKERS))
    assert process.stdout is not None
    address = parse_address(json.loads(process.stdout.readline())["url"]).in_room("standup")
    with ExitStack() as stack:
        host = stack.enter_context(closing(Roamer(address, "host")))
        listener = host
        while listener.worker == host.worker:
            listener = stack.enter_context(closing(Roamer(address, "join")))
        host.client.send_command(c.Unmute())
        for each in (host, listener):
            each.client.steady()
        talk(host, listener, lambda: host.client.is_settled and listener.newly_heard > 0)
        first = host.said
        for _ in range(4):
            for each in (host, listener):
                each.change_address()
            talk(host, listener, lambda: listener.newly_heard > 3)
        said = set(range(first, host.said))
        talk(host, listener, lambda: said <= listener.heard)


def test_datagrams_reach_workers_that_were_started_again(start_crew: Start) -> None:
    process = start_crew("--no-tls")
    assert process.stdout is not None
    address = parse_address(json.loads(process.stdout.readline())["url"]).in_room("standup")
    with ExitStack() as stack:
        host = stack.enter_context(closing(LeanClient(address)))
        host.enter(Ed25519PrivateKey.generate(), "host", intent="host")
        for pid in workers(process):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ConnectionLost):
            host.wait_for(e.Goodbye)
        reached = set[int]()
        while len(reached) < 2:
            listener = stack.enter_context(closing(DatagramClient(address)))
            joined = listener.enter(Ed25519PrivateKey.generate(), "join")
            assert joined.udp is not None
            until = time.monotonic() + PATIENCE
            while listener.reception is None:  # the server answers the datagram of entering
                assert time.monotonic() < until
                time.sleep(FRAME_SECONDS)
                listener.datagram_frames()
            reached.add(named_by(joined.udp.ids[0], 2))


async def test_a_hangup_gives_new_limits_to_all_workers(start_crew: Start, tmp_path: Path) -> None:
    process = start_crew("--no-tls")
    async with listening(process) as server:
        people = await at_both(server)
        (tmp_path / "data" / "limits.toml").write_text(
            PATIENT_LIMITS + "[messages]\nmalformed = 1\n"
        )
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

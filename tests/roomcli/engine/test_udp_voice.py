"""Tests of voice by UDP with a scripted server: how it takes over, gives way, and what it sends."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import trio

from roomcli.errors import ConnectionLost
from roomcli.protocol import events as e
from roomcli.protocol.audio import (
    KIND_ACK,
    KIND_AUDIO,
    Ack,
    Bundle,
    BundleEntry,
    Flags,
    UplinkFrame,
    decode_uplink,
)
from roomcli.protocol.datagrams import Probe, decode_probe, split_ack
from roomcli.protocol.health import BY_TCP
from roomcli.wire.heartbeat import Heartbeat

from ...support.datagram_peer import DatagramPeer, datagram_peer
from .test_link import VISIT, Stay, Visitor, joined, scripted

HURRY = 0.01


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second of the rules pass in hundredths."""
    monkeypatch.setattr("roomcli.wire.heartbeat.INTERVAL", HURRY)
    monkeypatch.setattr("roomcli.wire.udp.route.PROBE_EVERY", HURRY)


@dataclass
class Meeting:
    """An engine in a room whose server offers UDP: both ends of both ways."""

    stay: Stay
    peer: DatagramPeer
    visitor: Visitor
    heartbeat: Heartbeat
    by_tcp: list[UplinkFrame | Ack | Probe] = field(default_factory=list)
    _spoken: int = 0

    def speak(self) -> None:
        """Say the next 20 ms."""
        frame = UplinkFrame(self._spoken, self._spoken * 960, Flags.NONE, -20, b"v")
        self._spoken += 1
        self.stay.link.send_voice(frame)

    async def listen(self) -> None:
        """Read the WebSocket, and acknowledge what came by either way."""
        with contextlib.suppress(ConnectionLost):
            while True:
                message = await self.visitor.connection.receive()
                assert isinstance(message, bytes)
                if message[0] == KIND_ACK:
                    ack, _ = split_ack(message)
                    self.by_tcp.append(ack)
                    self.heartbeat.received(ack, trio.current_time())
                elif message[0] == KIND_AUDIO:
                    self.by_tcp.append(decode_uplink(message))
                elif message[0] == 3:
                    self.by_tcp.append(decode_probe(message))

    def acknowledge(self) -> None:
        """Acknowledge all voice, and tell which datagrams came, over the WebSocket."""
        frames = [*self.peer.got, *self.by_tcp]
        heard = max(
            (each.media_time for each in frames if isinstance(each, UplinkFrame)), default=0
        )
        ack = self.heartbeat.ack(heard, trio.current_time(), VISIT).encode()
        reception = self.peer.channel.reception()
        self.visitor.send(ack + (reception.encode() if reception is not None else b""))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Go on talking and acknowledging until something holds."""
        while not holds():
            self.speak()
            self.acknowledge()
            await trio.sleep(HURRY)


@contextlib.asynccontextmanager
async def meeting(*, udp: bool = True) -> AsyncIterator[Meeting]:
    """Bring an engine into a room over the WebSocket; ``udp`` is what its person wants."""
    greeted = trio.Event()
    visitors: list[Visitor] = []

    async def script(visitor: Visitor) -> None:
        await visitor.greet(joined(udp=peer.offer))
        visitors.append(visitor)
        greeted.set()
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        peer = await datagram_peer(nursery)
        async with scripted(script) as server:
            stay = server.stay(udp=udp)
            await greeted.wait()
            met = Meeting(stay, peer, visitors[0], Heartbeat(trio.current_time()))
            nursery.start_soon(met.listen)
            await stay.side.until(e.Joined)
            yield met
        nursery.cancel_scope.cancel()


def entry(number: int) -> BundleEntry:
    return BundleEntry(1, 0, number, number * 960, Flags.NONE, -20, b"voice")


async def test_voice_goes_by_udp_once_three_questions_were_answered() -> None:
    async with meeting() as met:
        met.peer.answers = False
        await met.peer.until(Probe, 5)
        met.speak()
        await met.until(lambda: len(met.by_tcp) > 3)
        assert not [each for each in met.peer.got if not isinstance(each, Probe)]
        met.peer.answers = True
        await met.peer.until(Ack)
        before = len(met.by_tcp)
        for _ in range(3):
            met.speak()
        last = await met.peer.until(UplinkFrame, 3)
        assert last.visit == VISIT
        # Nothing twice: what the WebSocket had is not said again, and the other way round.
        said = [each for each in [*met.by_tcp, *met.peer.got] if isinstance(each, UplinkFrame)]
        assert sorted(each.sequence for each in said) == list(range(last.sequence + 1))
        assert not [each for each in met.by_tcp[before:] if isinstance(each, UplinkFrame)]


async def test_voice_is_heard_by_either_way_and_acknowledged_with_what_came() -> None:
    async with meeting() as met:
        await met.peer.until(Ack)
        newer, older = Bundle(9600, (entry(3),), VISIT), Bundle(4800, (entry(2),), VISIT)
        datagram = await met.peer.send(newer.encode())
        await met.stay.side.until(Bundle)
        met.visitor.send(older)
        await met.stay.side.until(Bundle, 2)
        await met.peer.throw(datagram)  # a replay
        await met.peer.throw(datagram[:-1] + bytes((datagram[-1] ^ 1,)))
        await met.peer.send(Bundle(48_000, (entry(7),), VISIT + 1).encode())  # another visit
        await met.peer.send(b"\x01")  # no bundle
        await met.peer.send(b"\x00\x80")  # control never comes so
        asked = Probe(b"question")
        await met.peer.send(asked.encode())
        await met.peer.until_got(Probe(asked.token, is_answer=True))
        assert met.stay.side.all(Bundle) == [newer, older]
        count = len([each for each in met.peer.got if isinstance(each, Ack)])
        ack = await met.peer.until(Ack, count + 2)
        assert ack.media_time == newer.media_time
        came = met.peer.receptions[-1]
        assert came.received == came.newest + 1 == met.peer.channel.sealer.sealed


async def test_without_datagrams_that_pass_voice_goes_by_tcp_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("roomcli.wire.udp.route.NOTHING_FOR", 0.1)
    async with meeting() as met:
        await met.until(lambda: any(isinstance(each, UplinkFrame) for each in met.peer.got))
        met.peer.open = False
        before = len(met.by_tcp)
        await met.until(lambda: any(isinstance(each, UplinkFrame) for each in met.by_tcp[before:]))
        # And back, as soon as they pass again.
        met.peer.open = True
        count = len(met.peer.got)
        await met.until(lambda: any(isinstance(each, UplinkFrame) for each in met.peer.got[count:]))


async def test_on_another_network_voice_goes_on_under_another_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = iter(["127.0.0.2"])
    async with meeting() as met:
        await met.until(lambda: any(isinstance(each, UplinkFrame) for each in met.peer.got))
        ports = {port for _, port in met.peer.addresses}
        monkeypatch.setattr(
            "roomcli.engine.udp_voice.own_address_towards", lambda _: next(own, "127.0.0.1")
        )
        await met.until(lambda: met.peer.channel.number == 1)
        newest = met.peer.addresses[-1]
        assert newest[1] not in ports
        await met.peer.send(Bundle(9600, (entry(3),), VISIT).encode())
        await met.stay.side.until(Bundle)
        said = [each for each in [*met.by_tcp, *met.peer.got] if isinstance(each, UplinkFrame)]
        numbers = [each.sequence for each in said]
        assert sorted(numbers) == list(range(len(numbers)))


async def test_who_wants_no_udp_sends_no_datagram() -> None:
    async with meeting(udp=False) as met:
        met.visitor.send(Probe(b"question").encode(), Probe(b"answered", is_answer=True).encode())
        await met.until(lambda: len(met.by_tcp) > 20)
        assert met.peer.got == []
        assert not [each for each in met.by_tcp if isinstance(each, Probe)]
        assert met.stay.link.totals.uplink == met.stay.link.totals.downlink == BY_TCP

"""Tests of who is sent voice together: everybody gets each bundle once, whoever changes."""

from __future__ import annotations

import math

import pytest
import trio
import trio.testing

from roomcli.protocol.audio import join_entries
from roomcli.wire.udp.route import SILENT_FOR
from server.datagrams.addresses import Ends
from server.datagrams.channel import ClientChannel
from server.datagrams.port import DatagramPort
from server.rooms.fanout import LocalFanout
from server.rooms.steady_audience import FEW
from server.rooms.traffic import Traffic
from server.streams.batch import StreamBatch

from ...support.channel_scene import VISIT, ChannelScene, Outbox

BY_UDP = 2 * FEW


class EitherEars:
    """A listener who keeps what comes by both ways."""

    def __init__(self, scene: ChannelScene | None = None, visit: int = VISIT) -> None:
        self.visit = visit
        self.scene = scene
        self.channel: ClientChannel | None = None if scene is None else scene.channel
        self.is_inside = True
        self.by_tcp: list[int] = []

    def send_voice_frame(self, frame: bytes, media_time: int, batch: StreamBatch) -> bool:
        """Keep its media time."""
        self.by_tcp.append(media_time)
        return True

    def heard(self) -> tuple[list[int], list[bytes]]:
        """Return the media times of what came by TCP since the last time, and what came by UDP."""
        by_tcp, self.by_tcp = self.by_tcp, []
        sent = self.scene.sent() if self.scene is not None else []
        return by_tcp, [each.message for each in sent]


class FullHouse:
    """A room's fan-out to many by UDP and one by TCP."""

    def __init__(self) -> None:
        self.port, self.outbox, self.traffic = DatagramPort([]), Outbox(), Traffic()
        self.people = {str(number): self.new_hearer(number) for number in range(BY_UDP)}
        self.people["by TCP"] = EitherEars()
        self.fanout = LocalFanout(self.people, self.traffic)
        self.number = 0

    def new_hearer(self, number: int, visit: int = VISIT) -> EitherEars:
        """Return somebody by UDP, who is not in the room yet."""
        here = Ends(("192.0.2.1", 4000 + number), None)
        scene = ChannelScene(here=here, outbox=self.outbox, all=self.port)
        scene.go_by_udp()
        return EitherEars(scene, visit)

    async def send(self, *now_by_tcp: str) -> int:
        """Send a bundle, and see that each gets it once; return how many were sent together."""
        self.number += 1
        media_time = 960 * self.number
        before = dict(self.outbox.to)
        assert before == {}
        sent = self.traffic.udp.bundles_sent, self.traffic.tcp.bundles_sent
        groups, _ = self.fanout._steady.split(())
        together = sum(len(each.listeners) for each in groups)
        await self.fanout.send([b"entry"], media_time)
        for name, each in self.people.items():
            by_udp = [join_entries(media_time, [b"entry"], each.visit)]
            by_tcp = each.scene is None or name in now_by_tcp
            assert each.heard() == (([media_time], []) if by_tcp else ([], by_udp)), name
        slow = 1 + len(now_by_tcp)
        assert self.traffic.udp.bundles_sent - sent[0] == len(self.people) - slow
        assert self.traffic.tcp.bundles_sent - sent[1] == slow
        return together


@pytest.fixture
def house() -> FullHouse:
    return FullHouse()


async def test_whoever_goes_by_udp_is_sent_to_together_once_nothing_changes(
    house: FullHouse,
) -> None:
    assert [await house.send() for _ in range(4)] == [0, 0, BY_UDP, BY_UDP]


async def test_whoever_comes_or_leaves_gets_what_is_said_while_they_are_there(
    house: FullHouse,
) -> None:
    for _ in range(3):
        await house.send()
    house.people["new"] = house.new_hearer(BY_UDP)
    house.fanout.note_connections()
    assert [await house.send() for _ in range(3)] == [0, 0, BY_UDP + 1]
    gone = house.people.pop("3")
    assert gone.channel is not None
    gone.channel.close()
    house.fanout.note_connections()
    assert [await house.send() for _ in range(3)] == [0, 0, BY_UDP]
    assert gone.heard() == ([], [])


async def test_whoever_goes_back_to_tcp_gets_each_bundle_that_way(house: FullHouse) -> None:
    for _ in range(3):
        await house.send()
    channel = house.people["5"].channel
    assert channel is not None
    channel.fall_back(math.inf)
    assert [await house.send("5") for _ in range(3)] == [0, 0, BY_UDP - 1]


async def test_who_have_another_number_for_the_visit_are_another_group(house: FullHouse) -> None:
    for number in range(BY_UDP, 2 * BY_UDP):
        house.people[str(number)] = house.new_hearer(number, visit=VISIT + 1)
    assert [await house.send() for _ in range(3)] == [0, 0, 2 * BY_UDP]


async def test_who_acknowledges_nothing_gets_nothing_more_and_the_others_all(
    house: FullHouse, autojump_clock: trio.testing.MockClock
) -> None:
    silent, others = house.people["7"], [each for name, each in house.people.items() if name != "7"]
    rounds = 30
    for number in range(1, rounds + 1):
        await trio.sleep(SILENT_FOR / 10)
        await house.fanout.send([b"entry"], 960 * number)
        for each in others:
            if each.channel is not None:
                each.channel.acknowledged(960 * number, 0.01, trio.current_time())
    assert 10 <= len(silent.heard()[1]) < rounds - 10
    assert silent.heard() == ([], [])
    assert all(len(each.heard()[bool(each.scene)]) == rounds for each in others)
    assert house.traffic.udp.bundles_skipped > 10

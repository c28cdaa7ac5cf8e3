"""Tests of listeners who are sent voice together: they get what each would get by itself."""

from __future__ import annotations

import pytest

from roomcli.protocol.audio import join_entries
from roomcli.wire.udp.route import SILENT_FOR
from roomcli.wire.udp.sealing import COUNTERS
from server.datagrams.addresses import Ends
from server.datagrams.port import DatagramPort
from server.datagrams.steady_listeners import ASKED_WITHIN, SteadyListeners

from ...support.channel_scene import VISIT, ChannelScene, Outbox

TICK = 0.02
PEOPLE = 20


def bundle(number: int) -> bytes:
    return join_entries(960 * number, [b"entry"], VISIT)


class SteadyScene:
    """Some people by UDP at one port, who were sent a first bundle each by itself."""

    def __init__(self) -> None:
        port, outbox = DatagramPort([]), Outbox()
        homes = [Ends(("192.0.2.1", 4000 + number), None) for number in range(PEOPLE)]
        self.people = [ChannelScene(here=here, outbox=outbox, all=port) for here in homes]
        self.now = max(each.go_by_udp() for each in self.people)
        self.number = 1
        for each in self.people:
            assert each.channel.send_parts([bundle(1)], 960, self.now)
            each.sent()
        paths = [each.channel.steady_path(960) for each in self.people]
        self.steady = SteadyListeners([path for path in paths if path is not None])

    def send(self, passed: float = TICK) -> bool:
        """Send them all the next bundle, so many seconds later."""
        self.number += 1
        self.now += passed
        return self.steady.send([bundle(self.number)], 960 * self.number, self.now)

    def acknowledge(self) -> None:
        """Have everybody acknowledge the newest bundle."""
        for each in self.people:
            each.channel.acknowledged(960 * self.number, 0.01, self.now)


def test_each_gets_every_bundle_and_may_acknowledge_it() -> None:
    scene = SteadyScene()
    for number in range(2, 32):
        assert scene.send()
        for each in scene.people:
            assert [opened.message for opened in each.sent()] == [bundle(number)]
            assert each.channel.newest_voice == 960 * number
        if number % 5 == 0:
            scene.acknowledge()


def test_they_are_together_until_something_changes_of_one() -> None:
    scene = SteadyScene()
    assert scene.send()
    scene.people[7].channel.fall_back(scene.now)
    assert not scene.steady.is_unchanged
    scene.people[0].sent()
    assert not scene.send()
    assert scene.people[0].sent() == []


@pytest.mark.parametrize("passed", [TICK, 3 * TICK, 0.4])
@pytest.mark.parametrize("who", range(0, PEOPLE, 4))
def test_who_acknowledges_nothing_is_sent_nothing_after_two_seconds(
    who: int, passed: float
) -> None:
    scene = SteadyScene()
    others = scene.people.copy()
    silent = others.pop(who)
    for _ in range(5):
        assert scene.send(passed)
        scene.acknowledge()
    silent_since = scene.now
    while scene.send(passed):
        for each in others:
            each.channel.acknowledged(960 * scene.number, 0.01, scene.now)
    # Asked late twice: for its first voice without an acknowledgement, and then again.
    late = ASKED_WITHIN if passed < ASKED_WITHIN else 0
    assert SILENT_FOR < scene.now - silent_since <= SILENT_FOR + 2 * (late + passed)
    assert not silent.channel.send_parts([bundle(0)], 960 * scene.number, scene.now)
    assert others[0].channel.send_parts([bundle(0)], 960 * scene.number, scene.now)


def test_voice_that_comes_to_nothing_goes_back_to_tcp_as_when_each_is_looked_at() -> None:
    scene = SteadyScene()
    deaf = scene.people[3].channel
    for number in range(200):
        if not scene.send():
            break
        if number % 25 == 24:  # signs of life, of somebody who has none of the voice
            deaf.acknowledged(0, 0.01, scene.now)
            for each in scene.people:
                if each.channel is not deaf:
                    each.channel.acknowledged(960 * scene.number, 0.01, scene.now)
    assert not deaf.by_udp
    assert number < 125
    assert scene.people[0].channel.by_udp


def test_counters_that_are_used_up_end_it() -> None:
    scene = SteadyScene()
    keys = scene.people[2].channel._keys
    assert keys is not None
    keys.sealer.sealed = COUNTERS
    assert not scene.send()

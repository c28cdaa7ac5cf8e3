"""Tests of what of a visit goes by UDP, in which datagrams, with time as the test wants it."""

from __future__ import annotations

import os
from collections import Counter
from itertools import count

from roomcli.engine.voice_ways import VoiceWays
from roomcli.protocol.audio import KIND_AUDIO, Ack, Flags, UplinkFrame, decode_uplink
from roomcli.protocol.datagrams import Probe, ReceptionReport, decode_probe, split_ack
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import IDENTITIES, IDENTITY, SECRET, SideChannelOffer
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.sealing import COUNTERS
from roomcli.wire.udp.side_channel import SideChannel

TICK = 0.020
RTT = 0.08


class Far:
    """The ways at one end, the server's keys at the other, and a clock."""

    def __init__(self) -> None:
        self.now = 100.0
        secret = os.urandom(SECRET)
        ids = tuple(os.urandom(IDENTITY) for _ in range(IDENTITIES))
        offer = SideChannelOffer(port=1, secret=Secret(secret), ids=ids)
        self.ways = VoiceWays(offer, os.urandom, self.now)
        self.server = SideChannel(secret, ids, Direction.TO_CLIENT)
        self.came: list[bytes] = []
        self._frames = count()

    def arrive(self, datagrams: list[bytes], *, lost: bool = False) -> list[bytes]:
        """Have datagrams come to the server, or get lost; return what was in them."""
        if lost:
            return []
        opened = [self.server.unseal(each) for each in datagrams]
        messages = [each.message for each in opened if each is not None]
        self.came += [each for each in messages if each[0] == KIND_AUDIO]
        return messages

    def prove(self) -> None:
        """Answer questions until UDP takes over."""
        while not self.ways.by_udp:
            self.now += 0.5
            for message in self.arrive(self.ways.seal_probe(self.now)):
                answer = Probe(decode_probe(message).token, is_answer=True)
                self.ways.take_answer(answer, self.now)

    def speak(self, *, lost: bool = False) -> list[int]:
        """Say 20 ms; return the sequences of the frames in what went out."""
        number = next(self._frames)
        frame = UplinkFrame(number, number * 960, Flags.NONE, -20, b"v")
        sealed = self.ways.seal_voice(frame.encode(), frame.media_time, self.now)
        self.now += TICK
        opened = [] if lost else self.arrive(sealed)
        return [decode_uplink(each).sequence for each in opened]

    def acknowledge(self, *, media_time: int | None = None) -> None:
        """Have the server acknowledge all that came, or up to a media time."""
        newest = max((decode_uplink(each).media_time for each in self.came), default=0)
        ack = Ack(newest if media_time is None else media_time, 1)
        self.ways.take_ack(ack, self.server.reception(), RTT, self.now)


def test_what_gets_lost_is_said_again_and_the_last_words_in_the_silence_after_them() -> None:
    far = Far()
    far.prove()
    assert not far.ways.repeats
    for number in range(200):
        far.speak(lost=number % 20 == 0)
        if number % 25 == 24:
            far.acknowledge()
    assert far.ways.repeats
    heard = Counter(sequence for _ in range(50) for sequence in far.speak())
    while far.ways.has_copies:
        far.now += TICK
        copies = far.arrive(far.ways.seal_copies(far.now))
        heard.update(decode_uplink(each).sequence for each in copies)
    assert {sequence: heard[sequence] for sequence in range(200, 250)} == dict.fromkeys(
        range(200, 250), 2
    )


def test_voice_that_nobody_acknowledges_stops_and_goes_on_with_the_next_word() -> None:
    far = Far()
    far.prove()
    heard = [len(far.speak()) for _ in range(200)]
    assert sum(heard) == 101
    assert far.ways.held_back == 99
    far.acknowledge()
    assert far.speak() == [200]


def test_an_acknowledgement_tells_which_datagrams_came() -> None:
    far = Far()
    assert far.ways.told(Ack(5, 1)) == Ack(5, 1).encode()
    for lost in (False, True, True, False):
        datagram = far.server.sealer.seal(b"\x01")
        if not lost:
            opened = far.ways.unseal(datagram)
            assert opened is not None
            assert opened.message == b"\x01"
            assert far.ways.unseal(datagram) is None
    assert split_ack(far.ways.told(Ack(5, 1, delay=7))) == (
        Ack(5, 1, delay=7),
        ReceptionReport(0, 3, 2, 1),
    )


def test_another_network_sees_another_id() -> None:
    far = Far()
    seen = []
    for _ in range(IDENTITIES + 1):
        far.now += 1.0
        (datagram,) = far.ways.seal_probe(far.now)
        seen.append(datagram[:IDENTITY])
        far.ways.move_on()
    assert len(set(seen)) == IDENTITIES
    assert seen[-1] == seen[-2]


def test_the_last_counter_ends_udp_and_never_comes_again() -> None:
    far = Far()
    far.prove()
    for _ in range(IDENTITIES):
        assert far.arrive(far.ways.seal_ack(Ack(0, 1), far.now))
        far.ways._channel.sealer.sealed = COUNTERS - 1
        assert far.arrive(far.ways.seal_ack(Ack(0, 1), far.now))
    assert far.speak() == []
    assert not far.ways.by_udp
    assert not far.ways.seal_probe(far.now + 3600.0)

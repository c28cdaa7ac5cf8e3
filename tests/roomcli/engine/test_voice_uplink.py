"""Tests of one's own voice on its way: what a server that falls behind still gets."""

from __future__ import annotations

from typing import cast

from roomcli.engine.voice_uplink import VoiceUplink
from roomcli.protocol.audio import RATE, Ack, Flags, UplinkFrame, decode_uplink
from roomcli.wire.connection import WebSocket

VISIT = 7
RTT = 0.1
STALLED = 2 * RATE
"""A media time at which a server that has acknowledged nothing is too far behind."""


class VoiceOutlet:
    """What voice leaves by: keeps what is sent, and has dropped two frames itself."""

    voice_dropped = 2
    voice_waiting = 0.25

    def __init__(self) -> None:
        self.sent: list[UplinkFrame] = []

    @property
    def stream(self) -> VoiceOutlet:
        """Itself: the outbound stream counts, too."""
        return self

    def send_voice(self, message: bytes) -> None:
        self.sent.append(decode_uplink(message))

    @property
    def flags(self) -> list[Flags]:
        """The flags of each frame that was sent."""
        return [frame.flags for frame in self.sent]


def on_the_way() -> tuple[VoiceOutlet, VoiceUplink]:
    """Return a wire, and the uplink over it."""
    wire = VoiceOutlet()
    return wire, VoiceUplink(cast("WebSocket", wire))


def frame(number: int, media_time: int, flags: Flags = Flags.NONE) -> UplinkFrame:
    """Make a voice frame of no visit yet."""
    return UplinkFrame(number, media_time, flags, -20, b"v")


def test_the_first_frame_of_a_voice_says_so_and_each_its_visit() -> None:
    wire, uplink = on_the_way()
    for number in range(3):
        uplink.send(frame(number, number * 960), VISIT, RTT)
    assert wire.flags == [Flags.START | Flags.DISCONTINUITY, Flags.NONE, Flags.NONE]
    assert {each.visit for each in wire.sent} == {VISIT}
    uplink.begin_anew()
    uplink.send(frame(3, 3 * 960), VISIT, RTT)
    assert wire.flags[-1] == Flags.START | Flags.DISCONTINUITY


def test_what_a_server_does_not_acknowledge_is_held_back_and_counted() -> None:
    wire, uplink = on_the_way()
    uplink.send(frame(0, 0), VISIT, RTT)
    uplink.send(frame(1, STALLED), VISIT, RTT)
    assert [each.sequence for each in wire.sent] == [0]
    assert (uplink.load.dropped, uplink.load.waiting) == (3, 0.25)
    uplink.receive(Ack(0, 1))
    uplink.send(frame(2, STALLED), VISIT, RTT)
    assert [each.sequence for each in wire.sent] == [0, 2]
    assert uplink.dropped == 3


def test_a_new_voice_is_not_held_back_for_the_one_before() -> None:
    wire, uplink = on_the_way()
    uplink.send(frame(0, 0), VISIT, RTT)
    uplink.send(frame(1, STALLED, Flags.DISCONTINUITY), VISIT, RTT)
    assert [each.sequence for each in wire.sent] == [0, 1]
    assert wire.flags[-1] == Flags.START | Flags.DISCONTINUITY

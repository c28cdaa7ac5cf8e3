"""Tests of what one voice may use, by the lengths of its frames."""

from __future__ import annotations

from typing import cast

import pytest
import trio.testing

from roomcli.protocol.audio import FRAME, RATE, SHORT_FRAME, Flags, UplinkFrame
from roomcli.wire.connection import WebSocket
from roomcli.wire.heartbeat import Heartbeat
from server.rooms.peer import Peer


class Voice:
    """Somebody who sends frames in time."""

    def __init__(self) -> None:
        self.peer = Peer("a", "key", cast(WebSocket, None), Heartbeat(0.0), 1)
        self.now = 0.0
        self.media_time = 0

    def say(self, seconds: float, length: int, *, short: bool, speed: float = 1.0) -> float:
        """Speak for so long; return the seconds that count as talk."""
        spoken = 0.0
        until = self.now + seconds
        while self.now < until:
            self.now += length / RATE / speed
            self.media_time += length
            frame = UplinkFrame(0, self.media_time, Flags.NONE, -20, b"voice" * 10)
            spoken += self.peer.accepts_voice(frame, self.now, short=short, ceiling=96)
        return spoken


async def test_talk_time_is_the_same_in_frames_of_both_lengths(
    autojump_clock: trio.testing.MockClock,
) -> None:
    voice = Voice()
    assert voice.say(20.0, FRAME, short=True) == pytest.approx(20.0, abs=0.1)
    assert voice.say(20.0, SHORT_FRAME, short=True) == pytest.approx(20.0, abs=0.1)
    assert voice.say(20.0, FRAME, short=False) == pytest.approx(20.0, abs=0.1)
    assert voice.peer.flooded == 0


async def test_short_frames_are_too_many_where_they_may_not_come(
    autojump_clock: trio.testing.MockClock,
) -> None:
    voice = Voice()
    voice.say(20.0, SHORT_FRAME, short=False)
    assert voice.peer.flooded > 500
    voice = Voice()
    voice.say(20.0, SHORT_FRAME, short=True, speed=3.0)
    assert voice.peer.flooded > 2000


async def test_whoever_claims_that_no_time_passes_is_counted_in_full(
    autojump_clock: trio.testing.MockClock,
) -> None:
    voice = Voice()
    standing = [
        voice.peer.accepts_voice(
            UplinkFrame(0, 0, Flags.NONE, -20, b"x"), 0.0, short=True, ceiling=96
        )
        for _ in range(50)
    ]
    assert sum(standing) == pytest.approx(50 * FRAME / RATE)


@pytest.mark.parametrize("ceiling", [12, 24, 96])
async def test_a_voice_uses_what_the_room_allows_and_a_third_more_at_most(
    ceiling: int, autojump_clock: trio.testing.MockClock
) -> None:
    peer, now = Voice().peer, 0.0

    def say(kbps: float, seconds: float) -> float:
        """Return the share of the frames that are accepted."""
        nonlocal now
        payload, accepted, frames = bytes(round(kbps * 1000 / 8 / 50)), 0, round(seconds * 50)
        for _ in range(frames):
            now += FRAME / RATE
            frame = UplinkFrame(0, round(now * RATE), Flags.NONE, -20, payload)
            accepted += bool(peer.accepts_voice(frame, now, short=False, ceiling=ceiling))
        return accepted / frames

    assert say(1.2 * ceiling, 60.0) == 1.0
    assert peer.excess == 0
    assert say(4 * ceiling, 60.0) == pytest.approx(1 / 3, abs=0.05)
    assert peer.above_ceiling == pytest.approx(2000, abs=150)
    assert peer.flooded == 0
    assert say(ceiling, 2.0) > 0.6, "whoever keeps to it again is heard again"
    assert say(ceiling, 10.0) == 1.0

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
            spoken += self.peer.accepts_voice(frame, self.now, short=short)
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
        voice.peer.accepts_voice(UplinkFrame(0, 0, Flags.NONE, -20, b"x"), 0.0, short=True)
        for _ in range(50)
    ]
    assert sum(standing) == pytest.approx(50 * FRAME / RATE)

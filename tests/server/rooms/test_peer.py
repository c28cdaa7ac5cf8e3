"""Tests of what one voice may use, by the lengths of its frames."""

from __future__ import annotations

from typing import Any, cast

import pytest
import trio.testing

from roomcli.protocol.audio import FRAME, RATE, SHORT_FRAME, Ack, Flags, UplinkFrame
from roomcli.protocol.codec import decode_from_server
from roomcli.wire.connection import WebSocket
from roomcli.wire.heartbeat import ANSWER_SECONDS, FIRST_ANSWERS, INTERVAL, Heartbeat
from roomcli.wire.window import ALLOWANCE, LARGE_ALLOWANCE
from server.rooms.peer import Peer
from server.streams.batch import PlainStreamBatch

AT_ONCE = PlainStreamBatch()


class Voice:
    """Somebody who sends frames in time."""

    def __init__(self) -> None:
        self.peer = Peer("a", "key", cast(WebSocket, AckedConnection()), Heartbeat(0.0), 1)
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


class AckedConnection:
    """Stands for a connection and its stream."""

    def __init__(self) -> None:
        self.stream = self
        self.is_quiet = True
        self.voice_dropped = 3  # in visits before this one
        self.answers: list[Ack] = []

    def send(self, message: bytes) -> None:
        """Keep an answer."""
        answer = decode_from_server(message)
        assert isinstance(answer, Ack)
        self.answers.append(answer)

    def push_voice(self, frame: bytes) -> None:
        """Send voice."""

    def set_quiet(self, quiet: bool) -> None:
        """Note whether the connection is read at once."""
        self.is_quiet = quiet


class Acknowledging:
    """A participant who acknowledges twice a second."""

    def __init__(self) -> None:
        self.line = AckedConnection()
        line: Any = self.line
        self.peer = Peer("a", "key", line, Heartbeat(0.0), 1)
        self.peer.send_held()
        self._client = Heartbeat(0.0)
        self._now = 0.0

    def answers(self, count: int, *, voice: bool = False) -> list[Ack]:
        """Acknowledge so often, after bundles if ``voice``; return the answers."""
        before = len(self.line.answers)
        for _ in range(count):
            self._now += INTERVAL
            if voice:
                self.peer.send_voice_frame(b"bundle", round(self._now * RATE), AT_ONCE)
            self.peer.acknowledge(self._client.ack(round(self._now * RATE), self._now), self._now)
        return self.line.answers[before:]


async def test_an_acknowledgement_is_answered_where_the_answer_says_something(
    autojump_clock: trio.testing.MockClock,
) -> None:
    someone = Acknowledging()
    assert len(someone.answers(FIRST_ANSWERS)) == FIRST_ANSWERS
    in_silence = someone.answers(40)
    assert len(in_silence) == 40 * INTERVAL // ANSWER_SECONDS
    assert len(someone.answers(40, voice=True)) <= 5
    someone.peer.received_voice(UplinkFrame(0, 960, Flags.NONE, -20, b"x", 1))
    (answer,) = someone.answers(1, voice=True)
    assert answer.media_time == 960
    assert someone.answers(1, voice=True) == []


async def test_who_is_on_stage_is_read_at_once_and_always_answered(
    autojump_clock: trio.testing.MockClock,
) -> None:
    someone = Acknowledging()
    someone.answers(FIRST_ANSWERS)
    someone.peer.set_place(on_stage=True, large=False)
    assert not someone.line.is_quiet
    assert len(someone.answers(20, voice=True)) == 20
    someone.peer.set_place(on_stage=False, large=False)
    assert someone.line.is_quiet
    assert len(someone.answers(20, voice=True)) <= 2


@pytest.mark.parametrize(
    ("on_stage", "large", "seconds"),
    [(False, False, ALLOWANCE), (False, True, LARGE_ALLOWANCE), (True, True, ALLOWANCE)],
)
async def test_in_a_large_audience_one_may_be_further_behind(
    on_stage: bool, large: bool, seconds: float, autojump_clock: trio.testing.MockClock
) -> None:
    peer = Acknowledging().peer
    peer.set_place(on_stage=on_stage, large=large)
    sent = [peer.send_voice_frame(b"bundle", number * FRAME, AT_ONCE) for number in range(100)]
    assert sent.count(True) == int(seconds * RATE / FRAME) + 1


async def test_what_was_missed_in_another_visit_is_not_counted_again(
    autojump_clock: trio.testing.MockClock,
) -> None:
    someone = Acknowledging()
    assert someone.peer.voice_skipped == 0
    someone.line.voice_dropped += 1
    someone.peer.send_voice_frame(b"bundle", 0, AT_ONCE)
    assert not someone.peer.send_voice_frame(b"bundle", 2 * RATE, AT_ONCE)
    assert someone.peer.voice_skipped == 2
    someone.peer.send_held()  # at the end of the visit
    assert someone.peer.voice_skipped == 2

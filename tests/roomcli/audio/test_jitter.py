"""Tests of the jitter buffer: how late it plays, what it conceals, and what it survives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.audio.jitter import JitterBuffer, JitterStats
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples
from roomcli.errors import AudioError


class SimulatedVoice:
    """A decoder whose packets carry their media time and decode to a buzz of 125 Hz.

    The buzz is a function of media time, so that it goes on over packets without a seam.
    """

    def __init__(self) -> None:
        self.at = 0

    def decode(self, payload: bytes) -> Samples:
        if payload == b"corrupt":
            raise AudioError("corrupt")
        if payload == b"long":
            return self._buzz(3 * FRAME)
        self.at = int(payload)
        return self._buzz(FRAME)

    def conceal(self, samples: int) -> Samples:
        return self._buzz(samples)

    def close(self) -> None:
        pass

    def _buzz(self, count: int) -> Samples:
        time = (np.arange(count) + self.at % RATE) / RATE
        self.at += count
        waves = [np.sin(2 * np.pi * 125 * n * time) / n for n in range(1, 9)]
        return np.asarray(0.1 * np.sum(waves, axis=0), dtype=np.float32)


@dataclass
class Sent:
    sequence: int
    media: int
    arrival: float
    start: bool = False
    end: bool = False


@dataclass
class Heard:
    sound: Samples
    stats: list[JitterStats]

    def active(self, since: float = 0.0) -> list[JitterStats]:
        return [stats for stats in self.stats[round(since * 100) :] if stats.active]


def speak(seconds: float, first: int = 0, since: float = 0.0) -> list[Sent]:
    count = round(seconds * 50)
    begin = round(since * RATE)
    return [
        Sent(
            first + n,
            begin + n * FRAME,
            since + (n + 1) * 0.02,
            start=n == 0,
            end=n == count - 1,
        )
        for n in range(count)
    ]


def play(sent: list[Sent], seconds: float, phase: float = 0.003) -> Heard:
    buffer = JitterBuffer(SimulatedVoice())
    waiting = sorted(sent, key=lambda p: p.arrival)
    blocks, stats = [], []
    for n in range(round(seconds * 100)):
        now = phase + n * 0.01
        while waiting and waiting[0].arrival <= now:
            p = waiting.pop(0)
            payload = str(p.media).encode()
            buffer.push(p.sequence, p.media, p.start, p.end, False, payload, p.arrival)
        blocks.append(buffer.pull(now))
        stats.append(buffer.stats())
    return Heard(np.concatenate(blocks), stats)


def roughness(sound: Samples) -> float:
    """Return the largest change of slope; a click is many times rougher than the sound itself."""
    return float(np.max(np.abs(np.diff(sound, 2))))


@pytest.mark.parametrize("phase", [0.0, 0.003, 0.0099])
def test_perfect_network_is_played_at_once_and_untouched(phase: float) -> None:
    heard = play(speak(15), 16, phase)
    last = heard.stats[-1]
    assert np.mean([stats.delay_ms for stats in heard.active()]) <= 15
    assert max(stats.delay_ms for stats in heard.active(since=2)) <= 15
    assert (last.concealed, last.late, last.dropped, last.decelerated) == (0, 0, 0, 0)
    assert not last.active


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ordered", [True, False], ids=["tcp", "udp"])
def test_jitter_of_40_ms_is_hardly_ever_concealed(seed: int, ordered: bool) -> None:
    chance = np.random.default_rng(seed)
    sent = speak(30)
    latest = 0.0
    for packet in sent:
        packet.arrival += chance.uniform(0, 0.04)
        if ordered:
            latest = packet.arrival = max(latest, packet.arrival)
    heard = play(sent, 31)
    concealed = heard.stats[-1].concealed - heard.stats[200].concealed
    assert concealed <= 0.01 * 28 * RATE
    assert np.mean([stats.delay_ms for stats in heard.active(since=2)]) <= 75


@pytest.mark.parametrize("at", [3.0, 6.01, 9.5])
def test_stall_is_concealed_played_and_made_up(at: float) -> None:
    sent = speak(20)
    for packet in sent:
        if at <= packet.arrival < at + 0.4:
            packet.arrival = at + 0.4
    calm = play(speak(20), 21)
    heard = play(sent, 21)
    last = heard.stats[-1]
    assert (last.late, last.dropped) == (0, 0), "no word may be lost"
    after = heard.stats[round((at + 0.4 + 3) * 100)]
    assert heard.stats[round((at + 0.45) * 100)].delay_ms > 300
    assert after.delay_ms <= after.target_ms + 25
    assert after.target_ms <= 60, "one stall is no reason to be late from now on"
    assert last.concealed <= 0.1 * RATE, "concealment ends in silence, not in a drone"
    assert roughness(heard.sound) <= 1.5 * roughness(calm.sound), "a click"


def test_pace_of_catching_up_stays_below_15_percent() -> None:
    sent = speak(10)
    for packet in sent:
        if 3.0 <= packet.arrival < 3.4:
            packet.arrival = 3.4
    accelerated = [stats.accelerated for stats in play(sent, 11).stats]
    gained = [accelerated[n + 100] - accelerated[n] for n in range(350, 900)]
    assert max(gained) <= 0.15 * RATE + 720  # one splice may straddle the second


def test_silence_is_not_concealed_and_words_begin_on_target() -> None:
    sent = speak(1.0) + speak(1.0, 50, 2.0) + speak(1.0, 100, 4.0)
    for packet in sent[50:]:
        packet.start = False  # told by sequence and media time alone
    for packet in sent:
        packet.end = False
    for packet in sent[50:100]:
        packet.arrival += 0.2  # the second spurt is late as a whole
    heard = play(sent, 6)
    concealed = [stats.concealed for stats in heard.stats]
    assert concealed[195] <= 0.1 * RATE + BLOCK
    third = heard.active(since=4.0)
    assert third[0].delay_ms <= third[0].target_ms + 10
    pause = heard.sound[round(1.3 * RATE) : round(1.9 * RATE)]
    assert not np.any(pause)


def test_end_of_spurt_is_silence_without_a_click() -> None:
    heard = play(speak(1.0), 2)
    assert heard.stats[-1].concealed == 0
    assert not np.any(heard.sound[round(1.2 * RATE) :])
    assert roughness(heard.sound) <= 1.5 * roughness(play(speak(3.0), 2).sound)


def test_lost_packet_is_concealed_for_just_its_time() -> None:
    sent = speak(5)
    del sent[120]
    heard = play(sent, 6)
    whole = play(speak(5), 6)
    assert heard.stats[-1].concealed == FRAME
    assert heard.stats[400].delay_ms == pytest.approx(whole.stats[400].delay_ms, abs=1)
    assert np.array_equal(heard.sound[3 * RATE : 4 * RATE], whole.sound[3 * RATE : 4 * RATE])


def test_long_loss_becomes_silence() -> None:
    sent = speak(5)
    del sent[100:150]
    heard = play(sent, 6)
    assert heard.stats[-1].concealed <= 0.1 * RATE
    assert not np.any(heard.sound[round(2.4 * RATE) : round(2.9 * RATE)])
    assert heard.stats[400].active


def test_what_is_older_than_the_cap_is_never_played() -> None:
    sent = speak(10)
    for packet in sent:
        if 3.0 <= packet.arrival < 5.0:
            packet.arrival = 5.0  # two seconds at once
    heard = play(sent, 11)
    assert max(stats.delay_ms for stats in heard.active(since=5.01)) <= 510
    assert heard.stats[-1].dropped >= 70
    assert heard.stats[900].delay_ms <= heard.stats[900].target_ms + 25


def test_pre_roll_of_a_gate_is_no_jitter() -> None:
    sent: list[Sent] = []
    for spurt in range(10):
        part = speak(0.6, spurt * 30, spurt * 1.0)
        part[0].arrival = part[1].arrival = part[2].arrival  # 40 ms held back, then sent at once
        sent += part
    heard = play(sent, 11)
    assert heard.stats[900].target_ms <= 15


@pytest.mark.parametrize("odd", [b"corrupt", b"long"])
def test_packet_that_is_no_frame_is_concealed(odd: bytes) -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for n in range(10):
        payload = odd if n == 5 else str(n * FRAME).encode()
        buffer.push(n, n * FRAME, n == 0, False, False, payload, n * 0.02)
        buffer.pull(n * 0.02)
        buffer.pull(n * 0.02 + 0.01)
    assert buffer.stats().concealed == FRAME


def test_more_packets_than_anyone_needs_are_not_kept() -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for n in range(10_000):
        buffer.push(n, n * FRAME, False, False, False, b"0", 0.0)
    assert buffer.stats().dropped >= 10_000 - 100


_number = st.one_of(
    st.integers(0, 100), st.integers(0, 10**6), st.sampled_from([10**18, 2**63, -1, -(10**18)])
)
_packet = st.tuples(_number, _number, st.booleans(), st.booleans(), st.booleans(), st.floats(0, 3))


@settings(max_examples=50)
@given(st.lists(_packet, max_size=80))
def test_no_sequence_of_packets_wedges_it(
    hostile: list[tuple[int, int, bool, bool, bool, float]],
) -> None:
    buffer = JitterBuffer(SimulatedVoice())
    now = 0.0
    for sequence, media, start, end, discontinuity, wait in hostile:
        payload = str(media * FRAME).encode()
        buffer.push(sequence, media * FRAME, start, end, discontinuity, payload, now)
        block = buffer.pull(now)
        assert block.shape == (BLOCK,)
        assert np.all(np.isfinite(block))
        now += 0.01 if wait < 2.5 else wait
    # Then the speaker behaves; within three seconds so does the buffer.
    begin = now
    stats = buffer.stats()
    for n in range(400):
        at = begin + n * 0.01
        if n % 2 == 0:
            media = 7 * FRAME * 10**6 + n // 2 * FRAME
            buffer.push(n // 2, media, False, False, False, str(media).encode(), at)
        buffer.pull(at)
        if n == 300:
            stats = buffer.stats()
    assert buffer.stats().active
    assert buffer.stats().concealed == stats.concealed
    assert buffer.stats().delay_ms < 100


def test_unpulled_buffer_comes_back_to_the_present() -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for packet in speak(30):
        buffer.push(packet.sequence, packet.media, False, False, False, b"0", packet.arrival)
    for n in range(100):
        buffer.pull(30.0 + n * 0.01)
        if buffer.stats().active:
            assert buffer.stats().delay_ms <= 530


def test_pulling_in_pairs_conceals_nothing() -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for packet in speak(5):
        media, payload = packet.media, str(packet.media).encode()
        buffer.push(packet.sequence, media, packet.start, False, False, payload, packet.arrival)
        for _ in range(2):
            buffer.pull(packet.arrival + 0.004)
    assert buffer.stats().concealed == 0

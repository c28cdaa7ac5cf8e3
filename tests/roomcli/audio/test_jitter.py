"""Tests of the jitter buffer: how late it plays, what it conceals, and what it survives."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.audio.delay import FIRST_GUESS
from roomcli.audio.jitter import JitterBuffer, JitterStats
from roomcli.audio.opus import Decoder, libopus
from roomcli.audio.packets import Packet
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence
from roomcli.errors import AudioError

PERIOD = RATE // 125
_time = np.arange(PERIOD + 6 * FRAME) / RATE
BUZZ: Samples = np.asarray(
    0.1 * sum(np.sin(2 * np.pi * 125 * n * _time) / n for n in range(1, 9)), dtype=np.float32
)


class SimulatedVoice:
    """A decoder whose packets carry their media time and decode to a buzz of 125 Hz.

    The buzz is a function of media time, so that it goes on over packets without a seam.
    """

    def __init__(self, length: int = FRAME) -> None:
        self.at = 0
        self.length = length

    def decode(self, payload: bytes) -> Samples:
        if payload == b"corrupt":
            raise AudioError("corrupt")
        if payload == b"quiet":
            return silence(self.length)
        self.at = int(payload)
        return self._buzz(self.length)

    def conceal(self, samples: int) -> Samples:
        return self._buzz(samples)

    def close(self) -> None:
        pass

    def _buzz(self, count: int) -> Samples:
        begin = self.at % PERIOD
        self.at += count
        return BUZZ[begin : begin + count].copy()


@dataclass
class Sent:
    sequence: int
    media: int
    arrival: float
    start: bool = False
    end: bool = False
    quiet: bool = False


@dataclass
class Heard:
    sound: Samples
    stats: list[JitterStats]

    def active(self, since: float = 0.0) -> list[JitterStats]:
        return [stats for stats in self.stats[round(since * 100) :] if stats.active]


def speak(seconds: float, first: int = 0, since: float = 0.0, length: int = FRAME) -> list[Sent]:
    count = round(seconds * RATE / length)
    begin = round(since * RATE)
    return [
        Sent(
            first + n,
            begin + n * length,
            since + (n + 1) * length / RATE,
            start=n == 0,
            end=n == count - 1,
        )
        for n in range(count)
    ]


def play(
    sent: list[Sent],
    seconds: float,
    phase: float = 0.003,
    length: int = FRAME,
    first_guess: float = FIRST_GUESS,
) -> Heard:
    buffer = JitterBuffer(SimulatedVoice(length), first_guess)
    waiting = sorted(sent, key=lambda p: p.arrival)
    blocks, stats = [], []
    for n in range(round(seconds * 100)):
        now = phase + n * 0.01
        while waiting and waiting[0].arrival <= now:
            p = waiting.pop(0)
            payload = b"quiet" if p.quiet else str(p.media).encode()
            buffer.push(Packet(p.sequence, p.media, payload, p.start, p.end), p.arrival)
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


@pytest.mark.parametrize("phase", [0.0, 0.003, 0.0099])
def test_frames_of_10_ms_are_heard_10_ms_earlier(phase: float) -> None:
    def lag(length: int) -> float:
        heard = play(speak(15, length=length), 16, phase, length)
        last = heard.stats[-1]
        assert (last.concealed, last.late, last.dropped, last.decelerated) == (0, 0, 0, 0)
        return length / RATE * 1000 + heard.active(since=2)[-1].delay_ms

    assert lag(FRAME) - lag(BLOCK) == pytest.approx(10.0, abs=0.1)


def test_pre_roll_in_short_frames_is_no_lateness() -> None:
    sent = speak(3, length=BLOCK)
    for packet in sent[:12]:  # the gate opened with the 12th of them
        packet.arrival = sent[11].arrival
    heard = play(sent, 4, 0.003, BLOCK)
    assert heard.active(since=0.5)[-1].target_ms <= 15


@pytest.mark.parametrize("length", [FRAME, BLOCK])
@pytest.mark.parametrize("apart", [0.0, 0.0007])
def test_pre_roll_that_comes_packet_after_packet_makes_no_spurt_late(
    length: int, apart: float
) -> None:
    """Also where a block is due amid of it."""
    for phase in np.arange(0.0, 0.01, 0.001):
        sent: list[Sent] = []
        for since in (0.0, 2.0, 4.0):
            spurt = speak(1.0, len(sent), since, length)
            held = 6 * FRAME // length
            for place, packet in enumerate(spurt[:held]):
                packet.arrival = since + 0.12 + place * apart
                packet.quiet = True
            sent += spurt
        heard = play(sent, 5.5, phase, length, 0.005)
        for began in (0.0, 2.0, 4.0):
            delays = heard.stats[round((began + 0.15) * 100) :][:60]
            assert max(each.delay_ms for each in delays) <= (22 if began == 0.0 else 15)


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


def test_catching_up_is_fast_only_while_there_is_much_to_make_up() -> None:
    sent = speak(10)
    for packet in sent:
        if 3.0 <= packet.arrival < 3.4:
            packet.arrival = 3.4
    stats = play(sent, 11).stats
    gained = [stats[n + 10].accelerated - stats[n].accelerated for n in range(350, 900)]
    assert max(gained) <= 0.5 * RATE / 10 + 720  # one splice may straddle the span
    near = [
        stats[n + 100].accelerated - stats[n].accelerated
        for n in range(350, 900)
        if stats[n].delay_ms <= stats[n].target_ms + 30
    ]
    assert max(near) <= 0.15 * RATE + 720


@pytest.mark.parametrize("at", [3.0, 6.013, 9.5])
def test_two_seconds_after_a_stall_of_300_ms_the_delay_is_back(at: float) -> None:
    sent = speak(14)
    for packet in sent:
        if at <= packet.arrival < at + 0.3:
            packet.arrival = at + 0.3
    heard = play(sent, 15)
    for stats in heard.stats[round((at + 2.3) * 100) : 1390]:
        assert stats.delay_ms <= stats.target_ms + 20
    assert (heard.stats[-1].late, heard.stats[-1].dropped) == (0, 0), "no word may be lost"


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


def test_packet_that_is_no_opus_is_concealed_and_counted() -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for n in range(10):
        payload = b"corrupt" if n == 5 else str(n * FRAME).encode()
        buffer.push(Packet(n, n * FRAME, payload, start=n == 0), n * 0.02)
        buffer.pull(n * 0.02)
        buffer.pull(n * 0.02 + 0.01)
    assert (buffer.stats().concealed, buffer.stats().corrupt) == (FRAME, 1)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("samples", [120, 240, 480, 960, 1920, 2880, 5760])
def test_every_length_that_opus_has_is_played_without_a_gap(samples: int, channels: int) -> None:
    libopus()
    import opuslib.api.encoder as opus_api

    encoder = opus_api.create_state(RATE, channels, 2048)
    time = np.arange(2 * RATE // samples * samples * channels) // channels / RATE
    sound = np.asarray(0.3 * np.sin(2 * np.pi * 220 * time), dtype=np.float32)
    room = ctypes.create_string_buffer(1275)
    buffer, heard, sent = JitterBuffer(Decoder()), [], 0
    frames = sound.reshape(-1, samples * channels)
    for n in range(230):
        while sent < len(frames) and (sent + 1) * samples <= n * BLOCK:
            pcm = np.ascontiguousarray(frames[sent]).ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            size = opus_api.libopus_encode_float(encoder, pcm, samples, room, 1275)
            packet = Packet(sent, sent * samples, room.raw[:size], start=sent == 0)
            buffer.push(packet, (sent + 1) * samples / RATE)
            sent += 1
        heard.append(buffer.pull(n * 0.01))
    opus_api.destroy(encoder)
    buffer.close()
    loudness = np.sqrt(np.mean(np.square(heard[30:180]), axis=1))
    assert np.min(loudness) > 0.15
    assert (buffer.stats().corrupt, buffer.stats().late, buffer.stats().dropped) == (0, 0, 0)
    assert buffer.stats().concealed <= RATE // 10 + BLOCK, "only after the last one"


def test_more_packets_than_anyone_needs_are_not_kept() -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for n in range(10_000):
        buffer.push(Packet(n, n * FRAME, b"0"), 0.0)
    assert buffer.stats().dropped >= 10_000 - 256


class Numbered(SimulatedVoice):
    """A decoder that notes which packets it decoded."""

    def __init__(self) -> None:
        super().__init__()
        self.decoded: list[int] = []

    def decode(self, payload: bytes) -> Samples:
        self.decoded.append(int(payload) // FRAME)
        return super().decode(payload)


def played_copies(copies: list[Sent]) -> tuple[list[int], list[float]]:
    """Return the packets that were decoded, and the delay of each block of 10 ms."""
    voice = Numbered()
    buffer = JitterBuffer(voice)
    waiting = sorted(copies, key=lambda p: p.arrival)
    delays = []
    for n in range(550):
        now = 0.0037 + n * 0.01
        while waiting and waiting[0].arrival <= now:
            p = waiting.pop(0)
            buffer.push(Packet(p.sequence, p.media, str(p.media).encode(), p.start), p.arrival)
        assert buffer.pull(now).shape == (BLOCK,)
        delays.append(buffer.stats().delay_ms)
    return voice.decoded, delays


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(0, 0.05), st.floats(0, 0.02))
def test_no_packet_is_played_twice_whatever_repeats_and_overtakes(
    seed: int, loss: float, jitter: float
) -> None:
    chance = np.random.default_rng(seed)
    copies = [
        Sent(p.sequence, p.media, p.arrival + later + chance.exponential(jitter), start=p.start)
        for p in speak(5)
        for later in (0.0, 0.02, 0.08)
        if chance.random() >= loss
    ]
    # For a second another transport, with a delay of its own, brings the same.
    switch = [Sent(p.sequence, p.media, p.arrival + 0.05) for p in speak(5)[50:100]]
    decoded, delays = played_copies(copies + switch)
    assert decoded == sorted(set(decoded))
    assert max(delays) <= 510
    assert np.mean(delays[400:450]) <= np.mean(played_copies(copies)[1][400:450]) + 20


def test_a_first_packet_that_is_repeated_begins_nothing_anew() -> None:
    voice = Numbered()
    buffer = JitterBuffer(voice)
    for n in range(40):
        for number in (n, n - 1, n - 4):
            if number >= 0:
                first = number == 0
                payload = str(number * FRAME).encode()
                packet = Packet(number, number * FRAME, payload, first, False, first)
                buffer.push(packet, n * 0.02)
        buffer.pull(n * 0.02 + 0.001)
        buffer.pull(n * 0.02 + 0.011)
    assert voice.decoded == list(range(len(voice.decoded)))
    assert len(voice.decoded) >= 35
    assert buffer.stats().doubles == 39 + 36


@pytest.mark.parametrize("ppm", [-300, 300])
def test_clocks_that_disagree_never_make_the_buffer_taller(ppm: int) -> None:
    # As much drift as 300 ppm make in 10 minutes, in one. The benchmark has the hour.
    pace = 1 + 10 * ppm * 1e-6
    buffer = JitterBuffer(SimulatedVoice())
    sent, delays = 0, []
    for n in range(6_000):
        now = n * 0.01
        while sent * 0.02 * pace <= now:
            talks = sent % 100 < 75  # a second and a half, then half a second of silence
            payload = str(sent * FRAME).encode()
            packet = Packet(sent, sent * FRAME, payload, sent % 100 == 0, sent % 100 == 74)
            if talks:
                buffer.push(packet, sent * 0.02 * pace)
            sent += 1
        buffer.pull(now)
        if n > 1000 and buffer.stats().active:
            delays.append(buffer.stats().delay_ms)
    assert max(delays) <= 35
    assert buffer.stats().concealed <= 0.006 * 6_000 * BLOCK
    assert buffer.stats().late == 0


@pytest.mark.parametrize("stall", [0.05, 0.08, 0.1])
@pytest.mark.parametrize("at", [2.0, 2.003, 2.017])
def test_a_machine_that_stood_still_leaves_no_tall_buffer(at: float, stall: float) -> None:
    buffer = JitterBuffer(SimulatedVoice())
    packets = speak(5)
    stats, was_still, played = [], False, 0
    for n in range(450):
        now = 0.0005 + n * 0.01
        if at <= now < at + stall:
            was_still = True
            continue
        while packets and packets[0].arrival <= now:
            p = packets.pop(0)
            payload = str(p.media).encode()
            buffer.push(
                Packet(p.sequence, p.media, payload, p.start), now if was_still else p.arrival
            )
        if was_still:
            # The device had 20 ms, and played silence afterwards.
            buffer.stood_still(now, round((stall - 0.02) * RATE))
            buffer.pull(now)
            buffer.pull(now)
        was_still = False
        buffer.pull(now)
        stats.append(buffer.stats())
        played += 1
    before, after = stats[round(at * 100) - 10], stats[round(at * 100) + 10]
    assert after.delay_ms <= before.delay_ms + 11
    assert max(each.target_ms for each in stats[-150:]) <= before.target_ms + 11, "no jitter"


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
        buffer.push(Packet(sequence, media * FRAME, payload, start, end, discontinuity), now)
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
            buffer.push(Packet(n // 2, media, str(media).encode()), at)
        buffer.pull(at)
        if n == 300:
            stats = buffer.stats()
    assert buffer.stats().active
    assert buffer.stats().concealed == stats.concealed
    assert buffer.stats().delay_ms < 100


def test_unpulled_buffer_comes_back_to_the_present() -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for packet in speak(30):
        buffer.push(Packet(packet.sequence, packet.media, b"0"), packet.arrival)
    for n in range(100):
        buffer.pull(30.0 + n * 0.01)
        if buffer.stats().active:
            assert buffer.stats().delay_ms <= 530


def test_pulling_in_pairs_conceals_nothing() -> None:
    buffer = JitterBuffer(SimulatedVoice())
    for packet in speak(5):
        media, payload = packet.media, str(packet.media).encode()
        buffer.push(Packet(packet.sequence, media, payload, packet.start), packet.arrival)
        for _ in range(2):
            buffer.pull(packet.arrival + 0.004)
    assert buffer.stats().concealed == 0

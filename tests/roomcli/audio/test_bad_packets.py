"""Tests of what a hostile or broken sender does to who hears them, with the real Opus decoder."""

from __future__ import annotations

import ctypes
import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.audio.jitter import JitterBuffer
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Decoder, libopus
from roomcli.audio.packets import Packet
from roomcli.audio.samples import BLOCK, FRAME, RATE

CAP_MS = 500.0
"""What is later is never played."""
LENGTHS = (120, 240, 480, 960, 1920, 2880, 5760)
MOST_KEPT = RATE
"""Samples: a second of decoded sound is more than anybody needs."""


@cache
def sound_packets() -> list[tuple[bytes, int]]:
    """Return real packets of every length, mono and stereo, loud and soft, with their samples."""
    libopus()
    import opuslib.api.encoder as opus_api

    packets = []
    room = ctypes.create_string_buffer(1275)
    chance = np.random.default_rng(3)
    for channels in (1, 2):
        encoder = opus_api.create_state(RATE, channels, 2048)
        for samples in LENGTHS:
            for level in (1.0, 0.001):
                pcm = (level * chance.uniform(-1, 1, samples * channels)).astype(np.float32)
                pointer = pcm.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
                size = opus_api.libopus_encode_float(encoder, pointer, samples, room, 1275)
                packets.append((room.raw[:size], samples))
        opus_api.destroy(encoder)
    return packets


def payload(kind: int, seed: int) -> bytes:
    """Return a packet, a part of one, one with wrong bits, or noise."""
    chance = random.Random(seed)
    whole, _ = chance.choice(sound_packets())
    match kind:
        case 0:
            return whole
        case 1:
            return whole[: chance.randrange(len(whole))]
        case 2:
            wrong = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(8)
            return bytes(wrong)
        case _:
            return chance.randbytes(chance.choice((0, 1, 2, 60, 1275, 1500, 4000)))


_event = st.tuples(
    st.integers(0, 3),  # what sort of payload
    st.integers(0, 10**6),  # which one
    st.sampled_from([1, 1, 1, 1, 0, -1, -3, 2, 40, 10**9, -(10**9)]),  # sequences further
    st.sampled_from([FRAME, FRAME, FRAME, 0, -FRAME, 120, 5760, 10**12, -(10**12), 7]),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.integers(0, 4),  # blocks played after it
)


@settings(max_examples=20)
@given(st.lists(_event, min_size=1, max_size=50), st.booleans())
def test_whatever_comes_10_ms_of_sound_go_out_every_10_ms(
    events: list[tuple[int, int, int, int, tuple[bool, bool, bool], int]], stands: bool
) -> None:
    mixer = Mixer()
    buffer = mixer.buffer_of("stranger")
    sequence, media, now = 1000, 10**6, 5.0
    for kind, seed, further, later, (start, end, anew), blocks in events:
        sequence, media = sequence + further, media + later
        buffer.push(Packet(sequence, media, payload(kind, seed), start, end, anew, -20), now)
        if stands and seed % 11 == 0:
            mixer.stood_still(now, blocks * BLOCK)
        for _ in range(blocks):
            now += 0.01
            block = mixer.pull(now)
            assert block.shape == (BLOCK,)
            assert block.dtype == np.float32
            assert np.all(np.isfinite(block))
            assert np.max(np.abs(block)) <= 1.0
            stats = buffer.stats()
            assert not stats.active or stats.delay_ms <= CAP_MS + 120
            assert len(buffer._pcm) <= MOST_KEPT
            assert len(buffer._intake.queue) <= 256
    mixer.close()


@settings(max_examples=10)
@given(st.lists(_event, min_size=1, max_size=30), st.integers(0, 10**6))
def test_who_sends_well_again_is_heard_within_half_a_second(
    events: list[tuple[int, int, int, int, tuple[bool, bool, bool], int]], first: int
) -> None:
    buffer = JitterBuffer(Decoder())
    sequence, media, now = 1000, 10**6, 5.0
    for kind, seed, further, later, flags, blocks in events:
        sequence, media = sequence + further, media + later
        buffer.push(Packet(sequence, media, payload(kind, seed), *flags), now)
        for _ in range(blocks):
            now += 0.01
            buffer.pull(now)
    good = next(whole for whole, samples in sound_packets() if samples == FRAME)
    heard = []
    for n in range(60):
        buffer.push(Packet(first + n, (first + n) * FRAME, good, n == 0, False, n == 0), now)
        for _ in range(2):
            now += 0.01
            heard.append(float(np.max(np.abs(buffer.pull(now)))))
    assert max(heard[50:]) > 0.1
    buffer.close()


def test_a_slot_that_changes_hands_plays_nothing_of_the_one_before() -> None:
    mixer = Mixer()
    loud = next(whole for whole, samples in sound_packets() if samples == FRAME)
    for n in range(10):
        mixer.buffer_of("ann").push(Packet(n, n * FRAME, loud, n == 0), n * 0.02)
        mixer.pull(n * 0.02)
        mixer.pull(n * 0.02 + 0.01)
    mixer.remove("ann")
    mixer.buffer_of("ben")
    mixer.pull(0.2)  # fades out
    assert not np.any(mixer.pull(0.21))
    mixer.close()


@pytest.mark.parametrize("anew", [True, False])
def test_a_speaker_that_restarts_is_heard_at_once_if_their_client_says_so(anew: bool) -> None:
    buffer = JitterBuffer(Decoder())
    good = next(whole for whole, samples in sound_packets() if samples == FRAME)
    silent = []
    for n in range(200):
        number = n + 100 if n < 100 else n - 100
        packet = Packet(number, number * FRAME, good, number == 0, False, number == 0 and anew)
        buffer.push(packet, n * 0.02)
        pulled = [buffer.pull(n * 0.02 + half) for half in (0.004, 0.014)]
        silent += [n for block in pulled if not np.any(block)]
    waited = len([n for n in silent if n >= 100])
    assert waited <= 8 if anew else 8 < waited < 40
    buffer.close()

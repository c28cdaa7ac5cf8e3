"""Tests of the uplink without a device: what is sent of what was said, and how it is numbered."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roomcli.audio.gate import VoiceGate
from roomcli.audio.processing.chain import PLAIN, Processing, ProcessingChain
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence
from roomcli.audio.uplink import Uplink, VoiceFrame


class Kept:
    """An encoder that keeps the sound."""

    def __init__(self) -> None:
        self.sound: list[Samples] = []

    def encode(self, pcm: Samples) -> bytes:
        self.sound.append(pcm)
        return b"."

    def close(self) -> None:
        pass


def made(processing: Processing = PLAIN) -> tuple[Uplink, Kept]:
    encoder = Kept()
    chain = ProcessingChain(processing, EchoReference())
    return Uplink(chain, encoder, VoiceGate()), encoder


def tone(count: int) -> Samples:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(count) / RATE)).astype(np.float32)


def pushed(uplink: Uplink, sound: Samples) -> list[VoiceFrame]:
    frames = []
    for at in range(0, len(sound), BLOCK):
        frames += uplink.push(sound[at : at + BLOCK], at / RATE)
    return frames


class Music:
    """Something soft and steady beside the voice, which a gate takes for noise."""

    sounds = True

    def mix(self, voice: Samples, *, on_air: bool) -> Samples:
        return voice + np.float32(1e-3)

    def lose_microphone(self) -> None:
        self.sounds = False


def test_what_is_played_beside_the_voice_passes_the_gate_and_is_told_of_the_end() -> None:
    encoder, music = Kept(), Music()
    chain = ProcessingChain(PLAIN, EchoReference())
    uplink = Uplink(chain, encoder, VoiceGate(), beside=music)
    uplink.begin_sending(0)
    assert len(pushed(uplink, silence(50 * FRAME))) == 50
    assert np.allclose(encoder.sound[-1], 1e-3)
    music.sounds = False
    assert len(pushed(uplink, silence(50 * FRAME))) == 1, "the end of the spurt"
    uplink.give_back()


def test_the_first_sound_comes_with_100_ms_from_before() -> None:
    uplink, _ = made()
    uplink.begin_sending(0)
    assert pushed(uplink, silence(RATE)) == []
    frames = pushed(uplink, tone(10 * FRAME))
    assert frames[0].start
    assert frames[0].media_time == RATE - 5 * FRAME
    times = [frame.media_time for frame in frames]
    assert times == list(range(times[0], times[-1] + FRAME, FRAME))


def test_a_press_in_the_middle_of_a_block_cuts_what_was_before_it() -> None:
    uplink, encoder = made()
    pushed(uplink, tone(10 * FRAME))
    uplink.press(5 * FRAME + 100)
    pushed(uplink, tone(2 * FRAME))
    uplink.begin_sending(0)
    frames = uplink.drain()
    assert frames[0].media_time == 5 * FRAME
    assert not encoder.sound[0][:100].any()
    assert encoder.sound[0][300:].any()


def test_the_last_words_are_sent_whole_with_the_delay_of_the_processing() -> None:
    uplink, _ = made(Processing(high_pass=False, echo="off", noise=True, level=False))
    uplink.begin_sending(0)
    pushed(uplink, silence(RATE))
    frames = pushed(uplink, tone(20 * FRAME))
    until = uplink.media_time + 100
    uplink.release(until)
    while not uplink.is_finished:
        frames += pushed(uplink, silence(BLOCK))
    assert frames[-1].end
    assert frames[-1].media_time < until <= frames[-1].media_time + FRAME
    assert frames[0].media_time % FRAME != 0, "media time accounts for the delay"


def test_short_frames_go_out_with_each_block_and_begin_and_end_a_spurt_once() -> None:
    uplink, encoder = made()
    uplink.frame_length = BLOCK
    uplink.begin_sending(0)
    pushed(uplink, silence(RATE))
    frames = pushed(uplink, tone(10 * FRAME))
    assert all(len(pushed(uplink, tone(BLOCK))) == 1 for _ in range(6)), "no block waits"
    frames += pushed(uplink, silence(RATE))
    assert [frame.start for frame in frames].count(True) == 1
    assert frames[0].start
    assert [frame.end for frame in frames].count(True) == 1
    assert frames[-1].end
    assert {len(each) for each in encoder.sound} == {BLOCK}


def test_shorter_frames_come_with_the_next_spurt_and_longer_ones_at_once() -> None:
    uplink, encoder = made()
    uplink.begin_sending(0)
    frames = pushed(uplink, tone(10 * FRAME))
    uplink.frame_length = BLOCK
    frames += pushed(uplink, tone(10 * FRAME))
    assert {len(each) for each in encoder.sound} == {FRAME}
    frames += pushed(uplink, silence(RATE))
    count = len(encoder.sound)
    frames += pushed(uplink, tone(5 * FRAME + BLOCK))
    assert {len(each) for each in encoder.sound[count:]} == {BLOCK}
    uplink.frame_length = FRAME
    frames += pushed(uplink, tone(5 * FRAME + BLOCK))
    assert [len(each) for each in encoder.sound[-5:]] == [FRAME] * 5
    ends = [at.media_time + len(sound) for at, sound in zip(frames, encoder.sound, strict=True)]
    gaps = [at.media_time - end for at, end in zip(frames[1:], ends, strict=False)]
    assert len([gap for gap in gaps if gap]) == 1, "only the pause between the spurts"
    assert [frame.sequence for frame in frames] == list(range(len(frames)))


def test_media_time_does_not_jump_within_a_spurt_whatever_is_switched() -> None:
    chain = ProcessingChain(PLAIN, EchoReference())
    uplink = Uplink(chain, Kept(), VoiceGate())
    uplink.begin_sending(0)
    pushed(uplink, silence(RATE))
    spurts = []
    for processing in (Processing(), PLAIN, Processing(), PLAIN):
        frames = pushed(uplink, tone(20 * FRAME))
        chain.switch(processing)
        frames += pushed(uplink, tone(20 * FRAME))
        frames += pushed(uplink, silence(RATE))
        spurts.append([frame.media_time for frame in frames])
    for times in spurts:
        assert times == list(range(times[0], times[-1] + FRAME, FRAME))
    delay = ProcessingChain(Processing(), EchoReference()).delay
    assert [times[0] % FRAME for times in spurts] == [0, FRAME - delay, 0, FRAME - delay]


def test_the_delay_of_the_processing_may_change_only_well_after_a_spurt() -> None:
    chain = ProcessingChain(PLAIN, EchoReference())
    gate = VoiceGate("off")
    uplink = Uplink(chain, Kept(), gate)
    uplink.begin_sending(0)
    pushed(uplink, tone(20 * FRAME))
    chain.switch(Processing())
    last = pushed(uplink, tone(10 * FRAME))[-1]
    uplink.close()
    uplink.begin_sending(0)
    frames = pushed(uplink, tone(2 * FRAME))
    assert frames[0].media_time >= last.media_time + FRAME


@settings(max_examples=50)
@example(["tone", "open", "short", "tone", "close", "open", "tone"])
@example(["tone", "open", "short", "tone", "close", "open", "long", "tone"])
@given(
    st.lists(
        st.sampled_from(
            ["tone", "silence", "open", "close", "press", "release", "lose", "short", "long"]
        ),
        max_size=40,
    )
)
def test_numbers_run_on_and_spurts_begin_and_end_once(steps: list[str]) -> None:
    uplink, _ = made()
    frames: list[VoiceFrame] = []
    for step in steps:
        match step:
            case "tone":
                frames += pushed(uplink, tone(3 * BLOCK))
            case "silence":
                frames += pushed(uplink, silence(45 * BLOCK))
            case "short":
                uplink.frame_length = BLOCK
            case "long":
                uplink.frame_length = FRAME
            case "open":
                uplink.begin_sending(uplink.media_time)
                frames += uplink.drain()
            case "close":
                frames += uplink.close()
            case "press":
                uplink.press(uplink.media_time - BLOCK)
            case "release" if uplink.is_open:
                uplink.release(uplink.media_time)
            case "lose":
                uplink.lose(3 * FRAME)
        if uplink.is_finished:
            frames += uplink.close()
    frames += uplink.close()
    sequences = [frame.sequence for frame in frames]
    times = [frame.media_time for frame in frames]
    assert sequences == sorted(set(sequences))
    assert times == sorted(set(times))
    speaking = False
    for frame in frames:
        assert frame.start != speaking or not frame.start
        assert frame.start or speaking
        speaking = not frame.end
    assert not speaking

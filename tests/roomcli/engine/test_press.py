"""Tests of what is sent of a press: from its first moment to its last, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import trio
import trio.testing

from roomcli.audio.encoder_control import EncoderControl
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples
from roomcli.engine import capture as capture_module
from roomcli.protocol.audio import Flags

from .test_capture import ScriptedCard, Speech, speech, tone


class Plain:
    """A codec that changes nothing, so that each sent sample can be looked at."""

    def __init__(self, control: EncoderControl) -> None:
        pass

    def encode(self, samples: Samples) -> bytes:
        return samples.tobytes()

    def close(self) -> None:
        pass


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "ControlledEncoder", Plain)


def sent(said: Speech) -> list[int]:
    """Return the media times of the first and the last sample that is not silence."""
    heard: list[int] = []
    for frame in said.frames:
        loud = np.flatnonzero(np.frombuffer(frame.payload, dtype=np.float32)) + frame.media_time
        heard += [int(loud[0]), int(loud[-1])] if len(loud) else []
    return [min(heard), max(heard)]


async def test_nothing_from_before_the_press_is_sent(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock, plainly: None
) -> None:
    card = ScriptedCard(latency=0.03)
    said = await speech(nursery, card)
    await card.says(tone(10))
    card.ring.write(tone(1)[: BLOCK + 100])  # on its way when the press comes
    captured = said.capture._uplink.media_time + card.ring.fill
    said.capture.begin_sending()
    await card.says(tone(10))
    assert said.frames
    pressed = captured + round(0.03 * RATE)
    assert pressed <= sent(said)[0] <= pressed + 10, "what the card held back is from before too"
    said.capture.begin_sending()  # it is open: nothing is cut out
    await card.says(tone(5))
    times = [frame.media_time for frame in said.frames]
    assert times == list(range(times[0], times[-1] + 1, FRAME))
    assert said.frames[0].flags == Flags.START | Flags.DISCONTINUITY


@pytest.mark.parametrize("ago", [0.0, 0.1])
async def test_what_is_said_between_press_and_agreement_is_sent_after_it(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock, plainly: None, ago: float
) -> None:
    card = ScriptedCard()
    said = await speech(nursery, card)
    await card.says(tone(20))
    card.ring.write(tone(1)[:100])
    pressed = said.capture._uplink.media_time + card.ring.fill - round(ago * RATE)
    said.capture.press(ago)
    await card.says(tone(5))
    assert not said.frames, "nobody has agreed yet"
    said.capture.begin_sending()
    await trio.testing.wait_all_tasks_blocked()
    await card.says(tone(5))
    assert pressed <= sent(said)[0] <= pressed + 10
    times = [frame.media_time for frame in said.frames]
    assert times == list(range(times[0], times[-1] + 1, FRAME))


async def test_a_press_that_nobody_agrees_to_sends_nothing(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    said = await speech(nursery, card)
    said.capture.press()
    await card.says(tone(10))
    said.capture.close()
    await card.says(tone(10))
    assert not said.frames
    said.capture.begin_sending()  # later, without a press: from now on
    now = said.capture._uplink.media_time
    await card.says(tone(3))
    assert min(frame.media_time for frame in said.frames) >= now


@pytest.mark.parametrize("ago", [0.0, 0.015])
async def test_the_end_of_a_word_is_sent_though_the_key_is_up(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock, plainly: None, ago: float
) -> None:
    card = ScriptedCard(latency=0.05)
    said = await speech(nursery, card)
    said.capture.begin_sending()
    await card.says(tone(10))
    card.ring.write(tone(1)[:300])
    let_go = said.capture._uplink.media_time + card.ring.fill + round((0.05 - ago) * RATE)
    muted: list[int] = []
    said.capture.release(lambda: muted.append(len(said.frames)), ago)
    assert not muted, "the server would refuse what comes after its mute"
    await card.says(tone(20))
    assert let_go <= sent(said)[1] <= let_go + BLOCK, "all of it, and nothing after it"
    assert muted == [len(said.frames)]
    assert said.frames[-1].flags & Flags.END
    assert [bool(frame.flags & Flags.END) for frame in said.frames].count(True) == 1
    assert not said.capture.speaks


async def test_a_release_is_told_in_any_case_and_once(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    muted: list[str] = []
    card = ScriptedCard(latency=0.05)
    said = await speech(nursery, card)
    said.capture.release(lambda: muted.append("closed before"))
    said.capture.begin_sending()
    await card.says(tone(10))
    said.capture.release(lambda: muted.append("nothing more comes"))
    await trio.sleep(10)
    said.capture.begin_sending()
    await card.says(tone(10))
    said.capture.release(lambda: muted.append("pressed again"))
    said.capture.begin_sending()
    await card.says(tone(10))
    said.capture.release(lambda: muted.append("pulled out"))
    card.fail("pulled out")
    await trio.testing.wait_all_tasks_blocked()
    assert muted == ["closed before", "nothing more comes", "pressed again", "pulled out"]

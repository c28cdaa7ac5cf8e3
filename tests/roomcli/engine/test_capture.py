"""Tests of capture and playout with scripted devices: what is sent, when, and how numbered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.mixer import Mixer
from roomcli.audio.processing.chain import PLAIN, ProcessingChain
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.ring import Ring
from roomcli.audio.samples import BLOCK, FRAME, RATE, TWO_BLOCKS, Samples, silence
from roomcli.audio.uplink import Numbering
from roomcli.engine import playout
from roomcli.engine.capture import BACKLOG, Capture
from roomcli.engine.playout import MOST_CUSHION, Cushion, Playout
from roomcli.errors import AudioError
from roomcli.protocol.audio import Flags, UplinkFrame


class ScriptedCard:
    """A sound card that the test drives."""

    least_ready = TWO_BLOCKS

    def __init__(self, kind: str = "device", *, latency: float = 0.0, refuses: str = "") -> None:
        self.name = "a card"
        self.kind = kind
        self.ring = Ring(RATE)
        self.latency = latency
        self.failed: str | None = None
        self.refuses = refuses
        self.closed = False
        self.wake: Callable[[], None] | None = None

    def start(self, wake: Callable[[], None]) -> None:
        assert self.wake is None, "a device is started once"
        assert not self.closed
        if self.refuses:
            raise AudioError(self.refuses)
        self.wake = wake

    def check(self, now: float) -> str | None:
        return self.failed

    def close(self) -> None:
        self.closed = True

    def wake_up(self) -> None:
        assert self.wake is not None
        self.wake()

    async def says(self, samples: Samples) -> None:
        """Let the microphone hear samples, block by block."""
        for at in range(0, len(samples), BLOCK):
            self.ring.write(samples[at : at + BLOCK])
            self.wake_up()
            await trio.testing.wait_all_tasks_blocked()

    def fail(self, why: str) -> None:
        self.failed = why
        if self.wake is not None:
            self.wake()


def tone(frames: int, level: float = 0.3) -> Samples:
    times = np.arange(frames * FRAME) / RATE
    return np.asarray(level * np.sin(2 * np.pi * 440 * times), dtype=np.float32)


class Speech:
    """A running capture, and the frames that it has sent."""

    def __init__(self, card: ScriptedCard, numbering: Numbering | None = None) -> None:
        self.card = card
        self.frames: list[UplinkFrame] = []
        self.capture = Capture(
            card, self.frames.append, ProcessingChain(PLAIN, EchoReference()), numbering
        )
        self.ending: str | None = None

    async def run(self) -> None:
        try:
            self.ending = await self.capture.run()
        finally:
            self.card.close()
            self.capture.give_back()


async def speech(
    nursery: trio.Nursery, card: ScriptedCard, numbering: Numbering | None = None
) -> Speech:
    running = Speech(card, numbering)
    nursery.start_soon(running.run)
    await trio.testing.wait_all_tasks_blocked()
    return running


async def test_a_mute_ends_the_spurt_and_numbers_never_go_back(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    said = await speech(nursery, card)
    for pause in (0, 0, 1, 3):  # muted and unmuted within one frame, too
        said.capture.begin_sending()
        await card.says(tone(5))
        said.capture.close()
        assert said.frames[-1].flags & Flags.END
        count = len(said.frames)
        said.capture.close()
        await card.says(tone(pause))
        assert len(said.frames) == count, "muted is muted"
    times = [frame.media_time for frame in said.frames]
    assert times == sorted(set(times))
    assert all(time % FRAME == 0 for time in times)
    assert min(times) >= 0
    assert [frame.sequence for frame in said.frames] == list(range(len(times)))
    assert [frame.flags for frame in said.frames].count(Flags.START) == 3
    assert said.frames[0].flags == Flags.START | Flags.DISCONTINUITY


async def test_silence_takes_media_time_but_no_sequence(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    said = await speech(nursery, card)
    said.capture.begin_sending()
    await card.says(np.concatenate((silence(20 * FRAME), tone(5), silence(100 * FRAME), tone(5))))
    starts = [frame for frame in said.frames if frame.flags & Flags.START]
    assert len(starts) == 2
    assert starts[0].media_time == 15 * FRAME, "five frames of pre-roll"
    assert starts[1].media_time - starts[0].media_time == 105 * FRAME
    assert [frame.sequence for frame in said.frames] == list(range(len(said.frames)))


async def test_a_new_microphone_goes_on_with_the_numbers_of_the_old(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    numbering = Numbering()
    old = await speech(nursery, ScriptedCard(), numbering)
    old.capture.begin_sending()
    await old.card.says(tone(5))
    old.card.fail("pulled out")
    await trio.testing.wait_all_tasks_blocked()
    assert old.ending == "pulled out"
    assert old.card.closed
    new = await speech(nursery, ScriptedCard(), numbering)
    new.capture.begin_sending()
    await new.card.says(tone(5))
    last, first = old.frames[-1], new.frames[0]
    assert first.sequence == last.sequence + 1
    assert first.media_time > last.media_time
    assert first.flags == Flags.START | Flags.DISCONTINUITY


async def test_what_waited_for_too_long_is_lost_not_late(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    said = await speech(nursery, card)
    said.capture.begin_sending()
    await card.says(tone(5))
    before = said.frames[-1]
    count = len(said.frames)
    card.ring.write(tone(30))  # nobody was there to take it
    card.wake_up()
    await trio.testing.wait_all_tasks_blocked()
    assert len(said.frames) == count + BACKLOG
    after = said.frames[count]
    lost = 30 - BACKLOG
    assert after.media_time - before.media_time == (lost + 1) * FRAME
    assert after.sequence - before.sequence == lost + 1, "a gap in the sequence is loss"
    # More than the ring holds: what found no room is gone, and time went on.
    time = said.capture._uplink.media_time
    card.ring.write(tone(60))
    assert card.ring.overruns == 10 * FRAME
    card.wake_up()
    await trio.testing.wait_all_tasks_blocked()
    assert said.capture._uplink.media_time == time + 60 * FRAME


async def test_a_file_begins_when_the_microphone_first_opens(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard("file")
    said = await speech(nursery, card)
    await trio.sleep(10)
    assert card.wake is None
    said.capture.begin_sending()
    said.capture.begin_sending()
    await trio.testing.wait_all_tasks_blocked()
    await card.says(tone(3))
    assert said.frames[0].media_time == 0, "all of it is heard"
    said.capture.close()
    said.capture.begin_sending()
    await trio.testing.wait_all_tasks_blocked()


async def test_a_microphone_that_refuses_is_no_exception(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    said = await speech(nursery, ScriptedCard(refuses="it is busy"))
    assert said.ending == "it is busy"
    assert said.card.closed


async def test_the_level_is_told_in_dbov(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    said = await speech(nursery, card)
    assert said.capture.level == -127
    await card.says(tone(10, 1.0))
    assert said.capture.level == -3, "a sine at full scale"


def test_the_cushion_grows_once_for_each_cause_and_thins_slowly() -> None:
    cushion = Cushion(0.0, TWO_BLOCKS)
    cushion.look(BLOCK, 0.01)
    assert cushion.depth == TWO_BLOCKS, "a device that starts takes more at once"
    depths = []
    for number in range(40):
        cushion.look(BLOCK * (number + 2), 1.0 + number * 0.01)
        depths.append(cushion.depth)
    assert depths[0] == TWO_BLOCKS, "a second without a look was a stall"
    assert depths[-1] == TWO_BLOCKS + BLOCK, "one cause, seen many times"
    now = 2.0
    while now < 8.0:
        now += 0.02
        cushion.look(round(now * RATE), now)
    assert cushion.depth == MOST_CUSHION
    missed = round(now * RATE)
    for _ in range(round((playout.CALM_SECONDS - 0.1) / 0.02)):
        now += 0.02
        cushion.look(missed, now)
    assert cushion.depth == MOST_CUSHION
    while now < 1000.0:
        now += 0.25
        cushion.look(missed, now)
    assert cushion.depth == TWO_BLOCKS


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 3)), max_size=30))
def test_the_cushion_keeps_within_its_bounds(looks: list[tuple[float, int]]) -> None:
    cushion, now, underruns, depth = Cushion(0.0, TWO_BLOCKS), 0.0, 0, TWO_BLOCKS
    for passed, missed in looks:
        now += passed
        underruns += missed
        cushion.look(underruns, now)
        assert TWO_BLOCKS <= cushion.depth <= MOST_CUSHION
        assert abs(cushion.depth - depth) <= BLOCK
        assert cushion.depth <= depth or missed
        depth = cushion.depth


async def test_the_cushion_lies_ready_before_the_first_block(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    playing = Playout(card, Mixer(), EchoReference())
    nursery.start_soon(playing.run)
    await trio.testing.wait_all_tasks_blocked()
    assert card.wake is not None
    for _ in range(5):
        assert card.ring.fill == TWO_BLOCKS
        card.ring.skip(BLOCK)
        card.wake()
        await trio.testing.wait_all_tasks_blocked()


class Told(Mixer):
    """A mixer that notes what it is told of this machine's standstills."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    def stood_still(self, now: float, missing: int) -> None:
        self.told.append(missing)


async def test_the_mixer_is_told_when_this_machine_stood_still_and_what_was_missing(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card, mixer = ScriptedCard(), Told()
    playing = Playout(card, mixer, EchoReference())
    nursery.start_soon(playing.run)
    await trio.testing.wait_all_tasks_blocked()

    async def passes(seconds: float) -> None:
        await trio.sleep(seconds)
        card.ring.read(round(seconds * RATE))
        card.wake_up()
        await trio.testing.wait_all_tasks_blocked()

    for _ in range(50):
        await passes(0.01)
    assert mixer.told == []
    await passes(0.08)
    # What the deeper cushion now has ready is not missing any more.
    assert mixer.told == [round(0.08 * RATE) - playing.cushion]
    for _ in range(50):
        await passes(0.01)
    assert len(mixer.told) == 1
    # A device that takes more at once than was ready misses it, though nothing stood still.
    mixer.told.clear()
    before = playing.cushion
    await trio.sleep(0.01)
    card.ring.read(before + 4 * BLOCK)
    card.wake_up()
    await trio.testing.wait_all_tasks_blocked()
    assert mixer.told == [4 * BLOCK - (playing.cushion - before)]

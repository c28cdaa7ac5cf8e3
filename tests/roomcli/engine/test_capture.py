"""Tests of capture and playout with scripted devices: what is sent, when, and how numbered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import trio
import trio.testing

from roomcli.audio.mixer import Mixer
from roomcli.audio.played_device import PlayedDevice
from roomcli.audio.processing.chain import PLAIN, ProcessingChain
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.ring import Ring
from roomcli.audio.samples import BLOCK, FRAME, RATE, TWO_BLOCKS, Samples, silence
from roomcli.audio.uplink import Numbering
from roomcli.engine.capture import BACKLOG, Capture
from roomcli.engine.playout import Playout
from roomcli.errors import AudioError
from roomcli.protocol.audio import Flags, UplinkFrame


class ScriptedCard:
    """A sound card that the test drives."""

    takes_blocks = True
    least_ready = TWO_BLOCKS

    def __init__(self, kind: str = "device", *, latency: float = 0.0, refuses: str = "") -> None:
        self.name = "a card"
        self.kind = kind
        self.ring = Ring(RATE)
        self.latency = latency
        self.buffered: float | None = None
        self.failed: str | None = None
        self.refuses = refuses
        self.closed = False
        self.wake: Callable[[], None] | None = None

    @property
    def gaps(self) -> int:
        return self.ring.gaps

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


class Recording(PlayedDevice):
    """A file of so many blocks, and silence from then on, that the test plays."""

    def __init__(self, blocks: int) -> None:
        super().__init__("talk.wav", "file")
        self._left = blocks

    def start(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    async def goes_on(self, blocks: int) -> None:
        for _ in range(blocks):
            self._move()
            self._wake()
            await trio.testing.wait_all_tasks_blocked()

    def _next_block(self) -> Samples:
        self._left -= 1
        self.ended = self._left <= 0
        return tone(1)[:BLOCK] if self._left >= 0 else silence(BLOCK)


class Judge:
    """A tap that keeps what it hears."""

    def __init__(self) -> None:
        self.raw: list[Samples] = []
        self.processed = 0

    def hear_raw(self, block: Samples, reference: Samples | None) -> None:
        self.raw.append(block)

    def hear_processed(self, block: Samples) -> None:
        self.processed += 1


async def test_the_silence_after_the_end_of_a_file_is_not_judged_but_goes_on(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    file, judge = Recording(5), Judge()
    capture = Capture(file, lambda frame: None, ProcessingChain(PLAIN, EchoReference()))
    nursery.start_soon(capture.run)
    capture.tap(judge)
    await trio.testing.wait_all_tasks_blocked()
    await file.goes_on(20)
    assert len(judge.raw) in (4, 5)
    assert all(np.any(block) for block in judge.raw)
    assert judge.processed == 20, "what was said is still to be heard"


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


async def test_each_block_is_ready_just_before_the_device_takes_it(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    playing = Playout(card, Mixer(), EchoReference())
    nursery.start_soon(playing.run)
    await trio.testing.wait_all_tasks_blocked()
    assert card.wake is not None
    assert card.ring.fill == TWO_BLOCKS
    for _ in range(50):
        await trio.sleep(BLOCK / RATE)
        card.ring.read(BLOCK)
        card.wake()
        await trio.testing.wait_all_tasks_blocked()
        assert card.ring.fill <= BLOCK, "nothing lies there for longer than it must"
    assert card.ring.underruns == 0


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

    async def stands_still(seconds: float, taken: int) -> None:
        autojump_clock.jump(seconds)
        card.ring.read(taken)
        card.wake_up()
        await trio.testing.wait_all_tasks_blocked()

    async def goes_on() -> None:
        for _ in range(50):
            await trio.sleep(0.01)
            card.ring.read(BLOCK)
            card.wake_up()
            await trio.testing.wait_all_tasks_blocked()

    await goes_on()
    assert mixer.told == []
    ready = card.ring.fill
    await stands_still(0.08, 8 * BLOCK)
    assert mixer.told == [8 * BLOCK - ready]
    await goes_on()
    assert len(mixer.told) == 1
    # Where a deeper cushion then has more ready, that is not missing any more.
    mixer.told.clear()
    await goes_on()
    before, ready = playing.cushion, card.ring.fill
    await stands_still(0.08, 8 * BLOCK)
    assert playing.cushion > before
    assert mixer.told[-1] == 8 * BLOCK - ready - (playing.cushion - before)


async def test_short_frames_are_sent_as_soon_as_each_was_heard(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = ScriptedCard()
    said = await speech(nursery, card)
    said.capture.send_short_frames(True)
    said.capture.begin_sending()
    await card.says(tone(5))
    count = len(said.frames)
    await card.says(tone(1)[:BLOCK])
    assert len(said.frames) == count + 1
    before, last = said.frames[-2:]
    assert last.media_time - before.media_time == BLOCK
    assert last.sequence - before.sequence == 1

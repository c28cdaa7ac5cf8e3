"""Capture, playout, hearing, devices that fail, and the preview, with scripted devices."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.mixer import Mixer
from roomcli.audio.ring import Ring
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence
from roomcli.engine import playout, preview, voice
from roomcli.engine.capture import BACKLOG, Capture, Numbering
from roomcli.engine.channel import Channel, Lines
from roomcli.engine.hearing import CAP, Freshness, Hearing
from roomcli.engine.opening import opened
from roomcli.engine.playout import LEAST_CUSHION, MOST_CUSHION, Cushion, Playout
from roomcli.engine.preview import Preview
from roomcli.engine.voice import Voice
from roomcli.errors import AudioError
from roomcli.protocol.audio import Bundle, Entry, Flags, UplinkFrame
from roomcli.protocol.local import Device, Enter
from roomcli.protocol.people import Person, Speaker
from roomcli.protocol.room import RoomView


class Card:
    """A sound card of which the test is the driver."""

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
        """The microphone hears this, block by block."""
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
    """A capture that runs, and what it sent."""

    def __init__(self, card: Card, numbering: Numbering | None = None) -> None:
        self.card = card
        self.frames: list[UplinkFrame] = []
        self.capture = Capture(card, self.frames.append, numbering)
        self.ending: str | None = None

    async def run(self) -> None:
        try:
            self.ending = await self.capture.run()
        finally:
            self.capture.release()


async def speech(nursery: trio.Nursery, card: Card, numbering: Numbering | None = None) -> Speech:
    running = Speech(card, numbering)
    nursery.start_soon(running.run)
    await trio.testing.wait_all_tasks_blocked()
    return running


async def test_nothing_from_before_the_press_is_sent(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = Card(latency=0.03)
    said = await speech(nursery, card)
    await card.says(tone(10))
    card.ring.write(tone(1)[: BLOCK + 100])  # on its way when the press comes
    captured = said.capture._at.media_time + card.ring.fill
    said.capture.open()
    await card.says(tone(10))
    assert said.frames
    first = said.frames[0]
    assert first.media_time >= captured + 0.03 * RATE, "what the card held back is from before too"
    assert first.media_time <= captured + 0.03 * RATE + FRAME
    said.capture.open()  # it is open: nothing is cut out
    await card.says(tone(5))
    times = [frame.media_time for frame in said.frames]
    assert times == list(range(times[0], times[-1] + 1, FRAME))
    assert first.flags == Flags.START | Flags.DISCONTINUITY


async def test_a_mute_ends_the_spurt_and_numbers_never_go_back(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = Card()
    said = await speech(nursery, card)
    for pause in (0, 0, 1, 3):  # muted and unmuted within one frame, too
        said.capture.open()
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
    card = Card()
    said = await speech(nursery, card)
    said.capture.open()
    await card.says(np.concatenate((silence(20 * FRAME), tone(5), silence(100 * FRAME), tone(5))))
    starts = [frame for frame in said.frames if frame.flags & Flags.START]
    assert len(starts) == 2
    assert starts[0].media_time == 18 * FRAME, "two frames of pre-roll"
    assert starts[1].media_time - starts[0].media_time == 105 * FRAME
    assert [frame.sequence for frame in said.frames] == list(range(len(said.frames)))


async def test_a_new_microphone_goes_on_with_the_numbers_of_the_old(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    numbering = Numbering()
    old = await speech(nursery, Card(), numbering)
    old.capture.open()
    await old.card.says(tone(5))
    old.card.fail("pulled out")
    await trio.testing.wait_all_tasks_blocked()
    assert old.ending == "pulled out"
    assert old.card.closed
    new = await speech(nursery, Card(), numbering)
    new.capture.open()
    await new.card.says(tone(5))
    last, first = old.frames[-1], new.frames[0]
    assert first.sequence == last.sequence + 1
    assert first.media_time > last.media_time
    assert first.flags == Flags.START | Flags.DISCONTINUITY


async def test_what_waited_for_too_long_is_lost_not_late(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = Card()
    said = await speech(nursery, card)
    said.capture.open()
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
    time = said.capture._at.media_time
    card.ring.write(tone(60))
    assert card.ring.overruns == 10 * FRAME
    card.wake_up()
    await trio.testing.wait_all_tasks_blocked()
    assert said.capture._at.media_time == time + 60 * FRAME


async def test_a_file_begins_when_the_microphone_first_opens(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = Card("file")
    said = await speech(nursery, card)
    await trio.sleep(10)
    assert card.wake is None
    said.capture.open()
    said.capture.open()
    await trio.testing.wait_all_tasks_blocked()
    await card.says(tone(3))
    assert said.frames[0].media_time == 0, "all of it is heard"
    said.capture.close()
    said.capture.open()
    await trio.testing.wait_all_tasks_blocked()


async def test_a_microphone_that_refuses_is_no_exception(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    said = await speech(nursery, Card(refuses="it is busy"))
    assert said.ending == "it is busy"
    assert said.card.closed


async def test_the_level_is_told_as_the_protocol_counts_it(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = Card()
    said = await speech(nursery, card)
    assert said.capture.level == 127
    await card.says(tone(10, 1.0))
    assert said.capture.level == 3, "-dBov: a sine at full scale"


# The cushion.


def test_the_cushion_grows_once_for_each_cause_and_thins_slowly() -> None:
    cushion = Cushion(0.0)
    cushion.look(BLOCK, 0.01)
    assert cushion.depth == LEAST_CUSHION, "a device that starts takes more at once"
    depths = []
    for number in range(40):
        cushion.look(BLOCK * (number + 2), 1.0 + number * 0.01)
        depths.append(cushion.depth)
    assert depths[0] == LEAST_CUSHION, "a second without a look was a stall"
    assert depths[-1] == LEAST_CUSHION + BLOCK, "one cause, seen many times"
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
    assert cushion.depth == LEAST_CUSHION


@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 3)), max_size=30))
def test_the_cushion_keeps_within_its_bounds(looks: list[tuple[float, int]]) -> None:
    cushion, now, underruns, depth = Cushion(0.0), 0.0, 0, LEAST_CUSHION
    for passed, missed in looks:
        now += passed
        underruns += missed
        cushion.look(underruns, now)
        assert LEAST_CUSHION <= cushion.depth <= MOST_CUSHION
        assert abs(cushion.depth - depth) <= BLOCK
        assert cushion.depth <= depth or missed
        depth = cushion.depth


async def test_the_cushion_lies_ready_before_the_first_block(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    card = Card()
    playing = Playout(card, Mixer())
    nursery.start_soon(playing.run)
    await trio.testing.wait_all_tasks_blocked()
    assert card.wake is not None
    for _ in range(5):
        assert card.ring.fill == LEAST_CUSHION
        card.ring.skip(BLOCK)
        card.wake()
        await trio.testing.wait_all_tasks_blocked()


# Hearing.


class Decoder:
    """Counts who is open."""

    open: Counter[str] = Counter()

    def __init__(self) -> None:
        Decoder.open["decoders"] += 1
        self._closed = False

    def decode(self, payload: bytes) -> Samples:
        return silence(FRAME)

    def conceal(self, samples: int) -> Samples:
        return silence(samples)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            Decoder.open["decoders"] -= 1


class Push:
    """A mixer's seam: what is pushed, for whom."""

    def __init__(self) -> None:
        self.pushed: list[tuple[str, int, int]] = []
        self.removed: list[str] = []

    def add(self, id: str) -> Push.Buffer:
        return Push.Buffer(self, id)

    def remove(self, id: str) -> None:
        self.removed.append(id)

    class Buffer:
        def __init__(self, mixer: Push, id: str) -> None:
            self._mixer, self._id = mixer, id

        def push(self, sequence: int, media_time: int, *rest: object) -> None:
            self._mixer.pushed.append((self._id, sequence, media_time))


def view(*speakers: tuple[str, int, int], gone: str = "") -> RoomView:
    stage = {
        id: Speaker(Person(id, id), "speaker", slot, generation, connected=id != gone)
        for id, slot, generation in speakers
    }
    return RoomView("standup", "me", stage)


def entry(slot: int, generation: int, sequence: int = 0, media_time: int = 0) -> Entry:
    sequence, media_time = sequence & 0xFFFF, media_time & 0xFFFFFFFF
    return Entry(slot, generation, sequence, media_time, Flags.NONE, 20, b"x")


def heard_by(mixer: object) -> Hearing:
    return Hearing(mixer)  # type: ignore[arg-type]


def test_only_announced_generations_are_heard_and_never_oneself() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.take(Bundle(0, (entry(0, 0),)), 0.0)
    hearing.follow(view(("ann", 0, 3), ("me", 1, 1)))
    for slot in range(3):
        for generation in range(5):
            hearing.take(Bundle(0, (entry(slot, generation),)), 0.0)
    assert [id for id, *_ in mixer.pushed] == ["ann"]
    assert hearing.unknown == 1 + 15 - 2
    assert hearing.levels(0.1) == {"ann": 20}
    assert hearing.levels(1.0) == {}


@given(
    st.integers(0, 1 << 33),
    st.lists(st.tuples(st.integers(1, 30_000), st.integers(1, 1 << 30)), max_size=20),
)
def test_numbers_are_unwrapped_for_each_speaker(start: int, steps: list[tuple[int, int]]) -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow(view(("ann", 0, 0), ("ben", 1, 0)))
    sequence = media_time = start
    expected = []
    for more, later in [(0, 0), *steps]:
        sequence, media_time = sequence + more, media_time + later
        expected.append((sequence - start, media_time - start))
        both = (entry(0, 0, sequence, media_time), entry(1, 0, 7, 7))
        hearing.take(Bundle(0, both), 0.0)
    for id, differences in (("ann", expected), ("ben", [(0, 0)] * len(expected))):
        pushed = [numbers for who, *numbers in mixer.pushed if who == id]
        first = pushed[0]
        assert [(s - first[0], m - first[1]) for s, m in pushed] == differences


def test_a_discontinuity_is_taken_as_it_is() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow(view(("ann", 0, 0)))
    hearing.take(Bundle(0, (entry(0, 0, 60_000, 3_000_000_000),)), 0.0)
    again = Entry(0, 0, 5, 960, Flags.START | Flags.DISCONTINUITY, 20, b"x")
    hearing.take(Bundle(0, (again,)), 0.0)
    assert mixer.pushed[-1] == ("ann", 5, 960)


@pytest.mark.parametrize(
    "later",
    [
        view(),
        view(("ann", 0, 1)),  # left and came back: another generation
        view(("ben", 0, 0)),  # the slot is somebody else's
        view(("ann", 0, 0), gone="ann"),
    ],
)
def test_who_is_gone_takes_buffer_and_decoder_along(later: RoomView) -> None:
    Decoder.open.clear()
    mixer = Mixer(Decoder)
    hearing = Hearing(mixer)
    hearing.follow(view(("ann", 0, 0)))
    hearing.take(Bundle(0, (entry(0, 0, 100, 960_000),)), 0.0)
    assert Decoder.open["decoders"] == 1
    hearing.follow(later)
    assert "ann" not in mixer
    mixer.pull(0.01)  # the sound fades out first
    assert Decoder.open["decoders"] == 0
    assert hearing.levels(0.0) == {}
    hearing.take(Bundle(0, (entry(0, 0),)), 0.0)
    assert "ann" not in mixer
    mixer.close()


def test_a_new_connection_begins_anew_with_everyone() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow(view(("ann", 0, 0)))
    hearing.take(Bundle(10 * RATE, (entry(0, 0, 500, 5_000_000),)), 10.0)
    hearing.restart()
    hearing.follow(view(("ann", 0, 0)))
    assert mixer.removed == ["ann"]
    hearing.take(Bundle(0, (entry(0, 0, 40_000, 0),)), 10.1)  # the server's clocks did too
    assert mixer.pushed[-1] == ("ann", 40_000, 0)


def test_a_bundle_that_was_held_up_is_not_played() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow(view(("ann", 0, 0)))
    for sequence, (media_time, now) in enumerate(
        [(0, 0.0), (RATE, 1.0), (2 * RATE, 4.0), (3 * RATE, 4.0), (3 * RATE + BLOCK, 4.0)]
    ):
        hearing.take(Bundle(media_time, (entry(0, 0, sequence, media_time),)), now)
    assert [sequence for _, sequence, _ in mixer.pushed] == [0, 1, 3, 4]


def test_a_clock_that_began_anew_is_believed_after_a_while() -> None:
    freshness = Freshness()
    assert freshness.is_fresh(100 * RATE, 0.0)
    heard = [freshness.is_fresh(round(now * RATE), now) for now in np.arange(0.1, 10, 0.1)]
    assert not any(heard[:40])
    assert all(heard[-40:])


@given(st.lists(st.floats(0, 0.9), min_size=1, max_size=50), st.floats(-1e-4, 1e-4))
def test_what_comes_within_the_cap_is_always_fresh(delays: list[float], drift: float) -> None:
    freshness = Freshness()
    for second, delay in enumerate(delays):
        media_time = round(second * RATE * (1 + drift))
        assert freshness.is_fresh(media_time + CAP, second + delay)


# Devices that fail.


class Shelf:
    """Gives out cards as they are asked for, and knows them all."""

    def __init__(self, *cards: Card | AudioError | Exception) -> None:
        self._cards = list(cards)
        self.given: list[Card] = []

    def open(self, spec: str | None = None) -> Card:
        card = self._cards.pop(0) if self._cards else Card()
        if isinstance(card, Exception):
            raise card
        self.given.append(card)
        return card

    @property
    def started(self) -> bool:
        """Whether the newest one is used: its owner knows it."""
        return bool(self.given) and self.given[-1].wake is not None

    @property
    def in_use(self) -> list[Card]:
        return [card for card in self.given if not card.closed]


class Studio:
    """A voice with scripted devices."""

    def __init__(self, patch: pytest.MonkeyPatch, mics: Shelf, speakers: Shelf) -> None:
        def open_output(spec: str | None = None) -> Card:
            return Card("none") if spec == "none" else speakers.open(spec)

        patch.setattr(voice, "open_input", mics.open)
        patch.setattr(voice, "open_output", open_output)
        self.told: list[Device] = []
        self.frames: list[UplinkFrame] = []
        self.voice = Voice(None, None, self.frames.append, self.told.append)

    def problems(self, kind: str) -> list[str]:
        return [device.problem for device in self.told if device.kind == kind]


async def settled(until: Callable[[], bool], seconds: float = 10.0) -> None:
    """Devices are opened in real threads: look again and again."""
    with trio.fail_after(seconds):
        while not until():  # noqa: ASYNC110 - what a thread does sets no event
            await trio.sleep(0.005)


async def test_a_device_that_fails_is_closed_told_and_tried_again(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "REOPEN_SECONDS", 0.05)
    mics = Shelf(Card(), AudioError("nothing there"), AudioError("nothing there"))
    speakers = Shelf(Card(), Card(refuses="busy"), ValueError("embedded null byte"))
    studio = Studio(monkeypatch, mics, speakers)
    studio.voice.want_microphone(True)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: mics.started and speakers.started)
    mics.given[0].fail("pulled out")
    speakers.given[0].fail("pulled out")
    await settled(lambda: len(mics.given) == 2 and len(speakers.given) == 3)
    assert mics.given[0].closed
    assert speakers.given[0].closed
    assert speakers.given[1].closed
    await settled(lambda: studio.problems("speaker")[-1:] == [""])
    assert studio.problems("microphone") == ["", "pulled out", "nothing there", ""]
    problems = [problem for problem in studio.problems("speaker") if problem]
    assert problems[:2] == ["pulled out", "busy"]
    assert "embedded null byte" in problems[2]


async def test_one_voice_is_numbered_on_from_microphone_to_microphone(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "REOPEN_SECONDS", 0.01)
    mics = Shelf()
    studio = Studio(monkeypatch, mics, Shelf())
    studio.voice.want_microphone(True)
    studio.voice.open()
    nursery.start_soon(studio.voice.run)
    for number in (1, 2, 3):
        await settled(lambda n=number: len(mics.given) == n)  # type: ignore[misc]
        await settled(lambda: mics.started)
        count = len(studio.frames)
        mics.given[-1].ring.write(tone(5))
        mics.given[-1].wake_up()
        await settled(lambda c=count: len(studio.frames) > c)  # type: ignore[misc]
        mics.given[-1].fail("pulled out")
    times = [frame.media_time for frame in studio.frames]
    assert times == sorted(set(times))
    assert [frame.sequence for frame in studio.frames] == list(range(len(times)))


async def test_a_device_that_dies_at_once_is_not_opened_without_end(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = [Card() for _ in range(1000)]
    for card in dead:
        card.failed = "dead on arrival"
    speakers = Shelf(*dead)
    studio = Studio(monkeypatch, Shelf(), speakers)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: studio.problems("speaker") == ["", "dead on arrival"])
    await trio.sleep(0.1)
    assert len(speakers.given) == 1


async def test_who_presses_without_a_working_microphone_is_told_each_time(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "REOPEN_SECONDS", 0.02)
    studio = Studio(monkeypatch, Shelf(*[AudioError("nothing there")] * 10_000), Shelf())
    studio.voice.want_microphone(True)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: studio.problems("microphone") == ["nothing there"])
    studio.voice.open()
    await settled(lambda: len(studio.problems("microphone")) == 2)
    studio.voice.close()


async def test_the_audience_has_no_microphone_in_use(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    studio = Studio(monkeypatch, mics, Shelf())
    nursery.start_soon(studio.voice.run)
    await trio.testing.wait_all_tasks_blocked()
    # On stage and off again before anybody had time to act on it.
    studio.voice.want_microphone(True)
    studio.voice.want_microphone(False)
    await trio.sleep(0.05)
    assert not mics.in_use
    studio.voice.want_microphone(True)
    await settled(lambda: len(mics.in_use) == 1)
    studio.voice.want_microphone(False)
    await settled(lambda: not mics.in_use)


async def test_a_device_opened_for_nobody_is_closed_and_waited_for_by_nobody() -> None:
    card = Card()
    asked, come = threading.Event(), threading.Event()

    def slow(spec: str | None) -> Card:
        asked.set()
        come.wait(30)
        return card

    async with trio.open_nursery() as nursery:
        nursery.start_soon(opened, slow, None)
        await trio.to_thread.run_sync(asked.wait, 10)
        with trio.fail_after(5):
            nursery.cancel_scope.cancel()
            await trio.testing.wait_all_tasks_blocked()
    come.set()
    await settled(lambda: card.closed)


async def test_after_a_sleep_cards_are_opened_anew_and_files_go_on(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, again in (("device", 2), ("file", 1)):
        mics, speakers = Shelf(Card(kind)), Shelf(Card(kind))
        studio = Studio(monkeypatch, mics, speakers)
        studio.voice.want_microphone(True)
        studio.voice.open()
        nursery.start_soon(studio.voice.run)
        both = (mics, speakers)
        await settled(lambda b=both: all(each.started for each in b))  # type: ignore[misc]
        studio.voice.reopen()
        await settled(  # the closed one, if any, has been replaced
            lambda b=both, n=again: all(len(each.given) == n and each.started for each in b)  # type: ignore[misc]
        )
        await trio.sleep(0.05)
        assert (len(mics.given), len(speakers.given)) == (again, again)


async def test_a_recording_that_failed_is_not_overwritten(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "REOPEN_SECONDS", 0.01)
    speakers = Shelf(Card("file"))
    studio = Studio(monkeypatch, Shelf(), speakers)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: speakers.started)
    speakers.given[0].fail("the disk is full")
    await settled(lambda: studio.problems("speaker")[-1:] == ["the disk is full"])
    await trio.sleep(0.1)
    assert len(speakers.given) == 1


# Before a room.


class Lobby:
    """A preview whose frontend is the test."""

    def __init__(self, patch: pytest.MonkeyPatch, mics: Shelf, speakers: Shelf) -> None:
        patch.setattr(preview, "open_output", speakers.open)
        patch.setattr(preview, "_known_devices", list)
        patch.setattr(
            preview,
            "open_input",
            lambda spec: Card() if "tone" in (spec or "") else mics.open(spec),
        )
        self._says, self._hears = trio.open_memory_channel[bytes](100)
        self.written = b""
        self.channel = Channel(Lines(self._hears.receive).next, self._write)
        self.enter: Enter | None = None
        self.ended = trio.Event()

    async def _write(self, data: bytes) -> None:
        self.written += data

    def says(self, line: bytes) -> None:
        self._says.send_nowait(line + b"\n")

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.channel.run)
            self.enter = await Preview(self.channel).run()
            await self.channel.flush()
            nursery.cancel_scope.cancel()
        self.ended.set()


ENTER = b'{"command":"enter","url":"ws://localhost/r/a","name":"Ann"}'


async def test_devices_opened_again_are_listed_and_opened_when_the_old_ones_are_closed(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    in_use: list[int] = []

    def known() -> list[object]:
        in_use.append(len(mics.in_use))  # cards that came meanwhile are found while none is open
        return []

    lobby = Lobby(monkeypatch, mics, Shelf())
    monkeypatch.setattr(preview, "_known_devices", known)
    nursery.start_soon(lobby.run)
    for number in range(1, 21):
        lobby.says(b'{"command":"open_devices","mic":"x"}')
        await settled(lambda n=number: len(mics.given) == n)  # type: ignore[misc]
    await settled(lambda: b'"levels"' in lobby.written)
    for _ in range(5):
        lobby.says(b'{"command":"open_devices","mic":"x"}')
    lobby.says(ENTER)
    with trio.fail_after(5):
        await lobby.ended.wait()
    assert isinstance(lobby.enter, Enter)
    assert in_use[:20] == [0] * 20
    await settled(lambda: not mics.in_use)


async def test_nonsense_before_a_room_ends_nothing(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby = Lobby(monkeypatch, Shelf(), Shelf())
    nursery.start_soon(lobby.run)
    for line in (b"nonsense", b"\xff", b'{"command":"unmute"}', ENTER):
        lobby.says(line)
    with trio.fail_after(5):
        await lobby.ended.wait()
    assert isinstance(lobby.enter, Enter)
    assert lobby.written.count(b'"bad_message"') == 2
    assert lobby.written.count(b'"no_room"') == 1


@pytest.mark.parametrize("line", [b'{"command":"leave"}', ENTER])
async def test_the_tone_is_played_once_at_a_time_and_let_go(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    speakers = Shelf()
    lobby = Lobby(monkeypatch, Shelf(), speakers)
    nursery.start_soon(lobby.run)
    lobby.says(b'{"command":"play_tone"}')
    lobby.says(b'{"command":"play_tone"}')
    await settled(lambda: bool(speakers.in_use))
    await trio.sleep(0.02)
    assert len(speakers.given) == 1
    lobby.says(line)
    with trio.fail_after(5):
        await lobby.ended.wait()
    assert not speakers.in_use
    assert (lobby.enter is None) == (b"leave" in line)


async def test_devices_that_refuse_to_start_are_told(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    speakers = Shelf(Card(refuses="out busy"))
    lobby = Lobby(monkeypatch, Shelf(Card(refuses="mic busy")), speakers)
    nursery.start_soon(lobby.run)
    lobby.says(b'{"command":"open_devices"}')
    lobby.says(b'{"command":"play_tone"}')
    await settled(lambda: b"mic busy" in lobby.written and b"out busy" in lobby.written)
    lobby.says(b'{"command":"play_tone"}')  # and it can be tried again
    await settled(lambda: len(speakers.given) == 2)
    lobby.says(ENTER)
    with trio.fail_after(5):
        await lobby.ended.wait()

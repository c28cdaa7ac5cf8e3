"""Tests of whose voice an entry is: slots, generations, wrapping numbers, held-up bundles."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio import levels, samples
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Encoder
from roomcli.audio.packets import Packet
from roomcli.audio.rendering import SILENT, UNCHANGED, Rendering
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples, silence
from roomcli.engine.hearing import CAP, Freshness, Hearing
from roomcli.protocol import audio
from roomcli.protocol.audio import Bundle, BundleEntry, Flags
from roomcli.protocol.local import FalseLevel
from roomcli.protocol.people import Role
from roomcli.protocol.view import RoomView

from ...support.seats import by_id, someone, speaker


def test_sound_and_wire_count_alike() -> None:
    # Neither may import the other, so each has these numbers.
    assert (samples.RATE, samples.FRAME) == (audio.RATE, audio.FRAME)
    assert levels.SILENCE == audio.SILENCE
    assert 2 * samples.BLOCK == samples.FRAME


class ScriptedDecoder:
    """A decoder that counts how many decoders are open."""

    open: Counter[str] = Counter()

    def __init__(self) -> None:
        ScriptedDecoder.open["decoders"] += 1
        self._closed = False

    def decode(self, payload: bytes) -> Samples:
        return silence(FRAME)

    def conceal(self, samples: int) -> Samples:
        return silence(samples)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            ScriptedDecoder.open["decoders"] -= 1


class Push:
    """Replaces the mixer and records what is pushed, and for whom."""

    def __init__(self) -> None:
        self.pushed: list[tuple[str, int, int]] = []
        self.removed: list[str] = []
        self.rendered: dict[str, Rendering] = {}

    def buffer_of(self, id: str, rendering: Rendering) -> Push.Buffer:
        self.rendered[id] = rendering
        return Push.Buffer(self, id)

    def set_rendering(self, id: str, rendering: Rendering) -> None:
        self.rendered[id] = rendering

    def false_levels(self) -> set[str]:
        return set()

    def remove(self, id: str) -> None:
        self.removed.append(id)

    class Buffer:
        def __init__(self, mixer: Push, id: str) -> None:
            self._mixer, self._id = mixer, id

        def push(self, packet: Packet, now: float) -> None:
            self._mixer.pushed.append((self._id, packet.sequence, packet.media_time))


def view(*speakers: tuple[str, int, int], gone: str = "") -> RoomView:
    stage = {
        id: speaker(someone(id, id), "speaker", slot, generation, connected=id != gone)
        for id, slot, generation in speakers
    }
    people = by_id(*(someone(id, id) for id in stage))
    return RoomView("standup", "me", stage, people=people)


def entry(slot: int, generation: int, sequence: int = 0, media_time: int = 0) -> BundleEntry:
    sequence, media_time = sequence & 0xFFFF, media_time & 0xFFFFFFFF
    return BundleEntry(slot, generation, sequence, media_time, Flags.NONE, 20, b"x")


def heard_by(mixer: object) -> Hearing:
    return Hearing(mixer)  # type: ignore[arg-type]


def test_only_announced_generations_are_heard_and_never_oneself() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.receive_bundle(Bundle(0, (entry(0, 0),)), 0.0)
    hearing.follow_stage(view(("ann", 0, 3), ("me", 1, 1)))
    for slot in range(3):
        for generation in range(5):
            hearing.receive_bundle(Bundle(0, (entry(slot, generation),)), 0.0)
    assert [id for id, *_ in mixer.pushed] == ["ann"]
    assert hearing.unknown == 1 + 15 - 2


def test_a_voice_sounds_as_wanted_from_its_first_packet_on_and_goes_on_in_its_buffer() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    stage = view(("ann", 0, 0), ("ben", 1, 0))
    both = Bundle(0, (entry(0, 0), entry(1, 0)))
    for renderings in ({"ann": SILENT}, {"ben": Rendering(0.5)}, {}):
        hearing.follow_stage(stage, renderings)
        assert mixer.rendered.get("ann", UNCHANGED) == renderings.get("ann", UNCHANGED)
        hearing.receive_bundle(both, 0.0)
        for id in ("ann", "ben"):
            assert mixer.rendered[id] == renderings.get(id, UNCHANGED)
    assert [id for id, *_ in mixer.pushed] == ["ann", "ben"] * 3
    assert mixer.removed == []


@pytest.mark.parametrize("declared", [0, -20, -60, -127])
@pytest.mark.parametrize(("amplitude", "level"), [(0.3, -13), (0.01, -43), (0.0, None)])
def test_level_is_that_of_what_is_heard_whatever_is_declared(
    declared: int, amplitude: float, level: int | None
) -> None:
    mixer, encoder = Mixer(), Encoder()
    hearing = Hearing(mixer)
    hearing.follow_stage(view(("ann", 0, 0)))
    time = np.arange(50 * FRAME) / RATE
    sound = np.asarray(amplitude * np.sin(2 * np.pi * 440 * time), dtype=np.float32)
    for n, frame in enumerate(sound.reshape(-1, FRAME)):
        flags = Flags.START | Flags.DISCONTINUITY if n == 0 else Flags.NONE
        sent = BundleEntry(0, 0, n, FRAME * n, flags, declared, encoder.encode(frame))
        hearing.receive_bundle(Bundle(FRAME * n, (sent,)), n * 0.02)
        mixer.pull(n * 0.02)
        mixer.pull(n * 0.02 + 0.01)
    shown = hearing.levels(1.0).get("ann")
    assert shown is None if level is None else shown == pytest.approx(level, abs=6)
    assert hearing.levels(2.0) == {}
    mixer.close()
    encoder.close()


@pytest.mark.parametrize("role", ["host", "cohost", "speaker", "listener"])
def test_moderators_are_told_once_whose_declared_level_is_not_what_is_heard(role: Role) -> None:
    mixer, encoder = Mixer(), Encoder()
    hearing = Hearing(mixer)
    seen = view(("ann", 0, 0), ("ben", 1, 0))
    if role != "listener":
        seen.stage["me"] = speaker(someone("me", "me"), role, 2, 0)
    hearing.follow_stage(seen)
    payload = encoder.encode(np.zeros(FRAME, dtype=np.float32))
    told = []
    for n in range(600):
        flags = Flags.START | Flags.DISCONTINUITY if n == 0 else Flags.NONE
        both = [
            BundleEntry(slot, 0, n & 0xFFFF, FRAME * n, flags, level, payload)
            for slot, level in ((0, -10), (1, -127))
        ]
        told += hearing.receive_bundle(Bundle(FRAME * n, tuple(both)), n * 0.02)
        mixer.pull(n * 0.02)
        mixer.pull(n * 0.02 + 0.01)
    assert [each.id for each in told if isinstance(each, FalseLevel)] == (
        ["ann"] if role in ("host", "cohost") else []
    )
    mixer.close()
    encoder.close()


@given(
    st.integers(0, 1 << 33),
    st.lists(st.tuples(st.integers(1, 30_000), st.integers(1, 1 << 30)), max_size=20),
)
def test_numbers_are_unwrapped_for_each_speaker(start: int, steps: list[tuple[int, int]]) -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow_stage(view(("ann", 0, 0), ("ben", 1, 0)))
    sequence = media_time = start
    expected = []
    for more, later in [(0, 0), *steps]:
        sequence, media_time = sequence + more, media_time + later
        expected.append((sequence - start, media_time - start))
        both = (entry(0, 0, sequence, media_time), entry(1, 0, 7, 7))
        hearing.receive_bundle(Bundle(0, both), 0.0)
    for id, differences in (("ann", expected), ("ben", [(0, 0)] * len(expected))):
        pushed = [numbers for who, *numbers in mixer.pushed if who == id]
        first = pushed[0]
        assert [(s - first[0], m - first[1]) for s, m in pushed] == differences


def test_a_discontinuity_is_taken_as_it_is() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow_stage(view(("ann", 0, 0)))
    hearing.receive_bundle(Bundle(0, (entry(0, 0, 60_000, 3_000_000_000),)), 0.0)
    again = BundleEntry(0, 0, 5, 960, Flags.START | Flags.DISCONTINUITY, -20, b"x")
    hearing.receive_bundle(Bundle(0, (again,)), 0.0)
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
    ScriptedDecoder.open.clear()
    mixer = Mixer(ScriptedDecoder)
    hearing = Hearing(mixer)
    hearing.follow_stage(view(("ann", 0, 0)))
    hearing.receive_bundle(Bundle(0, (entry(0, 0, 100, 960_000),)), 0.0)
    assert ScriptedDecoder.open["decoders"] == 1
    hearing.follow_stage(later)
    assert "ann" not in mixer
    mixer.pull(0.01)  # the sound fades out first
    assert ScriptedDecoder.open["decoders"] == 0
    assert hearing.levels(0.0) == {}
    hearing.receive_bundle(Bundle(0, (entry(0, 0),)), 0.0)
    assert "ann" not in mixer
    mixer.close()


def test_a_new_connection_begins_anew_with_everyone() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow_stage(view(("ann", 0, 0)))
    hearing.receive_bundle(Bundle(10 * RATE, (entry(0, 0, 500, 5_000_000),)), 10.0)
    hearing.restart()
    hearing.follow_stage(view(("ann", 0, 0)))
    assert mixer.removed == ["ann"]
    hearing.receive_bundle(
        Bundle(0, (entry(0, 0, 40_000, 0),)), 10.1
    )  # the server's clocks did too
    assert mixer.pushed[-1] == ("ann", 40_000, 0)


def test_a_bundle_that_was_held_up_is_not_played() -> None:
    mixer = Push()
    hearing = heard_by(mixer)
    hearing.follow_stage(view(("ann", 0, 0)))
    for sequence, (media_time, now) in enumerate(
        [(0, 0.0), (RATE, 1.0), (2 * RATE, 4.0), (3 * RATE, 4.0), (3 * RATE + BLOCK, 4.0)]
    ):
        hearing.receive_bundle(Bundle(media_time, (entry(0, 0, sequence, media_time),)), now)
    assert [sequence for _, sequence, _ in mixer.pushed] == [0, 1, 3, 4]


def test_a_clock_that_began_anew_is_believed_after_a_while() -> None:
    freshness = Freshness()
    assert freshness.is_fresh(100 * RATE, 0.0)
    heard = [freshness.is_fresh(round(now * RATE), now) for now in np.arange(0.1, 10, 0.1)]
    assert not any(heard[:40])
    assert all(heard[-40:])


@pytest.mark.parametrize("pause", [3.0, 10.0, 600.0])
def test_what_waited_while_this_machine_stood_still_is_not_fresh(pause: float) -> None:
    freshness = Freshness()
    assert freshness.is_fresh(0, 0.0)
    waited = [freshness.is_fresh(round(sent * RATE), pause) for sent in np.arange(0.02, 0.8, 0.02)]
    assert not any(waited)
    assert freshness.is_fresh(round(pause * RATE), pause)


@given(st.lists(st.floats(0, 0.9), min_size=1, max_size=50), st.floats(-1e-4, 1e-4))
def test_what_comes_within_the_cap_is_always_fresh(delays: list[float], drift: float) -> None:
    freshness = Freshness()
    for second, delay in enumerate(delays):
        media_time = round(second * RATE * (1 + drift))
        assert freshness.is_fresh(media_time + CAP, second + delay)

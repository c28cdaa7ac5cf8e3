"""Tests of how well voice goes: totals of parts that come and go, as figures of the last minute."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.audio.jitter import JitterStats
from roomcli.audio.samples import BLOCK, FRAME, RATE
from roomcli.engine.health import (
    CaptureTotals,
    Health,
    LinkTotals,
    PlayoutTotals,
    RecentGrowth,
)
from roomcli.protocol.audio import DEAF

QUIET = JitterStats(
    delay_ms=0.0,
    target_ms=0.0,
    frame_ms=20.0,
    expected=0,
    received=0,
    octets=0,
    concealed=0,
    accelerated=0,
    decelerated=0,
    late=0,
    doubles=0,
    corrupt=0,
    dropped=0,
    active=False,
)
CARD = PlayoutTotals("USB", latency=0.012, cushion=RATE // 50, missing=0, gaps=0, stalls=0)


@given(st.lists(st.integers(0, 1000), max_size=100))
def test_growth_is_that_of_the_last_minute(grown: list[int]) -> None:
    growth, total = RecentGrowth(), 0
    for second, more in enumerate(grown):
        total += more
        growth.add_totals(float(second), lost=total)
    assert growth["lost"] == sum(grown[-60:])
    growth.add_totals(1e6, lost=total)
    assert growth["lost"] == 0


def test_a_total_that_fell_began_anew() -> None:
    growth = RecentGrowth()
    for second, total in enumerate((5, 7, 2, 3)):
        growth.add_totals(float(second), lost=total)
    assert growth["lost"] == 7 + 3
    assert growth["never counted"] == 0


def health(*voices: JitterStats, playout: PlayoutTotals | None = CARD) -> Health:
    """Return the health after the voice of one person told these totals, a second apart."""
    parts = Health()
    for second, voice in enumerate(voices):
        parts.measure(float(second), LinkTotals(rtt=0.08), None, playout, {"ann": voice})
    return parts


def test_a_voice_has_its_way_to_the_ear_and_its_loss() -> None:
    after = replace(
        QUIET,
        delay_ms=30.0,
        expected=100,
        received=95,
        octets=95 * 80,
        late=2,
        corrupt=1,
        dropped=3,
        concealed=RATE // 10,
        accelerated=RATE // 100,
        active=True,
    )
    told = health(QUIET, after).figures(ref=4)
    voice = told.voices["ann"]
    assert voice.to_ear_ms == 40 + 30 + 20 + 12, "half a round trip, buffer, cushion, device"
    assert (voice.frames, voice.lost, voice.late, voice.broken) == (95, 5, 2, 4)
    assert (voice.concealed_ms, voice.hurried_ms, voice.stretched_ms) == (100, 10, 0)
    assert voice.kbps == 32.0
    assert (told.rtt_ms, told.ref) == (80.0, 4)


def test_a_late_frame_is_lost_until_it_comes() -> None:
    lost, came = replace(QUIET, expected=10, received=9), replace(QUIET, expected=10, received=10)
    assert health(QUIET, lost).figures().voices["ann"].lost == 1
    assert health(QUIET, lost, came).figures().voices["ann"].lost == 0


def test_who_left_the_stage_is_forgotten_and_comes_back_with_nothing() -> None:
    parts = health(replace(QUIET, expected=10, received=5))
    parts.measure(2.0, LinkTotals(), None, CARD, {})
    assert parts.figures().voices == {}
    parts.measure(3.0, LinkTotals(), None, CARD, {"ann": QUIET})
    assert parts.figures().voices["ann"].lost == 0


def test_devices_are_told_as_long_as_they_are_used() -> None:
    parts = Health()
    for number in range(50):  # half of them are frames of 10 ms
        parts.sent(number * FRAME if number < 25 else 24 * FRAME + (number - 24) * BLOCK, 75)
    microphone = CaptureTotals("Mic", latency=0.01, lost=RATE // 50)
    played = replace(CARD, missing=RATE // 100, gaps=3, stalls=2)
    parts.measure(0.0, LinkTotals(rtt=None, unsent=3), microphone, played, {})
    told = parts.figures()
    assert told.microphone is not None
    assert told.speaker is not None
    own = told.microphone
    assert (own.frames, own.unsent, own.lost_ms, own.kbps, own.latency_ms) == (50, 3, 20, 40.0, 10)
    assert (told.speaker.missing_ms, told.speaker.cushion_ms) == (10, 20)
    assert (told.speaker.gaps, told.speaker.stalls) == (3, 2)
    parts.measure(1.0, LinkTotals(), None, None, {})
    assert (parts.figures().microphone, parts.figures().speaker) == (None, None)


@pytest.mark.parametrize(
    ("playout", "told"),
    [(CARD, 32), (None, None), (replace(CARD, is_silent=True), DEAF)],
)
def test_how_late_one_hears_is_told_without_voices(
    playout: PlayoutTotals | None, told: int | None
) -> None:
    idle = replace(QUIET, delay_ms=500.0)
    assert health(idle, playout=playout).playing_delay == told


def test_the_voice_that_is_held_back_for_longest_counts() -> None:
    assert health(replace(QUIET, delay_ms=41.0, active=True)).playing_delay == 73

"""Tests of the levels of the last seconds, from which a card draws its wave."""

from __future__ import annotations

from roomcli.frontends.model.level_history import SPAN, STEPS, LevelHistory
from roomcli.protocol.audio import SILENCE


def test_the_loudest_of_each_quarter_second_moves_on_and_is_forgotten() -> None:
    history = LevelHistory()
    for at, level in ((100.0, -40), (100.1, -20), (100.2, -50), (100.3, -30)):
        history.note_levels({"ann": level}, at)
    assert history.recent("ann", 100.3, SILENCE)[-2:] == (-20, -30)
    assert history.recent("ann", 101.3, SILENCE)[-6:] == (-20, -30, *[SILENCE] * 4)
    assert len(history.recent("ann", 100.3, SILENCE)) == STEPS
    assert set(history.recent("ann", 100.3 + SPAN, SILENCE)) == {SILENCE}
    assert set(history.recent("ben", 100.3, SILENCE)) == {SILENCE}


def test_who_was_silent_for_long_is_no_longer_kept() -> None:
    history = LevelHistory()
    history.note_levels({"ann": -20}, 0.0)
    history.note_levels({"ben": -20}, SPAN + 1)
    assert set(history.recent("ann", 0.0, SILENCE)) == {SILENCE}

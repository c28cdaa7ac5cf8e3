"""Tests of the loss that a sender learns of."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.datagrams import ReceptionReport
from roomcli.wire.udp.loss import WINDOW, LossMeter
from roomcli.wire.udp.replay import ReplayWindow


def test_loss_is_that_of_the_last_two_seconds() -> None:
    meter, window = LossMeter(), ReplayWindow()
    told = []
    for tick in range(500):  # ten seconds; between 4 and 6 s every fifth gets lost
        if not (200 <= tick < 300 and tick % 5 == 0):
            window.mark_taken(tick)
        if tick % 25 == 24:
            reception = window.reception(0)
            assert reception
            meter.take_report(reception, tick * 0.02)
            told.append((tick // 25, meter.loss))
    losses = dict(told)
    assert losses[3] is None
    assert losses[6] == 0.0
    assert losses[11] == pytest.approx(0.2, abs=0.05)
    assert losses[19] == 0.0


def test_a_few_datagrams_say_nothing() -> None:
    meter = LossMeter()
    for half in range(20):
        meter.take_report(ReceptionReport(0, half * 2 + 1, half + 1, half), half / 2)
    assert meter.loss is None


def test_what_comes_late_counts_as_come() -> None:
    meter = LossMeter()
    meter.take_report(ReceptionReport(0, 99, 100, 0), 0.0)
    meter.take_report(ReceptionReport(0, 199, 190, 10), 1.0)
    meter.take_report(ReceptionReport(0, 299, 300, 0), 2.0)
    assert meter.loss == 0.0


def test_a_report_that_was_overtaken_is_ignored() -> None:
    meter = LossMeter()
    for at, reception in enumerate(
        (
            ReceptionReport(0, 99, 100, 0),
            ReceptionReport(0, 199, 150, 1),
            ReceptionReport(0, 150, 140, 1),
        )
    ):
        meter.take_report(reception, float(at))
    assert meter.latest
    assert meter.latest.reception.newest == 199
    meter.take_report(ReceptionReport(0, 299, 250, 1), 2.5)
    assert meter.loss == pytest.approx(0.25)


def test_another_id_begins_anew() -> None:
    meter = LossMeter()
    meter.take_report(ReceptionReport(0, 60, 61, 0), 0.0)
    meter.take_report(ReceptionReport(1, 200, 101, 1), 2.0)
    assert meter.loss is None
    for second in range(3, 6):
        meter.take_report(ReceptionReport(1, second * 100, second * 100 - 99, 1), float(second))
    assert meter.loss == 0.0
    meter.take_report(ReceptionReport(0, 10_000, 5000, 1), 6.0)
    assert meter.loss == 0.0


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.floats(0, 0.6))))
def test_whatever_is_reported_the_loss_is_a_share_and_little_is_kept(
    reports: list[tuple[int, int, float]],
) -> None:
    meter, now = LossMeter(), 0.0
    for newest, received, step in reports:
        now += step
        meter.take_report(ReceptionReport(0, newest, received, 0), now)
        assert meter.loss is None or 0.0 <= meter.loss <= 1.0
        assert len(meter._readings) <= WINDOW / 0.2 + 2


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 0.6])
def test_the_loss_of_a_lossy_path_is_found(share: float) -> None:
    chance, meter, window = random.Random(11), LossMeter(), ReplayWindow()
    losses = []
    for tick in range(50 * 60):
        if chance.random() >= share:
            window.mark_taken(tick)
        reception = window.reception(0)
        if tick % 25 == 0 and reception:
            meter.take_report(reception, tick * 0.02)
            losses.append(meter.loss)
    measured = [each for each in losses if each is not None]
    assert sum(measured) / len(measured) == pytest.approx(share, abs=0.05)

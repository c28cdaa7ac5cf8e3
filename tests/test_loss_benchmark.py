"""Tests that the benchmark of bad networks loses what it says, and judges what is left."""

from __future__ import annotations

import itertools
import socket
import time

import numpy as np
import pytest

from benchmarks import namespaces
from benchmarks.impairment import BadPath, Impairment
from benchmarks.loss import Transmission
from benchmarks.namespaces import BadLink, NetworkNamespace
from benchmarks.traces import Times

from .support.patience import PATIENCE


def fates(impairment: Impairment, packets: int = 40_000) -> list[float | None]:
    """Return what becomes of packets that are sent every 10 ms."""
    path = BadPath(impairment, seed=1)
    return [path.delay_at(number * 0.010) for number in range(packets)]


@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_as_many_get_lost_as_wanted_in_runs_as_long_as_wanted(burst: float) -> None:
    came = fates(Impairment(loss=0.02, burst=burst))
    assert came.count(None) / len(came) == pytest.approx(0.02, rel=0.2)
    runs = [
        len(list(each)) for lost, each in itertools.groupby(came, lambda it: it is None) if lost
    ]
    assert sum(runs) / len(runs) == pytest.approx(burst, rel=0.15)


def test_an_outage_lets_nothing_pass_and_some_packets_overtake_others() -> None:
    came = fates(Impairment(outage=1.0, outage_every=10.0), 2000)
    dark = [number // 100 for number, delay in enumerate(came) if delay is None]
    assert set(dark) == {0, 10}
    assert len(dark) == 200
    late = fates(Impairment(reordered=0.1, behind=0.030))
    assert late.count(0.070) / len(late) == pytest.approx(0.1, rel=0.2)


def test_what_a_buffer_of_100_ms_cannot_play_is_late_or_lost() -> None:
    sent: Times = np.array([number * 0.020 for number in range(1000)], np.float64)
    came: Times = np.array([at + 0.040 for at in sent], np.float64)
    came[500:510] += np.linspace(0.3, 0.05, 10)  # a stall that is made up for
    came[700] = np.inf
    figures = Transmission(sent, came, began=8.0).figures(10.0)
    assert figures["frames"] == 500
    assert figures["lost"] == pytest.approx(1 / 500)
    assert figures["late_or_lost"] == pytest.approx(9 / 500)
    assert figures["silence_ms"] == 8 * 20
    assert figures["first_5_s"] == pytest.approx(8 / 250)


@pytest.mark.skipif(bool(namespaces.missing()), reason=str(namespaces.missing()))
def test_packets_between_two_networks_take_their_time_or_get_lost() -> None:
    near, far = NetworkNamespace(), NetworkNamespace()
    ends = (
        near.open_tun("near", "10.77.1.1", "10.77.1.2"),
        far.open_tun("far", "10.77.1.2", "10.77.1.1"),
    )
    link = BadLink(*ends, seed=1)
    with near.entered():
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        here.bind(("10.77.1.1", 0))
    with far.entered():
        there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        there.bind(("10.77.1.2", 0))
    with here, there:
        there.settimeout(PATIENCE)
        begin = time.monotonic()
        here.sendto(b"one", there.getsockname())
        assert there.recv(100) == b"one"
        assert time.monotonic() - begin >= Impairment().delay
        link.impair(Impairment(outage=1.0, outage_every=1.0))
        before = link.lost
        here.sendto(b"two", there.getsockname())
        deadline = time.monotonic() + PATIENCE
        while link.lost == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert link.lost == before + 1
        link.impair(Impairment())
        here.sendto(b"three", there.getsockname())
        assert there.recv(100) == b"three"
    link.close()
    near.close()
    far.close()

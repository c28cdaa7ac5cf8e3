"""Traces of a network: when each frame of 20 ms was sent, and when it arrived.

A trace is made by a model with a seed, or read from CSV with the columns ``send_ms,arrival_ms``: a
line per copy of a frame that arrived, each on a clock of its own. Seeds vary what a network is like
(its delay, its load), not only its chance.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]

FRAME_MS: Final = 20.0
FOLDER: Final = Path(__file__).parent / "trace_files"
"""Two minutes of each kind, made with seed 1."""


@dataclass(frozen=True)
class Trace:
    """Copies of frames in the order of sending; times are in milliseconds."""

    name: str
    send: Times
    arrival: Times


def wifi(chance: np.random.Generator, seconds: float) -> Trace:
    """Wi-Fi: waiting for the channel, retries, a neighbour who comes and goes, scans.

    Who waits for the channel waits exponentially; collisions (geometric) mean more of it, as in the
    DCF of IEEE 802.11. While the neighbour transmits (3 s in the mean, 8 s apart) both are more.
    Scans of other channels hold everything up for 30 to 70 ms, every 30 s. Nothing is overtaken.
    """
    send = _clock(seconds)
    busy = _regimes(chance, len(send), calm=8.0, rough=3.0)
    wait = np.where(busy, chance.uniform(3, 7), chance.uniform(0.8, 2.5))
    collisions = chance.geometric(1 - np.where(busy, 0.30, 0.08)) - 1
    delay = chance.exponential(wait) + np.minimum(collisions, 6) * chance.exponential(1.5 * wait)
    for at in _moments(chance, seconds, every=30.0):
        during = (send >= at) & (send < at + (length := chance.uniform(30, 70)))
        delay[during] = np.maximum(delay[during], at + length - send[during])
    return Trace("wifi", send, _in_order(send + 12.0 + delay))


def lte(chance: np.random.Generator, seconds: float) -> Trace:
    """LTE: grants, repeats of the radio, a load that drifts, handovers.

    A frame waits up to 10 ms for its grant (3GPP TS 36.321, 5.4.4), a failed block is repeated
    8 ms later (HARQ, one in ten), a block that failed four times 50 ms later. The load of the cell
    is an Ornstein-Uhlenbeck process of 4 s. A handover takes 35 to 60 ms (TR 36.881), every 40 s.
    """
    send = _clock(seconds)
    repeats = np.minimum(chance.geometric(0.9, len(send)) - 1, 4)
    delay = chance.uniform(0, 10, len(send)) + 8.0 * repeats + np.where(repeats == 4, 50.0, 0.0)
    load = np.empty(len(send))
    load[0] = 0.0
    keep = math.exp(-FRAME_MS / 4000)
    noise = chance.normal(0, chance.uniform(3, 7) * math.sqrt(1 - keep**2), len(send))
    for n in range(1, len(send)):
        load[n] = keep * load[n - 1] + noise[n]
    delay += np.maximum(load, 0.0)
    for at in _moments(chance, seconds, every=40.0):
        during = (send >= at) & (send < at + (length := chance.uniform(35, 60)))
        delay[during] = np.maximum(delay[during], at + length - send[during])
    return Trace("lte", send, _in_order(send + 35.0 + delay))


def stalls(chance: np.random.Generator, seconds: float) -> Trace:
    """TCP over a path that loses packets in bursts: stalls, then everything at once.

    Loss is Gilbert's: rare (0.1 %) but for bad times (2 s in the mean, every 20 s). What was lost
    comes a round trip after the next frame told of it (RACK, RFC 8985), or, when that is lost too,
    after a timeout that doubles (RFC 6298, at least 200 ms). What was sent later waits for it.
    """
    send = _clock(seconds)
    bad = _regimes(chance, len(send), calm=20.0, rough=2.0)
    loss = np.where(bad, chance.uniform(0.08, 0.20), 0.001)
    trip = chance.uniform(30, 90)
    arrival = send + trip / 2 + chance.exponential(1.5, len(send))
    for n in np.flatnonzero(chance.random(len(send)) < loss):
        timeout, extra = 200.0 + trip, 1.25 * trip + FRAME_MS
        while chance.random() < loss[n]:
            extra += timeout
            timeout *= 2
        arrival[n] += extra
    return Trace("stalls", send, _in_order(arrival))


def blackouts(chance: np.random.Generator, seconds: float) -> Trace:
    """A path that is dead now and then, for 100 to 400 ms, 12 s apart in the mean.

    The moments are independent of each other: nothing tells of the next one, so that no causal
    receiver can do better than a fixed delay that gives up as much. It is played when asked for.
    """
    send = _clock(seconds)
    delay = chance.exponential(2.0, len(send))
    for at in _moments(chance, seconds, every=12.0):
        during = (send >= at) & (send < at + (length := chance.uniform(100, 400)))
        delay[during] = np.maximum(delay[during], at + length - send[during])
    return Trace("blackouts", send, _in_order(send + 20.0 + delay))


def route_change(chance: np.random.Generator, seconds: float) -> Trace:
    """Datagrams whose route changes every 20 s: another delay, 15 to 120 ms, all at once.

    On a shorter route they overtake those on their way.
    """
    send = _clock(seconds)
    delay = np.empty(len(send))
    level = chance.uniform(15, 120)
    changes = iter([*_moments(chance, seconds, every=20.0), math.inf])
    change = next(changes)
    for n, at in enumerate(send):
        if at >= change:
            level, change = chance.uniform(15, 120), next(changes)
        delay[n] = level
    return Trace("route_change", send, send + delay + chance.exponential(2.0, len(send)))


def drift(chance: np.random.Generator, seconds: float) -> Trace:
    """Two sound cards that disagree by 100 to 300 ppm, over a quiet network, for 5 minutes."""
    send = _clock(max(seconds, 300.0))
    skew = chance.choice([-1, 1]) * chance.uniform(100e-6, 300e-6)
    arrival = send * (1 + skew) + 15.0 + chance.exponential(2.0, len(send))
    return Trace("drift", send, _in_order(arrival))


MODELS: Final[dict[str, Callable[[np.random.Generator, float], Trace]]] = {
    "wifi": wifi,
    "lte": lte,
    "stalls": stalls,
    "blackouts": blackouts,
    "route_change": route_change,
    "drift": drift,
}


KINDS: Final = ("wifi", "lte", "stalls", "route_change", "drift")


def made(name: str, seed: int, seconds: float) -> Trace:
    """Make the trace of a model with a seed."""
    return MODELS[name](np.random.default_rng([seed, sorted(MODELS).index(name)]), seconds)


def read(path: Path) -> Trace:
    """Read a trace from CSV. Raises ValueError with a line for a person."""
    try:
        with path.open(newline="") as file:
            rows = [
                (float(row["send_ms"]), float(row["arrival_ms"])) for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no trace with send_ms,arrival_ms: {error}") from error
    times = np.array(sorted(rows), dtype=np.float64)
    if len(times) < 50 or not np.all(np.isfinite(times)):
        raise ValueError(f"{path} has less than 50 frames, or times that are no numbers")
    return Trace(path.stem, times[:, 0], times[:, 1])


def write(trace: Trace, path: Path) -> None:
    """Write a trace as CSV, in tenths of a millisecond."""
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("send_ms", "arrival_ms"))
        for sent, arrived in zip(trace.send, trace.arrival, strict=True):
            out.writerow((f"{sent:.10g}", f"{arrived:.1f}"))


def _clock(seconds: float) -> Times:
    return np.arange(round(seconds * 1000 / FRAME_MS), dtype=np.float64) * np.float64(FRAME_MS)


def _in_order(arrival: Times) -> Times:
    ordered: Times = np.maximum.accumulate(arrival)
    return ordered


def _regimes(
    chance: np.random.Generator, count: int, calm: float, rough: float
) -> npt.NDArray[np.bool_]:
    """Return for each frame whether times are rough; both take so many seconds in the mean."""
    states = np.zeros(count, dtype=np.bool_)
    at, is_rough = 0.0, False
    while at < count:
        lasts = chance.exponential(rough if is_rough else calm) * 1000 / FRAME_MS
        states[round(at) : round(at + lasts)] = is_rough
        at, is_rough = at + lasts, not is_rough
    return states


def _moments(chance: np.random.Generator, seconds: float, every: float) -> list[float]:
    """Return moments in milliseconds, ``every`` seconds in the mean, none in the first two."""
    moments: list[float] = []
    at = 2.0 + chance.exponential(every)
    while at < seconds:
        moments.append(at * 1000)
        at += chance.exponential(every)
    return moments

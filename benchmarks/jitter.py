"""Measure how late the jitter buffer plays and how much it conceals, over traces of networks.

``python -m benchmarks.jitter [--trace FILE.csv] [--seed N] [--seeds K] [--json]``. All time is
simulated. Each trace is played with somebody who talks without a pause and with one who talks and
listens in turn. The peer is the best fixed delay, chosen with hindsight for the same trace at no
more concealment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import machine, recovery, talk, traces
from .foresight import unforeseen
from .listening import Listened, cpu_seconds, frame_length, listen
from .peers.fixed_delay import BLOCK_MS, best_delay, block_lateness, in_steps
from .report import Figures, conclude, parser, publish, rounded
from .talk import SpeechPlan
from .traces import Times, Trace


@dataclass(frozen=True)
class Compared:
    """One trace with one talk, played by ours and by the best fixed delay."""

    ours: Listened
    fixed_delay: float
    stepless_delay: float
    foreseeing_delay: float
    unforeseen_rate: float

    @property
    def foreseeable_rate(self) -> float:
        """The share that was concealed beyond what no causal receiver can know of."""
        return max(0.0, self.ours.concealed_rate - self.unforeseen_rate)


def compare(trace: Trace, said: SpeechPlan, phase: float) -> Compared:
    """Play a trace, and find the best fixed delay for it."""
    ours = listen(trace, said, phase)
    length = frame_length(trace.send)
    base = float(np.min(trace.arrival - trace.send))
    send, arrival = first_copies(trace, len(said.sent))
    audible = np.repeat(said.sent & ~said.faint, max(1, round(length / BLOCK_MS)))
    lateness = block_lateness(send, arrival, length)[audible]
    unforeseen_rate = float(np.mean(unforeseen(send, arrival, length)[audible]))
    foreseeable = max(0.0, ours.concealed_rate - unforeseen_rate)
    step = (ours.first_pull - send[0] - base) % BLOCK_MS
    stepless = best_delay(lateness, ours.concealed_rate) - base
    return Compared(
        ours,
        in_steps(stepless, step),
        stepless,
        in_steps(best_delay(lateness, foreseeable) - base, step),
        unforeseen_rate,
    )


def first_copies(trace: Trace, count: int) -> tuple[Times, Times]:
    """Return when each of ``count`` frames was sent, and when the first copy of it arrived."""
    length = frame_length(trace.send)
    frames = np.rint((trace.send - trace.send[0]) / length).astype(np.int64)
    send = trace.send[0] + np.arange(count) * length
    send[frames] = trace.send
    arrival = np.full(count, np.inf)
    np.minimum.at(arrival, frames, trace.arrival)
    return send, arrival


def talks(trace: Trace, seed: int) -> Iterator[SpeechPlan]:
    """Return what is said over a trace; one that pauses by itself is taken as it is."""
    length = frame_length(trace.send)
    frames = np.rint((trace.send - trace.send[0]) / length).astype(np.int64)
    count = int(frames[-1]) + 1
    there = np.zeros(count, np.bool_)
    there[frames] = True
    if np.mean(there) < 0.9:
        yield SpeechPlan(there, np.zeros(count, np.bool_))
        return
    whole, part = talk.continuous(count), talk.conversation(count, seed)
    yield whole
    yield part


def figures(name: str, runs: list[Compared]) -> Figures:
    """Return the figures of one kind of trace: means over its runs, each with the same weight."""
    ours, fixed, stepless, foreseeing, concealed, foreseeable = np.mean(
        [
            (
                each.ours.mean_delay,
                each.fixed_delay,
                each.stepless_delay,
                each.foreseeing_delay,
                each.ours.concealed_rate,
                each.foreseeable_rate,
            )
            for each in runs
        ],
        axis=0,
    ).tolist()
    return {
        "mean_delay_ms": rounded(ours),
        "best_fixed_ms": rounded(fixed),
        "ratio": rounded(ours / fixed),
        "concealed_rate": rounded(concealed),
        "foreseeable_rate": rounded(foreseeable),
        "ratio_without_steps": rounded(ours / stepless),
        "ratio_at_foreseeable": rounded(ours / foreseeing),
    }


def run(
    kinds: dict[str, list[tuple[Trace, int]]], settings: dict[str, object]
) -> dict[str, object]:
    """Play all traces, each with its seed, and compare."""
    by_kind: dict[str, Figures] = {}
    for name, members in kinds.items():
        compared = []
        for trace, seed in members:
            chance = np.random.default_rng([seed, 10])
            compared += [compare(trace, said, chance.uniform(0, 10)) for said in talks(trace, seed)]
        by_kind[name] = figures(name, compared)

    def mean(figure: str) -> float | None:
        return rounded(float(np.mean([each[figure] for each in by_kind.values()])))

    of_each = {name: each["ratio"] for name, each in by_kind.items()}
    return {
        "benchmark": "jitter",
        "settings": settings,
        "mean_delay_ms": mean("mean_delay_ms"),
        "concealed_rate": mean("concealed_rate"),
        "foreseeable_rate": mean("foreseeable_rate"),
        "cpu_us_per_block": rounded(cpu_seconds(traces.made("wifi", 1, 20.0)) * 1e6),
        "traces": by_kind,
        "recovery": recovery.figures(),
        "peers": {"best_fixed": {"mean_delay_ms": mean("best_fixed_ms")}},
        "ratio_to": {"best_fixed": {"mean_delay_ms": mean("ratio"), "traces": of_each}},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Delay and concealment of the jitter buffer over traces of networks.")
    options.add_argument("--trace", type=Path, action="append", help="CSV: send_ms,arrival_ms")
    options.add_argument("--kind", choices=sorted(traces.MODELS), action="append")
    options.add_argument("--seed", type=int, default=1, help="the first one")
    options.add_argument("--seeds", type=int, default=3, help="how many")
    options.add_argument("--seconds", type=float, default=120.0, help="of each trace")
    given = options.parse_args()
    if not 10 <= given.seconds <= 7200 or not 1 <= given.seeds <= 100:
        options.error("--seconds: 10 to 7200; --seeds: 1 to 100")
    seeds = range(given.seed, given.seed + given.seeds)
    kinds: dict[str, list[tuple[Trace, int]]] = {}
    if given.trace:
        try:
            for path in given.trace:
                kinds[path.stem] = [(traces.read(path), given.seed)]
        except ValueError as error:
            options.error(str(error))
    else:
        for name in given.kind or traces.KINDS:
            kinds[name] = [(traces.made(name, seed, given.seconds), seed) for seed in seeds]
    settings = {"seed": given.seed, "seeds": given.seeds, "seconds": given.seconds}
    publish(run(kinds, settings), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)

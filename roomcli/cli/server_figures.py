"""What a running server says of itself in figures, as lines for a person.

The figures are those of ``/metrics``: of two readings the rates between them come.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..protocol.durations import elapsed

MIB = 1024**2
ROLES = {"host": "host", "cohost": "co-host", "speaker": "speaker", "listener": "listener"}
SLOW_PART = 0.99
"""The share of rounds that are at most as late as what is told."""
_TICK = "roomcli_tick_lateness_seconds_bucket"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ServerFigures:
    """One reading: values by name and labels, and when they were read, in seconds since 1970."""

    at: float
    values: Mapping[tuple[str, Labels], float]

    def value(self, name: str, **labels: str) -> float:
        """Return one value; zero for what the server does not tell."""
        return self.values.get((name, tuple(sorted(labels.items()))), 0.0)

    def sum_of(self, name: str) -> float:
        """Return the sum over all labels."""
        return sum(value for (each, _), value in self.values.items() if each == name)

    def rounds_below(self) -> dict[float, float]:
        """Return how many rounds of voice began at most so many seconds late."""
        return {
            float(dict(labels)["le"]): value
            for (name, labels), value in self.values.items()
            if name == _TICK
        }


def read_figures(text: str, at: float) -> ServerFigures:
    """Read the text format of Prometheus. Raises ValueError."""
    from prometheus_client.parser import text_string_to_metric_families  # takes long to import

    values = {
        (sample.name, tuple(sorted(sample.labels.items()))): float(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return ServerFigures(at, values)


def figure_lines(now: ServerFigures, before: ServerFigures | None = None) -> Iterator[str]:
    """Yield what a server does at the moment; with an earlier reading, how fast."""
    began = now.value("process_start_time_seconds")
    ready = "ready" if now.value("roomcli_ready") else "lets nobody new in"
    yield f"  up {elapsed(now.at - began)}, {ready}" if began else f"  {ready}"
    yield f"  rooms        {now.value('roomcli_rooms'):,.0f}, with {_people_words(now)}"
    places = {"room": "in rooms", "home": "in none", "opening": "coming"}
    connections = ", ".join(
        f"{now.value('roomcli_connections', place=place):,.0f} {words}"
        for place, words in places.items()
    )
    yield f"  connections  {connections}"
    if before is not None:
        yield from _rates(now, before)
    memory = now.value("process_resident_memory_bytes") / MIB
    yield f"  memory       {memory:,.0f} MiB"
    waiting = now.value("roomcli_store_queue_depth")
    if now.value("roomcli_store_writable"):
        yield f"  store        {f'{waiting:,.0f} changes wait' if waiting else 'all is written'}"
    else:
        yield f"  store        cannot be written: {waiting:,.0f} changes wait in memory"


def _people_words(now: ServerFigures) -> str:
    counts = {role: now.value("roomcli_people", role=role) for role in ROLES}
    some = [
        f"{count:,.0f} {ROLES[role]}{'' if count == 1 else 's'}"
        for role, count in counts.items()
        if count
    ]
    away = now.value("roomcli_people_away")
    return (", ".join(some) or "nobody") + (f" ({away:,.0f} away)" if away else "")


def _rates(now: ServerFigures, before: ServerFigures) -> Iterator[str]:
    seconds = max(now.at - before.at, 0.001)

    def rate(name: str) -> float:
        return max(0.0, now.sum_of(name) - before.sum_of(name)) / seconds

    came, went = (rate(f"roomcli_voice_frames_{way}_total") for way in ("received", "sent"))
    megabits = rate("roomcli_voice_sent_bytes_total") * 8 / 1e6
    skipped = rate("roomcli_voice_bundles_skipped_total")
    yield (
        f"  voice        {came:,.0f} frames/s in, {went:,.0f} out ({megabits:,.1f} Mb/s),"
        f" {skipped:,.0f} skipped"
    )
    late = _lateness(now, before)
    if late is not None:
        most = "more than 1 s" if math.isinf(late) else f"at most {late * 1000:g} ms"
        yield f"  rounds       {SLOW_PART:.0%} begin {most} late"
    yield f"  CPU          {rate('process_cpu_seconds_total'):.0%} of a core"


def _lateness(now: ServerFigures, before: ServerFigures) -> float | None:
    """Return by how many seconds nearly all rounds since then were late at most; None for none."""
    then = before.rounds_below()
    rounds = {end: count - then.get(end, 0.0) for end, count in now.rounds_below().items()}
    total = rounds.get(math.inf, 0.0)
    if total <= 0:
        return None
    return min(end for end, count in rounds.items() if count >= SLOW_PART * total)

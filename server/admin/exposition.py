"""Figures in the text format of Prometheus, by its own library.

The library takes a while to import, and much text a while to write: both are done on a thread, so
that nobody's voice waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

import trio

from ..histogram import BOUNDS
from .metrics import Figures, Measured, MeasuredTimes
from .port import Text

if TYPE_CHECKING:
    from prometheus_client.core import Metric


class Metrics:
    """All figures of a server; ``add`` says who has some."""

    def __init__(self) -> None:
        self._sources: list[Callable[[], Figures]] = []

    def add(self, source: Callable[[], Figures]) -> None:
        """Have ``source`` asked from now on, in Trio's thread."""
        self._sources.append(source)

    def measure(self) -> list[Measured | MeasuredTimes]:
        """Return all figures as they are now."""
        return [figure for source in self._sources for figure in source()]

    async def expose(self) -> Text:
        """Return all figures, and those of the process, as Prometheus reads them."""
        return await trio.to_thread.run_sync(_as_text, self.measure())


def _as_text(figures: Iterable[Measured | MeasuredTimes]) -> Text:
    from prometheus_client import CollectorRegistry, ProcessCollector
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
    from prometheus_client.registry import Collector

    class Collected(Collector):
        """Gives the library what was measured before."""

        def collect(self) -> Iterator[Metric]:
            return map(_family, figures)

    registry = CollectorRegistry()
    registry.register(Collected())
    ProcessCollector(registry=registry)
    return Text(generate_latest(registry), CONTENT_TYPE_LATEST)


def _family(figure: Measured | MeasuredTimes) -> Metric:
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    if isinstance(figure, MeasuredTimes):
        ends = (*map(str, BOUNDS), "+Inf")
        below = list(zip(ends, accumulate(figure.counts), strict=True))
        return HistogramMetricFamily(
            figure.name, figure.help, buckets=below, sum_value=figure.total
        )
    family: GaugeMetricFamily | CounterMetricFamily
    if figure.kind == "gauge":
        family = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
    else:
        family = CounterMetricFamily(figure.name, figure.help, labels=figure.labels)
    for labels, value in figure.values.items():
        family.add_metric(labels, value)
    return family

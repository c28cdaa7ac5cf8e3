"""Output of a benchmark: readable lines, or one JSON object as the last line."""

from __future__ import annotations

import argparse
import json
import math
import signal
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from . import machine

Figures = dict[str, float | None]

MOST_SECONDS = 600

_SPECIAL = ("peers", "ratio_to", "settings", "machine", "benchmark")


class NotMeasured(Exception):
    """The benchmark cannot give a figure."""


def parser(description: str) -> argparse.ArgumentParser:
    """Make a parser with the options of all benchmarks, and make SIGTERM an orderly end."""
    signal.signal(signal.SIGTERM, _terminated)
    options = argparse.ArgumentParser(description=description)
    options.add_argument(
        "--json", action="store_true", help="one JSON object as the last line of the output"
    )
    return options


def require_proc(options: argparse.ArgumentParser) -> None:
    """End with a usage error where nothing tells what a process uses."""
    if not machine.has_proc():
        options.error("needs Linux: what a process uses is read from /proc")


def require_numbers(
    options: argparse.ArgumentParser, given: argparse.Namespace, *counts: str
) -> None:
    """End with a usage error unless these options are 1 or more, and --seconds makes sense."""
    if min(getattr(given, each) for each in counts) < 1 or not 0 < given.seconds <= MOST_SECONDS:
        names = " and ".join(f"--{each}" for each in counts)
        options.error(f"{names} from 1, --seconds up to {MOST_SECONDS}")


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value that ``share`` of all values do not exceed, or None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def medians(rounds: Sequence[Figures]) -> Figures:
    """Return for each figure the median over the rounds that have it."""
    result: Figures = {}
    for name in rounds[0]:
        values = [value for each in rounds if (value := each.get(name)) is not None]
        result[name] = statistics.median(values) if values else None
    return result


def ratios(ours: Figures, theirs: Figures) -> Figures:
    """Divide each of our figures by theirs, where both exist and theirs is not zero."""
    return {
        name: rounded(value / other)
        for name, value in ours.items()
        if value is not None and (other := theirs.get(name))
    }


def rounded(value: float | None) -> float | None:
    """Round to four significant digits, since more would be noise."""
    return None if value is None else float(f"{value:.4g}")


def publish(result: Mapping[str, object], as_json: bool) -> None:
    """Print the result as JSON or as readable lines."""
    if as_json:
        print(json.dumps(result, allow_nan=False), flush=True)
        return
    print(f"{result['benchmark']}  {_inline(result['settings'])}")
    for name, value in result.items():
        if name not in _SPECIAL:
            print(f"  {name:<24} {_inline(value)}")
    for special, title in (("peers", "peer"), ("ratio_to", "ratio to")):
        part = result.get(special)
        if isinstance(part, Mapping):
            for peer, figures in part.items():
                print(f"  {title} {peer}: {_inline(figures)}")
    print(f"  machine: {_inline(result['machine'])}")


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_inline(each)}" for name, each in value.items())
    return "-" if value is None else str(value)


def conclude(main: Callable[[], int]) -> NoReturn:
    """Run ``main`` and end with its exit code; print an error as one line without a traceback."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except NotMeasured as failed:
        print(f"not measured: {failed}", file=sys.stderr)
        sys.exit(1)


def _terminated(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)

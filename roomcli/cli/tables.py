"""Tables and times in plain text; columns line up in every script."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..protocol.text import cleaned

MAX_CELL, MAX_PATH = 60, 4096


def table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the lines of a table, with control characters in the cells made harmless."""
    from rich.cells import cell_len  # slow to import, and needed for tables only

    cells = [list(titles), *(list(map(_cell, row)) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def moment(at: float, *, seconds: bool = False) -> str:
    """Format a time (seconds since 1970) in local time.

    The result has the date and the minute, or with ``seconds`` the time of day to the second.
    """
    try:
        return time.strftime("%H:%M:%S" if seconds else "%Y-%m-%d %H:%M", time.localtime(at))
    except (OverflowError, ValueError, OSError):  # beyond what the platform can format
        return "at no time"


def print_lines(lines: Iterable[str]) -> None:
    """Print each line on standard output."""
    for line in lines:
        print(line)


def _cell(value: object) -> str:
    """Return a cell as one line, shortened except for paths, which people copy."""
    return cleaned(str(value), MAX_PATH if isinstance(value, Path) else MAX_CELL)

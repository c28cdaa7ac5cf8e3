"""Tables and times in plain text: columns line up, whatever script a name is in."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..protocol.text import cleaned

MAX_CELL, MAX_PATH = 60, 4096


def table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines for a terminal; what strangers wrote in the cells is made harmless."""
    from rich.cells import cell_len  # a command without a table does not wait for it

    cells = [list(titles), *(list(map(_cell, row)) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def moment(at: float, *, seconds: bool = False) -> str:
    """A time (seconds since 1970) as it is called here: the day too, or to the second."""
    try:
        return time.strftime("%H:%M:%S" if seconds else "%Y-%m-%d %H:%M", time.localtime(at))
    except (OverflowError, ValueError, OSError):  # no clock shows it
        return "at no time"


def print_lines(lines: Iterable[str]) -> None:
    """The lines, on standard output."""
    for line in lines:
        print(line)


def _cell(value: object) -> str:
    """In one line, cut to a readable length; but of what is to be typed nothing is missing."""
    return cleaned(str(value), MAX_PATH if isinstance(value, Path) else MAX_CELL)

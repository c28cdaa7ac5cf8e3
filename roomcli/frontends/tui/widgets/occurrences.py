"""Lists of what is planned: a line for each time, below its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import localtime

from textual.content import Content
from textual.widgets.option_list import Option

from ....protocol.calendar import MAX_TITLE, ListedOccurrence
from ....protocol.text import cleaned
from ...words.calendar_words import coming_words, own_words
from ...words.day_words import Local, day_words, hour_words
from ...words.names import mark_of
from .face import QUIET, spread, styled

LEAST_RIGHT = 60
"""Cells of a line from which on it says how many come."""


def occurrence_id(one: ListedOccurrence) -> str:
    """Return the id of a line: the event, and the day of a series."""
    return f"{one.event} {one.day}"


def day_options(
    occurrences: Iterable[ListedOccurrence], width: int, now: float, local: Local = localtime
) -> Iterator[Option]:
    """Yield a line for each time, and one above for each day."""
    last = ""
    for one in occurrences:
        day = day_words(one.starts_at, now, local)
        if day != last:
            yield Option(styled(day, "bold"), disabled=True)
            last = day
        yield Option(occurrence_line(one, width, now, local), id=occurrence_id(one))


def occurrence_line(
    one: ListedOccurrence, width: int, now: float, local: Local = localtime
) -> Content:
    """Return the line of one time: when and what, and at the right who comes."""
    style = "strike" if one.cancelled else ""
    is_on = one.starts_at <= now < one.ends_at and not one.cancelled
    hour = styled("  now", "bold $success") if is_on else styled(hour_words(one.starts_at, local))
    title = cleaned(one.title, MAX_TITLE) + mark_of(lookalike=one.lookalike)
    left = Content.assemble(hour, "  ", (title, style or "bold"))
    return spread(left, styled(" · ".join(_right(one, width)), QUIET), width)


def _right(one: ListedOccurrence, width: int) -> Iterator[str]:
    if one.cancelled:
        yield "cancelled"
        return
    if one.moved:
        yield "moved"
    if width >= LEAST_RIGHT:
        yield coming_words(one)
    if mine := own_words(one):
        yield mine

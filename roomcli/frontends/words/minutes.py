"""What happened in a room, as the talk has it: small things of one minute together in one line.

Pure. Nothing is left out but what bars and banners show.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .happenings import Happening

MINUTE = 60.0


class EventLine(NamedTuple):
    """A line of the talk about what happened, from when on; ``is_small`` if it may be hidden."""

    at: float
    text: str
    is_small: bool = False
    is_loud: bool = False


def event_lines(happened: Iterable[tuple[float, Happening]]) -> list[EventLine]:
    """Return the lines for happenings, each with when it was, in seconds since 1970.

    The line of a minute stands where its first happening was, below what was told on the way in.
    """
    lines: list[EventLine] = []
    minutes: dict[int, tuple[int, list[Happening]]] = {}
    for at, each in happened:
        if each.place == "elsewhere":
            continue
        if each.place == "minute":
            minute = int(at // MINUTE)
            if minute in minutes:
                minutes[minute][1].append(each)
                continue
            minutes[minute] = len(lines), [each]
        if each.place == "way in":
            at = at // MINUTE * MINUTE
        lines.append(EventLine(at, each.text, each.place == "minute", each.weight == "loud"))
    for place, small in minutes.values():
        lines[place] = lines[place]._replace(text=in_short(small))
    return lines


def in_short(small: Iterable[Happening]) -> str:
    """Return happenings in one line: what many did is counted, all else follows word for word.

    ``3 came, Ole raised a hand · Ann locked the room``.
    """
    deeds: dict[str, dict[str, str]] = {}
    others: dict[str, None] = {}
    for each in small:
        if each.deed is None:
            others[each.text] = None
        else:
            deeds.setdefault(each.deed.does, {})[each.deed.who] = each.text
    counted = [
        f"{len(by)} {does}" if len(by) > 1 else next(iter(by.values()))
        for does, by in deeds.items()
    ]
    return " · ".join([*([", ".join(counted)] if counted else []), *others])

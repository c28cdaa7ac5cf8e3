"""Where the parts of the room stand and how large the cards are, from the size and who is there.

The stage takes the lines that its cards need, hands take as many as the queue has, and the audience
and the talk fill what is left. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.geometry import Region

ONE_LINE, SHORT, FULL, LARGE = 1, 3, 5, 9
"""Lines of a card: a name; what matters; a wave and the turn too; all of it with air."""
MOST_LINES = 15
"""Most lines of a large card, whose wave grows where nothing else needs the space."""
ROOMY_WIDTHS = {LARGE: 36, FULL: 26, SHORT: 26}
"""Preferred cells of a card; a wider screen has more columns."""
NARROW_WIDTH = 24
"""Least cells of a card of several lines, used if otherwise not everyone would be in view."""
ONE_LINE_WIDTH = 17
LEAST_ROWS = 2
"""Least rows of short cards that must fit; with fewer, a card is one line."""
MAX_COLUMNS = 4
WIDE, BROAD = 106, 176
"""Least cells of a floor with two columns, and of one whose stage goes over both, if it is tall."""
LOW, HIGH, TALL = 15, 24, 36
"""Lines of a floor below which each counts, and from which one, or half of all, is to spare."""
READABLE = 140
"""Most cells of the talk: a longer line is hard to follow."""
RIVER = 4
"""Cells beside the cards, where reactions rise."""
WRITING = 8
"""Least lines of the talk while it is used."""


class CardShape(NamedTuple):
    """How cards stand: side by side in ``columns``, with ``lines`` each, and ``gap`` between."""

    columns: int
    lines: int
    gap: int

    def height(self, count: int) -> int:
        """Return the lines of so many cards."""
        rows = rows_of(count, self.columns)
        return max(0, rows * (self.lines + self.gap) - self.gap)


class FloorNeeds(NamedTuple):
    """How many people are on stage, how many lines the hands take, how many names are known.

    ``talking`` while the user reads or writes.
    """

    speakers: int = 0
    hands: int = 2
    names: int = 0
    talking: bool = False


class FloorPlan(NamedTuple):
    """The place of each part; a part without lines is not shown."""

    stage: Region
    hands: Region
    audience: Region
    talk: Region


def rows_of(count: int, columns: int) -> int:
    """Return the number of rows of so many cards."""
    return -(-count // max(1, columns))


def card_shape(count: int, width: int, height: int) -> CardShape:
    """Return the largest cards with which everybody is in view, else the shape that shows most."""
    for lines, gap in ((LARGE, 1), (FULL, 1), (SHORT, 1), (SHORT, 0)):
        shape = CardShape(_columns(count, width, ROOMY_WIDTHS[lines]), lines, gap)
        if shape.height(count) <= height:
            return _grown(shape, count, height)
    return _dense(count, width, height)


def _grown(shape: CardShape, count: int, height: int) -> CardShape:
    """Return the shape with larger waves, if there is space."""
    if shape.lines < LARGE or not count:
        return shape
    spare = (height - shape.height(count)) // rows_of(count, shape.columns)
    return shape._replace(lines=min(MOST_LINES, LARGE + spare))


def _dense(count: int, width: int, height: int) -> CardShape:
    """Return short cards as narrow as they may be, or one line for each, if not all fit."""
    roomy = max(1, min(MAX_COLUMNS, (width + 1) // (ROOMY_WIDTHS[SHORT] + 1)))
    most = max(roomy, min(MAX_COLUMNS, (width + 1) // (NARROW_WIDTH + 1)))
    fitting = (each for each in range(roomy, most) if rows_of(count, each) * SHORT <= height)
    columns = _balanced(count, next(fitting, most))
    if height >= min(LEAST_ROWS, rows_of(count, columns)) * SHORT:
        return CardShape(columns, SHORT, 0)
    most = max(1, min(MAX_COLUMNS, (width + 1) // (ONE_LINE_WIDTH + 1)))
    return CardShape(min(most, rows_of(count, max(1, height))), ONE_LINE, 0)


def _columns(count: int, width: int, least: int) -> int:
    return _balanced(count, max(1, min(MAX_COLUMNS, (width + 1) // (least + 1))))


def _balanced(count: int, columns: int) -> int:
    """Return the least columns for the same number of rows: four stand two by two."""
    return max(min(2, columns), rows_of(count, rows_of(count, columns))) if count else columns


def floor_plan(width: int, height: int, needs: FloorNeeds, name_width: int) -> FloorPlan:
    """Return where each part stands on a floor of this size.

    ``name_width`` are the cells of a name in the audience.
    """
    top = 1 if height >= HIGH else 0
    if width >= BROAD and height >= TALL:
        return _below(width, height, top, needs, name_width)
    if width >= WIDE:
        return _beside(width, height, top, needs, name_width)
    return _stacked(width, height, top, needs, name_width)


def _beside(width: int, height: int, top: int, needs: FloorNeeds, name_width: int) -> FloorPlan:
    """Stage and audience at the left, hands and talk at the right."""
    side = max(46, min(64, width // 3)) if width < BROAD else min(100, width * 2 // 5)
    main, free = width - side - 2, height - top
    audience = _audience_lines(needs.names, main, name_width)
    least = min(audience, max(2, free // 4))
    stage = min(free - least - 1, _stage_lines(needs, main - RIVER, free - least - 1, MOST_LINES))
    hands = min(needs.hands, max(1, free // 3))
    below = top + stage + 1
    return FloorPlan(
        Region(0, top, main, stage),
        Region(main + 2, top, side, hands),
        Region(0, below, main, height - below),
        Region(main + 2, top + hands + 1, side, free - hands - 1),
    )


def _below(width: int, height: int, top: int, needs: FloorNeeds, name_width: int) -> FloorPlan:
    """The stage over the whole width; below it people at the left, and the talk at the right."""
    side, free = max(64, width - READABLE - 2), height - top
    people = needs.hands + 1 + _audience_lines(needs.names, side, name_width)
    most = free - max(free // 3, min(free // 2, people)) - 1
    stage = max(2, min(most, _stage_lines(needs, width - RIVER, most, MOST_LINES)))
    below = top + stage + 1
    left = height - below
    hands = min(needs.hands, max(1, left // 3))
    return FloorPlan(
        Region(0, top, width, stage),
        Region(0, below, side, hands),
        Region(0, below + hands + 1, side, max(0, left - hands - 1)),
        Region(side + 2, below, width - side - 2, left),
    )


def _stacked(width: int, height: int, top: int, needs: FloorNeeds, name_width: int) -> FloorPlan:
    """Everything below each other, but for hands and audience."""
    gap, talk = (0, 1) if height < LOW else (1, max(3, height // 4))
    half = (width - 2) // 2
    whole = max(needs.hands, _audience_lines(needs.names, half, name_width))
    people = min(whole, 3 if height < LOW else max(5, height // 4))
    if needs.talking:
        people, talk = 0, height - 2 if height < LOW else WRITING
    people = min(people, max(0, height - talk - 2))
    free = height - top - gap - people - talk
    most = LARGE if height >= HIGH else FULL
    stage = min(max(2, free), _stage_lines(needs, width - RIVER, free, most))
    spare = height - top - gap - people - talk - stage
    if not needs.talking:
        people += max(0, min(whole - people, spare // 2))
    below = top + stage + gap
    return FloorPlan(
        Region(0, top, width, stage),
        Region(0, below, half, people),
        Region(half + 2, below, width - half - 2, people),
        Region(0, below + people, width, max(0, height - below - people)),
    )


def _stage_lines(needs: FloorNeeds, width: int, free: int, most: int) -> int:
    """Return the lines of the stage, its heading included, with cards of ``most`` lines."""
    if not needs.speakers:
        return 2
    shape = card_shape(needs.speakers, width, free - 1)
    shape = shape._replace(lines=min(shape.lines, most))
    return min(free, 1 + shape.height(needs.speakers))


def _audience_lines(names: int, width: int, name_width: int) -> int:
    columns = max(1, (width + 1) // (name_width + 1))
    return 2 + rows_of(names, columns) if names else 2

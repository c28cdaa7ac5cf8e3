"""Screens of an app as one animated SVG, which a README shows without a service or a script.

Each row of the screen is a strip of all that it ever shows, moved by CSS behind a window of one
row: what stays or comes back is in the file once.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App

from .screenshot import FONTS

WIDTH, HEIGHT, FONT = 8.4, 18, 14
"""Width and height of a cell, and size of the font, in pixels."""
STEP = HEIGHT + 4
"""Pixels from one state of a row to the next, so that a browser that scales shows none of both."""
MARGIN, BAR = 10, 28
"""Pixels around the screen, and of the window's bar above it."""
INK = "#d5d9e0"
LIGHTS = ("#ff5f57", "#febc2e", "#28c840")


class Run(NamedTuple):
    """Cells of one look that follow each other in a row."""

    column: int
    text: str
    colour: str
    ground: str
    look: str

    @property
    def cells(self) -> int:
        """How many cells it takes."""
        return cell_len(self.text)


Row = tuple[Run, ...]
Picture = tuple[Row, ...]


def picture(app: App[Any]) -> Picture:
    """Return what an app shows now."""
    return tuple(_row(strip) for strip in app.screen._compositor.render_strips())


def _row(segments: Iterable[Segment]) -> Row:
    runs: list[Run] = []
    column = 0
    for style, group in groupby(segments, key=lambda segment: segment.style or Style.null()):
        text = "".join(segment.text for segment in group)
        colour = style.color.triplet.hex if style.color and style.color.triplet else INK
        ground = style.bgcolor.triplet.hex if style.bgcolor and style.bgcolor.triplet else ""
        looks = (("b", style.bold), ("i", style.italic), ("u", style.underline))
        look = "".join(letter for letter, is_on in looks if is_on)
        if style.reverse:
            colour, ground = ground or colour, colour
        if runs and (runs[-1].colour, runs[-1].ground, runs[-1].look) == (colour, ground, look):
            runs[-1] = runs[-1]._replace(text=runs[-1].text + text)
        else:
            runs.append(Run(column, text, colour, ground, look))
        column += cell_len(text)
    return tuple(runs)


def animation(pictures: Sequence[Picture], seconds: float, title: str, still: int) -> str:
    """Return pictures as an SVG that shows each for so many seconds, again and again.

    Where motion is not wanted it shows the picture number ``still``.
    """
    columns = sum(run.cells for run in pictures[0][0])
    count = len(pictures[0])
    ground = max((run.ground for row in pictures[still] for run in row), key=_often(pictures))
    looks = Looks(ground)
    length = len(pictures) * seconds
    motions: list[str] = []
    body: list[str] = []
    for number in range(count):
        shown = [each[number] for each in pictures]
        variants = list(dict.fromkeys(shown))
        places = {row: place for place, row in enumerate(variants)}
        offsets = [places[row] for row in shown]
        strip = "".join(
            f'<g transform="translate(0 {place * STEP})">{_drawn(row, looks)}</g>'
            for row, place in places.items()
        )
        name = f"r{number}"
        if len(variants) > 1:
            steps = "".join(
                f"{100 * at / len(pictures):.4g}%{{transform:translateY({-place * STEP}px)}}"
                for at, place in _changes(offsets)
            )
            motions.append(
                f".{name}{{transform:translateY({-offsets[still] * STEP}px);"
                f"animation:{name} {length:g}s step-end infinite}}@keyframes {name}{{{steps}}}"
            )
        top = BAR + MARGIN + number * HEIGHT
        body.append(
            f'<svg x="{MARGIN}" y="{top}" width="{columns * WIDTH:g}" height="{HEIGHT}">'
            f'<g class="{name}">{strip}</g></svg>'
        )
    width = 2 * MARGIN + columns * WIDTH
    height = 2 * MARGIN + BAR + count * HEIGHT
    lights = "".join(
        f'<circle cx="{MARGIN + 10 + 18 * place}" cy="{BAR / 2 + 4:g}" r="6" fill="{light}"/>'
        for place, light in enumerate(LIGHTS)
    )
    style = (
        f"rect{{shape-rendering:crispEdges}}"
        f"text{{font:{FONT}px {FONTS};white-space:pre;fill:{INK}}}{looks.rules()}"
        f"{''.join(motions)}@media (prefers-reduced-motion:reduce){{g{{animation:none!important}}}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" '
        f'viewBox="0 0 {width:g} {height}" role="img"><title>{html.escape(title)}</title>'
        f'<style>{style}</style><rect width="100%" height="100%" rx="8" fill="{ground}"/>{lights}'
        f'<text x="{width / 2:g}" y="{BAR / 2 + 8:g}" text-anchor="middle">{html.escape(title)}'
        f"</text>{''.join(body)}</svg>"
    )


class Looks:
    """The looks of all texts of an animation, each with a short class name."""

    def __init__(self, ground: str) -> None:
        self.ground = ground
        self._names: dict[tuple[str, str], str] = {}

    def name(self, colour: str, look: str) -> str:
        """Return the class of a text."""
        return self._names.setdefault((colour, look), f"c{len(self._names)}")

    def rules(self) -> str:
        """Return the rules of all classes."""
        says = {"b": "font-weight:bold", "i": "font-style:italic", "u": "text-decoration:underline"}
        return "".join(
            f".{name}{{{';'.join((f'fill:{colour}', *(says[letter] for letter in look)))}}}"
            for (colour, look), name in self._names.items()
        )


def _drawn(row: Row, looks: Looks) -> str:
    grounds = "".join(
        f'<rect x="{run.column * WIDTH:g}" width="{run.cells * WIDTH + 0.2:g}" height="{HEIGHT}" '
        f'fill="{run.ground}"/>'
        for run in _grounds(row)
        if run.ground not in ("", looks.ground)
    )
    texts = "".join(
        f'<text x="{(run.column + cell_len(run.text) - cell_len(run.text.lstrip())) * WIDTH:g}" '
        f'y="{FONT - 1}" textLength="{cell_len(run.text.strip()) * WIDTH:g}" '
        f'class="{looks.name(run.colour, run.look)}">{html.escape(run.text.strip())}</text>'
        for run in row
        if run.text.strip()
    )
    return grounds + texts


def _grounds(row: Row) -> Iterator[Run]:
    """Yield the runs of a row with those of one background joined."""
    for _, group in groupby(row, key=lambda run: run.ground):
        runs = list(group)
        yield runs[0]._replace(text="".join(run.text for run in runs))


def _changes(offsets: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield when a row moves, and where to; the beginning counts."""
    before: int | None = None
    for at, place in enumerate(offsets):
        if place != before:
            yield at, place
        before = place


def _often(pictures: Sequence[Picture]) -> Any:
    """Return how many cells of the first picture have a background."""
    cells: dict[str, int] = {}
    for row in pictures[0]:
        for run in row:
            cells[run.ground] = cells.get(run.ground, 0) + run.cells
    return lambda ground: cells.get(ground, 0)

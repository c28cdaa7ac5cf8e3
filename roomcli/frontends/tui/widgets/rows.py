"""A part of the screen with many lines, which paints only the lines that changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from itertools import zip_longest
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from .face import Face, lines

PAINTED = 8
"""Paintings of a line that are kept: a mark that goes through it comes back."""


class PaintedRow(NamedTuple):
    """A line as it was painted, and what it was painted from."""

    content: Content
    style: Style
    theme: str
    strip: Strip

    def is_of(self, content: Content, style: Style, theme: str) -> bool:
        """Whether the line looks as it would if it was painted from this."""
        return theme == self.theme and style == self.style and content.is_same(self.content)


class Rows(Face):
    """Shows one content a line; a subclass says in :meth:`rows` which.

    To move a mark through a hundred names would paint all of them for each key else.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Content] = []
        self._rows_size = Size()
        self._painted: dict[int, deque[PaintedRow]] = {}

    def rows(self) -> list[Content]:
        """Return the lines of the facts in the space that there is."""
        raise NotImplementedError

    def show(self, facts: Hashable) -> bool:
        """Show these facts from now on; return whether they changed."""
        if facts == self.facts:
            return False
        before, self.facts = self._rows, facts
        self._make_rows()
        pairs = enumerate(zip_longest(before, self._rows))
        differing = (y for y, (old, new) in pairs if not (old and new and old.is_same(new)))
        changed = [Region(0, y, self.size.width, 1) for y in differing]
        if changed:
            self.refresh(*changed)
        return True

    def render(self) -> Content:
        """Return all lines as one content."""
        return lines(*self.rows())

    def render_line(self, y: int) -> Strip:
        """Render a line, or return it as it was painted, if it is the same."""
        if self.text_selection is not None:
            return super().render_line(y)
        if self._rows_size != self.size:
            self._make_rows()
        style, theme = self.visual_style, self.app.theme
        if y >= len(self._rows):
            return Strip.blank(self.size.width, style.rich_style)
        content = self._rows[y]
        painted = self._painted.setdefault(y, deque(maxlen=PAINTED))
        for before in painted:
            if before.is_of(content, style, theme):
                return before.strip
        strip = Visual.to_strips(self, content, self.size.width, 1, style)[0].apply_offsets(0, y)
        painted.append(PaintedRow(content, style, theme, strip))
        return strip

    def _make_rows(self) -> None:
        if self._rows_size != self.size:
            self._painted.clear()
        self._rows, self._rows_size = self.rows(), self.size

"""A list whose text can be selected and copied, which Textual's own list does not allow."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.widgets import OptionList

from .dragging import Dragging


class SelectableList(Dragging, OptionList):
    """Textual's list of options, where a drag selects text, also over several rows."""

    ALLOW_SELECT = True

    @property
    def text_selection(self) -> None:
        """Always None: Textual would paint the selection into every row as if it were the first."""

    @property
    def _selection(self) -> Selection | None:
        return self.screen.selections.get(self)

    def render_line(self, y: int) -> Strip:
        """Render a line of the list, with its selected part."""
        line, strip = self.scroll_offset.y + y, super().render_line(y)
        span = self._selection.get_span(line) if self._selection is not None else None
        if span is not None:
            before, selected = _cut(strip.text, span)
            start = cell_len(before)
            end = start + cell_len(selected)
            painted = Strip(self._painted(strip.crop(start, end)))
            strip = Strip.join([strip.crop(0, start), painted, strip.crop(end)])
        return strip.apply_offsets(0, line)

    def _painted(self, strip: Strip) -> Iterator[Segment]:
        selection = Style.from_styles(self.screen.get_component_styles("screen--selection"))
        for text, style, _ in strip:
            own = Style.from_rich_style(style) if style is not None else Style.null()
            yield Segment(text, (own + selection).rich_style)

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """Return the selected text, without the blanks at the ends of its lines."""
        rows = [
            _cut(super(SelectableList, self).render_line(line - self.scroll_offset.y).text, span)[1]
            for line in range(self.virtual_size.height)
            if (span := selection.get_span(line)) is not None
        ]
        return "\n".join(row.strip() for row in rows), "\n"

    def on_click(self, event: events.Click) -> None:
        """Ignore a click that ends a drag."""
        if self._selection is not None or self.ends_drag(event):
            event.prevent_default()


def _cut(text: str, span: tuple[int, int]) -> tuple[str, str]:
    """Return the part of a line before a span, and the part in it; an end of -1 means no end."""
    start, end = span
    return text[:start], text[start : None if end == -1 else end]

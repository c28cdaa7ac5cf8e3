"""A field of several lines, for texts that are tuples of lines on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widgets import TextArea


class LinesArea(TextArea):
    """A field of several lines, in which Enter begins another one; Tab leaves it.

    The arrows leave it too, from its first and its last line.
    """

    def __init__(self, lines: Iterable[str] = (), *, id: str, placeholder: str = "") -> None:
        super().__init__(
            "\n".join(lines),
            id=id,
            placeholder=placeholder,
            compact=True,
            highlight_cursor_line=False,
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that are not blank, without blanks at their ends."""
        return tuple(filter(None, map(str.strip, self.text.splitlines())))

    def can_step(self, step: int) -> bool:
        """Whether the cursor can go to the next or previous line of the field."""
        at_edge = self.navigator.is_last_wrapped_line if step > 0 else None
        at_edge = at_edge or self.navigator.is_first_wrapped_line
        return not at_edge(self.cursor_location)

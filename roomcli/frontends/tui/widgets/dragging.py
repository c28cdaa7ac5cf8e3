"""Tells the end of a drag over text from a click."""

from __future__ import annotations

from textual import events
from textual.geometry import Offset


class Dragging:
    """Part of a widget from which text can be copied, and which can be clicked too."""

    _pressed_at: Offset | None = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Note where a click or a drag begins."""
        self._pressed_at = event.screen_offset

    def ends_drag(self, click: events.Click) -> bool:
        """Whether the mouse has moved since it was pressed.

        What it selected may be copied and gone before the widget hears of the click.
        """
        return click.screen_offset != self._pressed_at

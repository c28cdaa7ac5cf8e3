"""Calls the user by the terminal's bell, on the desktop, and by the title of the window."""

from __future__ import annotations

import time
from typing import Any

from ...protocol import local
from ...protocol.view import RoomView
from ..model.attention import Attention, what_calls
from ..model.call_settings import CallSettings, Cause
from ..model.room_model import RoomModel
from .program import Program
from .window_title import room_title


class Calling:
    """Calls the user of a program as they have set it."""

    def __init__(self, program: Program[Any], settings: CallSettings | None = None) -> None:
        self.attention = Attention(settings)
        self._program = program

    def heed(
        self,
        event: local.ChannelEvent,
        before: RoomView | None,
        model: RoomModel,
        text: str | None,
    ) -> None:
        """Call the user if an event is for that; ``text`` says what happened, as the room does.

        The model has seen the event already, ``before`` is the room before it.
        """
        self.attention.count(event, model.view)
        cause = what_calls(event, before, model)
        if cause is not None and text:
            self.call(cause, text)

    def call(self, cause: Cause, text: str) -> None:
        """Call the user for this, unless they look or were called just now."""
        settings = self.attention.settings
        if not self.attention.call(cause, time.monotonic()):
            return
        if settings.call_by_bell:
            self._program.bell()
        if settings.call_by_desktop:
            self._program.show_on_desktop(text)

    def show_title(self, room: str = "") -> None:
        """Show in the window's title which room goes on, if one does, and what was not seen."""
        if self.attention.settings.unread_in_title:
            self._program.show_title(room_title(room, self.attention.unseen))

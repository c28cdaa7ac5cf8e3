"""The base of all screens: what a key changed is painted at once."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from textual.screen import Screen

from .program import Program

Answer = TypeVar("Answer")

KEY_ANSWER = 0.03
"""Seconds after a key within which whatever changes is taken for its answer."""


class AnsweringScreen(Screen[Answer], Generic[Answer]):
    """A screen that paints at once what a key changed.

    Textual would wait for its next refresh but one, up to a thirtieth of a second, if the meters
    were painted just before.
    """

    def on_idle(self) -> None:
        """Paint what has changed, if that is what a key did."""
        program = self.app
        if isinstance(program, Program) and time.monotonic() - program.key_at < KEY_ANSWER:
            self._on_timer_update()

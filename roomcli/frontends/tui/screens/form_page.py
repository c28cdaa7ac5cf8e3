"""What pages of labelled fields have in common that send what was filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ....errors import CommandRefused
from ....protocol import commands as c
from ...words.misfit_words import misfit_words
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.lines_area import LinesArea
from ..widgets.sheet import ARROWS, Answer, DeskSheet

D = TypeVar("D", bound=c.DeskCommand)
BY_ENTER = "save(True)"


class FormPage(DeskSheet[Answer], Generic[Answer]):
    """A page of fields. Ctrl+S sends them, and so does Enter, but not in a field of several lines.

    It stays open, with all that was typed, if the server takes it not.
    """

    BINDINGS = [
        Binding("enter", BY_ENTER, show=False, priority=True),
        Binding("ctrl+s", "save", show=False, priority=True),
        *ARROWS,
    ]
    classes_of_sheet = "sheet page wide"

    def labelled(self, label: str, field: Widget) -> ComposeResult:
        """Yield a field behind its label."""
        with Horizontal(classes="setting -lines" if isinstance(field, LinesArea) else "setting"):
            yield Static(Content.styled(label, QUIET), classes="label")
            yield field

    def offer_saving(self, does: str) -> None:
        """Offer to send what was filled in; ``does`` says what that does."""
        self.offer(
            Hint("Tab", "field"),
            Hint("←→", "choice"),
            Hint("Enter, Ctrl+S", does, "save"),
            Hint("Esc", "discards", "back"),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key works: Enter and the arrows first serve a field of several lines."""
        field = self.focused
        if isinstance(field, LinesArea):
            match action, parameters:
                case "save", (True,):
                    return False
                case "step", (int(step),):
                    return not field.can_step(step)
        return super().check_action(action, parameters)

    def action_save(self, by_enter: bool = False) -> None:
        """Send what was filled in; stay on the page if something does not fit."""
        self.inquire(self._send_filled)

    async def _send_filled(self) -> None:
        self.set_title(self.title_text, "asking …")
        await self.save()

    async def save(self) -> None:
        """Send what was filled in, and close. Raises CommandRefused, ConnectionFailed."""
        raise NotImplementedError


def checked(kind: type[D], fields: Mapping[str, Any], labels: Mapping[str, str]) -> D:
    """Return a command, with every field within its limits.

    Raises CommandRefused, which names a field by its label.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(dict(fields)), type=kind)
    except msgspec.ValidationError as error:
        raise CommandRefused("bad_text", misfit_words(error, labels)) from None

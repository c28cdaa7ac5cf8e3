"""The field for a host token, in forms of what a server may want one for."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from .face import QUIET

HOST_TOKEN: Final = "Host token"
_LONGEST: Final = 128


class HostTokenField(Horizontal):
    """A labelled field whose text is masked, out of sight until a server asks for a token."""

    def __init__(self) -> None:
        super().__init__(classes="setting")
        self._input = Input(
            id="host_token",
            placeholder="as the admin gave it",
            max_length=_LONGEST,
            password=True,
            compact=True,
            disabled=True,
        )
        self.display = False

    def compose(self) -> ComposeResult:
        """Yield the field behind its label."""
        yield Static(Content.styled(HOST_TOKEN, QUIET), classes="label")
        yield self._input

    @property
    def token(self) -> str:
        """What was typed."""
        return self._input.value.strip()

    def ask_for_token(self) -> None:
        """Show the field, and take letters in it."""
        self.display = True
        self._input.disabled = False
        self._input.focus()

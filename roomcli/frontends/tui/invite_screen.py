"""The line for friends: shown large, copied with one key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from .face import QUIET


class InviteScreen(ModalScreen[None]):
    """Over the room; Enter goes on."""

    BINDINGS = [
        Binding("c", "copy", "Copy"),
        Binding("enter,escape,q,L", "go_on", "Go on"),
    ]

    def __init__(self, line: str, advice: str, room: str) -> None:
        super().__init__()
        self.line = line
        self._advice = advice
        self._room = room

    def compose(self) -> ComposeResult:
        """The line, and what to do with it."""
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = "Invite"
            yield Static(Content(f"Whoever runs this line comes into {self._room}:"))
            yield Static(Content(self.line), id="invite-line")
            if self._advice:
                yield Static(Content.styled(self._advice, QUIET), id="invite-advice")
            yield Static(id="invite-hint")

    def on_mount(self) -> None:
        """Tell the keys."""
        self._hint("")

    def _hint(self, done: str) -> None:
        keys = Content.assemble(
            ("c ", "bold $accent"),
            ("copies it   ", QUIET),
            ("Enter ", "bold $accent"),
            ("goes on   ", QUIET),
            (done or "L shows it again", "bold $success" if done else QUIET),
        )
        self.query_one("#invite-hint", Static).update(keys)

    def action_copy(self) -> None:
        """Through the terminal (OSC 52), so that it works over SSH too."""
        self.app.copy_to_clipboard(self.line)
        self._hint("✓ handed to the terminal")

    def action_go_on(self) -> None:
        """Back to the room."""
        self.dismiss()

"""The line for friends: shown large, copied or printed with one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from .face import QUIET

if TYPE_CHECKING:
    from .app import RoomApp


class InviteScreen(ModalScreen[None]):
    """Over the room; Enter goes on."""

    BINDINGS = [
        Binding("c", "copy", "Copy"),
        Binding("p", "print", "Print"),
        Binding("enter,escape,q,L", "go_on", "Go on"),
    ]

    def __init__(self, line: str, advice: str, room: str) -> None:
        super().__init__()
        self.line = line
        self._advice = advice
        self._room = room

    def compose(self) -> ComposeResult:
        """The line, and what to do with it."""
        with VerticalScroll(classes="sheet") as sheet:
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
            ("p ", "bold $accent"),
            ("prints it   ", QUIET),
            ("Enter ", "bold $accent"),
            ("goes on   ", QUIET),
            ("" if done else "L shows it again", QUIET),
            (f"\n{done}" if done else "", "bold"),
        )
        self.query_one("#invite-hint", Static).update(keys)

    def action_copy(self) -> None:
        """Through the terminal (OSC 52), over SSH too; whether it obeys it does not tell."""
        self.app.copy_to_clipboard(self.line)
        self._hint("sent to the terminal's clipboard; p prints it if that did not work")

    async def action_print(self) -> None:
        """On the normal screen, in one piece, for terminals that only copy what is selected."""
        await cast("RoomApp", self.app).print_aside(self.line)

    def action_go_on(self) -> None:
        """Back to the room."""
        self.dismiss()

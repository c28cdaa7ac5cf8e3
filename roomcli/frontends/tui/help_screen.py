"""All keys on one page."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ...protocol.people import REACTIONS
from .face import QUIET, REACTION_FACES

_FACES = " ".join(REACTION_FACES.get(each, each) for each in REACTIONS)

PAGES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "You",
        (
            ("space, m", "open or close your microphone, on stage"),
            ("h", "raise or lower your hand"),
            ("y / n", "accept or decline an invitation to the stage"),
            ("l", "leave the stage"),
            ("1 … 6", _FACES),
            ("q, ctrl+q", "leave the room; ctrl+c twice, too"),
        ),
    ),
    (
        "Hosts: pick somebody with the arrows or the mouse, then",
        (
            ("a / d", "accept or decline a hand; with nobody picked, the first"),
            ("i / b", "invite on stage, move to the audience"),
            ("s / u", "silence, or let speak and ask to unmute"),
            ("x", "remove from the room; asks once"),
        ),
    ),
    (
        "Everything else",
        (
            ("ctrl+p", "all commands by name; also lock, co-hosts, theme"),
            ("p", "the whole audience"),
            ("L", "the line for friends"),
            ("ctrl+z", "suspend; you are muted first"),
            ("? or F1", "this page"),
        ),
    ),
)


class HelpScreen(ModalScreen[None]):
    """Over the room, until any of the usual keys."""

    BINDINGS = [Binding("escape,question_mark,f1,q,enter,space", "dismiss_page", "Back")]

    def compose(self) -> ComposeResult:
        """One page, which scrolls where the terminal is small."""
        with VerticalScroll(classes="sheet page") as sheet:
            sheet.border_title = "Keys"
            sheet.border_subtitle = "Esc goes back"
            yield Static(_text())

    def action_dismiss_page(self) -> None:
        """Back to the room."""
        self.dismiss()


def _text() -> Content:
    parts: list[Content] = []
    for title, keys in PAGES:
        parts.append(Content.styled(title, "bold"))
        for key, words in keys:
            parts.append(Content.assemble((f"  {key:<10} ", "bold $accent"), (words, QUIET)))
        parts.append(Content())
    return Content("\n").join(parts[:-1])

"""A page of all keys, including the user's changes."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ....protocol.people import REACTIONS, Role
from ...grammar.usage import USAGE, is_for, typed
from ..keys import ACTIONS, HEARING, PAGES, PEOPLE, SOUND, TALK, YOU, Action, Keymap, binding
from ..widgets.face import QUIET, emoji_face
from ..widgets.sheet import Sheet

SECTIONS: tuple[tuple[str, dict[str, Action]], ...] = (
    ("You", YOU),
    ("Talk", TALK),
    ("People: pick somebody with the arrows or the mouse, Enter is their card", PEOPLE),
    ("How you hear the picked person: for you alone, and remembered", HEARING),
    ("Your sound: switched at once, in the room and on its page", SOUND),
    ("Pages", PAGES),
)
PUSH_TO_TALK = (
    "Push to talk: terminals do not know when a key is let go. Bind keys of your window manager to"
    " `roomcli ctl ptt down` and `roomcli ctl ptt up`, or `roomcli ctl mute toggle`."
)
COPYING = (
    "Copy: drag over a text with the mouse, then ctrl+c. With nothing selected ctrl+c leaves, the"
    " second time."
)
BY_NAME = "After a slash, in the line to write in; also roomcli ctl, without the slash"
NAMES = "The names of these keys: `roomcli config set keys.NAME KEY` gives one another key"
INDENT = 13
"""Cells of a line that are reserved for the keys."""
LEAST_WORDS, WIDEST = 16, 84
NAME_KEYS = 10
"""Cells for the keys beside the name of an action."""


class HelpScreen(Sheet[None]):
    """The help page over the room; any of the usual keys closes it."""

    BINDINGS = [Binding("q,enter,space", "back", show=False), binding("help", "back")]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, role: Role) -> None:
        super().__init__()
        self._role: Role = role

    def compose(self) -> ComposeResult:
        """Yield one page, which scrolls if the terminal is small."""
        with VerticalScroll(classes="sheet page wide") as sheet:
            sheet.border_title = "Keys"
            sheet.border_subtitle = "Esc goes back"
            yield HelpText(self.keymap, self._role)


class HelpText(Static):
    """The text of the help page, as wide as the page allows."""

    def __init__(self, keymap: Keymap, role: Role) -> None:
        super().__init__(help_text(keymap, role, WIDEST))
        self._keymap = keymap
        self._role: Role = role

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the text for the new width."""
        self.update(help_text(self._keymap, self._role, event.size.width))


def help_text(keymap: Keymap, role: Role, width: int) -> Content:
    """Return every key and every command, and what each does, in lines of this width."""
    parts: list[Content] = []
    for title, actions in SECTIONS:
        parts.append(Content.styled(title, "bold"))
        for id, action in actions.items():
            if id == "react_1":
                keys = f"{keymap.shown(id)} … {keymap.shown(f'react_{len(REACTIONS)}')}"
                words = " ".join(emoji_face(each) for each in REACTIONS)
            elif id.startswith("react_") and id != "react_other":
                continue
            else:
                keys, words = keymap.all_shown(id), action.words
            first, *more = Content.styled(words, QUIET).wrap(max(LEAST_WORDS, width - INDENT))
            parts.append(Content.assemble((f"  {keys:<10} ", "bold $accent"), first))
            parts += [Content(" " * INDENT) + line for line in more]
        parts.append(Content())
    for words in (COPYING, PUSH_TO_TALK):
        parts += [Content.styled(words, QUIET), Content()]
    parts += [*_name_lines(keymap, width), Content()]
    parts.append(Content.styled(BY_NAME, "bold"))
    for name, usage in USAGE.items():
        if is_for(name, role):
            parts += Content.styled(typed(name), "bold $accent").wrap(width)
            help = Content.styled(usage.help, QUIET).wrap(max(LEAST_WORDS, width - INDENT))
            parts += [Content(" " * INDENT) + line for line in help]
    return Content("\n").join(parts)


def _name_lines(keymap: Keymap, width: int) -> Iterator[Content]:
    """Yield the name of every action with its keys, side by side, and which changes clash."""
    yield Content.styled(NAMES, "bold")
    for fault in keymap.faults:
        yield Content.styled(f"  Not as you set it: {fault}", "$warning")
    longest = max(map(len, ACTIONS))
    cell = longest + NAME_KEYS
    across = max(1, width // cell)
    for first in range(0, len(ACTIONS), across):
        line = Content("  ")
        for id in list(ACTIONS)[first : first + across]:
            style = "bold $accent" if id in keymap.changes else QUIET
            keys = keymap.all_shown(id)
            line += Content.assemble((f"{id:<{longest}} ", style), f"{keys:<{NAME_KEYS - 1}}")
        yield line

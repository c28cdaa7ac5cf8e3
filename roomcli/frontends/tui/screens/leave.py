"""Asks a host who leaves who takes over, or whether to end the room."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol.people import ROLE_WORDS
from ....protocol.view import RoomView
from ..widgets.face import QUIET
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import KeysLine, Sheet

END, STAY = "/end", "/stay"


class LeaveScreen(Sheet[tuple[c.Command, ...]]):
    """Answers with the commands to send to leave; with none if the host stays."""

    BINDINGS = [Binding("q", "back", show=False)]
    title_text = "You lead this room"

    def __init__(self, view: RoomView) -> None:
        super().__init__()
        self._view = view

    def body(self) -> ComposeResult:
        """Yield all who could lead, co-hosts first, then the choices to end the room or to stay."""
        yield Static(Content("Who goes on when you leave?"), classes="question -first")
        yield SelectableList(*self._options(), markup=False, compact=True, classes="few")
        yield KeysLine(("↑↓", "choose"), ("Enter", "does it"), ("Esc", "stays"))

    def _options(self) -> list[Option]:
        others = [
            each
            for each in self._view.stage.values()
            if each.id != self._view.you and each.connected
        ]
        others.sort(key=lambda each: each.role != "cohost")
        options = [
            Option(
                Content.assemble(
                    "Hand over to ",
                    (self._view.shown(each).full_name, "bold"),
                    (f"  {ROLE_WORDS[each.role]}", QUIET),
                ),
                id=each.id,
            )
            for each in others
        ]
        return [
            *options,
            Option(Content("End the room for everyone"), id=END),
            Option(Content("Stay"), id=STAY),
        ]

    def on_mount(self) -> None:
        """Highlight the first choice, so that Enter takes it."""
        self.query_one(OptionList).focus()
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the commands of the choice."""
        match event.option.id:
            case None | "/stay":
                self.dismiss(())
            case "/end":
                self.dismiss((c.EndRoom(),))
            case id:
                self.dismiss((c.HandOver(id=id), c.Leave()))

    def action_back(self) -> None:
        """Answer with no commands, on Esc: stay."""
        self.dismiss(())

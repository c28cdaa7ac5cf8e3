"""Who waits at the door: a list, the card of the picked one, and a key for yes and for no."""

from __future__ import annotations

import time

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol.people import Knocker
from ...model.named import Named
from ...words.badge_words import labels_of, proven_lines
from ...words.names import after_name
from ..keys import binding
from ..room_client import OpenCard
from ..widgets.face import QUIET, hour
from ..widgets.key_hints import Hint
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import KeysLine, Sheet

NOBODY = "nobody waits any longer"


class DoorScreen(Sheet[None]):
    """Those who knock, for moderators; a click picks one, and only a key or its hint answers.

    If the picked one goes, nobody is picked, so that a key meant for them answers nobody else.
    """

    BINDINGS = [
        Binding("q", "back", show=False),
        Binding("enter", "let_in", show=False, priority=True),
        Binding("n", "turn_away", show=False),
        Binding("c", "card", show=False),
        binding("let_in"),
        binding("turn_away"),
    ]
    title_text = "At the door"

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, Knocker] = {}
        self._answered = ""

    def compose(self) -> ComposeResult:
        """Yield the list, which scrolls by itself, and what is known of the picked one."""
        with Vertical(classes="sheet tall") as sheet:
            sheet.border_title = self.title_text
            yield SelectableList(markup=False, compact=True)
            yield Static(id="knocker", classes="note")
            yield KeysLine()

    def on_mount(self) -> None:
        """Pick who has waited for longest."""
        self._rows.focus()
        self._list_knockers("")
        if self._waiting:
            self._rows.highlighted = 0

    def sync(self) -> None:
        """Show who came and who went."""
        if self._knockers() != self._waiting:
            self._list_knockers(self._picked)

    def _knockers(self) -> dict[str, Knocker]:
        view = self.client.model.view
        return view.knockers if view is not None and view.is_moderator else {}

    def _list_knockers(self, picked: str) -> None:
        before, self._waiting = self._waiting, self._knockers()
        rows, place, ids = self._rows, self._rows.highlighted, list(self._waiting)
        rows.clear_options()
        rows.add_options(Option(_row(each), id=id) for id, each in self._waiting.items())
        gone = ""
        if picked in self._waiting:
            rows.highlighted = ids.index(picked)
        elif picked and picked == self._answered and ids:
            rows.highlighted = min(place or 0, len(ids) - 1)
        elif picked:
            gone = f"{before[picked].person.full_name} waits no longer"
        self.set_title(f"{self.title_text}  {len(ids)}", gone if ids else NOBODY)
        self._show_picked()
        if not ids and self._answered:
            self.dismiss()

    @property
    def _rows(self) -> SelectableList:
        return self.query_one(SelectableList)

    @property
    def _picked(self) -> str:
        """The id of the picked person; empty if nobody is picked."""
        if self._rows.highlighted is None:
            return ""
        return self._rows.get_option_at_index(self._rows.highlighted).id or ""

    def on_option_list_option_highlighted(self) -> None:
        """Show more about the picked one."""
        self.set_title(f"{self.title_text}  {len(self._waiting)}")
        self._show_picked()

    def _show_picked(self) -> None:
        knocker = self._waiting.get(self._picked)
        card = self.query_one("#knocker", Static)
        card.display = knocker is not None
        hints = [Hint("Esc", "back", "back")]
        if knocker is not None:
            card.update(self._card(knocker))
            no = f"n, {self.keymap.shown('turn_away')}"
            hints[:0] = [
                Hint("Enter", "lets in", "let_in"),
                Hint(no, "declines", "turn_away"),
                Hint("c", "card", "card"),
            ]
        self.offer(*hints)

    def _card(self, knocker: Knocker) -> Content:
        person, wall = knocker.person, time.time()
        told = [Content.styled(person.headline, QUIET)] if person.headline else []
        told += map(Content, proven_lines(person, person.badges, wall))
        since = hour(self.client.model.clock.local_time(knocker.at))
        told.append(Content.styled(f"waits since {since}", QUIET))
        return Content("\n").join(told)

    def action_let_in(self) -> None:
        """Let the picked one in."""
        self._answer_picked(let_in=True)

    def action_turn_away(self) -> None:
        """Do not let the picked one in."""
        self._answer_picked(let_in=False)

    def _answer_picked(self, *, let_in: bool) -> None:
        if (id := self._picked) and id != self._answered:
            self._answered = id
            self.client.send(c.AnswerKnock(id=id, let_in=let_in))

    def action_card(self) -> None:
        """Open the card of the picked one."""
        if (id := self._picked) in self._waiting:
            self.post_message(OpenCard(Named(id, self._waiting[id].person)))


def _row(knocker: Knocker) -> Content:
    person = knocker.person
    about = ", ".join(filter(None, (labels_of(person), person.headline)))
    return Content.assemble(
        (f"{person.name}{after_name(person)}", "bold"), (f"  {about}" if about else "", QUIET)
    )

"""The body of home: the field to search in, and what goes on at the servers, or how to begin."""

from __future__ import annotations

import time

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ....protocol.finding import MAX_SEARCH
from ...model.home_sections import HomeFacts, HomeRow, sections_of
from ...words.first_steps import FIRST_STEPS, MORE
from ...words.home_words import state_words
from ...words.settings_words import NOT_LISTED
from .face import QUIET, lines, styled
from .home_line import Find
from .home_lists import HomeLists
from .home_rows import RowFacts

PLACEHOLDER = "type to find a room, an event, a community, somebody"
STEP_WIDTH = 22


class HomeBody(Vertical):
    """Shows what servers tell, narrowed to what is typed, and more about the row that is picked."""

    def __init__(self) -> None:
        super().__init__(id="rooms")
        self.find = Find(placeholder=PLACEHOLDER, max_length=MAX_SEARCH, compact=True, id="find")
        self.lists = HomeLists()
        self._trouble = Static(id="trouble")
        self._empty = Static(id="empty")
        self._facts = RowFacts()

    def compose(self) -> ComposeResult:
        """Yield the field, what is wrong, the lists or what stands for them, and the facts."""
        yield self.find
        yield self._trouble
        yield self._empty
        yield self.lists
        yield self._facts

    @property
    def typed(self) -> str:
        """What is looked for."""
        return self.find.value.strip()

    def show_parts(self, *, known: bool) -> None:
        """Show the field and the lists, or how to begin where no server is known."""
        self.find.display = self.lists.display = self._facts.display = known
        if not known:
            self._trouble.display = False
            self._empty.display = True
            self._empty.update(_first_steps())

    def show_servers(self, known: tuple[HomeFacts, ...], here: str) -> None:
        """Show what fits the search; the picked row stays picked.

        ``here`` is the key of the row of the room that the user is in.
        """
        told = len(known) > 1 or known[0].is_told
        sections = sections_of(known, time.time()) if told else ()
        # A hidden list has no width; then it has the one of what holds it.
        width = (self.lists.content_size or self.content_size).width
        self.lists.fill(sections, here, width)
        self.lists.display = bool(sections)
        self._complain(known)
        self._empty.display = told and not sections
        self._empty.update(_nothing(self.typed))

    def show_facts(self) -> HomeRow | None:
        """Show more about the row that is picked, and return it."""
        picked = self.lists.picked
        self._facts.show((picked, time.time() // 60 * 60))
        return picked

    def _complain(self, known: tuple[HomeFacts, ...]) -> None:
        """Say what is wrong with the only server; of several each has a line of its own."""
        words = ""
        if len(known) == 1 and known[0].trouble is not None:
            words = state_words(known[0].row)
        self._trouble.display = bool(words)
        self._trouble.update(Content.styled(words[:1].upper() + words[1:], "$warning"))


def _nothing(words: str) -> Content:
    if words:
        return Content.styled(f"Nothing fits “{words}” · Esc shows all", QUIET)
    return Content.assemble(
        ("No room is open here yet.\n\n", "bold"),
        ("roomcli host NAME", "bold $accent"),
        (f" opens one. {NOT_LISTED[0].upper()}{NOT_LISTED[1:]}.", QUIET),
    )


def _first_steps() -> Content:
    steps = [
        Content.assemble((f"{command:<{STEP_WIDTH}}", "bold $accent"), (does, QUIET))
        for command, does in FIRST_STEPS
    ]
    known = styled("No server is configured, and none runs on this machine.", "bold")
    return lines(known, Content(), *steps, Content(), styled(MORE, QUIET))

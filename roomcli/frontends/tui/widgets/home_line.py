"""The top of home: which server this is, and the field to search in."""

from __future__ import annotations

from textual.content import Content

from ....errors import CommandRefused
from ...model.home_sections import HomeFacts
from ...model.open_rooms import Unreached
from ...words.home_words import rooms_words
from .face import QUIET, Face, spread, styled
from .typed_line import TypedLine

SEARCH_WAIT = 0.2
"""Seconds without another letter after which the server is asked."""


class Find(TypedLine):
    """The field to search in; while it is empty, ``leads`` are keys and not letters."""

    leads: frozenset[str] = frozenset()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the field takes a key as a letter."""
        leads = key in self.leads and not self.value
        return not leads and super().check_consume_key(key, character)


class HomeLine(Face):
    """The top line: which server this is, and whether it answers."""

    def show_servers(self, known: tuple[HomeFacts, ...]) -> None:
        """Show how the server is reached, or how many there are."""
        if not known:
            self.show(("", "no server", False))
            return
        if len(known) > 1:
            count = sum(len(home.rooms) for home in known)
            self.show((f"{len(known)} servers", rooms_words(count), False))
            return
        (home,) = known
        match home.trouble:
            case Unreached():
                status = "not reached, trying again"
            case CommandRefused():
                status = "refused"
            case _:
                status = rooms_words(len(home.rooms)) if home.is_told else "asking …"
        self.show((home.server, status, home.trouble is not None))

    def render(self) -> Content:
        """Return the server's name and, at the right, how its rooms are known."""
        server, words, wrong = self.facts if isinstance(self.facts, tuple) else ("", "", False)
        left = Content.assemble(("roomcli  ", QUIET), (server, "bold $accent"))
        room = max(8, self.width - left.cell_length - 2, self.width // 3)
        right = styled(words, "$warning" if wrong else QUIET).truncate(room, ellipsis=True)
        return spread(left, right, self.width)

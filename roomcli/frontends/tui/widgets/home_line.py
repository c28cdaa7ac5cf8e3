"""The top of home: which server this is, and the field to search in."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Input

from .face import QUIET, Face, spread, styled

SEARCH_WAIT = 0.2
"""Seconds without another letter after which the server is asked."""


class Find(Input):
    """The field to search in; while it is empty, ``leads`` are keys and not letters."""

    leads: frozenset[str] = frozenset()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the field takes a key as a letter."""
        leads = key in self.leads and not self.value
        return not leads and super().check_consume_key(key, character)


class HomeLine(Face):
    """The top line: which server this is, and whether it answers."""

    def render(self) -> Content:
        """Return the server's name and, at the right, how its rooms are known."""
        server, words, wrong = self.facts if isinstance(self.facts, tuple) else ("", "", False)
        left = Content.assemble(("roomcli  ", QUIET), (server, "bold $accent"))
        room = max(8, self.width - left.cell_length - 2, self.width // 3)
        right = styled(words, "$warning" if wrong else QUIET).truncate(room, ellipsis=True)
        return spread(left, right, self.width)

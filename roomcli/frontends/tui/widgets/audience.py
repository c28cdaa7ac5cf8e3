"""The audience: its size, and the names of the front rows."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content

from ...model.room_model import RoomModel
from ...words.names import written_in_parts
from .face import QUIET, Face, heading, lines, named, person_link, styled

NAME_WIDTH = 17


class AudienceFacts(NamedTuple):
    """The size of the audience, the people whose names are known, and who is picked."""

    size: int
    people: tuple[tuple[str, str, str], ...]
    you: str
    selected: str | None
    empty: str
    key: str


class Audience(Face):
    """Shows names in columns, and the rest of the audience as a number."""

    def sync(self, model: RoomModel, selected: str | None, key: str, invite: str) -> None:
        """Show the model's audience.

        ``key`` is the key that shows all of it, ``invite`` the key of the line for friends. People
        with a raised hand are in the queue instead.
        """
        view = model.view
        if view is None:
            return
        people = tuple(
            (id, *written_in_parts(view.people[person], view))
            for id, person in view.front_row.items()
            if person in view.people
        )
        known = selected if selected in view.front_row else None
        empty = "Nobody is listening yet" + (f" · {invite} invites" if view.is_moderator else "")
        self.show(AudienceFacts(view.audience, people, view.you, known, empty, key))

    @property
    def columns(self) -> int:
        """Number of names side by side."""
        return max(1, (self.width + 1) // (NAME_WIDTH + 1))

    def _shown(self) -> tuple[tuple[str, str, str], ...]:
        """Return the people who fit; the last line is kept for the number of the others."""
        facts = self.facts
        if not isinstance(facts, AudienceFacts):
            return ()
        rows = max(1, self.height - 1)
        if facts.size > rows * self.columns or facts.size > len(facts.people):
            rows = max(1, rows - 1)
        capacity = rows * self.columns
        ids = [id for id, *_ in facts.people]
        picked = ids.index(facts.selected) if facts.selected in ids else 0
        first = max(0, picked // self.columns - rows + 1) * self.columns
        return facts.people[first : first + capacity]

    def render(self) -> Content:
        """Return the heading, the names, and the number of people who are not named."""
        facts = self.facts
        if not isinstance(facts, AudienceFacts):
            return heading("Audience", "", self.width)
        shown, columns = self._shown(), self.columns
        cell = (self.width + 1) // columns
        rows = [heading("Audience", str(facts.size or ""), self.width)]
        for start in range(0, len(shown), columns):
            cells = [
                person_link(self._cell(id, name, marks, facts, cell - 1) + Content(" "), id)
                for id, name, marks in shown[start : start + columns]
            ]
            rows.append(Content("").join(cells).truncate(self.width))
        if more := facts.size - len(shown):
            word = f"and {more} more · {facts.key} shows all"
            if not shown:
                word = f"{more} · {facts.key} shows them"
            if len(word) > self.width:
                word = f"{more} more · {facts.key}"
            rows.append(styled(word, QUIET))
        elif not shown:
            rows.append(styled(facts.empty, QUIET))
        return lines(*rows)

    def _cell(self, id: str, name: str, marks: str, facts: AudienceFacts, width: int) -> Content:
        style = "bold" if id == facts.you else ""
        if id == facts.selected:
            name, style = f"▸{name}", "bold on $panel"
        return named(name, marks, width, style).truncate(width, ellipsis=True, pad=True)

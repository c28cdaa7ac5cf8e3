"""The audience: its size, and the names of the front rows."""

from __future__ import annotations

import functools
from typing import NamedTuple

from textual.content import Content

from ....protocol.view import RoomView
from ...model.room_model import RoomModel
from ...words.names import written_in_parts
from ..hues import hue
from .face import QUIET, fitting, heading, named, person_link, styled
from .rows import Rows

NOBODY = "Nobody yet"
NAME_WIDTH, HEADLINE_WIDTH = 17, 44
"""Least cells of a name, and of a name with the headline."""


class FrontRowName(NamedTuple):
    """Somebody in the audience: seat, name with what stands after it, its style, headline."""

    id: str
    name: str
    marks: str
    style: str
    headline: str


class AudienceFacts(NamedTuple):
    """The size of the audience, the people whose names are known, and who is picked."""

    size: int
    people: tuple[FrontRowName, ...]
    you: str
    selected: str | None
    empty: str
    key: str
    active: bool


class RowSpace(NamedTuple):
    """The space of a row of names: how many stand in how many cells, and if headlines fit."""

    columns: int
    width: int
    with_headline: bool


class Audience(Rows):
    """Shows names in columns, and the rest of the audience as a number."""

    def __init__(self) -> None:
        super().__init__()
        self._view: RoomView | None = None
        self._people: tuple[FrontRowName, ...] = ()

    def sync(
        self, model: RoomModel, selected: str | None, key: str, invite: str, *, active: bool
    ) -> None:
        """Show the model's audience.

        ``key`` is the key that shows all of it, ``invite`` the key of the line for friends. People
        with a raised hand are in the queue instead.
        """
        view = model.view
        if view is None:
            return
        if view is not self._view:
            self._view, self._people = view, _front_row(view)
        known = selected if selected in view.front_row else None
        empty = "Nobody is listening yet" + (f" · {invite} invites" if view.is_moderator else "")
        self.show(AudienceFacts(view.audience, self._people, view.you, known, empty, key, active))

    @property
    def names(self) -> int:
        """Number of people whose names are known."""
        return len(self.facts.people) if isinstance(self.facts, AudienceFacts) else 0

    @property
    def columns(self) -> int:
        """Number of names side by side; fewer if there is space for their headlines too."""
        least = HEADLINE_WIDTH if self._has_space else NAME_WIDTH
        return max(1, (self.width + 1) // (least + 1))

    @property
    def _has_space(self) -> bool:
        """Whether everybody whose name is known fits with their headline."""
        columns = (self.width + 1) // (HEADLINE_WIDTH + 1)
        return self.names <= columns * max(0, self.height - 2)

    def _shown(self) -> tuple[FrontRowName, ...]:
        """Return the people who fit; the last line is kept for the number of the others."""
        facts = self.facts
        if not isinstance(facts, AudienceFacts):
            return ()
        rows = max(1, self.height - 1)
        if facts.size > rows * self.columns or facts.size > len(facts.people):
            rows = max(1, rows - 1)
        capacity = rows * self.columns
        ids = [each.id for each in facts.people]
        picked = ids.index(facts.selected) if facts.selected in ids else 0
        first = max(0, picked // self.columns - rows + 1) * self.columns
        return facts.people[first : first + capacity]

    def rows(self) -> list[Content]:
        """Return the heading, the names, and the number of people who are not named."""
        facts = self.facts
        if not isinstance(facts, AudienceFacts):
            return [heading("Audience", "", self.width)]
        shown, columns, with_headline = self._shown(), self.columns, self._has_space
        rows = [heading("Audience", str(facts.size or ""), self.width, active=facts.active)]
        for start in range(0, len(shown), columns):
            people = shown[start : start + columns]
            marked = facts.selected if any(each.id == facts.selected for each in people) else None
            space = RowSpace(columns, self.width, with_headline)
            rows.append(_join_names(people, space, facts.you, marked))
        if more := facts.size - len(shown):
            word = f"and {more} more · {facts.key} shows all"
            if not shown:
                word = f"{more} · {facts.key} shows them"
            short = f"{more} more · {facts.key}"
            rows.append(styled(fitting(word, short, width=self.width), QUIET))
        elif not shown:
            rows.append(styled(fitting(facts.empty, NOBODY, width=self.width), QUIET))
        return rows


def _front_row(view: RoomView) -> tuple[FrontRowName, ...]:
    return tuple(
        FrontRowName(id, *written_in_parts(person, view), hue(person), person.headline)
        for id, person in ((id, view.people.get(each)) for id, each in view.front_row.items())
        if person is not None
    )


@functools.lru_cache(maxsize=256)
def _join_names(
    people: tuple[FrontRowName, ...], space: RowSpace, you: str, marked: str | None
) -> Content:
    """Return names side by side; kept, since a key that moves the mark changes two rows of many."""
    width = (space.width + 1) // space.columns - 1
    cells = (
        _cell(
            *(each, width),
            is_you=each.id == you,
            selected=each.id == marked,
            with_headline=space.with_headline,
        )
        for each in people
    )
    return Content("").join(cells).truncate(space.width)


def _cell(
    one: FrontRowName, width: int, *, is_you: bool, selected: bool, with_headline: bool
) -> Content:
    """Return a name in so many cells, and the blank after it; a click picks the person."""
    name, style = one.name, one.style
    if is_you:
        style = f"bold {style}"
    if selected:
        name, style = f"▸{name}", f"bold {one.style} on $panel"
    cell = named(name, one.marks, width, style)
    if one.headline and with_headline:
        cell = Content.assemble(cell, (f"  {one.headline}", QUIET))
    return person_link(cell.truncate(width, ellipsis=True, pad=True) + Content(" "), one.id)

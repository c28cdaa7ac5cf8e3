"""The lists of home: all sections in one column, on a wide screen in two.

Of several servers each is in one column, the first beside the second.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Horizontal

from ...model.home_sections import HomeRow, HomeSection, LiveRoomRow, PersonRow, ServerRow
from .home_rows import section_options
from .selectable_list import SelectableList

TWO_COLUMNS = 110
"""Cells from which on there are two columns."""
GAP, PADDING, SCROLLBAR = 3, 1, 1


class HomeLists(Horizontal):
    """The sections; one row is picked, whichever list it is in."""

    def __init__(self) -> None:
        super().__init__(id="lists")
        self._lists = tuple(
            SelectableList(id=id, markup=False, compact=True) for id in ("first", "second")
        )
        self._active = self._lists[0]
        self._rows: dict[str, HomeRow] = {}
        self._chosen = False
        """Whether the user picked what is picked; else it is whatever comes first."""

    def compose(self) -> ComposeResult:
        """Yield the two lists."""
        yield from self._lists

    @property
    def rows(self) -> tuple[HomeRow, ...]:
        """All rows that are shown."""
        return tuple(self._rows.values())

    @property
    def picked(self) -> HomeRow | None:
        """The row that is picked."""
        rows = self._active
        if rows.highlighted is None or rows.highlighted >= rows.option_count:
            return None
        return self._at(rows, rows.highlighted)

    def row(self, key: str) -> HomeRow | None:
        """Return the row with this key."""
        return self._rows.get(key)

    def fill(self, sections: tuple[HomeSection, ...], here: str, width: int) -> None:
        """Show these sections; the picked row stays picked. ``here`` is the key of the user's."""
        before = self.picked if self._chosen else None
        self._rows = {row.key: row for section in sections for row in section.rows}
        first, second = _columns(sections, width)
        column = width if not second else (width - GAP) // 2
        now = time.time()
        for rows, part in zip(self._lists, (first, second), strict=True):
            rows.clear_options()
            rows.display = bool(part)
            above = ""
            for section in part:
                cells = column - 2 * PADDING - SCROLLBAR
                rows.add_options(section_options(section, cells, now, here, first=not above))
                above = section.title
        self._pick(before.key if before is not None else "")

    def _pick(self, key: str) -> None:
        """Pick the row with this key, else the first one."""
        for rows in self._lists:
            ids = [option.id for option in rows.options]
            if key in ids:
                self._activate(rows, ids.index(key))
                return
        places = list(self._places())
        things = [place for place in places if not isinstance(self._at(*place), ServerRow)]
        self._activate(*next(iter(things or places), (self._lists[0], None)))

    def _at(self, rows: SelectableList, place: int) -> HomeRow | None:
        return self._rows.get(rows.get_option_at_index(place).id or "")

    def _places(self) -> Iterator[tuple[SelectableList, int]]:
        """Yield where rows are that can be picked."""
        for rows in self._lists:
            for place, option in enumerate(rows.options):
                if not option.disabled:
                    yield rows, place

    def _activate(self, rows: SelectableList, place: int | None) -> None:
        self._active = rows
        for each in self._lists:
            each.highlighted = place if each is rows else None

    def walk(self, way: str) -> None:
        """Pick another row of the same column, or with ``next`` the first of the next section.

        With ``server`` the next server is picked.
        """
        rows, self._chosen = self._active, True
        if way == "server":
            self._turn_server()
        elif way in ("next", "previous"):
            self._turn(1 if way == "next" else -1)
        elif rows.option_count:
            getattr(rows, f"action_{'cursor_' if way in ('up', 'down') else ''}{way}")()

    def _turn(self, step: int) -> None:
        """Pick the first row of the next section, or of the one before."""
        places = list(self._places())
        firsts = [(rows, place) for rows, place in places if (rows, place - 1) not in places]
        here = (self._active, self._active.highlighted or 0)
        before = (
            [each for each in firsts if places.index(each) <= places.index(here)]
            if (here in places)
            else []
        )
        if firsts:
            self._activate(*firsts[(len(before) - 1 + step) % len(firsts)])

    def _turn_server(self) -> None:
        picked = self.picked
        servers = [row for row in self._rows.values() if isinstance(row, ServerRow)]
        names = [row.server for row in servers]
        if servers:
            here = names.index(picked.server) if picked and picked.server in names else -1
            self._pick(servers[(here + 1) % len(servers)].key)

    def point(self, rows: object) -> None:
        """Take the list in which something was picked by the mouse as the one to move in."""
        for each in self._lists:
            if each is rows and each is not self._active and each.highlighted is not None:
                self._chosen = True
                self._activate(each, each.highlighted)

    def keep_pick(self, keep: bool) -> None:
        """Let what is picked stay so; else whatever comes first is, until the user picks."""
        self._chosen = keep


def _columns(
    sections: tuple[HomeSection, ...], width: int
) -> tuple[list[HomeSection], list[HomeSection]]:
    """Return the sections of each column: at the left who is there now, at the right the rest."""
    if width >= TWO_COLUMNS and not all(each.title for each in sections):
        return _side_by_side(sections)
    left = [each for each in sections if isinstance(each.rows[0], LiveRoomRow | PersonRow)]
    right = [each for each in sections if each not in left]
    if width < TWO_COLUMNS or not left or not right:
        return list(sections), []
    return left, right


def _side_by_side(
    sections: tuple[HomeSection, ...],
) -> tuple[list[HomeSection], list[HomeSection]]:
    """Return one server after the other in turn at the left and at the right."""
    columns: tuple[list[HomeSection], list[HomeSection]] = ([], [])
    count = -1
    for section in sections:
        count += not section.title
        columns[count % 2].append(section)
    return columns

"""The rows of home: a line for each thing, under the titles of the sections."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content
from textual.widgets.option_list import Option

from ....errors import CommandRefused
from ...model.home_sections import (
    CommunityRow,
    HomeRow,
    HomeSection,
    LiveRoomRow,
    PersonRow,
    PlannedRow,
    ServerRow,
)
from ...model.open_rooms import OpenRoom, Unreached
from ...words.badge_words import labels_of
from ...words.calendar_words import coming_words, own_words
from ...words.day_words import day_words, span_words
from ...words.home_words import about_words, members_words, speaking_words, state_words
from ...words.names import after_name, mark_of
from .face import FAINT, QUIET, Face, heading, lines, spread, styled
from .occurrences import occurrence_line

NAME_WIDTH, SHORT_NAME = 24, 14
RULE_MARK = "not for all"
"""What the line of a room says that has a rule on whom it lets in; the facts below say which."""
NARROW, WIDE = 72, 100
"""Cells of a line below which it says things shortly; and from which on it has a room's topic."""


def section_options(
    section: HomeSection, width: int, now: float, here: str, *, first: bool
) -> Iterator[Option]:
    """Yield a section's title and its rows; ``here`` is the key of the user's room."""
    if not first:
        yield Option("", disabled=True)
    if not section.title:
        yield from (Option(_row_line(row, width, now, here, ""), row.key) for row in section.rows)
        return
    more = styled(f"first {len(section.rows)} of {section.total}", QUIET)
    end = more if section.total > len(section.rows) else None
    yield Option(heading(section.title, str(section.total), width, end), disabled=True)
    for row in section.rows:
        yield Option(_row_line(row, width, now, here, section.title), row.key)


def _row_line(row: HomeRow, width: int, now: float, here: str, title: str) -> Content:
    match row:
        case LiveRoomRow():
            return _room_line(row, width, here=row.key == here)
        case PlannedRow(one):
            day = "" if title == "Today" else f"{day_words(one.starts_at, now)[:3]} "
            return Content.assemble((day, QUIET), occurrence_line(one, width - len(day), now))
        case CommunityRow(card):
            name = card.name + mark_of(lookalike=card.lookalike)
            left = Content.assemble((name, "bold"), (f"  {card.summary}", QUIET))
            return spread(left, styled(members_words(card), QUIET), width)
        case PersonRow(person, room):
            words = " · ".join(filter(None, (labels_of(person), about_words(person, room))))
            about = styled(words, "$success" if room else QUIET)
            name = f"{person.name + after_name(person):<{NAME_WIDTH}}"
            return Content.assemble((name, "bold"), "  ", about).truncate(width, ellipsis=True)
        case ServerRow(server, state):
            wrong = isinstance(state, Unreached | CommandRefused)
            right = styled(state_words(row), "$warning" if wrong else QUIET)
            left = Content.assemble((server, "bold $accent"), " ")
            cells = max(width - left.cell_length - 1, width // 2)
            return spread(left, right.truncate(cells, ellipsis=True), width, "═", FAINT)


def _room_line(row: LiveRoomRow, width: int, *, here: bool) -> Content:
    room, followed = row.room, speaking_words(row.followed)
    who = (f"  {followed}", "$success") if followed else (f"  {room.host}", QUIET)
    name = f"{room.name:<{NAME_WIDTH if width >= NARROW else SHORT_NAME}}"
    left = Content.assemble((name, "bold"), who)
    if width >= WIDE and room.topic:
        left = Content.assemble(left, f"  {room.topic}")
    door = [each for each in room.door if each not in room.asks]
    counts = [f"{room.stage} on stage", f"{room.audience} listening"]
    if width < NARROW:
        counts = [f"{room.stage} of {room.stage + room.audience} on stage"]
    words = [*counts, *door]
    words += [RULE_MARK] if room.asks else []
    if here:
        words.insert(0, "here")
    return spread(left, styled(" · ".join(words), QUIET), width)


class RowFacts(Face):
    """More about the picked row: of a room its topic, and what its server keeps."""

    def render(self) -> Content:
        """Return what is worth knowing before one opens it or goes in."""
        match self.facts:
            case (LiveRoomRow(room, _, community), _):
                return self._room_facts(room, community)
            case (PlannedRow(one, community), float(now)):
                when = span_words(one.starts_at, one.ends_at, now)
                told = [each for each in (when, community, f"in {one.room}" if one.room else "")]
                words = coming_words(one) if not one.cancelled else "cancelled"
                yours = own_words(one)
                below = f"{words} · {yours}" if yours else words
                return self._two(" · ".join(each for each in told if each), below)
            case (CommunityRow(card), _):
                return self._two(card.summary or "No summary", members_words(card))
            case (PersonRow(person, room), _):
                where = f"on stage in {room}" if room else "not on stage"
                return self._two(person.headline or "No headline", where)
            case (ServerRow() as row, _):
                words = state_words(row)
                return self._two(f"{words[:1].upper()}{words[1:]}", "F forgets this server")
        return Content()

    def _two(self, above: str, below: str) -> Content:
        shown = (styled(above), styled(below, QUIET))
        return lines(*(each.truncate(self.width, ellipsis=True) for each in shown))

    def _room_facts(self, room: OpenRoom, community: str) -> Content:
        """Return the topic in one line, and whom it lets in and what is kept in full.

        Nobody should have to enter a room to learn these.
        """
        about = room.topic or "No topic"
        about += f" · of {community}" if community else ""
        keeps = f"Kept there: {', '.join(room.keeps)}" if room.keeps else ""
        told = [styled(about).truncate(self.width, ellipsis=True)]
        if room.asks:
            rule = "; ".join(room.asks)
            told.append(styled(f"{rule[:1].upper()}{rule[1:]}", "$warning"))
        return lines(*told, styled(keeps, QUIET))

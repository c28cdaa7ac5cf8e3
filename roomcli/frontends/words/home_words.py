"""Home in words: what a row says, and all of it in headed sentences. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from time import localtime

from ...errors import CommandRefused
from ...protocol.community import CommunityCard
from ...protocol.people import Person
from ..model.home_sections import (
    CommunityRow,
    HomeRow,
    HomeSection,
    LiveRoomRow,
    PersonRow,
    PlannedRow,
    ServerRow,
)
from ..model.open_rooms import Unreached
from .badge_words import with_badges
from .calendar_words import coming_words, own_words
from .community_words import STANDING_WORDS
from .day_words import Local, span_words
from .names import as_named
from .settings_words import NOT_LISTED

NOTHING = f"Nothing is on here yet: roomcli host NAME opens a room. {NOT_LISTED}"


def speaking_words(names: tuple[str, ...]) -> str:
    """Return who of those whom one follows is on stage: ``with Ann and Ben``."""
    if len(names) > 2:
        return f"with {names[0]}, {names[1]} and {len(names) - 2} more"
    return f"with {' and '.join(names)}" if names else ""


def members_words(card: CommunityCard) -> str:
    """Return how many members a community has, and what the user is in it."""
    count = f"{card.members} member{'' if card.members == 1 else 's'}"
    return " · ".join(filter(None, (count, STANDING_WORDS[card.you])))


def about_words(person: Person, room: str) -> str:
    """Return where somebody is on stage, else what they say of themselves."""
    return f"on stage in {room}" if room else person.headline


def rooms_words(count: int) -> str:
    """Return how many rooms are open."""
    return f"{count} open room{'' if count == 1 else 's'}"


def state_words(row: ServerRow) -> str:
    """Return how a server is reached."""
    match row.state:
        case None:
            return "connecting"
        case int(count):
            return rooms_words(count)
        case CommandRefused() as refused:
            return f"does not let you in: {refused}"
        case Unreached(why, retry_in):
            left = math.ceil(retry_in or 0.0)
            again = f"tried again in {left} s" if left > 0 else "tried again now"
            return f"cannot be reached: {why}; {again}"


def home_lines(
    sections: tuple[HomeSection, ...], now: float, local: Local = localtime
) -> Iterator[str]:
    """Yield all of home: each section's title, how many it has, and a sentence for each row.

    The heading of a server goes before what goes on there.
    """
    for title, rows, total in sections:
        if title:
            yield f"{title}: {total}"
        yield from (row_sentence(row, now, local) for row in rows)
        if total > len(rows):
            yield f"And {total - len(rows)} more"
    if not sections:
        yield NOTHING


def row_sentence(row: HomeRow, now: float, local: Local = localtime) -> str:
    """Return a row as a sentence, with the name or id by which it is named."""
    match row:
        case LiveRoomRow(room, followed, community):
            topic = f", {room.topic}" if room.topic else ""
            parts = [
                f"Room {room.name}{topic}",
                f"hosted by {room.host}" if room.host else "",
                f"of {community}" if community else "",
                speaking_words(followed),
                f"{room.stage} on stage, {room.audience} listening",
                *room.door,
            ]
        case PlannedRow(one, community):
            parts = [
                f"Event {as_named(one.title, lookalike=one.lookalike)}",
                span_words(one.starts_at, one.ends_at, now, local),
                f"of {community}" if community else "",
                f"in room {one.room}" if one.room else "",
                "cancelled" if one.cancelled else coming_words(one),
                own_words(one),
                f"its id is {one.event}",
            ]
        case CommunityRow(card):
            parts = [
                f"Community {as_named(card.name, lookalike=card.lookalike)}",
                card.summary,
                members_words(card).replace(" · ", ", "),
                f"its id is {card.id}",
            ]
        case PersonRow(person, room):
            parts = [with_badges(person), about_words(person, room)]
        case ServerRow():
            parts = [f"Server {row.server}: {state_words(row)}"]
    return ". ".join(part for part in parts if part)

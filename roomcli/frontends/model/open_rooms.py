"""The open rooms of a server, as home shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from ...errors import ConnectionFailed
from ...protocol.text import MAX_NAME, MAX_REASON, cleaned, is_room_name
from ..words.settings_words import door_words


@dataclass(frozen=True)
class OpenRoom:
    """A room as the server describes it; no field of it can be trusted."""

    name: str
    topic: str = ""
    host: str = ""
    stage: int = 0
    audience: int = 0
    door: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()

    def fits(self, words: str) -> bool:
        """Whether every typed word is in the room's name, topic or host."""
        told = f"{self.name} {self.topic} {self.host}".casefold()
        return all(word in told for word in words.casefold().split())


RoomsNews = tuple[OpenRoom, ...] | ConnectionFailed
"""The rooms now open, the fullest first, or why the server cannot be asked at the moment."""


@dataclass(frozen=True)
class HomeServer:
    """The server whose rooms home shows.

    ``follow`` yields the rooms, again whenever they change, for as long as it is iterated;
    ``address`` gives the URL of a room by its name.
    """

    name: str
    follow: Callable[[], AsyncIterator[RoomsNews]]
    address: Callable[[str], str]


def rooms_of(told: list[dict[str, object]]) -> tuple[OpenRoom, ...]:
    """Return the valid rooms of an answer, the fullest first."""
    rooms = [_parse_room(each) for each in told if is_room_name(_text(each.get("name"), 64))]
    return tuple(sorted(rooms, key=lambda room: (-(room.stage + room.audience), room.name)))


def _parse_room(told: dict[str, object]) -> OpenRoom:
    keeps = told.get("keeps")
    return OpenRoom(
        _text(told.get("name"), 64),
        _text(told.get("topic"), MAX_REASON),
        _text(told.get("host"), MAX_NAME),
        _count(told.get("stage")),
        _count(told.get("audience")),
        tuple(
            door_words(
                access=told.get("access"), password=told.get("password"), locked=told.get("locked")
            )
        ),
        tuple(_text(each, 80) for each in keeps) if isinstance(keeps, list | tuple) else (),
    )


def _text(value: object, limit: int) -> str:
    return cleaned(value, limit) if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0

"""A room as a server lists it, for people who are not in it."""

from __future__ import annotations

from msgspec import Struct

from .entrance import EntranceRule
from .people import Count


class ListedRoom(Struct, frozen=True, kw_only=True):
    """An open room that everybody may know of, as ``GET /rooms`` and ``rooms_listed`` tell it.

    ``host`` is a name, empty while there is none. ``keeps`` says in words what is kept of what is
    said in the room. ``entrance`` is who may enter, and ``asks`` says the same in words, a line
    each.
    """

    name: str
    topic: str = ""
    host: str = ""
    stage: Count = 0
    audience: Count = 0
    access: str = "open"
    password: bool = False
    locked: bool = False
    keeps: tuple[str, ...] = ()
    entrance: EntranceRule = EntranceRule()
    asks: tuple[str, ...] = ()

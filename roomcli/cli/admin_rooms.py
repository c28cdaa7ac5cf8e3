"""``roomcli admin rooms``: all rooms of a server, listed or not."""

from __future__ import annotations

import argparse
import json
from typing import Any

from msgspec import Struct

from .admin_line import ask
from .tables import moment, print_lines, table


class Room(Struct, kw_only=True):
    """A room as the server's overview shows it."""

    name: str
    people: int
    stage: int
    audience: int
    host: str | None
    access: str
    locked: bool
    listed: bool
    opened_at: float

    @property
    def door(self) -> str:
        """Who may come in, and who may know of it."""
        locked, unlisted = ", locked" * self.locked, ", unlisted" * (not self.listed)
        return f"{self.access}{locked}{unlisted}"


class Rooms(Struct):
    """Those that are open."""

    rooms: list[Room]


def tell_all(options: argparse.Namespace) -> None:
    """A table of rooms."""
    if options.json:
        return print(json.dumps(ask(options.data, dict[str, Any], "GET /rooms")))
    rows = [
        (
            each.name,
            each.people,
            each.stage,
            each.audience,
            each.host or "-",
            each.door,
            moment(each.opened_at),
        )
        for each in ask(options.data, Rooms, "GET /rooms").rooms
    ]
    titles = ("ROOM", "PEOPLE", "ON STAGE", "LISTENING", "HOST", "ACCESS", "OPENED")
    print_lines(table(titles, rows) if rows else ["no open rooms"])


def end(options: argparse.Namespace) -> None:
    """Close a room for everyone."""
    ask(options.data, dict[str, str], f"POST /rooms/{options.name}/end")
    print(f"{options.name} is closed for everyone")

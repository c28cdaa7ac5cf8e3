"""``roomcli admin rooms``: list and close the rooms of a server, unlisted ones included."""

from __future__ import annotations

import argparse

from msgspec import Struct

from ..frontends.words.settings_words import door_words
from .admin_line import ask_admin
from .admin_servers import ask_all, tell_json, tell_table, the_server_with
from .tables import moment


class RoomRow(Struct, kw_only=True):
    """A room as the server's list for admins shows it."""

    name: str
    people: int
    stage: int
    audience: int
    host: str | None
    access: str
    password: bool = False
    locked: bool
    listed: bool
    opened_at: float

    @property
    def door(self) -> str:
        """Words for who may come in and whether the room is listed."""
        if self.access == "damaged":  # the server could not open it again
            return "damaged"
        door = door_words(access=self.access, password=self.password, locked=self.locked)
        return ", ".join([*(door or ["open"]), *([] if self.listed else ["unlisted"])])


def tell_all(options: argparse.Namespace) -> None:
    """Print a table of all rooms."""
    told = ask_all(options.data, "rooms")
    if options.json:
        return tell_json("rooms", told)
    titles = ("ROOM", "PEOPLE", "ON STAGE", "LISTENING", "HOST", "ACCESS", "OPENED")
    tell_table(told, RoomRow, titles, _room_row, "no open rooms")


def _room_row(room: RoomRow) -> tuple[object, ...]:
    opened = moment(room.opened_at) if room.opened_at else "-"
    host = room.host or "-"
    return (room.name, room.people, room.stage, room.audience, host, room.door, opened)


def end_room(options: argparse.Namespace) -> None:
    """Close a room for everyone in it."""
    folder = the_server_with(options.data, f"GET /rooms/{options.name}")
    ask_admin(folder, dict[str, str], f"POST /rooms/{options.name}/end")
    print(f"{options.name} is closed for everyone")

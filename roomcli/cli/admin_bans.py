"""``roomcli admin bans``: keys that are kept out of the whole server."""

from __future__ import annotations

import argparse
import os

from ..folders import name_of_account
from ..protocol.people import BanNotice
from .admin_line import ask_admin
from .admin_servers import ask_all, tell_json, tell_table, the_server
from .tables import moment


class ServerBan(BanNotice, frozen=True, kw_only=True):
    """A ban and the room that it holds in; the room ``*`` means the whole server."""

    room: str


def tell_all(options: argparse.Namespace) -> None:
    """Print a table of all bans, including those of single rooms."""
    told = ask_all(options.data, "bans")
    if options.json:
        return tell_json("bans", told)
    titles = ("KEY", "NAME", "WHERE", "HOW LONG", "BY", "REASON")
    tell_table(told, ServerBan, titles, _ban_row, "nobody is banned")


def ban_key(options: argparse.Namespace) -> None:
    """Ban a key from the server and remove whoever has it from every room."""
    said = {"key": options.key, "reason": options.reason, "by": name_of_account(os.getuid())}
    if options.seconds is not None:
        said["seconds"] = options.seconds
    ban = ask_admin(the_server(options.data), BanNotice, "POST /bans", said)
    print(f"{options.key} is out of every room, and banned from this server {_how_long(ban)}")


def lift(options: argparse.Namespace) -> None:
    """Lift the ban of a key, so that its owner may come in again."""
    ask_admin(the_server(options.data), dict[str, str], f"DELETE /bans/{options.key}")
    print(f"{options.key} may come in again")


def _ban_row(ban: ServerBan) -> tuple[object, ...]:
    where = "everywhere" if ban.room == "*" else ban.room
    return (ban.key, ban.name or "-", where, _how_long(ban), ban.by or "-", ban.reason)


def _how_long(ban: BanNotice) -> str:
    return "for good" if ban.until is None else f"until {moment(ban.until)}"

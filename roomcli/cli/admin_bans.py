"""``roomcli admin bans``: keys that are kept out of the whole server."""

from __future__ import annotations

import argparse
import getpass
import json
from typing import Any

from msgspec import Struct

from ..protocol.people import BanNotice
from .admin_line import ask
from .tables import moment, print_lines, table


class Ban(BanNotice, frozen=True, kw_only=True):
    """A ban and where it holds: in a room, or with ``*`` everywhere."""

    room: str


class Bans(Struct):
    """What the server has of them."""

    bans: list[Ban]


def tell_all(options: argparse.Namespace) -> None:
    """A table of bans, those of rooms too."""
    if options.json:
        return print(json.dumps(ask(options.data, dict[str, Any], "GET /bans")))
    rows = [
        (
            each.key,
            each.name or "-",
            "everywhere" if each.room == "*" else each.room,
            _how_long(each),
            each.by or "-",
            each.reason,
        )
        for each in ask(options.data, Bans, "GET /bans").bans
    ]
    titles = ("KEY", "NAME", "WHERE", "HOW LONG", "BY", "REASON")
    print_lines(table(titles, rows) if rows else ["nobody is banned"])


def add(options: argparse.Namespace) -> None:
    """Keep a key out, and put whoever has it out of every room."""
    said = {"key": options.key, "reason": options.reason, "by": getpass.getuser()}
    if options.seconds is not None:
        said["seconds"] = options.seconds
    ban = ask(options.data, BanNotice, "POST /bans", said)
    print(f"{options.key} is out of every room, and banned from this server {_how_long(ban)}")


def lift(options: argparse.Namespace) -> None:
    """Let a key in again."""
    ask(options.data, dict[str, str], f"DELETE /bans/{options.key}")
    print(f"{options.key} may come in again")


def _how_long(ban: BanNotice) -> str:
    return "for good" if ban.until is None else f"until {moment(ban.until)}"

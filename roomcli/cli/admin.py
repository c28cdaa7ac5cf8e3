"""``roomcli admin``: handle the reports, bans and rooms of a server that you run, and back it up.

The command talks to running servers over the socket in their data folder, which only the owner of
the server can open.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..protocol.address import checked_room
from ..protocol.durations import parse_duration
from . import (
    admin_backup,
    admin_bans,
    admin_move,
    admin_reports,
    admin_roles,
    admin_rooms,
    admin_status,
    exits,
)
from .parser import Parser, WordParser

_KEY = re.compile("[0-9a-f]{32}")
_ID = re.compile("[a-z2-7]{1,32}")


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    options.act(options)
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli admin``."""
    parser = Parser(
        "admin",
        "Look after a running server: what was reported, who is banned.",
        examples={
            "admin reports list": "what waits for you",
            "admin bans add KEY --for 3d --reason spam": "ban somebody for three days",
            "admin status --live": "what the server does, as it does it",
        },
    )
    _data(parser, default=None)
    nouns = parser.add_subparsers(metavar="WHAT", required=True, parser_class=WordParser)

    reports = _noun(nouns, "reports", "what people reported to you")
    verb = _add_admin_verb(reports, "list", "reports that wait for you", admin_reports.tell_all)
    verb.add_argument("--all", action="store_true", help="the resolved ones too")
    _json(verb)
    verb = _add_admin_verb(reports, "show", "one report", admin_reports.tell_one)
    verb.add_argument("id", type=_id, metavar="ID")
    _json(verb)
    verb = _add_admin_verb(reports, "play", "hear the minute before a report", admin_reports.play)
    verb.add_argument("id", type=_id, metavar="ID")
    verb.add_argument("--output", metavar="FILE.wav", type=Path, help="write it, do not play it")
    verb.add_argument("--speaker", metavar="DEVICE", help="play it there")
    verb = _add_admin_verb(reports, "resolve", "be done with a report", admin_reports.resolve)
    verb.add_argument("id", type=_id, metavar="ID")
    verb.add_argument("note", nargs="*", metavar="NOTE", help="what came of it")

    bans = _noun(nouns, "bans", "banned keys")
    _json(_add_admin_verb(bans, "list", "all bans, those of rooms too", admin_bans.tell_all))
    verb = _add_admin_verb(bans, "add", "keep a key out of the whole server", admin_bans.ban_key)
    verb.add_argument("key", type=_key, metavar="KEY", help="as `reports show` tells it")
    verb.add_argument(
        "--for",
        dest="seconds",
        metavar="10m|2h|3d",
        type=seconds_of,
        help="for how long (default: for good)",
    )
    verb.add_argument("--reason", default="", help="is told to them")
    verb = _add_admin_verb(bans, "lift", "let a key in again", admin_bans.lift)
    verb.add_argument("key", type=_key, metavar="KEY")

    roles = _noun(nouns, "roles", "roles that wait since two persons became one")
    _json(_add_admin_verb(roles, "list", "roles that wait for you", admin_roles.tell_roles))
    verb = _add_admin_verb(roles, "agree", "give somebody what waits", admin_roles.agree)
    verb.add_argument("key", type=_key, metavar="KEY")
    verb.add_argument("place", metavar="PLACE", help="as `roles list` tells it")

    rooms = _noun(nouns, "rooms", "rooms that are open")
    _json(_add_admin_verb(rooms, "list", "all rooms, unlisted ones too", admin_rooms.tell_all))
    verb = _add_admin_verb(rooms, "end", "close a room for everyone", admin_rooms.end_room)
    verb.add_argument("name", type=_name, metavar="NAME")

    what = "how a server is set up, and what it does"
    verb = _add_admin_verb(nouns, "status", what, admin_status.tell_status)
    _json(verb)
    verb.add_argument("--live", action="store_true", help="what it does, drawn anew each second")

    what = "write all that a server keeps to one file, while it runs"
    verb = _add_admin_verb(nouns, "backup", what, admin_backup.back_up)
    verb.add_argument("file", type=Path, metavar="FILE.tar", help="a backup there is replaced")
    what = "put a backup into the data folder of a server that was stopped"
    verb = _add_admin_verb(nouns, "restore", what, admin_backup.restore)
    verb.add_argument("file", type=Path, metavar="FILE.tar")
    what = "move all that a server keeps, which was stopped, into an empty PostgreSQL database"
    verb = _add_admin_verb(nouns, "move", what, admin_move.move_data)
    verb.add_argument("url", metavar="URL", help="as for `roomcli serve --store`")
    return parser


def seconds_of(text: str) -> int:
    """Return the seconds in ``90s``, ``10m``, ``2h`` or ``3d``. Raises UsageError."""
    seconds = parse_duration(text)
    if not seconds or text[-1].isdigit():  # no unit: the length of a ban is not guessed
        raise UsageError(f"--for wants a time like 10m, 2h or 3d, not {text!r}")
    return seconds


def _noun(nouns: Any, name: str, what: str) -> Any:
    noun = nouns.add_parser(name, help=what, description=f"{what.capitalize()}.")
    return noun.add_subparsers(metavar="VERB", required=True, parser_class=WordParser)


def _add_admin_verb(
    verbs: Any, name: str, what: str, act: Callable[[argparse.Namespace], None]
) -> Parser:
    verb: Parser = verbs.add_parser(name, help=what, description=f"{what.capitalize()}.")
    _data(verb, default=argparse.SUPPRESS)  # keep a --data before the verb
    verb.set_defaults(act=act)
    return verb


def _data(parser: Parser, default: str | None) -> None:
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=default,
        help="the server's data folder (default: those of your `roomcli serve` and `roomcli host`"
        " that run here)",
    )


def _json(verb: Parser) -> None:
    verb.add_argument("--json", action="store_true", help="one JSON object")


def _key(text: str) -> str:
    if _KEY.fullmatch(text) is None:
        raise UsageError(
            f"a key has 32 digits from 0 to f, as `reports show` tells it; not {text!r}"
        )
    return text


def _id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise UsageError(f"{text!r} is no report: `roomcli admin reports list` tells which are")
    return text


def _name(text: str) -> str:
    return checked_room(text)

"""``roomcli rooms``: list the open rooms of a server."""

from __future__ import annotations

import json
from typing import Any

from ..frontends.words.settings_words import NOT_LISTED, door_words
from ..protocol.address import Address
from ..protocol.text import cleaned, is_room_name
from . import exits, settings
from .inquiry import ask_list
from .parser import Parser
from .whereabouts import server_to_ask

MAX_TEXT = 200
MAX_PAGES = 100
"""Pages after which reading a list stops, in case it has no end."""


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    server = server_to_ask(settings.load({"server": options.server}))
    rooms = listed(server)
    if options.json:
        print(json.dumps({"server": server.server, "rooms": rooms}))
        return exits.DONE
    for room in rooms:
        print(_room_line(room))
    if not rooms:
        print(f"no open rooms on {server.server}; {NOT_LISTED}")
    for kept in dict.fromkeys(each for room in rooms for each in _kept(room)):
        print(f"kept there: {kept}")
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli rooms``."""
    parser = Parser(
        "rooms",
        "List the open rooms of a server.",
        examples={
            "rooms": "of your server, or of the one on this machine",
            "rooms --server wss://rooms.example.org --json": "of another one, for a script",
        },
    )
    parser.add_argument(
        "--server", metavar="URL", help="ask this server, not the configured or the local one"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object, as the server gave it"
    )
    return parser


def listed(server: Address) -> list[dict[str, Any]]:
    """Return the open rooms of a server as it tells them, without entries that cannot be rooms.

    Raises ConnectionFailed and CommandRefused, as :func:`~roomcli.cli.inquiry.ask` does.
    """
    rooms: dict[str, dict[str, Any]] = {}
    path = "/rooms"
    for _ in range(MAX_PAGES):
        page, path = ask_list(server, path)
        new = {each["name"]: each for each in page if isinstance(each, dict) and _has_name(each)}
        if not path or not new.keys() - rooms.keys():
            return list({**rooms, **new}.values())
        rooms |= new
    return list(rooms.values())


def _has_name(room: dict[str, Any]) -> bool:
    """Whether the entry has a valid room name; the server is not trusted to send only such."""
    name = room.get("name")
    return isinstance(name, str) and is_room_name(name)


def _room_line(room: dict[str, Any]) -> str:
    facts = [
        f"{room[key]} {text}"
        for key, text in (("stage", "on stage"), ("audience", "listening"))
        if isinstance(room.get(key), int)
    ]
    facts += door_words(
        access=room.get("access"),
        password=room.get("password"),
        locked=room.get("locked"),
        asks=room.get("asks"),
    )
    about = [_text(room, key) for key in ("host", "topic")]
    words = [", ".join(facts), ": ".join(each for each in about if each)]
    return f"{room['name']:<24}  {'  '.join(words)}".rstrip()


def _kept(room: dict[str, Any]) -> list[str]:
    keeps = room.get("keeps")
    told = keeps if isinstance(keeps, list) else []
    return [cleaned(each, MAX_TEXT) for each in told if isinstance(each, str)]


def _text(room: dict[str, Any], key: str) -> str:
    value = room.get(key)
    return cleaned(value, MAX_TEXT) if isinstance(value, str) else ""

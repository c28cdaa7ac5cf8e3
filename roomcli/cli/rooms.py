"""``roomcli rooms``: the open rooms of a server."""

from __future__ import annotations

import json
from typing import Any

from ..errors import ConnectionFailed
from ..protocol.text import is_room_name
from . import exits
from .inquiry import ask_json
from .parser import Parser
from .whereabouts import server_to_ask


def run(argv: list[str]) -> int:
    """The command; returns the exit code."""
    parser = Parser("rooms", "List the open rooms of a server.")
    parser.add_argument(
        "--server", metavar="URL", help="ask this server, not the configured or the local one"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object, as the server gave it"
    )
    options = parser.parse_args(argv)
    server = server_to_ask(options.server)
    answer = ask_json(server, "/rooms")
    if not isinstance(answer, list):
        raise ConnectionFailed(f"{server.server} is no roomcli server: that is no list of rooms")
    rooms = [each for each in answer if isinstance(each, dict) and _has_name(each)]
    if options.json:
        print(json.dumps({"server": server.server, "rooms": rooms}))
        return exits.DONE
    for room in rooms:
        print(_line(room))
    if not rooms:
        print(f"no open rooms on {server.server}")
    return exits.DONE


def _has_name(room: dict[str, Any]) -> bool:
    """The server is a stranger: what cannot be the name of a room is none, and is not shown."""
    name = room.get("name")
    return isinstance(name, str) and is_room_name(name)


def _line(room: dict[str, Any]) -> str:
    counts = [
        f"{room[key]} {text}"
        for key, text in (("stage", "on stage"), ("audience", "listening"))
        if isinstance(room.get(key), int)
    ]
    return f"{room['name']:<24}  {', '.join(counts)}".rstrip()

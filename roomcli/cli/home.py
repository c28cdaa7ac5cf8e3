"""``roomcli`` alone and ``roomcli lobby``: home, what goes on at a server, and its rooms."""

from __future__ import annotations

from ..errors import ConnectionFailed, UsageError
from ..protocol.address import Address
from . import entrance, settings, whereabouts
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run ``roomcli lobby`` and return its exit code."""
    options = make_parser().parse_args(argv)
    current = entrance.settled(options)
    if not (entrance.on_terminal() or options.plain or options.jsonl):
        raise UsageError(
            "home needs a terminal to draw on: --plain says it in lines, --jsonl to scripts, "
            "and `roomcli rooms` lists the rooms"
        )
    server = whereabouts.server_to_ask(current)
    return entrance.stay_home(server, current, entrance.face(options))


def make_parser() -> Parser:
    """Return the parser of ``roomcli lobby``."""
    parser = Parser(
        "lobby",
        "See what goes on at a server, live: rooms, events, communities, people; enter a room.",
        epilog="The server is --server, else the configured one, else the one on this machine.",
        examples={
            "lobby": "your server",
            "lobby --server wss://rooms.example.org": "another one",
            "lobby --plain": "in lines, for a screen reader",
        },
    )
    entrance.add_options(parser)
    return parser


def open_home() -> int:
    """Run ``roomcli`` without a command and return its exit code.

    Without a server to ask, home shows the commands to begin with.
    """
    current = settings.load()
    server: Address | None
    try:
        server = whereabouts.server_to_ask(current)
    except ConnectionFailed:
        server = None
    return entrance.stay_home(server, current)

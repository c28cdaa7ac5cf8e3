"""``roomcli`` alone and ``roomcli lobby``: home, with the open rooms of a server to enter."""

from __future__ import annotations

from ..errors import ConnectionFailed, UsageError
from ..protocol.address import Address
from . import entrance, settings, whereabouts
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run ``roomcli lobby`` and return its exit code."""
    parser = Parser(
        "lobby",
        "See the open rooms of a server as they fill, and enter one; leaving it comes back.",
        epilog="The server is --server, else the configured one, else the one on this machine.",
    )
    entrance.add_options(parser, faces=False)
    options = parser.parse_args(argv)
    if not entrance.on_terminal():
        raise UsageError("a lobby needs a terminal to draw on: `roomcli rooms` lists the rooms")
    current = entrance.settled(options)
    return entrance.stay_home(whereabouts.server_to_ask(current), current)


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

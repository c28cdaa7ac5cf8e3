"""``roomcli lobby``: show the open rooms of a server, enter one, and come back on leaving it."""

from __future__ import annotations

from dataclasses import replace

from ..errors import CommandRefused, ConnectionFailed, UsageError
from ..protocol.address import Address
from . import entrance, exits, people, rooms, whereabouts
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
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
    server = whereabouts.server_to_ask(current)
    current = people.introduced(current, ask=True)
    from ..frontends.tui.screens.lobby import run_lobby

    code = exits.DONE
    while code == exits.DONE:
        room = run_lobby(
            server.server, lambda: _rooms(server), theme=current.theme, keys=current.keys
        )
        if room is None:
            break
        address = whereabouts.on_server(str(server), room)
        command = entrance.enter_command(str(address), current, intent="join")
        code = entrance.go(command, "tui", current)
        current = replace(current, theme=entrance.settled(options).theme)  # may have changed
    return code


def _rooms(server: Address) -> list[dict[str, object]]:
    """Return the rooms now open.

    Every failure is ConnectionFailed, after which the lobby asks again.
    """
    try:
        return rooms.listed(server)
    except CommandRefused as error:
        raise ConnectionFailed(str(error)) from None

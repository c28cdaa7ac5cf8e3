"""``roomcli join ROOM|URL``: enter a room."""

from __future__ import annotations

from . import entrance, whereabouts
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    parser = Parser(
        "join",
        "Enter a room: by the line that its host gave you, or by its name.",
        epilog="A name alone means a room on --server, else on the configured server,\n"
        "else on this machine.",
    )
    parser.add_argument("room", metavar="ROOM|URL", help="like standup, or wss://host/r/standup")
    entrance.add_options(parser)
    options = parser.parse_args(argv)
    current = entrance.settled(options)
    address = whereabouts.room_to_join(options.room, current)
    command = entrance.enter_command(str(address), current, intent="join")
    return entrance.go(command, entrance.face(options), current)

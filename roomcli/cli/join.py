"""``roomcli join ROOM|URL``: enter a room."""

from __future__ import annotations

from ..errors import UsageError
from ..protocol.address import Address
from . import entrance, exits, settings, whereabouts
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    current = entrance.settled(options)
    shown = entrance.face(options)
    if options.room is None:
        address = _offered_room(current, asks=shown != "jsonl" and entrance.can_ask())
        if address is None:
            return exits.INTERRUPTED
    else:
        address = whereabouts.room_to_join(options.room, current)
    command = entrance.enter_command(str(address), current, intent="join")
    return entrance.go(command, shown, current)


def make_parser() -> Parser:
    """Return the parser of ``roomcli join``."""
    parser = Parser(
        "join",
        "Enter a room: by the line that its host gave you, by its name, or by an alias of yours.",
        epilog="A name alone means a room on --server, else what `roomcli alias` lets it stand\n"
        "for, else a room on the configured server, else on this machine. Without a room\n"
        "it offers those that you were in lately.",
        examples={
            "join 'wss://…'": "the line that the host gave you",
            "join standup": "the room standup on your server, or on this machine",
            "join standup --plain": "line by line, for a screen reader",
            "join": "choose among the rooms of lately",
        },
    )
    parser.add_argument(
        "room", metavar="ROOM|URL", nargs="?", help="like standup, or wss://host/r/standup"
    )
    entrance.add_options(parser)
    return parser


def _offered_room(current: settings.Settings, *, asks: bool) -> Address | None:
    """Return the room that the person chooses, None if none. Raises UsageError."""
    if current.sources["server"] == "flag":
        raise UsageError("which room? `roomcli rooms --server URL` lists those of a server")
    from .room_choice import choose_room

    return choose_room(asks=asks)

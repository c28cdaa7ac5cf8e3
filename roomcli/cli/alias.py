"""``roomcli alias``: give the long line of a room a short name, list these names, remove one."""

from __future__ import annotations

from ..errors import UsageError
from ..protocol.address import Address, checked_room
from . import aliases, exits, whereabouts
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    if options.remove is not None:
        if options.name is not None:
            raise UsageError("--remove NAME stands alone")
        aliases.remove_alias(checked_room(options.remove))
    elif options.name is None:
        _list_aliases(aliases.all_aliases())
    elif options.line is None:
        name = checked_room(options.name)
        if name not in (known := aliases.all_aliases()):
            raise aliases.unknown_alias(name)
        print(known[name])
    else:
        name = whereabouts.checked_name_of_room(options.name)
        aliases.give(name, whereabouts.room_at(options.line))
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli alias``."""
    parser = Parser(
        "alias",
        "Give the long line of a room a short name, for `join` and `host`.",
        epilog="It goes before a room of the same name on your server. Your names are on this\n"
        "machine alone, with the invites of their lines, in a file that only you can read.",
        examples={
            "alias club 'wss://…'": "club is the room of this line from now on",
            "join club": "enter it",
            "alias": "list your aliases",
            "alias --remove club": "club means nothing any more",
        },
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="the short name")
    parser.add_argument("line", metavar="LINE", nargs="?", help="what the host gave you")
    parser.add_argument("--remove", metavar="NAME", help="let a name mean nothing any more")
    return parser


def _list_aliases(known: dict[str, Address]) -> None:
    if not known:
        print("no aliases yet: `roomcli alias club 'LINE'` makes one")
        return
    width = max(map(len, known))
    for name, address in known.items():
        print(f"{name:<{width}}  {place_of(address)}")


def place_of(address: Address) -> str:
    """Return where a room is, in a few words, without what is secret in its address."""
    server = address.server.removeprefix("wss://").removesuffix(":7420")
    return f"{address.room} on {server}"

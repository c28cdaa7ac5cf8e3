"""``roomcli host ROOM|URL``: open a room, on a server of one's own unless another is named."""

from __future__ import annotations

import sys
from dataclasses import replace

from ..errors import UsageError
from ..frontends.words.sharing import PLACE_OF_INVITE
from ..protocol.address import Address
from . import addresses, aliases, entrance, invitation, settings, whereabouts
from .own_server import own_server
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    current = entrance.settled(options)
    elsewhere = _elsewhere(options.room, current, here=options.here or options.local)
    shown = entrance.face(options)
    access: invitation.Access = options.access or ("invite" if elsewhere is None else "open")
    if elsewhere is not None:
        command = entrance.enter_command(str(elsewhere), current, intent="host", access=access)
        return entrance.go(command, shown, current, invitation.line(elsewhere, access))
    room = whereabouts.checked_name_of_room(options.room)
    # Made before the server starts, because it fails for a device that cannot be used.
    command = entrance.enter_command("", current, intent="host", access=access)
    with own_server(room, local=options.local) as server:
        address = server.address.in_room(room)
        if options.local:
            share = invitation.for_this_machine(address)
        else:
            reachable = addresses.best(addresses.own_addresses())
            share = invitation.for_own_server(address, access, reachable)
        share += "\nThe room ends when you leave: its server is part of this command."
        if shown == "jsonl":  # stdout belongs to events
            if PLACE_OF_INVITE in share:
                share += "\n{invite} stands for the invite in the event `joined`."
            print(share, file=sys.stderr, flush=True)
        with_token = replace(address, host_token=server.host_token)
        command = entrance.at(command, with_token)
        return entrance.go(command, shown, current, share, own=server.notices)


def make_parser() -> Parser:
    """Return the parser of ``roomcli host``."""
    parser = Parser(
        "host",
        "Open a room and be its host.",
        epilog="Without a server, named or configured, one is started here for as long as you\n"
        "host: on all interfaces, with TLS, for people who have the line that you are shown.",
        examples={
            "host standup": "on a server of your own, while you host",
            "host standup --local": "for this machine alone, to try it",
            "host wss://rooms.example.org/r/standup": "on a server that lets you",
        },
    )
    parser.add_argument("room", metavar="ROOM|URL", help="like standup, or wss://host/r/standup")
    entrance.add_options(parser)
    parser.add_argument(
        "--here", action="store_true", help="start a server here even if one is configured"
    )
    parser.add_argument(
        "--local", action="store_true", help="start a server that only this machine can reach"
    )
    parser.add_argument(
        "--access",
        choices=("open", "invite"),
        help="who may enter: everyone, or whoever has the line "
        "(default: invite on a server of your own, open elsewhere)",
    )
    return parser


def _elsewhere(target: str, current: settings.Settings, *, here: bool) -> Address | None:
    """Return the address on another server, or None when a server has to be started here."""
    named = current.sources["server"] == "flag"
    if here and (named or whereabouts.is_url(target)):
        raise UsageError("--local and --here start a server here: leave out the other server")
    if whereabouts.is_url(target):
        if named:
            raise UsageError("--server goes with the name of a room; an address says it already")
        return _with_host_token(whereabouts.room_at(target))
    room = whereabouts.checked_name_of_room(target)
    if here:
        return None
    if not named and (meant := aliases.all_aliases().get(room)) is not None:
        return _with_host_token(meant)
    if not current.server:
        return None
    return _with_host_token(whereabouts.on_server(current.server, room))


def _with_host_token(address: Address) -> Address:
    """Take the invite of an address for a host token too: so addresses named it before."""
    return replace(address, host_token=address.host_token or address.invite)

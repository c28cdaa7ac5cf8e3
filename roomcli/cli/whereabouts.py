"""Choose the server: the one named, else the configured one, else the one on this machine."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace

from .. import folders
from ..errors import ConnectionFailed, UsageError
from ..protocol.address import Address, checked_room, parse_address, parse_server
from . import aliases, notes, settings

PATIENCE = 3.0


def is_url(target: str) -> bool:
    """Whether ``ROOM|URL`` is a URL, even without its scheme."""
    return "://" in target or "/r/" in target.lower()


def room_at(url: str) -> Address:
    """Parse the address of the room that ``url`` names. Raises UsageError if it names no room."""
    address = parse_server(url)
    if not address.room:
        raise UsageError(
            f"{url} names a server but no room: add /r/ROOM, like {address.in_room('standup')}, "
            f"or use --server"
        )
    return address


def checked_name_of_room(target: str) -> str:
    """Return ``target`` if it can name a room.

    Raises UsageError, with a hint if it is an address.
    """
    if any(each in target for each in "/.:"):
        sample = "wss://host/r/standup"
        with suppress(UsageError):
            sample = f"{parse_server(target).server}/r/standup"
        raise UsageError(
            f"{target!r} cannot name a room; if it is a server, name a room on it, like {sample}"
        )
    return checked_room(target)


def on_server(url: str, room: str) -> Address:
    """Return the address of ``room`` on the server of ``url``.

    The pin and the host token stay, and the invite too if it is for this room.
    """
    server = parse_server(url)
    address = server.in_room(room)
    return address if server.room in ("", room) else replace(address, invite=None)


def room_to_join(target: str, current: settings.Settings) -> Address:
    """Return the address that ``join ROOM|URL`` means.

    Raises ConnectionFailed if nothing is there.
    """
    if is_url(target):
        if current.sources["server"] == "flag":
            raise UsageError("--server goes with the name of a room; an address says it already")
        return room_at(target)
    room = checked_name_of_room(target)
    if current.server and current.sources["server"] == "flag":
        return on_server(current.server, room)
    if (meant := aliases.all_aliases().get(room)) is not None:
        return meant
    configured = on_server(current.server, room) if current.server else None
    if configured and notes.answers(configured, PATIENCE):
        return configured
    local = _local(room, strictly=configured is not None)
    if local:
        if configured:
            print(f"{configured.server} does not answer: joining {room} here", file=sys.stderr)
        return local
    raise ConnectionFailed(
        f"no server to join {room} on: no --server is given, "
        f"{_configured_in_words(current)}, and {_local_in_words(room)}"
    )


def server_to_ask(current: settings.Settings) -> Address:
    """Return the address of the server whose rooms to list, in the same order of choice.

    Raises ConnectionFailed if there is no server to ask.
    """
    if current.server:
        return parse_server(current.server)
    here = notes.living()
    if here:
        server, *others = (parse_address(note.url) for note in here)
        if others:
            print(
                f"{len(here)} servers run on this machine: asking the one on port {server.port}; "
                f"--server names another, like {others[-1]}",
                file=sys.stderr,
            )
        return server
    raise ConnectionFailed(
        f"no server to ask: no --server is given, {_configured_in_words(current)}, "
        "and none runs on this machine"
    )


def _local(room: str, *, strictly: bool) -> Address | None:
    """Return the address of ``room`` on this machine, or None if no server here has it.

    Unless ``strictly``, any server here will do, since it may turn out to have the room.
    """
    here = notes.living()
    rooms = [note.address(room) for note in here if note.room == room]
    if len(rooms) > 1:
        print(
            f"{len(rooms)} servers on this machine have a room {room}: joining the one on port "
            f"{rooms[0].port}; an address says which, like {rooms[-1].server}/r/{room}",
            file=sys.stderr,
        )
    if rooms:
        return rooms[0]
    return here[0].address(room) if here and not strictly else None


def _configured_in_words(current: settings.Settings) -> str:
    if not current.server:
        return f"none is configured (ROOMCLI_SERVER, or server in {folders.config_file()})"
    return f"the configured {parse_server(current.server).server} does not answer"


def _local_in_words(room: str) -> str:
    return f"none runs on this machine (`roomcli host {room}` starts one)"

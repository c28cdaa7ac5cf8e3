"""Which room, when ``join`` names none: those with an alias, and those of lately, by one key."""

from __future__ import annotations

import os
import sys
import termios
import tty

from ..errors import UsageError
from ..protocol.address import Address
from . import aliases, recent_rooms
from .address_file import without_secrets
from .alias import place_of

MOST = 9
"""The most rooms that are offered: a digit for each."""


def offered_rooms() -> dict[str, Address]:
    """Return rooms by what ``join`` takes for each: first those of lately, then other aliases.

    Raises ConfigError.
    """
    known = aliases.all_aliases()
    names = {without_secrets(address): name for name, address in known.items()}
    found: dict[str, Address] = {}
    for address in recent_rooms.latest():
        name = names.get(address)
        found[name or str(address)] = known[name] if name else address
    return dict(list((found | known).items())[:MOST])


def choose_room(*, asks: bool) -> Address | None:
    """Return the room that the person chooses by a key, None if none.

    Raises UsageError if there is none to choose, or nobody to ask (``asks`` is false).
    """
    offered = offered_rooms()
    if not offered:
        raise UsageError("which room? `roomcli join ROOM`, or the line that its host gave you")
    if not asks:
        raise UsageError(f"which room? You know of {', '.join(offered)}")
    print("Which room?")
    for digit, (name, address) in enumerate(offered.items(), 1):
        place = place_of(address)
        print(f"  {digit}  {place if '://' in name else f'{name}  ({place})'}")
    print("A digit enters it, any other key none.", flush=True)
    key = _read_key(sys.stdin.fileno())
    chosen = dict(zip("123456789", offered.values(), strict=False))
    return chosen.get(key)


def _read_key(terminal: int) -> str:
    """Wait for a key, without Enter, and return what it sends."""
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)  # a key may be typed ahead
        return os.read(terminal, 16).decode("utf-8", "replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)

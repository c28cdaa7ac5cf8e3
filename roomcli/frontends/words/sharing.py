"""The line for friends: what they type or paste to join this room, too."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeGuard

from ...errors import UsageError
from ...protocol.address import Address, parse_address
from ..model.room_model import RoomModel

PLACE_OF_INVITE = "{invite}"
"""Stands in a line for the room's invite, which only the room itself knows."""

_INVITE = re.compile(r"[A-Za-z0-9_-]{1,128}")
_QUOTED_URL = re.compile(r"'([^']*)'")


def template(address: Address, *, by_invite: bool) -> str:
    """Return ``roomcli join '…'`` for a room, with ``{invite}`` to fill in if it needs one."""
    url = str(replace(address, invite=None, host_token=None))
    if by_invite:
        url += f"{'&' if '#' in url else '#'}invite={PLACE_OF_INVITE}"
    return f"roomcli join '{url}'"


def filled(template: str, invite: str | None) -> str:
    """Return a line for friends with the room's invite filled in, or without its place if None.

    The line goes into shells, and the invite comes from a server: a text with anything but letters,
    digits, ``_`` and ``-`` is no invite.
    """
    if _is_invite(invite):
        return template.replace(PLACE_OF_INVITE, invite)
    return re.sub(r"[#&]invite=\{invite\}", "", template)


def line_with(invite: str, url: str, share_line: str | None) -> str | None:
    """Return the command that joins with this invite; None if it is not an invite.

    ``share_line`` is the room's own line for friends. Its address is better than ``url``: a host on
    this machine uses an address that friends cannot use.
    """
    if share_line is not None and PLACE_OF_INVITE not in share_line:
        share_line = _QUOTED_URL.sub(_with_place, share_line)
    try:
        line = share_line or template(parse_address(url), by_invite=True)
    except UsageError:
        return None
    return filled(line.partition("\n")[0], invite) if _is_invite(invite) else None


def _with_place(found: re.Match[str]) -> str:
    url = found[1]
    return f"'{url}{'&' if '#' in url else '#'}invite={PLACE_OF_INVITE}'"


def _is_invite(invite: str | None) -> TypeGuard[str]:
    return invite is not None and _INVITE.fullmatch(invite) is not None


def room_of(url: str) -> str:
    """Return the name of the room in an address, for the time before the server has told it."""
    try:
        return parse_address(url).room
    except UsageError:
        return ""


def share_line_of(url: str, model: RoomModel) -> str | None:
    """Return the command that joins this room, or None if the user has no invite to give away."""
    try:
        address = parse_address(url)
    except UsageError:
        return None
    by_invite = model.view is not None and model.view.access == "invite"
    if by_invite and not _is_invite(model.invite):
        return None
    return filled(template(address, by_invite=by_invite), model.invite)

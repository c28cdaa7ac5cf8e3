"""The line for friends: what somebody types or pastes to come into this room too."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from ..errors import UsageError
from ..protocol.address import parse_address
from .room_model import RoomModel

PLACE_OF_INVITE = "{invite}"
"""Stands in a line where the room's invite goes, which only the room itself knows."""


def filled(template: str, invite: str | None) -> str:
    """A line for friends with the room's invite in its place; without one, without its place."""
    if invite:
        return template.replace(PLACE_OF_INVITE, invite)
    return re.sub(r"[#&]invite=\{invite\}", "", template)


def room_of(url: str) -> str:
    """The name of the room in an address, for the time before the server has told it."""
    try:
        return parse_address(url).room
    except UsageError:
        return ""


def share_line_of(url: str, model: RoomModel) -> str | None:
    """The command that joins this room, or None where one has no invite to give away."""
    try:
        address = parse_address(url)
    except UsageError:
        return None
    if model.view is not None and model.view.access == "invite" and model.invite is None:
        return None
    invite = model.invite if model.view is not None and model.view.access == "invite" else None
    return f"roomcli join {shlex.quote(str(replace(address, invite=invite)))}"

"""The door: by what right somebody comes in, before it is asked whether there is a place."""

from __future__ import annotations

from roomcli.errors import Refused

from .state import Link, RoomState


def link_for(state: RoomState, link_id: str | None, key: str, now: float) -> Link | None:
    """The invite by which this person may come in; None if it is good no longer, or for others."""
    link = state.links.get(link_id or "")
    return link if link is not None and link.admits(key, now) else None


def judge_door(
    state: RoomState, *, link: Link | None, showed_invite: bool, password: bool | None
) -> None:
    """Raises Refused for somebody new who has no right to come in.

    ``link`` is their invite if it is good, ``showed_invite`` whether they had any; ``password`` is
    whether theirs is right, None without one. A good invite is as good as the password.
    """
    if link is not None:
        return
    if state.access == "invite":
        if showed_invite:
            raise Refused("bad_invite", "this invite is no longer good: ask for a fresh one")
        text = f"{state.name} is by invitation: ask for the whole address"
        raise Refused("invite_needed", text)
    if state.password and password is not True:
        if password is None:
            raise Refused("password_needed", f"{state.name} wants a password: ask a host for it")
        raise Refused("wrong_password", "that is not the room's password")

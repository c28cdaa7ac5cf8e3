"""The door: by what right somebody comes in, before it is asked whether there is a place."""

from __future__ import annotations

from roomcli.errors import CommandRefused

from .participants import KeptInvite
from .state import RoomState


def room_invite_for(
    state: RoomState, link_id: str | None, key: str, now: float
) -> KeptInvite | None:
    """The invite by which this person may come in; None if it is good no longer, or for others."""
    link = state.room_invites.get(link_id or "")
    return link if link is not None and link.admits(key, now) else None


def judge_door(
    state: RoomState, *, link: KeptInvite | None, invite: str | None, password: bool | None
) -> None:
    """Raises Refused for somebody new who has no right to come in.

    ``link`` is their invite if it is good, ``invite`` the id of the one that they showed if it was
    ever made for this room; ``password`` is whether theirs is right, None without one. A good
    invite is as good as the password.
    """
    if link is not None:
        return
    if state.access == "invite":
        if invite is None:
            raise no_room()
        over = "has expired, or brought as many people as it is for"
        why = over if invite in state.room_invites else "is revoked, or has expired"
        raise CommandRefused("bad_invite", f"this invite {why}: ask for a fresh one")
    if state.password and password is not True:
        if password is None:
            raise CommandRefused(
                "password_needed", f"{state.name} wants a password: ask a host for it"
            )
        raise CommandRefused("wrong_password", "that is not the room's password")


def no_room() -> CommandRefused:
    """What a stranger is told where no room is, and of a room by invitation just so."""
    text = "no room of that name is open to you: if you were invited, use the whole line"
    return CommandRefused("no_such_room", text)

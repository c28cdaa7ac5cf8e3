"""The door: whether somebody has the right to come in, before whether there is a place."""

from __future__ import annotations

from roomcli.errors import CommandRefused

from .participants import KeptInvite
from .state import RoomState


def room_invite_for(
    state: RoomState, link_id: str | None, key: str, now: float
) -> KeptInvite | None:
    """Return the invite if this person may come in by it; None if it is not valid for them."""
    link = state.room_invites.get(link_id or "")
    return link if link is not None and link.admits(key, now) else None


def shareable_invite(state: RoomState, id: str, now: float) -> str | None:
    """Return the id of the newest invite for any number of listeners.

    It is None where there is none, and for participants who may not hand it out.
    """
    if state.access != "invite" or id not in state.moderators:
        return None
    good = [
        each.invite.id
        for each in state.room_invites.values()
        if each.invite.uses is None
        and each.invite.role == "listener"
        and each.invite.expires_at > now
    ]
    return good[-1] if good else None


def judge_door(
    state: RoomState, *, link: KeptInvite | None, invite: str | None, password: bool | None
) -> None:
    """Raise CommandRefused for somebody new who has no right to come in.

    ``link`` is their invite if it is good; ``invite`` is the id of the invite that they showed, if
    it was ever made for this room; ``password`` is whether their password is right, None without
    one. A good invite is as good as the password.
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
    """Return the refusal for a room that does not exist.

    A room by invitation refuses strangers with the same words.
    """
    text = "no room of that name is open to you: if you were invited, use the whole line"
    return CommandRefused("no_such_room", text)

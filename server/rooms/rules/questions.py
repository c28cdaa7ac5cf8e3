"""Questions that a room answers from its state: lists and pages. Pure.

What a question may see was judged before.
"""

from __future__ import annotations

from typing import TypeVar

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from .participants import Participant
from .state import RoomState

T = TypeVar("T")

PEOPLE_PER_PAGE = 50
MESSAGES_PER_PAGE = 50
BANS_PER_LIST = 400
"""The most bans in one answer: so many fit into a message, however long their reasons. For silences
the number is the same."""


def answer(state: RoomState, command: c.RoomCommand, now: float) -> e.Event | None:
    """Return the answer to a question; None for any other command."""
    match command:
        case c.ListPeople():
            return _people(state, command)
        case c.ReadChat(before=before, ref=ref):
            older = [each for each in state.chat if each.number < before]
            page = tuple(older[-MESSAGES_PER_PAGE:])
            return e.ChatPage(
                messages=page, people=state.authors(page), more=len(older) > len(page), ref=ref
            )
        case c.ListBans(offset=offset, ref=ref):
            bans = [each for each in state.bans.values() if each.holds(now)]
            return e.BanList(bans=_before(bans, offset), offset=offset, total=len(bans), ref=ref)
        case c.ListSilenced(offset=offset, ref=ref):
            silences = list(state.silences.values())
            return e.SilenceList(
                silences=_before(silences, offset), offset=offset, total=len(silences), ref=ref
            )
        case c.ListRoomInvites(ref=ref):
            good = [
                each.invite for each in state.room_invites.values() if each.invite.expires_at > now
            ]
            return e.RoomInviteList(invites=tuple(good), ref=ref)
    return None


def _people(state: RoomState, command: c.ListPeople) -> e.PeoplePage:
    offset = command.offset
    if command.of == "left":
        left = _left_lately(state)
        page = left[offset : offset + PEOPLE_PER_PAGE]
        seats, total = {each.id: each.person for each in page}, len(left)
    else:
        seats, total = state.people_page(offset, PEOPLE_PER_PAGE), state.audience_now
    return e.PeoplePage(
        offset=offset,
        total=total,
        seats=seats,
        people={id: state.people[id] for id in seats.values()},
        of=command.of,
        ref=command.ref,
    )


def _left_lately(state: RoomState) -> list[Participant]:
    """Return who has left, the last to leave first.

    Each person is in it once; whoever came back is not in it.
    """
    last: dict[str, Participant] = {}
    for each in reversed(state.departed.values()):
        last.setdefault(each.person, each)
    return [each for each in last.values() if each.person not in state.seats]


def _before(entries: list[T], offset: int) -> tuple[T, ...]:
    """Return the page before the newest ``offset`` entries, the newest last."""
    return tuple(entries[: max(0, len(entries) - offset)][-BANS_PER_LIST:])

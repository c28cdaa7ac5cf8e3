"""Answers to the questions that one participant asks: lists, pages, a fresh invite.

What a question may see was judged before.
"""

from __future__ import annotations

from typing import TypeVar

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ..store import Store
from .hub import Hub
from .peer import Peer
from .room import Room
from .rules import Participant, RoomState
from .rules import journal as j

T = TypeVar("T")

PEOPLE_PER_PAGE = 50
MESSAGES_PER_PAGE = 50
LOG_PER_PAGE = 100
BANS_PER_LIST = 400
"""The most bans in one answer: so many fit into a message, however long their reasons. For silences
the number is the same."""


class Answers:
    """Answers a participant's questions from the room and the store."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store

    async def to(
        self, room: Room, peer: Peer, command: c.RoomCommand, events: list[j.JournalEvent]
    ) -> e.Event | None:
        """Return the answer that only the asker gets; None if the command is no question.

        ``events`` are those that the command caused in the room. Raises StoreError.
        """
        state = room.state
        match command:
            case c.ListPeople():
                return self._people(room, command)
            case c.ReadChat(before=before, ref=ref):
                older = [each for each in state.chat if each.number < before]
                page = tuple(older[-MESSAGES_PER_PAGE:])
                return e.ChatPage(
                    messages=page, people=state.authors(page), more=len(older) > len(page), ref=ref
                )
            case c.ReadLog(after=after, ref=ref):
                count = LOG_PER_PAGE + 1
                entries = await self._store.log.page(state.name, state.opened_at, after, count)
                return e.LogPage(
                    entries=tuple(entries[:LOG_PER_PAGE]),
                    opened_at=state.opened_at,
                    more=len(entries) > LOG_PER_PAGE,
                    ref=ref,
                )
            case c.ListBans(offset=offset, ref=ref):
                now = self._hub.now()
                bans = [each for each in state.bans.values() if each.holds(now)]
                return e.BanList(
                    bans=_before(bans, offset), offset=offset, total=len(bans), ref=ref
                )
            case c.ListSilenced(offset=offset, ref=ref):
                silences = list(state.silences.values())
                return e.SilenceList(
                    silences=_before(silences, offset), offset=offset, total=len(silences), ref=ref
                )
            case c.ListRoomInvites(ref=ref):
                now = self._hub.now()
                good = [
                    each.invite
                    for each in state.room_invites.values()
                    if each.invite.expires_at > now
                ]
                return e.RoomInviteList(invites=tuple(good), ref=ref)
            case c.MakeRoomInvite(ref=ref):
                return self._invite(room, events, ref)
        return None

    def _people(self, room: Room, command: c.ListPeople) -> e.PeoplePage:
        offset, state = command.offset, room.state
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

    def _invite(
        self, room: Room, events: list[j.JournalEvent], ref: int | None
    ) -> e.RoomInviteMade | None:
        for event in events:
            if isinstance(event, j.RoomInviteKept):
                link = event.link.invite
                token = self._hub.seal.token(room.state.name, link.id)
                return e.RoomInviteMade(
                    invite=token, expires_at=link.expires_at, id=link.id, ref=ref
                )
        return None


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

"""Answers to the questions that one participant asks: lists, pages, a fresh invite.

What a question may see was judged before. Most answers are the room's own; here are those that take
the store or the seal of invites.
"""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from ..store import Store
from .hub import Hub
from .room import Room
from .rules import journal as j

LOG_PER_PAGE = 100


class Answers:
    """Answers a participant's questions from the room and the store."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store

    async def to(
        self, room: Room, command: c.RoomCommand, events: list[j.JournalEvent]
    ) -> e.Event | None:
        """Return the answer that only the asker gets; None if the command is no question.

        ``events`` are those that the command caused in the room. Raises StoreError.
        """
        match command:
            case c.ReadLog(after=after, ref=ref):
                count = LOG_PER_PAGE + 1
                entries = await self._store.log.page(room.name, room.opened_at, after, count)
                return e.LogPage(
                    entries=tuple(entries[:LOG_PER_PAGE]),
                    opened_at=room.opened_at,
                    more=len(entries) > LOG_PER_PAGE,
                    ref=ref,
                )
            case c.MakeRoomInvite(ref=ref):
                return self._invite(room, events, ref)
            case _:
                return room.answer(command)

    def _invite(
        self, room: Room, events: list[j.JournalEvent], ref: int | None
    ) -> e.RoomInviteMade | None:
        for event in events:
            if isinstance(event, j.RoomInviteKept):
                link = event.link.invite
                token = self._hub.seal.token(room.name, link.id)
                return e.RoomInviteMade(
                    invite=token, expires_at=link.expires_at, id=link.id, ref=ref
                )
        return None

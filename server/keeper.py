"""What of a room outlives the server: each event, as far as the store has to know of it."""

from __future__ import annotations

from roomcli.protocol.events import (
    ChatPosted,
    ChatRemoved,
    HandLowered,
    HandRaised,
    HandsLowered,
    ModerationLogged,
    RoleChanged,
    RoomEnded,
    RoomLocked,
    RoomUnlocked,
    SettingsChanged,
    Silenced,
    SilenceLifted,
    StageJoined,
)
from roomcli.protocol.people import Person, Speaker

from .clock import Clock
from .policy import (
    Banned,
    Departed,
    JournalEvent,
    LinkMade,
    LinksRevoked,
    LinkUsed,
    OwnerNamed,
    PasswordSet,
    RoomState,
    SteppedDown,
    Unbanned,
)
from .store import Seat, Store, StoredRoom

SEAT_SECONDS = 24 * 3600.0
"""How long a resume ticket is good after its last use."""


class Keeper:
    """Writes one room's part of the store. Tickets are known by their hashes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._tickets: dict[str, str] = {}

    def opened(self, state: RoomState) -> None:
        """The room is open."""
        self._save_room(state)

    def seated(self, state: RoomState, id: str, ticket_hash: str) -> None:
        """From now on this ticket, and no other, brings the seat back."""
        self._tickets[id] = ticket_hash
        self._store.forget_seat(state.name, id)
        self._save_seat(state, id)

    def ticket_of(self, id: str) -> str | None:
        """The hash of the ticket for somebody's seat."""
        return self._tickets.get(id)

    def keep(self, before: RoomState, state: RoomState, event: JournalEvent) -> None:
        """What happened between these two states, if it has to last."""
        room = state.name
        match event:
            case Departed(id=id, reason=reason):
                self._tickets.pop(id, None)
                if reason != "lost":
                    self._store.forget_seat(room, id)
            case RoomEnded():
                self._store.end_room(room)
            case HandsLowered():
                for hand in before.hands:
                    self._save_seat(state, hand.person.id)
            case (
                HandRaised(person=Person(id=id))
                | StageJoined(speaker=Speaker(person=Person(id=id)))
                | HandLowered(id=id)
                | SteppedDown(id=id)
                | Silenced(id=id)
                | SilenceLifted(id=id)
                | RoleChanged(id=id)
            ):
                self._save_seat(state, id)
            case ChatPosted(message=message):
                self._store.save_message(room, message)
            case ChatRemoved(number=number):
                self._store.remove_message(room, number)
            case ModerationLogged(entry=entry):
                self._store.append_log(room, state.opened_at, entry)
            case Banned(ban=ban):
                self._store.save_ban(room, state.owner, ban)
                for id, gone in before.departed.items():
                    if gone.person.key == ban.key:  # lifting the ban gives no place back
                        self._store.forget_seat(room, id)
            case Unbanned(key=key):
                self._store.lift_ban(room, state.owner, key)
            case OwnerNamed():
                for ban in state.bans.values():  # they are kept under the owner's key
                    self._store.save_ban(room, state.owner, ban)
                self._save_room(state)
            case (
                RoomLocked()
                | RoomUnlocked()
                | SettingsChanged()
                | PasswordSet()
                | LinkMade()
                | LinkUsed()
                | LinksRevoked()
            ):
                self._save_room(state)

    def _save_seat(self, state: RoomState, id: str) -> None:
        someone = state.participants.get(id)
        if someone is None or id not in self._tickets:
            return
        hand = next((hand for hand in state.hands if hand.person.id == id), None)
        self._store.save_seat(
            Seat(
                self._tickets[id],
                state.name,
                id,
                someone.person.key,
                someone.role,
                someone.silenced,
                hand.at if hand else None,
                self._clock.now() + SEAT_SECONDS,
            )
        )

    def _save_room(self, state: RoomState) -> None:
        self._store.save_room(
            StoredRoom(
                name=state.name,
                access=state.access,
                locked=state.locked,
                opened_at=state.opened_at,
                owner=state.owner,
                settings=state.settings,
                password=state.password,
                links=tuple(state.links.values()),
            )
        )

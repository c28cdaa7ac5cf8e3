"""What participants may know: the view of one of them, and whom each event is told.

An event is projected once per class of receivers, never once per viewer: :func:`project_classes`
gives a few deliveries, each to be encoded once and sent to all its receivers as the same bytes.
:func:`project` is what one viewer gets of them. Whoever is in the room can follow it by
``evolve_view`` alone: gaining and losing the moderators' view comes as events too.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from roomcli.protocol.events import (
    AskedToUnmute,
    InvitedToStage,
    InviteSettled,
    ParticipantLeft,
    Pulse,
    RoleChanged,
    RoomEvent,
    SpeakerDropped,
    SpeakerReturned,
    StageJoined,
    StageLeft,
)
from roomcli.protocol.people import MODERATORS, Role
from roomcli.protocol.room import RoomView

from .journal import (
    Asked,
    Departed,
    Dropped,
    Entered,
    JournalEvent,
    Pulsed,
    Reacted,
    Returned,
    SteppedDown,
)
from .state import RoomState

Told = RoomEvent | AskedToUnmute
"""What an event of the journal can become for a viewer."""


class Delivery(Struct, frozen=True):
    """An event and who gets it: ``everyone`` who is in the room, or the people with these ids."""

    event: Told
    to: Literal["everyone"] | frozenset[str] = "everyone"

    def reaches(self, id: str) -> bool:
        """Whether this participant is among the receivers."""
        return self.to == "everyone" or id in self.to


def view(state: RoomState, viewer: str) -> RoomView:
    """The room as this participant sees it; for ``joined``."""
    invites = state.invites
    if viewer not in state.moderators:
        invites = {id: by for id, by in invites.items() if id == viewer}
    return RoomView(
        name=state.name,
        you=viewer,
        stage={id: state.participants[id].speaker for id in state.stage},
        hands=state.hands,
        front_row=state.front_row,
        audience=state.audience,
        invites=invites,
        locked=state.locked,
        access=state.access,
        closes_at=state.closes_at,
    )


def project(state: RoomState, event: JournalEvent, viewer: str) -> list[Told]:
    """What this participant is told of ``event``; ``state`` is that before the event."""
    return [each.event for each in project_classes(state, event) if each.reaches(viewer)]


def project_classes(state: RoomState, event: JournalEvent) -> list[Delivery]:
    """What is told of ``event``, and to whom; ``state`` is that before the event."""
    match event:
        case Entered() | Reacted():
            return []
        case Dropped(id=id):
            return [Delivery(SpeakerDropped(id=id))] if id in state.stage else []
        case Returned(id=id):
            return [Delivery(SpeakerReturned(id=id))] if id in state.stage else []
        case Departed(id=id, reason=reason, by=by):
            if id in state.stage or state.has_hand(id):
                return [Delivery(ParticipantLeft(id=id, reason=reason, by=by))]
            return []
        case SteppedDown(id=id, by=by):
            left = Delivery(StageLeft(id=id, by=by))
            return [left, *_change_of_insight(state, id, "listener")]
        case StageJoined(speaker=speaker):
            insight = _change_of_insight(state, speaker.person.id, speaker.role)
            return [Delivery(event), *insight]
        case RoleChanged(id=id, role=role):
            return [Delivery(event), *_change_of_insight(state, id, role)]
        case InvitedToStage(id=id) | InviteSettled(id=id):
            return [Delivery(event, to=state.moderators | {id})]
        case Asked(id=id, by=by):
            return [Delivery(AskedToUnmute(by=by), to=frozenset({id}))]
        case Pulsed(audience=audience, reactions=reactions):
            return [Delivery(Pulse(audience=audience, reactions=reactions))]
        case _:
            return [Delivery(event)]


def _change_of_insight(state: RoomState, id: str, role: Role) -> list[Delivery]:
    """What somebody learns on becoming a moderator, or has to forget on being one no longer."""
    to = frozenset({id})
    others = {guest: by for guest, by in state.invites.items() if guest != id}
    before, after = id in state.moderators, role in MODERATORS
    if after and not before:
        return [Delivery(InvitedToStage(id=guest, by=by), to) for guest, by in others.items()]
    if before and not after:
        return [Delivery(InviteSettled(id=guest, answer="void"), to) for guest in others]
    return []

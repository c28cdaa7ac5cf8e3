"""What participants may know: the view of each, and who is told of each event.

An event is projected once per class of receivers, never once per viewer: :func:`project_classes`
gives a few deliveries, each to be encoded once and sent to all its receivers as the same bytes.
:func:`project` is what one viewer gets of them. Whoever is in the room can follow it by
``evolve_view`` alone: gaining and losing the moderators' view comes as events too.
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.people import MODERATORS, Role
from roomcli.protocol.times import KEEP_SEAT
from roomcli.protocol.view import RoomView

from . import journal as j
from .state import RoomState

Told = e.RoomEvent | e.AskedToUnmute
"""What an event of the journal can become for a viewer."""
_FACTS = {name for kind in get_args(e.RoomFactEvent) for name in kind.names()}
"""What everybody knows of the room, under the same name in the state and in a view."""


class Delivery(Struct, frozen=True):
    """An event and its receivers: ``everyone`` in the room, or the people with these ids."""

    event: Told
    to: Literal["everyone"] | frozenset[str] = "everyone"

    def reaches(self, id: str) -> bool:
        """Whether this participant is among the receivers."""
        return self.to == "everyone" or id in self.to


def view(state: RoomState, viewer: str) -> RoomView:
    """Return the room as this participant sees it; for ``joined``."""
    invites = state.stage_invitations
    if viewer not in state.moderators:
        invites = {id: by for id, by in invites.items() if id == viewer}
    return RoomView(
        name=state.name,
        you=viewer,
        stage={id: state.speaker(id) for id in state.stage},
        hands=state.hands,
        front_row=state.front_row,
        audience=state.audience,
        stage_invitations=invites,
        settings=state.settings,
        password=bool(state.password),
        access=state.access,
        log=state.log_head,
        **{name: getattr(state, name) for name in _FACTS},
    )


def project(state: RoomState, event: j.JournalEvent, viewer: str) -> list[Told]:
    """Return what this participant is told of ``event``; ``state`` is from before the event."""
    return [each.event for each in project_classes(state, event) if each.reaches(viewer)]


def project_classes(state: RoomState, event: j.JournalEvent) -> list[Delivery]:
    """Return what is told of ``event``, and to whom; ``state`` is from before the event.

    Everything told carries the moderation log's newest hash: whoever was in the room can prove
    later what the log said then.
    """
    head = event.entry.hash if isinstance(event, e.ModerationLogged) else state.log_head
    return [_witnessed(each, head) for each in _deliveries(state, event)]


def _witnessed(delivery: Delivery, head: str) -> Delivery:
    event = delivery.event
    return (
        Delivery(replace(event, log=head), delivery.to)
        if isinstance(event, e.ViewEvent)
        else delivery
    )


def _deliveries(state: RoomState, event: j.JournalEvent) -> list[Delivery]:
    match event:
        case (
            j.Entered()
            | j.Reacted()
            | j.Banned()
            | j.Unbanned()
            | j.RoomInviteKept()
            | j.RoomInviteUsed()
        ):
            return []
        case j.RoomInvitesRevoked() | j.OwnerNamed() | j.Lowered() | j.SeatsEnded():
            return []
        case j.PasswordSet(password=password, by=by):
            return [Delivery(e.PasswordChanged(wanted=bool(password), by=by))]
        case j.Dropped(id=id, at=at):
            dropped = Delivery(e.SpeakerDropped(id=id, kept_until=at + KEEP_SEAT))
            return [dropped] if id in state.stage else []
        case j.Returned(id=id):
            return [Delivery(e.SpeakerReturned(id=id))] if id in state.stage else []
        case j.Departed(id=id, reason=reason, by=by):
            if id in state.stage or state.has_hand(id):
                return [Delivery(e.ParticipantLeft(id=id, reason=reason, by=by))]
            return []
        case j.SilenceSet(silence=silence, by=by):
            return [Delivery(e.Silenced(id=id, by=by)) for id in _on_stage(state, silence.key)]
        case j.SilenceEnded(key=key, by=by) if key in state.silences:
            return [Delivery(e.SilenceLifted(id=id, by=by)) for id in _on_stage(state, key)]
        case j.SilenceEnded():
            return []
        case j.SteppedDown(id=id, by=by, reason=reason):
            left = Delivery(e.StageLeft(id=id, by=by, reason=reason))
            return [left, *_change_of_insight(state, id, "listener")]
        case e.StageJoined(speaker=speaker):
            insight = _change_of_insight(state, speaker.person.id, speaker.role)
            return [Delivery(event), *insight]
        case e.RoleChanged(id=id, role=role):
            return [Delivery(event), *_change_of_insight(state, id, role)]
        case e.InvitedToStage(id=id) | e.StageInvitationSettled(id=id):
            return [Delivery(event, to=state.moderators | {id})]
        case j.Asked(id=id, by=by):
            return [Delivery(e.AskedToUnmute(by=by), to=frozenset({id}))]
        case j.Pulsed(audience=audience, reactions=reactions, spoken=by_key):
            spoken = {}
            for id in state.stage:
                key = state.participants[id].person.key
                if key in by_key:
                    spoken[id] = by_key[key]
            return [Delivery(e.Pulse(audience=audience, reactions=reactions, spoken=spoken))]
        case _:
            return [Delivery(event)]


def _on_stage(state: RoomState, key: str) -> list[str]:
    return [id for id in state.stage if state.participants[id].person.key == key]


def _change_of_insight(state: RoomState, id: str, role: Role) -> list[Delivery]:
    """Return what somebody has to learn or forget as they become or stop being a moderator."""
    to = frozenset({id})
    others = {guest: by for guest, by in state.stage_invitations.items() if guest != id}
    before, after = id in state.moderators, role in MODERATORS
    if after and not before:
        return [Delivery(e.InvitedToStage(id=guest, by=by), to) for guest, by in others.items()]
    if before and not after:
        return [Delivery(e.StageInvitationSettled(id=guest, answer="void"), to) for guest in others]
    return []
